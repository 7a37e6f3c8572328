-- tests/sabotage/017-build-notifies.sql - the dry run notifies a listener: its transaction id is taken at commit, after it was asked for.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        PERFORM pg_notify('c1', 'frozen');
    END IF;
$$, '');
