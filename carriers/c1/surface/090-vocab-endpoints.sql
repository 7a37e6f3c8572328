-- carriers/c1/surface/090-vocab-endpoints.sql
--
-- What:    DOT_C1_VOCAB_BUILD (producer, DRY_RUN) and DOT_C1_VOCAB_VERIFY (verifier,
--          VERIFY_ONLY, the only step of the plan that changes anything).
-- Source:  behaviour and output fields are the operators' facts (C1.md section 4).
--          Ours: the consumer's constant name DOT_C1_VOCAB_VERIFY, and the raise
--          C1_CONSUME_REFUSED (no code is published for that refusal).
-- Role:    superuser.  PostgreSQL 14 and later.

-- VOLATILE on purpose although it writes nothing: only then does the second count
-- take a new snapshot and so really measure "after".
CREATE FUNCTION c1.dot_c1_vocab_build(p_payload jsonb, p_auth_code text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_before  bigint;
    v_after   bigint;
    v_hash    text;
    v_actions text[];
    v_code    text;
BEGIN
    SELECT count(*) INTO v_before FROM c1.governance_canonical_operation_vocab;

    v_code := c1.check_build_request(p_payload, 'DRY_RUN');
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;

    v_hash    := c1.manifest_hash();
    v_actions := ARRAY(SELECT operation_code FROM c1.resolve());
    v_code    := c1.verify_authorization(p_auth_code, 'C1', p_payload ->> 'plan_ref', v_hash, v_actions);
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;

    SELECT count(*) INTO v_after FROM c1.governance_canonical_operation_vocab;
    RETURN jsonb_build_object(
        'outcome',           'DRY_RUN_OK',
        'mode',              'DRY_RUN',
        'carrier',           'C1',
        'plan_ref',          p_payload -> 'plan_ref',
        'protocol_version',  p_payload -> 'protocol_version',
        'manifest_hash',     v_hash,
        'operation_count',   cardinality(v_actions),
        'auth_check',        'VALID',
        'vocab_rows_before', v_before,
        'vocab_rows_after',  v_after,
        'persistent_state',  CASE WHEN v_before = v_after THEN 'NONE' ELSE 'VOCAB_CHANGED' END,
        'seal',              'WITHHELD_DRY_RUN');
END
$$;

-- The judgement reads; the compare-and-swap decides.  Whoever loses a race finds no
-- row to swap.  Nothing is written before it, and nothing after it.
CREATE FUNCTION c1.dot_c1_vocab_verify(p_payload jsonb, p_auth_code text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_consumer CONSTANT text := 'DOT_C1_VOCAB_VERIFY';
    v_hash    text;
    v_actions text[];
    v_code    text;
    v_auth    text;
BEGIN
    v_code := c1.check_build_request(p_payload, 'VERIFY_ONLY');
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;

    v_hash    := c1.manifest_hash();
    v_actions := ARRAY(SELECT operation_code FROM c1.resolve());
    v_code    := c1.verify_authorization(p_auth_code, 'C1', p_payload ->> 'plan_ref', v_hash, v_actions);
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;

    UPDATE c1.governance_build_authorization
       SET status = 'consumed', consumed_at = transaction_timestamp(), consumed_by = c_consumer
     WHERE auth_code = p_auth_code
       AND status = 'active' AND consumed_at IS NULL AND revoked_at IS NULL
       AND granted_by <> c_consumer
    RETURNING auth_code INTO v_auth;
    IF v_auth IS NULL THEN
        -- Either somebody changed the row since the judgement: say what it is now.
        v_code := c1.verify_authorization(p_auth_code, 'C1', p_payload ->> 'plan_ref', v_hash, v_actions);
        IF v_code IS NOT NULL THEN
            RETURN c1.reject(v_code);
        END IF;
        RAISE EXCEPTION 'C1_CONSUME_REFUSED: the grant is sound, but its granter must not consume it';
    END IF;

    RETURN jsonb_build_object(
        'outcome',          'VERIFIED',
        'auth_code',        v_auth,
        'consumed_by',      c_consumer,
        'manifest_hash',    v_hash,
        'operation_count',  cardinality(v_actions),
        'persistent_state', 'GRANT_CONSUMED',
        'seal',             'WITHHELD_DRY_RUN');
END
$$;
