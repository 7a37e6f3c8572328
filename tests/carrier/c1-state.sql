-- tests/carrier/c1-state.sql
--
-- What:    second half of c1.sql (which includes it): what consumes, retires, refuses,
--          and who may do it.  Needs c1.sql's helpers and its open transaction.
-- Role:    superuser.  PostgreSQL 14 and later.

-- VERIFY, as the step role really calls it.
CREATE TEMPORARY TABLE grants_before AS SELECT auth_code, to_jsonb(g) AS line FROM c1.governance_build_authorization AS g;
CREATE TEMPORARY TABLE sequences_before AS SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'c1';
SAVEPOINT consume;
SET LOCAL ROLE c1_step;
SELECT c1.dot_c1_evidence_readback('{"mode":"VERIFY_ONLY","carrier":"C1"}') ->> 'active_grants_left' AS left_before,
       c1.dot_c1_vocab_verify('{"mode":"VERIFY_ONLY","carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}', 'G_VALID') AS first \gset
SELECT c1.dot_c1_vocab_verify('{"mode":"VERIFY_ONLY","carrier":"C1","plan_ref":"LEGO1-C1-PLAN","protocol_version":1}', 'G_VALID') AS second,
       c1.dot_c1_evidence_readback('{"mode":"VERIFY_ONLY","carrier":"C1"}') AS readback \gset
RESET ROLE;
SELECT pg_temp.want('VERIFIED', :'first'::jsonb = jsonb_build_object('outcome', 'VERIFIED', 'auth_code', 'G_VALID',
           'consumed_by', 'DOT_C1_VOCAB_VERIFY', 'manifest_hash', c1.manifest_hash(), 'operation_count', 14,
           'persistent_state', 'GRANT_CONSUMED', 'seal', 'WITHHELD_DRY_RUN')),
       pg_temp.same('reuse', :'second'::jsonb ->> 'reject_code', 'REJECT_AUTH_ALREADY_CONSUMED'),
       pg_temp.same('active grants before', :'left_before', '7'),
       pg_temp.want('readback', :'readback'::jsonb = '{"outcome":"READBACK","vocab_rows":0,"active_grants_left":6,"audit_rows":1,"orphan_rows":0}') \g /dev/null
DO $$
BEGIN
    PERFORM pg_temp.same('changed columns', (SELECT string_agg(b.auth_code || '.' || k, ' ' ORDER BY k COLLATE "C")
          FROM grants_before AS b JOIN c1.governance_build_authorization AS g USING (auth_code),
               jsonb_object_keys(b.line) AS k WHERE b.line -> k <> to_jsonb(g) -> k),
        'G_VALID.consumed_at G_VALID.consumed_by G_VALID.status');
    PERFORM pg_temp.want('consumed at the transaction''s time by somebody other than the granter', (SELECT consumed_at = transaction_timestamp()
        AND status = 'consumed' AND consumed_by <> granted_by FROM c1.governance_build_authorization WHERE auth_code = 'G_VALID'));
    PERFORM pg_temp.want('no sequence moved', NOT EXISTS (SELECT sequencename, last_value FROM pg_sequences
        WHERE schemaname = 'c1' EXCEPT SELECT * FROM sequences_before));
END $$;
ROLLBACK TO consume;
UPDATE c1.governance_build_authorization SET granted_by = 'DOT_C1_VOCAB_VERIFY' WHERE auth_code = 'G_VALID';
SELECT pg_temp.same('granter as consumer', pg_temp.code('dot_c1_vocab_verify', '{}', 'G_VALID'), 'C1_CONSUME_REFUSED') \g /dev/null
ROLLBACK TO consume;
-- The update of a sound grant does not happen: never a success.
CREATE FUNCTION pg_temp.lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER lose BEFORE UPDATE ON c1.governance_build_authorization FOR EACH ROW EXECUTE FUNCTION pg_temp.lose();
SELECT pg_temp.same('a swap that finds no row', pg_temp.code('dot_c1_vocab_verify', '{}', 'G_VALID'), 'C1_CONSUME_REFUSED') \g /dev/null
ROLLBACK TO consume;
-- The swap alone must hold, should the judgement ever fail open.
CREATE OR REPLACE FUNCTION c1.verify_authorization(p_auth_code text, p_carrier text, p_plan text, p_manifest_hash text, p_action_set text[])
RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
UPDATE c1.governance_build_authorization SET status = 'active' WHERE auth_code IN ('G_CONSUMED', 'G_REVOKED');
SELECT pg_temp.same(a, pg_temp.code('dot_c1_vocab_verify', '{}', a), 'C1_CONSUME_REFUSED')
  FROM unnest(ARRAY['G_CONSUMED', 'G_REVOKED', 'G_DRAFT', 'G_ABSENT', NULL]) AS a \g /dev/null
