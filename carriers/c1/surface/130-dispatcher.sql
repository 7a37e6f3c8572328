-- carriers/c1/surface/130-dispatcher.sql
--
-- What:    the dispatcher.  It validates a dispatch and summarises it; it never runs
--          a DOT, and writes only an observation, only on request.
-- Source:  signature, the nine points, their order, the summary's fields and four
--          messages are the operators' facts (C1.md section 4).  Ours: the messages
--          of points 1 and 5 to 7, the observation's columns, and that
--          true_dry_run_possible means the endpoint exists in this database.
-- Role:    superuser.  PostgreSQL 14 and later.

CREATE FUNCTION c1.fn_process_agent_api_dispatch(
    p_dot_code text, p_correlation_id text, p_actor text, p_mode text,
    p_write_observation boolean, p_idempotency_root text)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k c1.dot_agent_api_contract%ROWTYPE;
BEGIN
    -- 1. Gates, re-read each time.  dry_run_only alone decides: the other two concern
    --    a real run, and a gate of a real run must not block a dry one.
    IF NOT EXISTS (SELECT FROM c1.runtime_gate WHERE gate = 'dry_run_only' AND value = 'true') THEN
        RAISE EXCEPTION 'dispatch refused: runtime is not dry-run-only';
    END IF;
    -- 2. Mode.
    IF p_mode = 'REAL_RUN' THEN
        RAISE EXCEPTION 'dispatch refused: REAL_RUN not permitted by this dispatcher';
    END IF;
    IF (p_mode IN ('PLAN_ONLY', 'VERIFY_ONLY', 'DRY_RUN')) IS NOT TRUE THEN
        RAISE EXCEPTION 'dispatch refused: invalid mode %', p_mode;
    END IF;
    -- 3. Correlation id.
    IF p_correlation_id IS NULL OR btrim(p_correlation_id) = '' THEN
        RAISE EXCEPTION 'dispatch refused: missing correlation_id';
    END IF;
    -- 4. Contract.
    SELECT * INTO k FROM c1.dot_agent_api_contract WHERE dot_code = p_dot_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'dispatch refused: no agent_api contract for %', p_dot_code;
    END IF;
    -- 5. Registry.
    IF NOT EXISTS (SELECT FROM c1.dot_tools WHERE code = p_dot_code) THEN
        RAISE EXCEPTION 'dispatch refused: % is not in dot_tools', p_dot_code;
    END IF;
    -- 6. Fixture and namespace.
    IF k.fixture_ref IS NULL THEN
        RAISE EXCEPTION 'dispatch refused: no fixture for %', p_dot_code;
    END IF;
    IF (k.output_namespace LIKE 'DRYRUN-NS:%') IS NOT TRUE THEN
        RAISE EXCEPTION 'dispatch refused: output namespace of % is not in DRYRUN-NS:', p_dot_code;
    END IF;
    -- 7. A dry run runs something.
    IF p_mode = 'DRY_RUN' AND k.endpoint_ref IS NULL THEN
        RAISE EXCEPTION 'dispatch refused: DRY_RUN of % needs an endpoint_ref', p_dot_code;
    END IF;
    -- 8. Observation.
    IF p_write_observation THEN
        INSERT INTO c1.dot_dispatch_observation (dot_code, correlation_id, actor, mode, idempotency_root)
        VALUES (p_dot_code, p_correlation_id, p_actor, p_mode, p_idempotency_root);
    END IF;
    -- 9. Summary.
    RETURN jsonb_build_object(
        'validated',             true,
        'contract_status',       k.contract_status,
        'endpoint_present',      k.endpoint_ref IS NOT NULL,
        'true_dry_run_possible', k.endpoint_ref IS NOT NULL AND to_regprocedure(k.endpoint_ref) IS NOT NULL,
        'fixture_ref',           k.fixture_ref,
        'output_namespace',      k.output_namespace,
        'note',                  'dispatch validated; nothing was executed');
END
$$;
