-- surface/30-endpoints.sql - what the steps call.  All but spend() are STABLE: of
-- these the server itself refuses a write.

-- Validates a call and runs nothing.
CREATE FUNCTION ledger.dispatch(p_code text, p_correlation text, p_actor text, p_mode text, p_observe boolean, p_root text)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_endpoint text;
BEGIN
    IF NOT EXISTS (SELECT FROM ledger.gate WHERE gate = 'dry_run_only' AND value = 'true') THEN
        RAISE EXCEPTION 'LEDGER_GATE_OPEN: not dry-run-only';
    END IF;
    SELECT endpoint INTO v_endpoint FROM ledger.contract WHERE code = p_code;
    RETURN jsonb_build_object('validated', v_endpoint IS NOT NULL AND p_mode IN ('DRY_RUN', 'VERIFY_ONLY'),
                              'endpoint_present', v_endpoint IS NOT NULL,
                              'true_dry_run_possible', to_regprocedure(v_endpoint) IS NOT NULL);
END
$$;

-- The dry run: what would be posted.  A real closing would insert into ledger.closing.
CREATE FUNCTION ledger.close(p jsonb, p_approval text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_request(p, p_approval, 'DRY_RUN');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN ledger.refuse(v_code);
    END IF;
    RETURN jsonb_build_object(
        'outcome', 'DRY_RUN_OK', 'persistent_state', 'NONE', 'seal', 'WITHHELD_DRY_RUN',
        'month', p -> 'month', 'manifest_hash', ledger.manifest_hash(),
        'would_post', (SELECT jsonb_object_agg(s.account, s.amount)
                         FROM (SELECT account, sum(amount) AS amount FROM ledger.entry
                                WHERE month = p ->> 'month' GROUP BY account) AS s));
END
$$;

-- Checks again what close() checked, and spends the approval: the one change the plan allows.
CREATE FUNCTION ledger.spend(p jsonb, p_approval text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_request(p, p_approval, 'VERIFY_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN ledger.refuse(v_code);
    END IF;
    UPDATE ledger.approval
       SET status = 'spent', consumed_at = transaction_timestamp(), consumed_by = 'LEDGER_SPEND'
     WHERE approval = p_approval AND status = 'active';
    IF NOT FOUND THEN -- somebody was quicker
        RETURN ledger.refuse('REJECT_APPROVAL_SPENT');
    END IF;
    RETURN jsonb_build_object('outcome', 'SPENT', 'approval', p_approval,
                              'manifest_hash', ledger.manifest_hash(), 'seal', 'WITHHELD_DRY_RUN');
END
$$;

-- The surface's own account of the bad inputs, each a real call of close(); which codes are
-- expected stands in plan.json alone.
CREATE FUNCTION ledger.bad_input(p jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code  text := ledger.check_mode(p, 'DRY_RUN');
    v_cases jsonb := '[]';
    c       record;
    r       jsonb;
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN ledger.refuse(v_code);
    END IF;
    FOR c IN SELECT * FROM (VALUES
        (1, 'bad_mode',         '{"mode":"APPLY","month":"2026-05"}',                    'MAY'),
        (2, 'closed_month',     '{"mode":"DRY_RUN","month":"2026-04"}',                  'MAY'),
        (3, 'injected_key',     '{"mode":"DRY_RUN","month":"2026-05","post":true}',      'MAY'),
        (4, 'no_approval',      '{"mode":"DRY_RUN","month":"2026-05"}',                  NULL),
        (5, 'unknown_approval', '{"mode":"DRY_RUN","month":"2026-05"}',                  'JUNE'),
        (6, 'spent_approval',   '{"mode":"DRY_RUN","month":"2026-05"}',                  'MAY'),
        (7, 'expired_approval', '{"mode":"DRY_RUN","month":"2026-05"}',                  'EXPIRED'),
        (8, 'stale_approval',   '{"mode":"DRY_RUN","month":"2026-05"}',                  'STALE'),
        (9, 'real_run',         '{"mode":"REAL_RUN","month":"2026-05"}',                 'MAY')
    ) AS v(n, name, request, approval) ORDER BY n LOOP
        BEGIN
            r := ledger.close(c.request::jsonb, c.approval);
        EXCEPTION WHEN raise_exception THEN
            r := jsonb_build_object('outcome', 'RAISED', 'reject_code', split_part(SQLERRM, ':', 1));
        END;
        v_cases := v_cases || jsonb_build_object(
            'case', c.name, 'outcome', r -> 'outcome', 'reject_code', r -> 'reject_code', 'has_seal', r ? 'seal',
            'fail_closed', coalesce(r ->> 'reject_code' <> '' AND NOT r ? 'seal', false));
    END LOOP;
    RETURN jsonb_build_object('outcome', 'HARNESS_RESULT', 'cases', v_cases);
END
$$;

CREATE FUNCTION ledger.preflight(p jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_mode(p, 'VERIFY_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN ledger.refuse(v_code);
    END IF;
    RETURN jsonb_build_object('outcome', 'CHECKED', 'checks', jsonb_build_array(
        jsonb_build_object('check', 'closing_table_exists', 'ok', to_regclass('ledger.closing') IS NOT NULL),
        jsonb_build_object('check', 'four_entries', 'ok',
                           (SELECT count(*) = 4 FROM ledger.entry WHERE month = '2026-05')),
        jsonb_build_object('check', 'six_contracts', 'ok',
                           (SELECT count(*) = 6 FROM ledger.contract
                             WHERE to_regprocedure(endpoint) IS NOT NULL))));
END
$$;

CREATE FUNCTION ledger.readback(p jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_mode(p, 'VERIFY_ONLY');
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN ledger.refuse(v_code);
    END IF;
    RETURN jsonb_build_object('outcome', 'READBACK',
                              'closings', (SELECT count(*) FROM ledger.closing),
                              'approvals_left', (SELECT count(*) FROM ledger.approval WHERE status = 'active'));
END
$$;

-- Judges how a closing would be undone, and undoes nothing: only by reversing entries, because
-- books are not erased.
CREATE FUNCTION ledger.undo(p jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_mode(p, 'DRY_RUN');
BEGIN
    v_code := coalesce(v_code, CASE
        WHEN p -> 'apply' IS DISTINCT FROM 'false'       THEN 'UNDO_IS_NOT_RUN_HERE'
        WHEN p -> 'month' IS DISTINCT FROM '"2026-05"'   THEN 'UNDO_OTHER_MONTH'
        WHEN p -> 'by' IS DISTINCT FROM '"reversal"'     THEN 'UNDO_ERASES_ENTRIES'
    END);
    RETURN CASE WHEN v_code IS NOT NULL THEN ledger.refuse(v_code)
                ELSE jsonb_build_object('outcome', 'UNDO_LAWFUL', 'persistent_state', 'NONE') END;
END
$$;