ROLLBACK TO consume;
\echo ok - VERIFY consumes one grant once, three columns, no sequence; reuse, granter and lost swap are refused

DO $$
DECLARE
    c_lawful CONSTANT jsonb := '{"action":"retire","apply":false,"scope":["C1"],"operation_code":"c1.op.create_item","protocol_version":1,
        "changes":{"status":"retired","superseded_by":"c1.op.create_item@2"},"keeps_history":true,"successor_risk_level":"low","on_failure":"fail_closed_no_mutation"}';
    r     record;
    v_run jsonb;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('RUNTIME_MUTATION_REJECTED',             '{"apply":true,"scope":["C2"]}'),
            ('ROLLBACK_NOT_LOCAL',                    '{"scope":["C1","C2"],"action":"delete"}'),
            ('ROLLBACK_DELETES_REFERENCED_IDENTITY',  '{"action":"delete","keeps_history":false}'),
            ('ROLLBACK_ERASES_HISTORY',               '{"keeps_history":false,"changes":{}}'),
            ('ROLLBACK_CHANGES_HISTORICAL_SEMANTICS', '{"changes":{"status":"retired","superseded_by":"c1.op.create_item@2","handler_ref":"x"},"successor_risk_level":null}'),
            ('ROLLBACK_CHANGES_HISTORICAL_SEMANTICS', '{"changes":{"status":"active","superseded_by":"c1.op.create_item@2"}}'),
            ('ROLLBACK_WEAKENS_AUTHORITY',            '{"operation_code":"c1.op.amend_law","changes":{"status":"retired"}}'),
            ('ROLLBACK_WEAKENS_AUTHORITY',            '{"operation_code":"c1.op.unknown"}'),
            ('ROLLBACK_SUCCESSOR_RULE_ABSENT',        '{"changes":{"status":"retired"},"on_failure":"continue"}'),
            ('ROLLBACK_SUCCESSOR_RULE_ABSENT',        '{"changes":{"status":"retired","superseded_by":"c1.op.create_item@1"}}'),
            ('ROLLBACK_SUCCESSOR_RULE_ABSENT',        '{"changes":{"status":"retired","superseded_by":"c1.op.update_item@2"}}'),
            ('ROLLBACK_SUCCESSOR_RULE_ABSENT',        '{"protocol_version":"1"}'),
            ('ROLLBACK_FORWARD_FAIL_CLOSED_VIOLATED', '{"on_failure":"continue"}'),
            ('ROLLBACK_FORWARD_FAIL_CLOSED_VIOLATED', '{"also":"delete"}'),
            (NULL,                                    '{}'),
            (NULL,                                    '{"successor_risk_level":"high"}')
        ) AS v(code, patch)
    LOOP
        v_run := c1.dot_c1_rollback_check(jsonb_build_object('carrier', 'C1', 'mode', 'DRY_RUN', 'proposal', c_lawful || r.patch::jsonb));
        PERFORM pg_temp.same('rollback ' || r.patch, v_run ->> 'reject_code', r.code);
        PERFORM pg_temp.same('rollback ' || r.patch, v_run ->> 'outcome', CASE WHEN r.code IS NULL THEN 'ROLLBACK_LAWFUL' ELSE 'REJECT' END);
    END LOOP;
    FOR r IN SELECT jsonb_object_keys(c_lawful) AS k LOOP
        PERFORM pg_temp.same('without ' || r.k, c1.dot_c1_rollback_check(jsonb_build_object('carrier', 'C1', 'mode', 'DRY_RUN',
            'proposal', c_lawful - r.k)) ->> 'outcome', 'REJECT');
    END LOOP;
