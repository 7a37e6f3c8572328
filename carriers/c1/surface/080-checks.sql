-- carriers/c1/surface/080-checks.sql
--
-- What:    the checks that the endpoints share.  Each answers with the first reject
--          code in the published order, or NULL when nothing is wrong.
-- Source:  codes and order are the operators' facts (C1.md section 4).  Ours: the
--          payload keys target_carriers (REJECT_C2_CROSS_MUTATION) and
--          target_environment (REJECT_PRODUCTION_TARGET), which are unpublished;
--          that a plan other than the carrier's own is REJECT_MISSING_PLAN; that a
--          key nobody declared is REJECT_NON_GOVERNED_VALUE_INJECTION.
-- Role:    superuser.  PostgreSQL 14 and later.
-- Note:    none is STRICT: a STRICT check would answer NULL, "nothing wrong", for
--          a missing argument.  Comparisons are IS DISTINCT FROM for that reason.

CREATE FUNCTION c1.reject(p_code text) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('outcome', 'REJECT', 'reject_code', p_code, 'persistent_state', 'NONE')
$$;

CREATE FUNCTION c1.check_mode_and_carrier(p_payload jsonb, p_mode text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_payload ->> 'mode' IN ('REAL_RUN', 'PROD_REAL_RUN') THEN
        RAISE EXCEPTION 'C1_PROD_REAL_RUN_BLOCKED: a real run is refused everywhere in this scope';
    END IF;
    IF p_payload -> 'mode' IS DISTINCT FROM to_jsonb(p_mode) THEN
        RETURN 'REJECT_BAD_MODE';
    END IF;
    IF p_payload -> 'carrier' IS DISTINCT FROM '"C1"'::jsonb THEN
        RETURN 'REJECT_WRONG_CARRIER';
    END IF;
    RETURN NULL;
END
$$;

-- The eight BUILD codes; VOCAB_VERIFY asks the same with its own mode.
CREATE FUNCTION c1.check_build_request(p_payload jsonb, p_mode text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_code text := c1.check_mode_and_carrier(p_payload, p_mode);
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN v_code;
    END IF;
    IF p_payload ? 'target_carriers'
       AND p_payload -> 'target_carriers' IS DISTINCT FROM '["C1"]'::jsonb THEN
        RETURN 'REJECT_C2_CROSS_MUTATION';
    END IF;
    IF p_payload ? 'target_environment'
       AND p_payload -> 'target_environment' IS DISTINCT FROM '"DRYRUN"'::jsonb THEN
        RETURN 'REJECT_PRODUCTION_TARGET';
    END IF;
    IF p_payload -> 'plan_ref' IS DISTINCT FROM '"LEGO1-C1-PLAN"'::jsonb THEN
        RETURN 'REJECT_MISSING_PLAN';
    END IF;
    -- As text: jsonb holds 1 and 1.0 equal, the protocol does not.
    IF (p_payload -> 'protocol_version')::text IS DISTINCT FROM '1' THEN
        RETURN 'REJECT_BAD_PROTOCOL_VERSION';
    END IF;
    IF p_payload - '{mode,carrier,target_carriers,target_environment,plan_ref,protocol_version,expected_manifest_hash}'::text[]
       IS DISTINCT FROM '{}'::jsonb THEN
        RETURN 'REJECT_NON_GOVERNED_VALUE_INJECTION';
    END IF;
    IF p_payload ? 'expected_manifest_hash'
       AND p_payload -> 'expected_manifest_hash' IS DISTINCT FROM to_jsonb(c1.manifest_hash()) THEN
        RETURN 'REJECT_MANIFEST_HASH_MISMATCH';
    END IF;
    RETURN NULL;
END
$$;

-- Eleven rows, twelve codes.  REJECT_AUTH_AMBIGUOUS cannot be reached while
-- auth_code is a primary key; it guards against the key being dropped.
CREATE FUNCTION c1.verify_authorization(
    p_auth_code text, p_carrier text, p_plan text, p_manifest_hash text, p_action_set text[])
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    g       c1.governance_build_authorization%ROWTYPE;
    v_found bigint;
BEGIN
    IF p_auth_code IS NULL OR p_auth_code = '' THEN
        RETURN 'REJECT_AUTH_MISSING';
    END IF;

    SELECT count(*) INTO v_found
      FROM c1.governance_build_authorization WHERE auth_code = p_auth_code;
    IF v_found = 0 THEN
        RETURN 'REJECT_AUTH_NOT_FOUND';
    ELSIF v_found > 1 THEN
        RETURN 'REJECT_AUTH_AMBIGUOUS';
    END IF;
    SELECT * INTO STRICT g
      FROM c1.governance_build_authorization WHERE auth_code = p_auth_code;

    IF g.revoked_at IS NOT NULL OR g.status = 'revoked' THEN
        RETURN 'REJECT_AUTH_REVOKED';
    END IF;
    IF g.consumed_at IS NOT NULL OR g.status = 'consumed' THEN
        RETURN 'REJECT_AUTH_ALREADY_CONSUMED';
    END IF;
    IF g.status <> 'active' THEN
        RETURN 'REJECT_AUTH_NOT_ACTIVE';
    END IF;
    IF g.expires_at <= transaction_timestamp() THEN
        RETURN 'REJECT_AUTH_EXPIRED';
    END IF;
    IF coalesce(g.scope ->> 'carrier', '*') = '*' THEN
        RETURN 'REJECT_AUTH_GENERIC_SCOPE';
    END IF;
    IF g.scope -> 'carrier' IS DISTINCT FROM to_jsonb(p_carrier) THEN
        RETURN 'REJECT_AUTH_WRONG_CARRIER';
    END IF;
    IF g.scope -> 'plan' IS DISTINCT FROM to_jsonb(p_plan) THEN
        RETURN 'REJECT_AUTH_WRONG_PLAN';
    END IF;
    IF g.scope -> 'manifest_hash' IS DISTINCT FROM to_jsonb(p_manifest_hash) THEN
        RETURN 'REJECT_AUTH_MANIFEST_MISMATCH';
    END IF;

    -- Set equality: containment both ways, and both must be sets of something.
    IF jsonb_typeof(g.scope -> 'action_set') IS DISTINCT FROM 'array'
       OR coalesce(cardinality(p_action_set), 0) = 0
       OR NOT (g.scope -> 'action_set' @> to_jsonb(p_action_set)
               AND g.scope -> 'action_set' <@ to_jsonb(p_action_set)) THEN
        RETURN 'REJECT_AUTH_LOOSE_SUPERSET';
    END IF;
    RETURN NULL;
END
$$;
