-- carriers/c1/surface/100-harness.sql
--
-- What:    the 19 bad inputs, one case, and DOT_C1_BAD_INPUT_HARNESS.  Every case is
--          a real call of DOT_C1_VOCAB_BUILD; no result is made up here, and the
--          expected codes are not known here (they are in plan.json).
-- Source:  the case names, their order and the row's shape are the operators' facts
--          (C1.md section 4); the payloads are ours.
-- Role:    superuser.  PostgreSQL 14 and later.

-- Each case spoils one thing in an otherwise sound request.  None uses G_VALID.
CREATE FUNCTION c1.bad_input_cases()
RETURNS TABLE (ordinal integer, case_name text, payload jsonb, auth_code text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT v.ordinal, v.case_name,
           '{"mode":"DRY_RUN","carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}'::jsonb
               - coalesce(v.without, '') || coalesce(v.patch, '{}')::jsonb,
           v.auth_code
      FROM (VALUES
          ( 1, 'bad_mode',              NULL,       '{"mode":"APPLY"}',                                  NULL),
          ( 2, 'wrong_carrier',         NULL,       '{"carrier":"C2"}',                                  NULL),
          ( 3, 'c2_cross_mutation',     NULL,       '{"target_carriers":["C1","C2"]}',                   NULL),
          ( 4, 'production_target',     NULL,       '{"target_environment":"PRODUCTION"}',               NULL),
          ( 5, 'missing_plan',          'plan_ref', NULL,                                                NULL),
          ( 6, 'bad_version',           NULL,       '{"protocol_version":2}',                            NULL),
          ( 7, 'injected_ops',          NULL,       '{"injected_operations":["c1.op.SMUGGLED"]}',        NULL),
          ( 8, 'wrong_hash',            NULL,       '{"expected_manifest_hash":"deadbeef"}',             NULL),
          ( 9, 'no_authorization',      NULL,       NULL,                                                NULL),
          (10, 'auth_not_found',        NULL,       NULL,                                                'G_ABSENT'),
          (11, 'generic_auth',          NULL,       NULL,                                                'G_GENERIC'),
          (12, 'grant_wrong_carrier',   NULL,       NULL,                                                'G_WRONGCARRIER'),
          (13, 'grant_wrong_plan',      NULL,       NULL,                                                'G_WRONGPLAN'),
          (14, 'grant_hash_mismatch',   NULL,       NULL,                                                'G_WRONGHASH'),
          (15, 'loose_superset',        NULL,       NULL,                                                'G_SUPERSET'),
          (16, 'expired_auth',          NULL,       NULL,                                                'G_EXPIRED'),
          (17, 'revoked_auth',          NULL,       NULL,                                                'G_REVOKED'),
          (18, 'reused_consumed_auth',  NULL,       NULL,                                                'G_CONSUMED'),
          (19, 'attempted_real_run',    NULL,       '{"mode":"PROD_REAL_RUN"}',                          NULL)
      ) AS v(ordinal, case_name, without, patch, auth_code)
     ORDER BY v.ordinal
$$;

-- Only an error raised on purpose (P0001) is a result, and its own code is reported;
-- any other error goes through and ends the harness.  fail_closed: refused with a
-- code, no seal, and the vocabulary as it was.
CREATE FUNCTION c1.run_case(p_case text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_case    record;
    v_before  bigint;
    v_after   bigint;
    v_result  jsonb;
    v_outcome text;
    v_code    text;
    v_seal    boolean;
BEGIN
    SELECT * INTO v_case FROM c1.bad_input_cases() AS b WHERE b.case_name = p_case;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'C1_UNKNOWN_CASE: %', p_case;
    END IF;

    SELECT count(*) INTO v_before FROM c1.governance_canonical_operation_vocab;
    BEGIN
        v_result  := c1.dot_c1_vocab_build(v_case.payload, v_case.auth_code);
        v_outcome := v_result ->> 'outcome';
        v_code    := v_result ->> 'reject_code';
        v_seal    := coalesce(v_result ? 'seal', false);
    EXCEPTION WHEN raise_exception THEN
        v_outcome := 'RAISED';
        v_code    := split_part(SQLERRM, ':', 1);
        v_seal    := false;
    END;
    SELECT count(*) INTO v_after FROM c1.governance_canonical_operation_vocab;

    RETURN jsonb_build_object(
        'case',        p_case,
        'outcome',     v_outcome,
        'reject_code', v_code,
        'has_seal',    v_seal,
        'fail_closed', coalesce(v_outcome IN ('REJECT', 'RAISED') AND v_code <> '', false)
                       AND NOT v_seal AND v_before = v_after);
END
$$;

CREATE FUNCTION c1.dot_c1_bad_input_harness(p_payload jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code  text := c1.check_mode_and_carrier(p_payload, 'DRY_RUN');
    v_cases jsonb;
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;
    SELECT jsonb_agg(c1.run_case(b.case_name) ORDER BY b.ordinal) INTO v_cases
      FROM c1.bad_input_cases() AS b;
    RETURN jsonb_build_object(
        'outcome',           'HARNESS_RESULT',
        'cases',             v_cases,
        'total',             jsonb_array_length(v_cases),
        'fail_closed_count', (SELECT count(*) FROM jsonb_array_elements(v_cases) AS e
                               WHERE e -> 'fail_closed' = 'true'));
END
$$;
