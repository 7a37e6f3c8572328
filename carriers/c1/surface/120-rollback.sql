-- carriers/c1/surface/120-rollback.sql
--
-- What:    DOT_C1_ROLLBACK_CHECK, the C1 extension of DOT-062: judges a proposal and
--          never carries one out.
-- Source:  the principle (versioned, local, compensating supersession; never delete)
--          and the eight codes are the operators' facts (C1.md section 4).  The
--          proposal's keys, which key gives which code, and the order are ours:
--
--   apply               must be false                          RUNTIME_MUTATION_REJECTED
--   scope               must be ["C1"]                         ROLLBACK_NOT_LOCAL
--   action              must be "retire"                       ROLLBACK_DELETES_REFERENCED_IDENTITY
--   keeps_history       must be true                           ROLLBACK_ERASES_HISTORY
--   changes             only status (retired), superseded_by   ROLLBACK_CHANGES_HISTORICAL_SEMANTICS
--   successor_risk_level  not below the authority table's      ROLLBACK_WEAKENS_AUTHORITY
--   changes.superseded_by  same operation, later version       ROLLBACK_SUCCESSOR_RULE_ABSENT
--   on_failure          "fail_closed_no_mutation"; no other key ROLLBACK_FORWARD_FAIL_CLOSED_VIOLATED
--
--          with operation_code and protocol_version naming the row.  A missing key
--          fails its own check.
-- Role:    superuser.  PostgreSQL 14 and later.

CREATE FUNCTION c1.dot_c1_rollback_check(p_payload jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_levels CONSTANT text[] := '{low,medium,high,sovereign}';
    p        jsonb := p_payload -> 'proposal';
    v_code   text := c1.check_mode_and_carrier(p_payload, 'DRY_RUN');
    v_level  text;
    v_next   text[];
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN c1.reject(v_code);
    END IF;
    IF p -> 'apply' IS DISTINCT FROM 'false'::jsonb THEN
        RETURN c1.reject('RUNTIME_MUTATION_REJECTED');
    END IF;
    IF p -> 'scope' IS DISTINCT FROM '["C1"]'::jsonb THEN
        RETURN c1.reject('ROLLBACK_NOT_LOCAL');
    END IF;
    IF p -> 'action' IS DISTINCT FROM '"retire"'::jsonb THEN
        RETURN c1.reject('ROLLBACK_DELETES_REFERENCED_IDENTITY');
    END IF;
    IF p -> 'keeps_history' IS DISTINCT FROM 'true'::jsonb THEN
        RETURN c1.reject('ROLLBACK_ERASES_HISTORY');
    END IF;
    IF jsonb_typeof(p -> 'changes') IS DISTINCT FROM 'object'
       OR (p -> 'changes') - 'superseded_by' IS DISTINCT FROM '{"status":"retired"}'::jsonb THEN
        RETURN c1.reject('ROLLBACK_CHANGES_HISTORICAL_SEMANTICS');
    END IF;

    SELECT r.risk_level INTO v_level FROM c1.resolve() AS r
     WHERE r.operation_code = p ->> 'operation_code';
    IF (array_position(c_levels, p ->> 'successor_risk_level') >= array_position(c_levels, v_level))
       IS NOT TRUE THEN
        RETURN c1.reject('ROLLBACK_WEAKENS_AUTHORITY');
    END IF;

    v_next := regexp_match(p #>> '{changes,superseded_by}', '^(.+)@([1-9][0-9]{0,8})$');
    IF jsonb_typeof(p -> 'protocol_version') IS DISTINCT FROM 'number'
       OR v_next IS NULL
       OR v_next[1] IS DISTINCT FROM p ->> 'operation_code'
       OR v_next[2]::numeric <= (p ->> 'protocol_version')::numeric THEN
        RETURN c1.reject('ROLLBACK_SUCCESSOR_RULE_ABSENT');
    END IF;
    IF p -> 'on_failure' IS DISTINCT FROM '"fail_closed_no_mutation"'::jsonb
       OR p - '{action,apply,changes,keeps_history,on_failure,operation_code,protocol_version,scope,successor_risk_level}'::text[]
          IS DISTINCT FROM '{}'::jsonb THEN
        RETURN c1.reject('ROLLBACK_FORWARD_FAIL_CLOSED_VIOLATED');
    END IF;

    RETURN jsonb_build_object(
        'outcome',          'ROLLBACK_LAWFUL',
        'carrier',          'C1',
        'operation_code',   p -> 'operation_code',
        'superseded_by',    p #> '{changes,superseded_by}',
        'persistent_state', 'NONE');
END
$$;
