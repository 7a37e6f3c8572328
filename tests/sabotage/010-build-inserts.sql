-- tests/sabotage/010-build-inserts.sql - the dry run inserts a vocabulary row and reports 0 before and 0 after.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        INSERT INTO c1.governance_canonical_operation_vocab
              (operation_code, protocol_version, risk_level, handler_ref, source_action_code, manifest_hash)
        VALUES ('c1.op.create_item', 1, 'low', 'x', 'create_item', 'x');
    END IF;
$$, $$
    IF v ? 'seal' THEN
        v := v || '{"vocab_rows_before":0,"vocab_rows_after":0,"persistent_state":"NONE"}';
    END IF;
$$);
