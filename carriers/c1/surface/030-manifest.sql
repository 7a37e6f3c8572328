-- carriers/c1/surface/030-manifest.sql
--
-- What:    resolver R_C1, the manifest, its canonical text (cser-v1, manifest
--          profile) and its SHA-256.
-- Source:  the operators' facts (C1.md sections 2 and 3).  The SQL is ours.
--          The manifest's expected hash is deliberately not written in any file
--          of this folder: the number must come out of the rows.
-- Role:    superuser.  PostgreSQL 14 and later.
-- Order:   operations by operation_code, bytewise (COLLATE "C").

CREATE FUNCTION c1.authority_fixture_hash() RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    -- Opaque: the operators publish this constant but not its formula.
    SELECT '3b3c2ff96c24c78df9f1923f21c5b998360ba964c7dac38deb9b1e9a73f315f4'
$$;

CREATE FUNCTION c1.resolve()
RETURNS TABLE (operation_code text, risk_level text, handler_ref text, source_action_code text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'c1.op.' || a.action_code, a.risk_level, a.handler_ref, a.action_code
      FROM c1.apr_action_types_fixture AS a
     WHERE a.status = 'active'
     ORDER BY ('c1.op.' || a.action_code) COLLATE "C"
$$;

CREATE FUNCTION c1.build_manifest() RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
        'carrier',                'C1',
        'protocol_version',       1,
        'serialization',          'cser-v1',
        'authority_source',       'apr_action_types_fixture',
        'authority_fixture_hash', c1.authority_fixture_hash(),
        'operations', (SELECT coalesce(jsonb_agg(to_jsonb(r)
                                           ORDER BY r.operation_code COLLATE "C"),
                                       '[]'::jsonb)
                         FROM c1.resolve() AS r))
$$;

-- Canonical JSON, profile-neutral: it adds no field of its own.  to_json(text)
-- writes exactly the minimal escapes of RFC 8785 (\b \t \n \f \r \" \\ and
-- \u00xx in lower case, nothing else).
CREATE FUNCTION c1.cser(p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_kind text := jsonb_typeof(p_value);
    v_text text;
BEGIN
    IF v_kind = 'object' THEN
        IF EXISTS (SELECT FROM jsonb_object_keys(p_value) AS k
                    GROUP BY normalize(k, NFC) COLLATE "C" HAVING count(*) > 1) THEN
            RAISE EXCEPTION 'cser-v1: two keys are one after NFC';
        END IF;
        SELECT string_agg(to_json(normalize(e.key, NFC))::text || ':' || c1.cser(e.value),
                          ',' ORDER BY normalize(e.key, NFC) COLLATE "C")
          INTO v_text
          FROM jsonb_each(p_value) AS e;
        RETURN '{' || coalesce(v_text, '') || '}';
    ELSIF v_kind = 'array' THEN
        SELECT string_agg(c1.cser(e.value), ',' ORDER BY e.ordinality)
          INTO v_text
          FROM jsonb_array_elements(p_value) WITH ORDINALITY AS e(value, ordinality);
        RETURN '[' || coalesce(v_text, '') || ']';
    ELSIF v_kind = 'string' THEN
        RETURN to_json(normalize(p_value #>> '{}', NFC))::text;
    ELSIF v_kind = 'number' THEN
        v_text := p_value::text;
        IF v_text !~ '^(0|-?[1-9][0-9]{0,15})$' OR abs(v_text::numeric) >= 9007199254740992 THEN
            RAISE EXCEPTION 'cser-v1: % is not an integer below 2^53', v_text;
        END IF;
        RETURN v_text;
    END IF;
    RETURN p_value::text;   -- true, false, null
END
$$;

CREATE FUNCTION c1.manifest_hash() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(sha256(convert_to(c1.cser(c1.build_manifest()), 'UTF8')), 'hex')
$$;
