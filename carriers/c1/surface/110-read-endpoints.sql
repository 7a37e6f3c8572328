-- carriers/c1/surface/110-read-endpoints.sql
--
-- What:    DOT_C1_SCHEMA_ENSURE, DOT_C1_PREFLIGHT (with its view) and
--          DOT_C1_EVIDENCE_READBACK.  STABLE: the server itself refuses a write.
-- Source:  check names, their order and output fields are the operators' facts
--          (C1.md section 4).  Ours: what each check measures, and the predicate of
--          active_grants_left, which is unpublished (see below).
-- Role:    superuser.  PostgreSQL 14 and later.

CREATE FUNCTION c1.dot_c1_schema_ensure(p_payload jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code text := c1.check_mode_and_carrier(p_payload, 'PLAN_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;
    RETURN (
        SELECT jsonb_build_object(
            'outcome',            'SCHEMA_ENSURE_PLANNED',
            'required',           jsonb_agg(t.ref ORDER BY t.ref COLLATE "C"),
            'already_registered', coalesce(jsonb_agg(t.ref ORDER BY t.ref COLLATE "C")
                                           FILTER (WHERE r.table_ref IS NOT NULL), '[]'),
            'would_register',     coalesce(jsonb_agg(t.ref ORDER BY t.ref COLLATE "C")
                                           FILTER (WHERE r.table_ref IS NULL), '[]'),
            'persistent_state',   'NONE')
          FROM unnest(ARRAY['c1.governance_canonical_operation_vocab', 'c1.c1_build_audit',
                            'c1.dot_agent_api_contract', 'c1.governance_build_authorization']) AS t(ref)
          LEFT JOIN c1.c1_table_registry AS r ON r.table_ref = t.ref AND r.owner = 'C1');
END
$$;

-- The seven checks.  A contract counts when its endpoint really exists; the hash is
-- recomputed from its own canonical text parsed back; the real run is really tried.
CREATE VIEW c1.v_c1_vocab_preflight AS
SELECT c.ordinal, c.check_name, coalesce(c.ok, false) AS ok, c.observed
  FROM (
    SELECT 1, 'c1_target_table_exists', t.oid IS NOT NULL, coalesce(t.oid::text, 'missing')
      FROM pg_catalog.to_regclass('c1.governance_canonical_operation_vocab') AS t(oid)
    UNION ALL
    SELECT 2, 'authority_fixture_14_rows', count(*) = 14, count(*)::text
      FROM c1.apr_action_types_fixture
    UNION ALL
    SELECT 3, 'resolver_returns_rows', count(*) = 14, count(*)::text
      FROM c1.resolve()
    UNION ALL
    SELECT 4, 'table_registry_wired', count(*) = 4, count(*)::text
      FROM c1.c1_table_registry WHERE owner = 'C1'
    UNION ALL
    SELECT 5, 'dot_c1_contracts_registered', count(*) = 7, count(*)::text
      FROM c1.dot_agent_api_contract
     WHERE dot_code LIKE 'DOT\_C1\_%' AND pg_catalog.to_regprocedure(endpoint_ref) IS NOT NULL
    UNION ALL
    SELECT 6, 'cser_hash_recomputable',
           m.hash = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                        c1.cser(c1.cser(c1.build_manifest())::jsonb), 'UTF8')), 'hex'),
           m.hash
      FROM c1.manifest_hash() AS m(hash)
    UNION ALL
    SELECT 7, 'prod_real_run_blocked', r.code = 'C1_PROD_REAL_RUN_BLOCKED', coalesce(r.code, 'not shown')
      FROM (SELECT CASE WHEN pg_catalog.to_regclass('c1.governance_canonical_operation_vocab') IS NOT NULL
                        THEN c1.run_case('attempted_real_run') ->> 'reject_code' END) AS r(code)
  ) AS c(ordinal, check_name, ok, observed)
 ORDER BY c.ordinal;

CREATE FUNCTION c1.dot_c1_preflight(p_payload jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code text := c1.check_mode_and_carrier(p_payload, 'VERIFY_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;
    RETURN (
        SELECT jsonb_build_object(
            'outcome', CASE WHEN count(*) FILTER (WHERE p.ok) = 7 THEN 'READY' ELSE 'NOT_READY' END,
            'checks',  jsonb_agg(jsonb_build_object('check', p.check_name, 'ok', p.ok, 'observed', p.observed)
                                 ORDER BY p.ordinal))
          FROM c1.v_c1_vocab_preflight AS p);
END
$$;

-- active_grants_left counts the grants that are in force by their own columns: status
-- active, not consumed, not revoked.  No clock takes part, so that anybody recounts it
-- from the captured rows.
CREATE FUNCTION c1.dot_c1_evidence_readback(p_payload jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code text := c1.check_mode_and_carrier(p_payload, 'VERIFY_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;
    RETURN jsonb_build_object(
        'outcome',            'READBACK',
        'vocab_rows',         (SELECT count(*) FROM c1.governance_canonical_operation_vocab),
        'active_grants_left', (SELECT count(*) FROM c1.governance_build_authorization
                                WHERE status = 'active' AND consumed_at IS NULL AND revoked_at IS NULL),
        'audit_rows',         (SELECT count(*) FROM c1.c1_build_audit),
        'orphan_rows',        (SELECT count(*) FROM c1.governance_canonical_operation_vocab AS v
                                WHERE NOT EXISTS (SELECT FROM c1.apr_action_types_fixture AS a
                                                   WHERE a.action_code = v.source_action_code)));
END
$$;
