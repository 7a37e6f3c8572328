-- tests/carrier/c1-plan.sql
--
-- What:    last part of c1.sql (which includes it): carriers/c1/plan.json against the
--          surface: every step and case of it is run as the step role and must give
--          what it expects.  Needs c1.sql's helpers and its open transaction.
-- Role:    superuser; psql started at the top of the checkout.  PostgreSQL 14 and later.

\set plan `cat carriers/c1/plan.json`
SELECT set_config('c1.plan', :'plan', true) \g /dev/null
SAVEPOINT plan;
SET LOCAL ROLE c1_step;
DO $$
DECLARE
    c_plan CONSTANT jsonb := current_setting('c1.plan');
    r      record;
    v_run  jsonb;
    v_code text;
BEGIN
    -- Steps in order; the cases follow the harness's step.
    FOR r IN
        SELECT s.o, 0 AS n, s.v ->> 'name' AS name, s.v ->> 'endpoint' AS endpoint, s.v -> 'args' AS args, s.v -> 'expect' AS expect,
               s.v ->> 'dot_code' AS dot_code, s.v ->> 'mode' AS mode
          FROM jsonb_array_elements(c_plan -> 'steps') WITH ORDINALITY AS s(v, o)
        UNION ALL
        SELECT h.o, k.o, k.v ->> 'name', k.v ->> 'endpoint', k.v -> 'args', k.v -> 'expect', NULL, NULL
          FROM jsonb_array_elements(c_plan -> 'steps') WITH ORDINALITY AS h(v, o),
               jsonb_array_elements(c_plan #> '{harness,cases}') WITH ORDINALITY AS k(v, o)
         WHERE h.v ->> 'name' = c_plan #>> '{harness,step}'
         ORDER BY 1, 2
    LOOP
        IF r.dot_code IS NOT NULL THEN
            PERFORM c1.fn_process_agent_api_dispatch(r.dot_code, 'run/' || r.name, 'test', r.mode, false, 'run');
            IF NOT EXISTS (SELECT FROM c1.dot_agent_api_contract WHERE dot_code = r.dot_code AND endpoint_ref = r.endpoint AND mode = r.mode) THEN
                RAISE EXCEPTION 'not ok - %: another endpoint or mode than the contract''s', r.name;
            END IF;
        END IF;
        v_run := NULL;
        BEGIN
            EXECUTE 'SELECT ' || CASE jsonb_array_length(r.args)
                                 WHEN 1 THEN replace(r.endpoint, '(jsonb)', '($1)')
                                 ELSE replace(r.endpoint, '(jsonb,text)', '($1, $2)') END
               INTO v_run USING r.args -> 0, r.args ->> 1;
            v_code := coalesce(v_run ->> 'reject_code', v_run ->> 'outcome');
        EXCEPTION WHEN raise_exception THEN
            v_code := substring(SQLERRM FROM '^[A-Z0-9_]+');
        END;
        IF v_code IS DISTINCT FROM r.expect ->> 'code' OR (v_run IS NULL) <> (r.expect -> 'raised')::boolean
           OR NOT coalesce(v_run, '{}') @> coalesce(r.expect -> 'fields', '{}')
           OR EXISTS (SELECT FROM jsonb_object_keys(coalesce(r.expect -> 'manifest_fields', '{}')) AS m
                       WHERE v_run ->> m IS DISTINCT FROM c_plan #>> '{manifests,0,expect_sha256}') THEN
            RAISE EXCEPTION 'not ok - %: is %, should be %', r.name, coalesce(v_run::text, v_code), r.expect;
        END IF;
        IF v_run IS NOT NULL AND r.n = 0 AND v_run ->> 'outcome' <> 'REJECT' AND NOT EXISTS (
               SELECT FROM c1.dot_agent_api_contract AS c
                WHERE c.endpoint_ref = r.endpoint AND c.expected_output_schema -> 'outcome' ? (v_run ->> 'outcome')
                  AND v_run ?& ARRAY(SELECT jsonb_array_elements_text(c.expected_output_schema -> 'required'))) THEN
            RAISE EXCEPTION 'not ok - %: not what the contract''s schema says: %', r.name, v_run;
        END IF;
    END LOOP;
END $$;
RESET ROLE;
\echo ok - plan.json: every step and case gives its code and fields, and matches its contract

\set sql `cat carriers/c1/sql/readback-vocab-rows.sql`
SELECT (:sql) AS a \gset
\set sql `cat carriers/c1/sql/readback-active-grants.sql`
SELECT (:sql) AS b \gset
\set sql `cat carriers/c1/sql/readback-audit-rows.sql`
SELECT (:sql) AS c \gset
\set sql `cat carriers/c1/sql/readback-orphan-rows.sql`
SELECT (:sql) AS d \gset
SELECT pg_temp.same('readback', concat_ws(' ', :'a', :'b', :'c', :'d'), (SELECT string_agg(e ->> 'expect', ' ' ORDER BY o)
           FROM jsonb_array_elements(:'plan'::jsonb -> 'readback') WITH ORDINALITY AS t(e, o))),
       pg_temp.want('readback checks', NOT EXISTS (SELECT FROM jsonb_array_elements(:'plan'::jsonb -> 'readback') AS t(e)
           WHERE e ->> 'expect' <> e #>> '{check,rows,count}')) \g /dev/null
ROLLBACK TO plan;
\set sql `cat carriers/c1/sql/manifest-bytes.sql`
:sql \gset
\set sql `cat carriers/c1/sql/manifest-hash.sql`
:sql \gset
\set sql `cat carriers/c1/sql/manifest-rows.sql`
SELECT pg_temp.want('manifest from its parts', encode(sha256(convert_to(:'cser', 'UTF8')), 'hex') = :'manifest_hash'
           AND c1.cser((:'plan'::jsonb #> '{manifests,0,object}') || jsonb_build_object(:'plan'::jsonb #>> '{manifests,0,rows_member}', jsonb_agg(m))) = :'cser'
           AND :'manifest_hash' = :'plan'::jsonb #>> '{manifests,0,expect_sha256}') FROM (:sql) AS m \g /dev/null
DO $$
DECLARE
    c_plan CONSTANT jsonb := current_setting('c1.plan');
BEGIN
    PERFORM pg_temp.want('the plan''s primary cases are the surface''s', (SELECT jsonb_agg(jsonb_build_array(case_name, jsonb_build_array(payload, auth_code)) ORDER BY ordinal) FROM c1.bad_input_cases())
        = (SELECT jsonb_agg(jsonb_build_array(k -> 'name', k -> 'args') ORDER BY o) FROM jsonb_array_elements(c_plan #> '{harness,cases}') WITH ORDINALITY AS t(k, o) WHERE k ->> 'set' = 'primary'));
    PERFORM pg_temp.same('captured tables', (SELECT string_agg(e ->> 'relation', ' ') FROM jsonb_array_elements(c_plan -> 'captured') AS e),
        (SELECT string_agg('c1.' || relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'c1'::regnamespace AND relkind = 'r'));
    PERFORM pg_temp.want('21 primary codes, all but AMBIGUOUS exercised by a case', jsonb_array_length(c_plan #> '{reject_codes,primary,declared}') = 21
        AND (SELECT array_agg(d) FROM jsonb_array_elements_text(c_plan #> '{reject_codes,primary,declared}') AS d
              WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(c_plan #> '{harness,cases}') AS k WHERE k #>> '{expect,code}' = d)) = '{REJECT_AUTH_AMBIGUOUS}');
    PERFORM pg_temp.want('preflight names', (SELECT jsonb_agg(e -> 'name') FROM jsonb_array_elements(c_plan #> '{preflight,checks}') AS e)
        = (SELECT jsonb_agg(check_name ORDER BY ordinal) FROM c1.v_c1_vocab_preflight));
END $$;
\set file `mktemp`
COPY (SELECT c.* FROM c1.dot_agent_api_contract AS c, jsonb_array_elements(:'plan'::jsonb #> '{reuse,dots}') WITH ORDINALITY AS t(e, o) WHERE c.dot_code = e ->> 'code' ORDER BY o) TO STDOUT \g :file
\set contracts `cat :'file'`
COPY (SELECT d.code, d.name, d.domain, d.operation, d.status, d.classification, d.tier, d.file_path, d.coverage_status, d.extra_metadata, d.paired_dot, d.description, d._dot_origin
        FROM c1.dot_tools AS d, jsonb_array_elements(:'plan'::jsonb #> '{reuse,dots}') WITH ORDINALITY AS t(e, o) WHERE d.code = e ->> 'code' ORDER BY o) TO STDOUT \g :file
\set tools `cat :'file' && rm -f :'file'`
SELECT pg_temp.want('reused DOTs', jsonb_agg(jsonb_build_array(encode(sha256(convert_to(l, 'UTF8')), 'hex'), encode(sha256(convert_to(m, 'UTF8')), 'hex')) ORDER BY o)
           = (SELECT jsonb_agg(jsonb_build_array(e -> 'tool_sha256', e -> 'contract_sha256') ORDER BY n) FROM jsonb_array_elements(:'plan'::jsonb #> '{reuse,dots}') WITH ORDINALITY AS t(e, n)))
  FROM ROWS FROM (string_to_table(rtrim(:'tools', E'\n'), E'\n'), string_to_table(rtrim(:'contracts', E'\n'), E'\n')) WITH ORDINALITY AS t(l, m, o) \g /dev/null
\echo ok - plan.json: readback, manifest, cases, codes, preflight names and reuse digests agree with the surface
