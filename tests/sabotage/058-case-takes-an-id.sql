-- tests/sabotage/058-case-takes-an-id.sql - a refused request writes and rolls back: nothing is left but a transaction id.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$
    IF p_payload ? 'injected_operations' THEN
        BEGIN
            DELETE FROM c1.dot_catalog;
            RAISE EXCEPTION 'back';
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
    END IF;
$$);
