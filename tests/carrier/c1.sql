-- tests/carrier/c1.sql
--
-- What:    assertions over the loaded C1 surface (carriers/c1/surface) and its
--          admissions.  Prints one "ok - ..." line per group; the first failed
--          assertion raises and ends psql with status 3.
-- Role:    superuser, psql on the server's host.  PostgreSQL 14 and later.
-- Run:     at the top of the checkout:
--          psql -X -q -v ON_ERROR_STOP=1 -f tests/carrier/c1.sql DATABASE
-- Leaves:  nothing: one transaction, rolled back.  The two sequences that it moves get
--          a new file first (RESTART), because nextval itself is never rolled back.
-- See:     c1-state.sql and c1-plan.sql, which it includes.

\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL search_path = '';
SET LOCAL TimeZone = 'UTC';

-- First, because nothing may have been written yet.
DO $$
DECLARE
    c_ok  CONSTANT jsonb := '{"mode":"DRY_RUN","carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}';
    r     record;
    v_run jsonb;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('SCHEMA_ENSURE_PLANNED', 'c1.dot_c1_schema_ensure($1)',      '{"mode":"PLAN_ONLY","carrier":"C1"}'::jsonb),
            ('READY',                 'c1.dot_c1_preflight($1)',          '{"mode":"VERIFY_ONLY","carrier":"C1"}'),
            ('DRY_RUN_OK',            'c1.dot_c1_vocab_build($1, ''G_VALID'')',  c_ok),
            ('REJECT',                'c1.dot_c1_vocab_build($1, ''G_DRAFT'')',  c_ok),
            ('REJECT',                'c1.dot_c1_vocab_verify($1, ''G_CONSUMED'')', c_ok || '{"mode":"VERIFY_ONLY"}'),
            ('HARNESS_RESULT',        'c1.dot_c1_bad_input_harness($1)',  '{"mode":"DRY_RUN","carrier":"C1"}'),
            ('READBACK',              'c1.dot_c1_evidence_readback($1)',  '{"mode":"VERIFY_ONLY","carrier":"C1"}'),
            ('REJECT',                'c1.dot_c1_rollback_check($1)',     '{"mode":"DRY_RUN","carrier":"C1"}'),
            (NULL, 'c1.fn_process_agent_api_dispatch(''DOT_C1_VOCAB_BUILD'', ''c'', ''a'', $1->>''mode'', false, ''r'')', c_ok)
        ) AS v(outcome, call, payload)
    LOOP
        EXECUTE 'SELECT ' || r.call INTO v_run USING r.payload;
        IF v_run ->> 'outcome' IS DISTINCT FROM r.outcome THEN
            RAISE EXCEPTION '% answered %', r.call, v_run;
        END IF;
        DECLARE
            v_again jsonb;
        BEGIN
            EXECUTE 'SELECT ' || r.call INTO v_again USING r.payload;
            IF v_again IS DISTINCT FROM v_run THEN
                RAISE EXCEPTION '% is not deterministic: % / %', r.call, v_run, v_again;
            END IF;
        END;
        IF pg_current_xact_id_if_assigned() IS NOT NULL THEN
            RAISE EXCEPTION '% took a transaction id', r.call;
        END IF;
    END LOOP;
END
$$;
\echo ok - every dry path answers twice the same and takes no transaction id

