-- tests/sabotage/014-build-writes-and-rolls-back.sql - the dry run inserts a row and rolls it back in a subtransaction.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        BEGIN
            UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'real_run_enabled';
            RAISE EXCEPTION 'back';
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END IF;
$$, '');