END $$;
\echo ok - eight rollback codes, the lawful supersession, and no proposal with a key missing

SAVEPOINT vocab;
INSERT INTO c1.governance_canonical_operation_vocab (operation_code, protocol_version, risk_level, handler_ref, source_action_code, manifest_hash, created_at)
SELECT v.code, 1, 'low', 'x', v.source, c1.manifest_hash(), '2026-06-01T00:00:00Z'
  FROM (VALUES ('c1.op.create_item', 'create_item'), ('c1.op.orphan', 'orphan')) AS v(code, source);
DO $$
DECLARE
    r record;
BEGIN
    PERFORM pg_temp.same('orphans', c1.dot_c1_evidence_readback('{"mode":"VERIFY_ONLY","carrier":"C1"}') ->> 'orphan_rows', '1');
    FOR r IN
        SELECT * FROM unnest(ARRAY[
            'UPDATE %s SET risk_level = ''high''', 'UPDATE %s SET operation_code = ''x''', 'UPDATE %s SET status = status',
            'UPDATE %s SET superseded_by = ''c1.op.create_item@2''', 'UPDATE %s SET status = ''retired''',
            'UPDATE %s SET status = ''retired'', superseded_by = ''c1.op.create_item@2'', handler_ref = ''y''',
            'DELETE FROM %s', 'TRUNCATE %s']) AS v(sql)
    LOOP
        PERFORM pg_temp.want(r.sql, pg_temp.message(format(r.sql, 'c1.governance_canonical_operation_vocab')) LIKE 'C1_WRITE_ONCE_VIOLATED: %');
    END LOOP;
    UPDATE c1.governance_canonical_operation_vocab SET status = 'retired', superseded_by = 'c1.op.create_item@2' WHERE operation_code = 'c1.op.create_item';
    PERFORM pg_temp.want('a retired row keeps its successor', pg_temp.message(
        'UPDATE c1.governance_canonical_operation_vocab SET superseded_by = ''c1.op.create_item@3'' WHERE status = ''retired''') LIKE 'C1_WRITE_ONCE_VIOLATED: %');
    PERFORM pg_temp.want('a retired row stays so', pg_temp.message(
        'UPDATE c1.governance_canonical_operation_vocab SET status = ''active'', superseded_by = NULL WHERE status = ''retired''') LIKE 'C1_WRITE_ONCE_VIOLATED: %');
END $$;
ROLLBACK TO vocab;
\echo ok - write-once: every rewrite raises C1_WRITE_ONCE_VIOLATED, retiring with a successor is lawful

SAVEPOINT dispatch;
ALTER TABLE c1.dot_agent_api_contract DROP CONSTRAINT dot_agent_api_contract_output_namespace_check;
UPDATE c1.dot_agent_api_contract SET fixture_ref = NULL, output_namespace = 'PROD', mode = 'PLAN_ONLY', endpoint_ref = NULL
 WHERE dot_code = 'DOT_C1_VOCAB_BUILD';
DELETE FROM c1.dot_tools WHERE code = 'DOT_C1_VOCAB_BUILD';
UPDATE c1.runtime_gate SET value = 'false' WHERE gate = 'dry_run_only';
DO $$
DECLARE
    r      record;
    v_code text := 'NO_SUCH_DOT';
    v_corr text := ' ';
    v_mode text := 'REAL_RUN';
