-- surface/20-checks.sql - what a closing is about, and who may ask for it.

-- The manifest: the month's entries in canonical JSON (FORMAT.md section 5), keys and rows sorted.
CREATE FUNCTION ledger.manifest() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '{"entries":['
           || coalesce(string_agg('{"account":' || to_json(normalize(account, NFC))::text
                                  || ',"amount":' || to_json(amount::text)::text
                                  || ',"entry":' || to_json(normalize(entry, NFC))::text || '}',
                                  ',' ORDER BY entry COLLATE "C"), '')
           || '],"month":"2026-05","protocol_version":1,"serialization":"cser-v1"}'
      FROM ledger.entry WHERE month = '2026-05'
$$;

CREATE FUNCTION ledger.manifest_hash() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(ledger.manifest(), 'UTF8')), 'hex')
$$;

-- An approval is for these entries and no others: its scope has the manifest's hash.
INSERT INTO ledger.approval (approval, status, scope, granted_by, expires_at)
SELECT a.approval, 'active',
       jsonb_build_object('carrier', 'LEDGER', 'plan', 'LEDGER-CLOSING-2026-05',
                          'manifest_hash', coalesce(a.hash, ledger.manifest_hash())),
       'chief-accountant', a.expires_at::timestamptz
  FROM (VALUES ('MAY',     NULL,          '2099-12-31T00:00:00Z'),
               ('EXPIRED', NULL,          '2026-06-01T00:00:00Z'),
               ('STALE',   'other-hash',  '2099-12-31T00:00:00Z')) AS a(approval, hash, expires_at);

CREATE FUNCTION ledger.refuse(p_code text) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('outcome', 'REJECT', 'reject_code', p_code, 'persistent_state', 'NONE')
$$;

-- Each check answers with the first code that applies, or NULL.  They are IS DISTINCT FROM: what
-- is missing is wrong.
CREATE FUNCTION ledger.check_mode(p jsonb, p_mode text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p ->> 'mode' = 'REAL_RUN' THEN
        RAISE EXCEPTION 'LEDGER_REAL_RUN_BLOCKED: nothing is posted here';
    END IF;
    RETURN CASE WHEN p -> 'mode' IS DISTINCT FROM to_jsonb(p_mode) THEN 'REJECT_MODE' END;
END
$$;

CREATE FUNCTION ledger.check_request(p jsonb, p_approval text, p_mode text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_code text := ledger.check_mode(p, p_mode);
    a      ledger.approval%ROWTYPE;
BEGIN
    IF v_code IS NOT NULL THEN
        RETURN v_code;
    END IF;
    SELECT * INTO a FROM ledger.approval WHERE approval = p_approval;
    RETURN CASE
        WHEN p -> 'month' IS DISTINCT FROM '"2026-05"'           THEN 'REJECT_MONTH'
        WHEN p - '{mode,month}'::text[] IS DISTINCT FROM '{}'    THEN 'REJECT_UNKNOWN_KEY'
        WHEN p_approval IS NULL                                  THEN 'REJECT_APPROVAL_MISSING'
        WHEN a.approval IS NULL                                  THEN 'REJECT_APPROVAL_UNKNOWN'
        WHEN a.status IS DISTINCT FROM 'active' OR a.revoked_at IS NOT NULL
                                                                 THEN 'REJECT_APPROVAL_SPENT'
        WHEN a.expires_at <= transaction_timestamp()             THEN 'REJECT_APPROVAL_EXPIRED'
        WHEN a.scope ->> 'manifest_hash' IS DISTINCT FROM ledger.manifest_hash()
                                                                 THEN 'REJECT_APPROVAL_STALE'
    END;
END
$$;
