-- tests/sabotage/011-build-updates.sql - the dry run updates a row, so that no count changes.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        UPDATE c1.dot_tools SET usage_count = usage_count + 1 WHERE code = 'DOT_C1_VOCAB_BUILD';
    END IF;
$$, '');
