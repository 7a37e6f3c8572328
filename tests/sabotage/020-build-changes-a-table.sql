-- tests/sabotage/020-build-changes-a-table.sql - the dry run adds a column to a table.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        ALTER TABLE c1.dot_catalog ADD COLUMN lie text;
    END IF;
$$, '', 'dryproof_sandbox');
