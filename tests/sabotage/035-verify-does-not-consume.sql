-- tests/sabotage/035-verify-does-not-consume.sql - the verify step says that it consumed the grant and does not.
SELECT lie.edit('c1.dot_c1_vocab_verify(jsonb,text)', $$UPDATE c1.governance_build_authorization
       SET status = 'consumed', consumed_at = transaction_timestamp(), consumed_by = c_consumer
     WHERE auth_code = p_auth_code
       AND status = 'active' AND consumed_at IS NULL AND revoked_at IS NULL
       AND granted_by <> c_consumer
    RETURNING auth_code INTO v_auth;$$, 'v_auth := p_auth_code;');
