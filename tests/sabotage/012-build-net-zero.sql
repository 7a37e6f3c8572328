-- tests/sabotage/012-build-net-zero.sql - the dry run deletes a row and inserts the same again: counts and contents are equal.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    DECLARE r c1.c1_build_audit;
    BEGIN
        IF p_auth_code = 'G_VALID' THEN
            DELETE FROM c1.c1_build_audit RETURNING * INTO STRICT r;
            INSERT INTO c1.c1_build_audit VALUES (r.*);
        END IF;
    END;
$$, '');