CREATE FUNCTION pg_temp.want(p_what text, p_ok boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_ok IS NOT TRUE THEN RAISE EXCEPTION 'not ok - %', p_what; END IF;
END $$;
CREATE FUNCTION pg_temp.same(p_what text, p_is text, p_want text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_is IS DISTINCT FROM p_want THEN RAISE EXCEPTION 'not ok - %: is %, should be %', p_what, p_is, p_want; END IF;
END $$;
CREATE FUNCTION pg_temp.message(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE p_sql;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$;
-- A request with one patch; its code the way FORMAT.md section 2 reads one.
CREATE FUNCTION pg_temp.code(p_function text, p_patch jsonb, p_auth text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_base jsonb := '{"carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}';
    v_run  jsonb;
BEGIN
    EXECUTE 'SELECT c1.' || p_function || '($1, $2)' INTO v_run USING
        jsonb_build_object('mode', CASE p_function WHEN 'dot_c1_vocab_build' THEN 'DRY_RUN' ELSE 'VERIFY_ONLY' END)
        || v_base || p_patch, p_auth;
    IF v_run ->> 'outcome' = 'REJECT' AND (v_run ? 'seal' OR v_run::text ~ '\m(PASS|CERT|SEAL|APPROVED|ACCEPTED|DIGEST)\M') THEN
        RAISE EXCEPTION 'not ok - a refusal that looks like a success: %', v_run;
    END IF;
    RETURN coalesce(v_run ->> 'reject_code', v_run ->> 'outcome');
EXCEPTION WHEN raise_exception THEN
    IF SQLERRM LIKE 'not ok%' THEN RAISE; END IF;
    RETURN substring(SQLERRM FROM '^[A-Z0-9_]+');
END $$;

ALTER TABLE c1.governance_canonical_operation_vocab ALTER COLUMN vocab_id RESTART;
ALTER TABLE c1.dot_dispatch_observation ALTER COLUMN id RESTART;

DO $$
BEGIN
    PERFORM pg_temp.same('manifest hash', c1.manifest_hash(), 'c9286d3acf8223d77207de69c79b2333c949c996c33843c5c42866a628d7ec00');
    PERFORM pg_temp.same('manifest bytes', octet_length(c1.cser(c1.build_manifest()))::text, '2122');
    PERFORM pg_temp.want('resolver gives 14 in bytewise order',
        (SELECT array_agg(operation_code) = array_agg(operation_code ORDER BY operation_code COLLATE "C") AND count(*) = 14
           FROM c1.resolve()));
    PERFORM pg_temp.want('no function holds the expected hash',
        NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'c1'::regnamespace AND prosrc LIKE '%c9286d3a%'));
    UPDATE c1.apr_action_types_fixture SET status = 'retired' WHERE action_code = 'add_field';
    PERFORM pg_temp.want('only active rows resolve', (SELECT count(*) = 13 FROM c1.resolve()));
    PERFORM pg_temp.want('the hash follows the rows', c1.manifest_hash() NOT LIKE 'c9286d3a%');
    UPDATE c1.apr_action_types_fixture SET status = 'active' WHERE action_code = 'add_field';
END $$;
\echo ok - the manifest hash is the oracle, 2122 bytes, and comes out of the rows

DO $$
BEGIN
    PERFORM pg_temp.same('record vector', encode(sha256(convert_to(c1.cser(
        '{"semantics_frozen":{"description":"Issue an L3 governance_build_authorization grant for one build step"},"cser":"v1","protocol_version":"1.0.0","act_type":"governance_operation","operation_code":"authorize_build_step","governing_authority_ref":"PG:sb1-gov-vocab"}'),
        'UTF8')), 'hex'), '2ab1f90bc57322438186f967613290824c704664d516ca3feec96f01eb99e650');
    PERFORM pg_temp.same('shape', c1.cser('{"b":[1,-2,true,null,{}],"a":[],"B":false}'), '{"B":false,"a":[],"b":[1,-2,true,null,{}]}');
    PERFORM pg_temp.same('key order is by bytes', c1.cser(U&'{"\FF5E":1,"\+01F600":2,"z":3,"aa":4,"a":5}'::jsonb),
                         U&'{"a":5,"aa":4,"z":3,"\FF5E":1,"\+01F600":2}');
    PERFORM pg_temp.same('NFC', c1.cser(U&'{"e\0301":"e\0301"}'::jsonb), U&'{"\00E9":"\00E9"}');
    PERFORM pg_temp.same('escapes', c1.cser(to_json(E'\b\t\n\f\r"\\/\x01\x1f\x7f'::text)::jsonb),
                         E'"\\b\\t\\n\\f\\r\\"\\\\/\\u0001\\u001f\x7f"');
    PERFORM pg_temp.same('largest integer', c1.cser('[9007199254740991,-9007199254740991,1e2,-0]'),
                         '[9007199254740991,-9007199254740991,100,0]');
    PERFORM pg_temp.want(n || ' is refused', pg_temp.message(format('SELECT c1.cser(%L::jsonb)', n)) LIKE 'cser-v1: %')
       FROM unnest(ARRAY['1.5', '1.0', '9007199254740992', '-9007199254740992', '1e40']) AS n;
    PERFORM pg_temp.want('keys equal after NFC are refused',
        pg_temp.message(U&'SELECT c1.cser(''{"e\0301":1,"\00E9":2}''::jsonb)') LIKE 'cser-v1: %');
END $$;
\echo ok - cser-v1: vectors, key order, NFC, escapes, integers, refusals

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('REJECT_BAD_MODE',                     '{"mode":"APPLY"}'),
            ('REJECT_BAD_MODE',                     '{"mode":null}'),
            ('REJECT_BAD_MODE',                     '{"mode":"real_run","carrier":"C2"}'),
            ('REJECT_WRONG_CARRIER',                '{"carrier":"C2","target_carriers":["C2"]}'),
            ('REJECT_WRONG_CARRIER',                '{"carrier":["C1"]}'),
            ('REJECT_C2_CROSS_MUTATION',            '{"target_carriers":["C1","C2"],"target_environment":"PRODUCTION"}'),
            ('REJECT_C2_CROSS_MUTATION',            '{"target_carriers":null}'),
            ('REJECT_PRODUCTION_TARGET',            '{"target_environment":"PRODUCTION","plan_ref":""}'),
            ('REJECT_MISSING_PLAN',                 '{"plan_ref":"","protocol_version":2}'),
            ('REJECT_MISSING_PLAN',                 '{"plan_ref":"OTHER-PLAN"}'),
            ('REJECT_BAD_PROTOCOL_VERSION',         '{"protocol_version":2,"injected_operations":[]}'),
            ('REJECT_BAD_PROTOCOL_VERSION',         '{"protocol_version":"1"}'),
            ('REJECT_BAD_PROTOCOL_VERSION',         '{"protocol_version":1.0}'),
            ('REJECT_NON_GOVERNED_VALUE_INJECTION', '{"injected_operations":[],"expected_manifest_hash":"deadbeef"}'),
            ('REJECT_NON_GOVERNED_VALUE_INJECTION', '{"operations":["c1.op.SMUGGLED"]}'),
            ('REJECT_MANIFEST_HASH_MISMATCH',       '{"expected_manifest_hash":"deadbeef"}'),
            ('REJECT_MANIFEST_HASH_MISMATCH',       '{"expected_manifest_hash":null}'),
            ('C1_PROD_REAL_RUN_BLOCKED',            '{"mode":"PROD_REAL_RUN","carrier":"C2"}'),
            ('C1_PROD_REAL_RUN_BLOCKED',            '{"mode":"REAL_RUN"}')
        ) AS v(code, patch)
    LOOP
        PERFORM pg_temp.same('build '  || r.patch, pg_temp.code('dot_c1_vocab_build',  r.patch::jsonb, NULL), r.code);
        PERFORM pg_temp.same('verify ' || r.patch, pg_temp.code('dot_c1_vocab_verify', r.patch::jsonb, NULL), r.code);
    END LOOP;
    PERFORM pg_temp.same('null request',  c1.dot_c1_vocab_build(NULL, 'G_VALID') ->> 'reject_code', 'REJECT_BAD_MODE');
    PERFORM pg_temp.same('array request', c1.dot_c1_vocab_build('["mode"]', 'G_VALID') ->> 'reject_code', 'REJECT_BAD_MODE');
    PERFORM pg_temp.same('build in verify''s mode', pg_temp.code('dot_c1_vocab_build', '{"mode":"VERIFY_ONLY"}', 'G_VALID'), 'REJECT_BAD_MODE');
    PERFORM pg_temp.want('the whole answer', c1.dot_c1_vocab_build('{"mode":"DRY_RUN","carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}', 'G_VALID')
        = jsonb_build_object('outcome', 'DRY_RUN_OK', 'mode', 'DRY_RUN', 'carrier', 'C1', 'plan_ref', 'LEGO1-C1-PLAN', 'protocol_version', 1,
            'manifest_hash', c1.manifest_hash(), 'operation_count', 14, 'auth_check', 'VALID', 'vocab_rows_before', 0, 'vocab_rows_after', 0,
            'persistent_state', 'NONE', 'seal', 'WITHHELD_DRY_RUN'));
    PERFORM pg_temp.same('all keys, all right', pg_temp.code('dot_c1_vocab_build', jsonb_build_object('target_carriers', '["C1"]'::jsonb,
        'target_environment', 'DRYRUN', 'expected_manifest_hash', c1.manifest_hash()), 'G_VALID'), 'DRY_RUN_OK');
END $$;
\echo ok - the eight BUILD codes, in order, and the raise; the same for VERIFY

SAVEPOINT grants;
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('REJECT_AUTH_MISSING', NULL), ('REJECT_AUTH_MISSING', ''), ('REJECT_AUTH_NOT_FOUND', 'g_valid'),
            ('REJECT_AUTH_REVOKED', 'G_REVOKED'), ('REJECT_AUTH_ALREADY_CONSUMED', 'G_CONSUMED'),
            ('REJECT_AUTH_NOT_ACTIVE', 'G_DRAFT'), ('REJECT_AUTH_EXPIRED', 'G_EXPIRED'),
            ('REJECT_AUTH_GENERIC_SCOPE', 'G_GENERIC'), ('REJECT_AUTH_WRONG_CARRIER', 'G_WRONGCARRIER'),
            ('REJECT_AUTH_WRONG_PLAN', 'G_WRONGPLAN'), ('REJECT_AUTH_MANIFEST_MISMATCH', 'G_WRONGHASH'),
            ('REJECT_AUTH_LOOSE_SUPERSET', 'G_SUPERSET')
        ) AS v(code, auth)
    LOOP
        PERFORM pg_temp.same('build with '  || coalesce(r.auth, 'null'), pg_temp.code('dot_c1_vocab_build',  '{}', r.auth), r.code);
        PERFORM pg_temp.same('verify with ' || coalesce(r.auth, 'null'), pg_temp.code('dot_c1_vocab_verify', '{}', r.auth), r.code);
    END LOOP;
    -- Remedy one thing after the other on one grant that has every fault at once.
    UPDATE c1.governance_build_authorization
       SET revoked_at = granted_at, revoked_by = 'x', consumed_at = granted_at, consumed_by = 'x', status = 'draft',
           granted_at = '2026-06-01T00:00:00Z', expires_at = '2026-06-01T01:00:00Z', scope = '{"action_set":[]}'
     WHERE auth_code = 'G_VALID';
    FOR r IN
        SELECT * FROM (VALUES
            (1,  'REJECT_AUTH_REVOKED',           'revoked_at = NULL, revoked_by = NULL'),
            (2,  'REJECT_AUTH_ALREADY_CONSUMED',  'consumed_at = NULL, consumed_by = NULL'),
            (3,  'REJECT_AUTH_NOT_ACTIVE',        'status = ''active'''),
            (4,  'REJECT_AUTH_EXPIRED',           'expires_at = ''2099-12-31T00:00:00Z'''),
            (5,  'REJECT_AUTH_GENERIC_SCOPE',     'scope = scope || ''{"carrier":"C2"}'''),
            (6,  'REJECT_AUTH_WRONG_CARRIER',     'scope = scope || ''{"carrier":"C1"}'''),
            (7,  'REJECT_AUTH_WRONG_PLAN',        'scope = scope || ''{"plan":"LEGO1-C1-PLAN"}'''),
            (8,  'REJECT_AUTH_MANIFEST_MISMATCH', 'scope = scope || jsonb_build_object(''manifest_hash'', c1.manifest_hash())'),
            (9,  'REJECT_AUTH_LOOSE_SUPERSET',    'scope = scope - ''action_set'''),
            (10, 'REJECT_AUTH_LOOSE_SUPERSET',    'scope = scope || ''{"action_set":["c1.op.create_item"]}'''),
            (11, 'REJECT_AUTH_LOOSE_SUPERSET',    'scope = scope || ''{"action_set":"*"}'''),
            (12, 'REJECT_AUTH_LOOSE_SUPERSET',    'scope = jsonb_set(scope, ''{action_set}'', (SELECT jsonb_agg(operation_code) FROM c1.resolve()))'),
            (13, 'DRY_RUN_OK',                    'status = status')
        ) AS v(n, code, remedy) ORDER BY n
    LOOP
        PERFORM pg_temp.same('before ' || r.remedy, pg_temp.code('dot_c1_vocab_build', '{}', 'G_VALID'), r.code);
        EXECUTE 'UPDATE c1.governance_build_authorization SET ' || r.remedy || ' WHERE auth_code = ''G_VALID''';
    END LOOP;
    PERFORM pg_temp.same('an empty action set is no authority', c1.verify_authorization('G_VALID', 'C1', 'LEGO1-C1-PLAN', c1.manifest_hash(), '{}'), 'REJECT_AUTH_LOOSE_SUPERSET');
    UPDATE c1.governance_build_authorization SET scope = scope || '{"action_set":[]}' WHERE auth_code = 'G_VALID';
    PERFORM pg_temp.same('nor is nothing for nothing', c1.verify_authorization('G_VALID', 'C1', 'LEGO1-C1-PLAN', c1.manifest_hash(), '{}'), 'REJECT_AUTH_LOOSE_SUPERSET');
    PERFORM pg_temp.same('a null manifest hash is no authority', c1.verify_authorization('G_VALID', 'C1', 'LEGO1-C1-PLAN', NULL, NULL), 'REJECT_AUTH_MANIFEST_MISMATCH');
    ALTER TABLE c1.governance_build_authorization DROP CONSTRAINT governance_build_authorization_pkey;
    DROP INDEX c1.governance_build_authorization_one_active_per_step;
    INSERT INTO c1.governance_build_authorization SELECT * FROM c1.governance_build_authorization WHERE auth_code = 'G_VALID';
    PERFORM pg_temp.same('without the key', pg_temp.code('dot_c1_vocab_build', '{}', 'G_VALID'), 'REJECT_AUTH_AMBIGUOUS');
END $$;
ROLLBACK TO grants;
\echo ok - twelve authorization codes, one by one and in order (AMBIGUOUS with the key dropped)

DO $$
BEGIN
    PERFORM pg_temp.same('harness', (SELECT string_agg(format('%s %s %s', e ->> 'case', e ->> 'outcome', e ->> 'reject_code'), E'\n' ORDER BY o)
        FROM jsonb_array_elements(c1.dot_c1_bad_input_harness('{"mode":"DRY_RUN","carrier":"C1"}') -> 'cases') WITH ORDINALITY AS t(e, o)),
        'bad_mode REJECT REJECT_BAD_MODE
wrong_carrier REJECT REJECT_WRONG_CARRIER
c2_cross_mutation REJECT REJECT_C2_CROSS_MUTATION
production_target REJECT REJECT_PRODUCTION_TARGET
missing_plan REJECT REJECT_MISSING_PLAN
bad_version REJECT REJECT_BAD_PROTOCOL_VERSION
injected_ops REJECT REJECT_NON_GOVERNED_VALUE_INJECTION
wrong_hash REJECT REJECT_MANIFEST_HASH_MISMATCH
no_authorization REJECT REJECT_AUTH_MISSING
auth_not_found REJECT REJECT_AUTH_NOT_FOUND
generic_auth REJECT REJECT_AUTH_GENERIC_SCOPE
grant_wrong_carrier REJECT REJECT_AUTH_WRONG_CARRIER
grant_wrong_plan REJECT REJECT_AUTH_WRONG_PLAN
grant_hash_mismatch REJECT REJECT_AUTH_MANIFEST_MISMATCH
loose_superset REJECT REJECT_AUTH_LOOSE_SUPERSET
expired_auth REJECT REJECT_AUTH_EXPIRED
revoked_auth REJECT REJECT_AUTH_REVOKED
reused_consumed_auth REJECT REJECT_AUTH_ALREADY_CONSUMED
attempted_real_run RAISED C1_PROD_REAL_RUN_BLOCKED');
    PERFORM pg_temp.want('19 of 19', (SELECT (h ->> 'total')::int = 19 AND (h ->> 'fail_closed_count')::int = 19
        FROM c1.dot_c1_bad_input_harness('{"mode":"DRY_RUN","carrier":"C1"}') AS h));
    PERFORM pg_temp.want('no case uses G_VALID', NOT EXISTS (SELECT FROM c1.bad_input_cases() WHERE auth_code = 'G_VALID'));
    PERFORM pg_temp.want('unknown case', pg_temp.message('SELECT c1.run_case(''x'')') LIKE 'C1_UNKNOWN_CASE: %');
END $$;
SAVEPOINT sabotage;
-- A producer that lets everything through, seals it and writes: the harness must notice.
CREATE OR REPLACE FUNCTION c1.dot_c1_vocab_build(p_payload jsonb, p_auth_code text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO c1.governance_canonical_operation_vocab (operation_code, protocol_version, risk_level, handler_ref, source_action_code, manifest_hash)
    SELECT 'x' || count(*), 1, 'low', 'x', 'x', 'x' FROM c1.governance_canonical_operation_vocab;
    RETURN '{"outcome":"REJECT","reject_code":"REJECT_BAD_MODE"}'::jsonb
           || CASE WHEN p_payload ? 'carrier' THEN '{}'::jsonb ELSE '{"seal":"x"}' END;
END $$;
GRANT INSERT ON c1.governance_canonical_operation_vocab TO c1_reader;
DO $$
BEGIN
    PERFORM pg_temp.same('fail_closed of a producer that writes',
        c1.dot_c1_bad_input_harness('{"mode":"DRY_RUN","carrier":"C1"}') ->> 'fail_closed_count', '0');
    PERFORM pg_temp.same('preflight of it', c1.dot_c1_preflight('{"mode":"VERIFY_ONLY","carrier":"C1"}') ->> 'outcome', 'NOT_READY');
END $$;
-- One that breaks: no result at all, rather than a refusal it did not give.
CREATE OR REPLACE FUNCTION c1.dot_c1_vocab_build(p_payload jsonb, p_auth_code text) RETURNS jsonb LANGUAGE sql AS 'SELECT to_jsonb(1/0)';
SELECT pg_temp.same('harness over a broken producer', pg_temp.message('SELECT c1.dot_c1_bad_input_harness(''{"mode":"DRY_RUN","carrier":"C1"}'')'), 'division by zero') \g /dev/null
ROLLBACK TO sabotage;
\echo ok - the harness runs 19 real cases, and notices a producer that writes or breaks
\ir c1-state.sql
\ir c1-plan.sql
ROLLBACK;