BEGIN
    -- One call has every fault; each round remedies the one just reported.
    FOR r IN
        SELECT * FROM (VALUES
            (1, 'runtime is not dry-run-only',                     'UPDATE c1.runtime_gate SET value = ''true'''),
            (2, 'REAL_RUN not permitted by this dispatcher',       NULL),
            (3, 'invalid mode APPLY',                              NULL),
            (4, 'missing correlation_id',                          NULL),
            (5, 'no agent_api contract for NO_SUCH_DOT',           NULL),
            (6, 'DOT_C1_VOCAB_BUILD is not in dot_tools',          'INSERT INTO c1.dot_tools (code, name) VALUES (''DOT_C1_VOCAB_BUILD'', ''x'')'),
            (7, 'no fixture for DOT_C1_VOCAB_BUILD',               'UPDATE c1.dot_agent_api_contract SET fixture_ref = ''x'''),
            (8, 'output namespace of DOT_C1_VOCAB_BUILD is not in DRYRUN-NS:', 'UPDATE c1.dot_agent_api_contract SET output_namespace = ''DRYRUN-NS:x'''),
            (9, 'DRY_RUN of DOT_C1_VOCAB_BUILD needs an endpoint_ref', 'UPDATE c1.dot_agent_api_contract SET endpoint_ref = ''c1.gone(jsonb)''')
        ) AS v(n, message, remedy) ORDER BY n
    LOOP
        PERFORM pg_temp.same('dispatch ' || r.n, pg_temp.message(format(
            'SELECT c1.fn_process_agent_api_dispatch(%L, %L, ''a'', %L, true, ''r'')', v_code, v_corr, v_mode)), 'dispatch refused: ' || r.message);
        CASE r.n WHEN 2 THEN v_mode := 'APPLY'; WHEN 3 THEN v_mode := 'DRY_RUN'; WHEN 4 THEN v_corr := 'c';
                 WHEN 5 THEN v_code := 'DOT_C1_VOCAB_BUILD'; ELSE EXECUTE r.remedy; END CASE;
    END LOOP;
    PERFORM pg_temp.same('no refusal observed anything', (SELECT count(*)::text FROM c1.dot_dispatch_observation), '0');
    -- All gates stand at true now, also those of a real run: a dry run is not blocked by them.
    PERFORM pg_temp.want('summary', c1.fn_process_agent_api_dispatch(v_code, v_corr, 'a', v_mode, false, 'r')
        = '{"validated":true,"contract_status":"registered","endpoint_present":true,"true_dry_run_possible":false,
            "fixture_ref":"x","output_namespace":"DRYRUN-NS:x","note":"dispatch validated; nothing was executed"}');
    PERFORM pg_temp.want('null mode', pg_temp.message('SELECT c1.fn_process_agent_api_dispatch(''DOT-120'', ''c'', ''a'', NULL, false, ''r'')') LIKE 'dispatch refused: invalid mode %');
    PERFORM c1.fn_process_agent_api_dispatch(v_code, v_corr, 'a', v_mode, NULL, 'r');
    PERFORM pg_temp.same('without being asked', (SELECT count(*)::text FROM c1.dot_dispatch_observation), '0');
    PERFORM c1.fn_process_agent_api_dispatch(v_code, v_corr, 'a', v_mode, true, 'r');
    PERFORM pg_temp.same('when asked', (SELECT count(*)::text FROM c1.dot_dispatch_observation), '1');
    DELETE FROM c1.runtime_gate;
    PERFORM pg_temp.want('no gate, no dispatch', pg_temp.message('SELECT c1.fn_process_agent_api_dispatch(''DOT-120'', ''c'', ''a'', ''DRY_RUN'', false, ''r'')') LIKE 'dispatch refused: runtime is not%');
END $$;
ROLLBACK TO dispatch;
\echo ok - dispatcher: nine points in order, its messages, its summary, observations only on request

SAVEPOINT preflight;
DO $$
DECLARE
    r record;
