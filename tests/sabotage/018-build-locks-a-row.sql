-- tests/sabotage/018-build-locks-a-row.sql - the dry run locks a grant for update.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        PERFORM 1 FROM c1.governance_build_authorization WHERE auth_code = 'G_DRAFT' FOR UPDATE;
    END IF;
$$, '');
