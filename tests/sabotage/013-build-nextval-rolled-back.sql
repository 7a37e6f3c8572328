-- tests/sabotage/013-build-nextval-rolled-back.sql - the dry run takes a number from a sequence inside a block that it rolls back; the number is never given back.
-- The first nextval after a checkpoint writes WAL under a transaction id; this one here
-- is it, so that the lie leaves the sequence as its only trace.
SELECT nextval('c1.dot_dispatch_observation_id_seq');
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        BEGIN
            PERFORM nextval('c1.dot_dispatch_observation_id_seq');
            RAISE EXCEPTION 'back';
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END IF;
$$, '');