BEGIN
    PERFORM pg_temp.same('names', (SELECT string_agg(check_name, ' ' ORDER BY ordinal) FROM c1.v_c1_vocab_preflight),
        'c1_target_table_exists authority_fixture_14_rows resolver_returns_rows table_registry_wired dot_c1_contracts_registered cser_hash_recomputable prod_real_run_blocked');
    UPDATE c1.runtime_gate SET value = 'true';
    PERFORM pg_temp.same('a gate of a real run', c1.dot_c1_preflight('{"mode":"VERIFY_ONLY","carrier":"C1"}') ->> 'outcome', 'READY');
    FOR r IN
        SELECT * FROM (VALUES
            (1, 'prod_real_run_blocked',       'CREATE OR REPLACE FUNCTION c1.check_mode_and_carrier(p_payload jsonb, p_mode text) RETURNS text LANGUAGE sql AS ''SELECT NULL'''),
            (2, 'cser_hash_recomputable',      'CREATE OR REPLACE FUNCTION c1.manifest_hash() RETURNS text LANGUAGE sql AS ''SELECT ''''0'''''''),
            (3, 'dot_c1_contracts_registered', 'UPDATE c1.dot_agent_api_contract SET endpoint_ref = ''c1.gone(jsonb)'' WHERE dot_code = ''DOT_C1_ROLLBACK_CHECK'''),
            (4, 'table_registry_wired',        'DELETE FROM c1.c1_table_registry WHERE table_ref = ''c1.c1_build_audit'''),
            (5, 'resolver_returns_rows',       'UPDATE c1.apr_action_types_fixture SET status = ''retired'' WHERE action_code = ''add_field'''),
            (6, 'authority_fixture_14_rows',   'DELETE FROM c1.apr_action_types_fixture WHERE action_code = ''add_field'''),
            (7, 'c1_target_table_exists',      'DROP TABLE c1.governance_canonical_operation_vocab')
        ) AS v(n, name, break) ORDER BY n
    LOOP
        PERFORM pg_temp.want(r.name || ' before', (SELECT ok FROM c1.v_c1_vocab_preflight WHERE check_name = r.name));
        EXECUTE r.break;
        PERFORM pg_temp.want(r.name || ' broken', (SELECT NOT ok FROM c1.v_c1_vocab_preflight WHERE check_name = r.name));
        IF r.n > 1 THEN
            PERFORM pg_temp.same(r.name, c1.dot_c1_preflight('{"mode":"VERIFY_ONLY","carrier":"C1"}') ->> 'outcome', 'NOT_READY');
        END IF;
    END LOOP;
    PERFORM pg_temp.want('would_register', c1.dot_c1_schema_ensure('{"mode":"PLAN_ONLY","carrier":"C1"}') -> 'would_register' = '["c1.c1_build_audit"]');
END $$;
ROLLBACK TO preflight;
\echo ok - seven preflight checks, each goes false when its thing is broken; real-run gates do not block

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT p.oid, p.oid::regprocedure::text AS name, p.prosecdef, p.proconfig,
                    p.proname IN ('dot_c1_vocab_verify', 'fn_process_agent_api_dispatch') AS writes,
                    p.proname ~ '^dot_c1_' OR p.proname = 'fn_process_agent_api_dispatch' AS for_step,
                    p.proowner::regrole::text AS owner
               FROM pg_proc AS p WHERE p.pronamespace = 'c1'::regnamespace
    LOOP
        PERFORM pg_temp.same(r.name || ' owner', r.owner, CASE WHEN r.writes THEN 'c1_writer' ELSE 'c1_reader' END);
        PERFORM pg_temp.same(r.name || ' search_path', array_to_string(r.proconfig, ','), 'search_path=pg_catalog, pg_temp');
        PERFORM pg_temp.want(r.name || ' step', has_function_privilege('c1_step', r.oid, 'EXECUTE') = r.for_step);
        PERFORM pg_temp.want(r.name || ' security definer', r.prosecdef = (r.for_step OR r.name LIKE '%run_case(%'));
        PERFORM pg_temp.want(r.name || ' public', NOT EXISTS (SELECT FROM pg_proc AS p, aclexplode(p.proacl) AS a WHERE p.oid = r.oid AND a.grantee = 0));
    END LOOP;
    PERFORM pg_temp.same('what c1_step may call', (SELECT count(*)::text FROM pg_proc WHERE pronamespace = 'c1'::regnamespace AND has_function_privilege('c1_step', oid, 'EXECUTE')), '8');
    PERFORM pg_temp.same('what anybody but the owner may do to tables beyond reading', (SELECT string_agg(format('%s %s %s', a.grantee::regrole, a.privilege_type, c.relname), ', ' ORDER BY c.relname)
        FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.relnamespace = 'c1'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'),
        'c1_writer INSERT dot_dispatch_observation');
    PERFORM pg_temp.same('and to columns', (SELECT string_agg(format('%s %s %s.%s', x.grantee::regrole, x.privilege_type, a.attrelid::regclass, a.attname), ', ' ORDER BY a.attnum)
        FROM pg_attribute AS a, aclexplode(a.attacl) AS x WHERE a.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'c1'::regnamespace)),
        'c1_writer UPDATE c1.governance_build_authorization.consumed_at, c1_writer UPDATE c1.governance_build_authorization.consumed_by, c1_writer UPDATE c1.governance_build_authorization.status');
    PERFORM pg_temp.want('everything in c1 belongs to c1_owner', NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'c1'::regnamespace AND relowner <> 'c1_owner'::regrole));
    PERFORM pg_temp.want('c1_step reads every table', NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'c1'::regnamespace AND relkind = 'r' AND NOT has_table_privilege('c1_step', oid, 'SELECT')));
    PERFORM pg_temp.want('roles', (SELECT bool_and(NOT rolsuper AND NOT rolcreatedb AND NOT rolcreaterole AND NOT rolreplication AND NOT rolbypassrls AND rolcanlogin = (rolname = 'c1_step'))
        AND count(*) = 4 FROM pg_roles WHERE rolname IN ('c1_owner', 'c1_reader', 'c1_writer', 'c1_step')));
