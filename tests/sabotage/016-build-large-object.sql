-- tests/sabotage/016-build-large-object.sql - the dry run keeps a large object, which no table shows.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        PERFORM lo_from_bytea(0, 'kept');
    END IF;
$$, '');
