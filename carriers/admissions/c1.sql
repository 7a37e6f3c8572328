-- carriers/admissions/c1.sql
--
-- What:    the admission (birth) records of the seven C1 DOTs: why each exists, how it
--          is governed, registered, read back and retired, and the digests of the
--          definition and of the contract row it was admitted with.
-- Source:  the list of fields and states is the operators' fact (C1.md section 5);
--          the texts are ours.  Loaded apart from the plan's files, because whoever
--          admits is not whoever plans.
-- Role:    superuser, or whoever may insert into c1.dot_admission.  PostgreSQL 14 and
--          later.  Run as:  psql -X -v ON_ERROR_STOP=1 -v label=rehearsal -f c1.sql
-- Needs:   the surface carriers/c1/surface, loaded.  label is rehearsal or operator;
--          without it psql stops at a syntax error, with another the table refuses.
--
-- definition_digest    SHA-256 of signature LF prosecdef LF prosrc
-- contract_row_digest  SHA-256 of the contract's row as COPY prints it, without its LF
-- (FORMAT.md section 4; both in lower-case hex)

SET TimeZone = 'UTC';
SET DateStyle = 'ISO, YMD';

INSERT INTO c1.dot_admission
WITH admitted (n, dot_code, why_no_reuse, rollback_path, artefacts, supersedes) AS (VALUES
    (1, 'DOT_C1_SCHEMA_ENSURE',
        'DOT_SCHEMA_TABLE_REGISTRY_ENSURE registers; this one only reports what C1 would register',
        'retire the contract and the dot_tools row; nothing else depends on it',
        ARRAY['carriers/c1/surface/110-read-endpoints.sql'], 'none'),
    (2, 'DOT_C1_VOCAB_BUILD',
        'no published DOT resolves the authority table into a manifest under a scoped grant',
        'retire the contract pair together; the vocabulary is empty after a dry run',
        ARRAY['carriers/c1/surface/030-manifest.sql', 'carriers/c1/surface/080-checks.sql',
              'carriers/c1/surface/090-vocab-endpoints.sql'], 'none'),
    (3, 'DOT_C1_VOCAB_VERIFY',
        'DOT_KG_VERIFY is the pattern of a verifier, but judges no grant and consumes none',
        'retire the contract pair together; a consumed grant stays consumed',
        ARRAY['carriers/c1/surface/080-checks.sql', 'carriers/c1/surface/090-vocab-endpoints.sql'], 'none'),
    (4, 'DOT_C1_PREFLIGHT',
        'no published DOT checks the C1 tables, contracts and manifest in one reading',
        'retire the contract and the dot_tools row; the view may be dropped with them',
        ARRAY['carriers/c1/surface/110-read-endpoints.sql'], 'none'),
    (5, 'DOT_C1_BAD_INPUT_HARNESS',
        'no published DOT calls DOT_C1_VOCAB_BUILD with bad inputs',
        'retire the contract and the dot_tools row; nothing else depends on it',
        ARRAY['carriers/c1/surface/100-harness.sql'], 'none'),
    (6, 'DOT_C1_EVIDENCE_READBACK',
        'no published DOT counts C1 rows, grants and orphans',
        'retire the contract and the dot_tools row; nothing else depends on it',
        ARRAY['carriers/c1/surface/110-read-endpoints.sql'], 'none'),
    (7, 'DOT_C1_ROLLBACK_CHECK',
        'DOT-062 is reused and extended: it has no rule for proposals about C1 vocabulary rows',
        'retire the extension; DOT-062 itself is untouched',
        ARRAY['carriers/c1/surface/120-rollback.sql'], 'none (extends DOT-062)')
),
field (dot_code, ordinal, value) AS (
    -- All columns of the contract in attribute order, as the server prints them.
    SELECT c.dot_code, f.ordinality, f.value
      FROM c1.dot_agent_api_contract AS c,
           unnest(ARRAY[
               c.id::text, c.dot_code, c.candidate_code, c.operation, c.role, c.paired_dot, c.mode,
               c.fixture_ref, c.output_namespace, CASE WHEN c.no_mutation_assertion THEN 't' ELSE 'f' END,
               c.endpoint_ref, c.expected_output_schema::text, c.verifier_schema::text, c.error_behavior,
               c.observation_write_policy, c.contract_status, c.source_macro, c.created_at::text, c.notes
           ]) WITH ORDINALITY AS f(value, ordinality)
),
contract (dot_code, line) AS (
    SELECT dot_code,
           string_agg(coalesce(
               replace(replace(replace(replace(replace(replace(replace(value,
                   E'\\', E'\\\\'), E'\b', E'\\b'), E'\f', E'\\f'), E'\n', E'\\n'),
                   E'\r', E'\\r'), E'\t', E'\\t'), E'\x0b', E'\\v'),
               E'\\N'), E'\t' ORDER BY ordinal)
      FROM field
     GROUP BY dot_code
)
SELECT a.dot_code,
       t.name,
       a.why_no_reuse,
       'born by carriers/admissions/c1.sql, plan LEGO1-C1-PLAN phase P1',
       'object owner C1; grant of governance_build_authorization; review of the packet',
       'dot-dot-register: dot_agent_api_contract and dot_tools, phase P3',
       'c1.dot_catalog CAT-006 equals the count of c1.dot_tools',
       'c1.c1_build_audit C1-AUDIT-1',
       a.rollback_path,
       'this record joins its contract, dot_tools row and endpoint function; where one is missing there is no record',
       a.artefacts || c.endpoint_ref,
       a.supersedes,
       'BORN',
       CASE :'label' WHEN 'operator' THEN 'ADMITTED' ELSE 'REHEARSED' END,
       'REGISTERED',
       'NONE',
       encode(sha256(convert_to(
           'c1.' || p.proname
                 || '(' || (SELECT string_agg(format_type(y.oid, NULL), ',' ORDER BY y.ordinality)
                              FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS y(oid, ordinality)) || ')'
                 || E'\n' || CASE WHEN p.prosecdef THEN 't' ELSE 'f' END
                 || E'\n' || p.prosrc, 'UTF8')), 'hex'),
       encode(sha256(convert_to(l.line, 'UTF8')), 'hex'),
       :'label'
  FROM admitted AS a
  JOIN c1.dot_agent_api_contract AS c USING (dot_code)
  JOIN contract AS l USING (dot_code)
  JOIN c1.dot_tools AS t ON t.code = a.dot_code
  JOIN pg_proc AS p ON p.oid = c.endpoint_ref::regprocedure
 ORDER BY a.n;