END $$;
\echo ok - owners, security definer, search_path; PUBLIC nothing, c1_step eight functions, c1_writer four rights

CREATE ROLE c1_test_observer IN ROLE pg_read_all_data;
SET LOCAL ROLE c1_test_observer;
SELECT c1.manifest_hash(), c1.cser(c1.build_manifest()), (SELECT count(*) FROM c1.resolve()), (SELECT count(*) FROM c1.v_c1_vocab_preflight WHERE ok) AS ready \gset
RESET ROLE;
SELECT pg_temp.same('observer''s view', :'ready', '7') \g /dev/null
\echo ok - an observer (pg_read_all_data) can read the manifest and the preflight view

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES
            ('apr_action_types_fixture', 5, 14), ('governance_canonical_operation_vocab', 11, 0), ('governance_build_authorization', 22, 10),
            ('governance_object_ownership', 20, 1), ('dot_agent_api_contract', 19, 14), ('dot_tools', 15, 14), ('dot_catalog', 3, 1),
            ('c1_table_registry', 4, 4), ('c1_build_audit', 7, 1), ('runtime_gate', 2, 3), ('dot_dispatch_observation', 7, 0), ('dot_admission', 19, 7)
        ) AS v(name, columns, rows)
    LOOP
        PERFORM pg_temp.same(r.name || ' columns', (SELECT count(*)::text FROM pg_attribute WHERE attrelid = ('c1.' || r.name)::regclass AND attnum > 0 AND NOT attisdropped), r.columns::text);
        PERFORM pg_temp.same(r.name || ' rows', (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM c1.' || r.name, true, true, '')))[1]::text, r.rows::text);
    END LOOP;
    PERFORM pg_temp.want('catalogue', (SELECT recorded_count = (SELECT count(*) FROM c1.dot_tools) FROM c1.dot_catalog WHERE code = 'CAT-006'));
    PERFORM pg_temp.same('gates', (SELECT string_agg(gate || '=' || value, ' ' ORDER BY gate COLLATE "C") FROM c1.runtime_gate), 'dry_run_only=true execute_enabled=false real_run_enabled=false');
    PERFORM pg_temp.want('no time of a table is the load''s own', (SELECT bool_and(granted_at < '2026-06-02' AND created_at < '2026-06-02') FROM c1.governance_build_authorization)
        AND (SELECT bool_and(created_at < '2026-06-02') FROM c1.dot_agent_api_contract));
    PERFORM pg_temp.want('each pair points back', NOT EXISTS (SELECT FROM c1.dot_agent_api_contract AS c WHERE paired_dot IS NOT NULL AND NOT EXISTS
        (SELECT FROM c1.dot_agent_api_contract AS o WHERE o.dot_code = c.paired_dot AND o.paired_dot = c.dot_code AND o.role <> c.role)));
    FOR r IN SELECT endpoint_ref FROM c1.dot_agent_api_contract WHERE dot_code LIKE 'DOT\_C1\_%' LOOP
        PERFORM pg_temp.want(r.endpoint_ref, to_regprocedure(r.endpoint_ref) IS NOT NULL AND r.endpoint_ref !~ ' ');
    END LOOP;
    FOR r IN
        SELECT * FROM unnest(ARRAY['expires_at = granted_at', 'requires_sovereign_esign = true', 'consumed_by = ''x''', 'revoked_at = now()', 'status = ''granted''',
                                   'risk_level = ''none''', 'step_name = ''C1-STEP-G_GENERIC''', 'rollback_plan_ref = NULL']) AS v(change)
    LOOP
        PERFORM pg_temp.want('grant: ' || r.change, pg_temp.message('UPDATE c1.governance_build_authorization SET ' || r.change || ' WHERE auth_code = ''G_VALID''') ~ 'violates');
    END LOOP;
    PERFORM pg_temp.want('second owner', pg_temp.message('INSERT INTO c1.governance_object_ownership (id, object_type, object_ref, scope, owner_kind, owner_gov_code, effective_from, lifecycle_status, created_at, created_by)
        OVERRIDING SYSTEM VALUE SELECT 99, object_type, object_ref, scope, owner_kind, ''C2'', effective_from, lifecycle_status, created_at, created_by FROM c1.governance_object_ownership') ~ 'violates unique');
    FOR r IN SELECT * FROM unnest(ARRAY['output_namespace = ''PROD''', 'no_mutation_assertion = false', 'mode = ''REAL_RUN''', 'endpoint_ref = NULL', 'dot_code = ''DOT-120''']) AS v(change)
    LOOP
        PERFORM pg_temp.want('contract: ' || r.change, pg_temp.message('UPDATE c1.dot_agent_api_contract SET ' || r.change || ' WHERE dot_code = ''DOT_C1_VOCAB_BUILD''') ~ 'violates');
    END LOOP;
END $$;
\echo ok - columns, rows, catalogue, gates, pairs and the checks of grants, owners and contracts

-- The digests of an admission against what the server itself prints.
\set file `mktemp`
COPY (SELECT c.* FROM c1.dot_agent_api_contract AS c JOIN c1.dot_admission USING (dot_code) ORDER BY c.id) TO STDOUT \g :file
\set lines `cat :'file' && rm -f :'file'`
SELECT pg_temp.want('contract rows', array_agg(encode(sha256(convert_to(l, 'UTF8')), 'hex') ORDER BY o)
           = (SELECT array_agg(a.contract_row_digest ORDER BY c.id) FROM c1.dot_agent_api_contract AS c JOIN c1.dot_admission AS a USING (dot_code)))
  FROM string_to_table(rtrim(:'lines', E'\n'), E'\n') WITH ORDINALITY AS t(l, o) \g /dev/null
DO $$
BEGIN
    PERFORM pg_temp.want('definitions', (SELECT bool_and(a.definition_digest = encode(sha256(convert_to(c.endpoint_ref || E'\n' || 't' || E'\n' || p.prosrc, 'UTF8')), 'hex')) AND count(*) = 7
        FROM c1.dot_admission AS a JOIN c1.dot_agent_api_contract AS c USING (dot_code) JOIN pg_proc AS p ON p.oid = c.endpoint_ref::regprocedure));
    PERFORM pg_temp.want('one label', (SELECT count(DISTINCT label) = 1 FROM c1.dot_admission));
    PERFORM pg_temp.want('no field is empty', NOT EXISTS (SELECT FROM c1.dot_admission AS a, jsonb_each_text(to_jsonb(a)) AS e WHERE e.value IN ('', '[]')));
END $$;
\echo ok - seven admissions; their digests are those of the COPY line and definition the server prints
