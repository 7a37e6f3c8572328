-- tests/sabotage/034-build-consumes.sql - the build step consumes the grant, and the verify step only says that it did.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$
    IF p_auth_code = 'G_VALID' THEN
        UPDATE c1.governance_build_authorization
           SET status = 'consumed', consumed_at = transaction_timestamp(), consumed_by = 'DOT_C1_VOCAB_VERIFY'
         WHERE auth_code = 'G_VALID' AND status = 'active';
    END IF;
$$);
SELECT lie.wrap('c1.dot_c1_vocab_verify(jsonb,text)', '', $$
    IF p_auth_code = 'G_VALID' THEN
        v := jsonb_build_object('outcome', 'VERIFIED', 'auth_code', p_auth_code, 'consumed_by', 'DOT_C1_VOCAB_VERIFY',
                                'manifest_hash', c1.manifest_hash(), 'operation_count', 14,
                                'persistent_state', 'GRANT_CONSUMED', 'seal', 'WITHHELD_DRY_RUN');
    END IF;
$$);
