-- carriers/c1/surface/060-registry.sql
--
-- What:    what is registered: agent contracts, DOT registry, its catalogue line.
-- Source:  C1.md section 4 gives the contract's columns and domains, 15 of the 28
--          columns of dot_tools (the other 13 are unknown and left out), the seven
--          C1 DOTs and the names of the reused ones.  Ours: all types, every value
--          that describes a row, the pairing of the five DOTs other than the
--          VOCAB pair, and all rows of reused DOTs, which stand in for rows of
--          the operators' own system (_dot_origin, notes: "stand-in").
-- Role:    superuser.  PostgreSQL 14 and later.  All times pinned.

CREATE TABLE c1.dot_agent_api_contract (
    id                     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dot_code               text        NOT NULL UNIQUE,
    candidate_code         text,
    operation              text        NOT NULL,
    role                   text        NOT NULL CHECK (role IN ('producer', 'verifier')),
    paired_dot             text,
    mode                   text        NOT NULL CHECK (mode IN ('PLAN_ONLY', 'VERIFY_ONLY', 'DRY_RUN')),
    fixture_ref            text,
    output_namespace       text        NOT NULL CHECK (output_namespace LIKE 'DRYRUN-NS:%'),
    no_mutation_assertion  boolean     NOT NULL CHECK (no_mutation_assertion),
    endpoint_ref           text,
    expected_output_schema jsonb,
    verifier_schema        jsonb,
    error_behavior         text        NOT NULL DEFAULT 'fail_closed_no_mutation',
    observation_write_policy text      NOT NULL,
    contract_status        text        NOT NULL,
    source_macro           text,
    created_at             timestamptz NOT NULL,
    notes                  text,
    CHECK (mode <> 'DRY_RUN' OR endpoint_ref IS NOT NULL)
);

INSERT INTO c1.dot_agent_api_contract
      (dot_code, operation, role, paired_dot, mode, fixture_ref, output_namespace,
       no_mutation_assertion, endpoint_ref, expected_output_schema, verifier_schema,
       observation_write_policy, contract_status, created_at, notes)
SELECT c.dot_code, c.operation, c.role, c.paired_dot, c.mode,
       'c1.apr_action_types_fixture',
       'DRYRUN-NS:C1:' || substr(c.dot_code, 8),
       true, c.endpoint_ref,
       jsonb_build_object('outcome', c.outcomes, 'required', c.required),
       jsonb_build_object('outcome', 'REJECT', 'required', '["outcome","reject_code"]'::jsonb,
                          'absent', '["seal"]'::jsonb),
       'only_when_requested', 'registered', timestamptz '2026-06-01T00:00:00Z', c.notes
  FROM (VALUES
      (1, 'DOT_C1_SCHEMA_ENSURE', 'plan the registration of the C1 tables', 'producer', 'DOT_C1_PREFLIGHT',
          'PLAN_ONLY', 'c1.dot_c1_schema_ensure(jsonb)', '["SCHEMA_ENSURE_PLANNED"]'::jsonb,
          '["outcome","would_register","persistent_state"]'::jsonb, NULL),
      (2, 'DOT_C1_VOCAB_BUILD', 'freeze the operation vocabulary', 'producer', 'DOT_C1_VOCAB_VERIFY',
          'DRY_RUN', 'c1.dot_c1_vocab_build(jsonb,text)', '["DRY_RUN_OK"]',
          '["outcome","mode","carrier","plan_ref","protocol_version","manifest_hash","operation_count","auth_check","vocab_rows_before","vocab_rows_after","persistent_state","seal"]', NULL),
      (3, 'DOT_C1_VOCAB_VERIFY', 'verify and consume the grant', 'verifier', 'DOT_C1_VOCAB_BUILD',
          'VERIFY_ONLY', 'c1.dot_c1_vocab_verify(jsonb,text)', '["VERIFIED"]',
          '["outcome","auth_code","consumed_by","manifest_hash","operation_count","persistent_state","seal"]',
          'known conflict: consuming a grant changes one row, no_mutation_assertion says nothing changes'),
      (4, 'DOT_C1_PREFLIGHT', 'report the seven preflight checks', 'verifier', 'DOT_C1_SCHEMA_ENSURE',
          'VERIFY_ONLY', 'c1.dot_c1_preflight(jsonb)', '["READY","NOT_READY"]',
          '["outcome","checks"]', NULL),
      (5, 'DOT_C1_BAD_INPUT_HARNESS', 'run the nineteen bad inputs', 'producer', 'DOT_C1_EVIDENCE_READBACK',
          'DRY_RUN', 'c1.dot_c1_bad_input_harness(jsonb)', '["HARNESS_RESULT"]',
          '["outcome","cases","total","fail_closed_count"]', NULL),
      (6, 'DOT_C1_EVIDENCE_READBACK', 'count rows, grants and orphans', 'verifier', 'DOT_C1_BAD_INPUT_HARNESS',
          'VERIFY_ONLY', 'c1.dot_c1_evidence_readback(jsonb)', '["READBACK"]',
          '["outcome","vocab_rows","active_grants_left","audit_rows","orphan_rows"]', NULL),
      (7, 'DOT_C1_ROLLBACK_CHECK', 'judge a rollback proposal', 'verifier', 'DOT-062',
          'DRY_RUN', 'c1.dot_c1_rollback_check(jsonb)', '["ROLLBACK_LAWFUL"]',
          '["outcome","carrier","operation_code","superseded_by","persistent_state"]', 'the C1 extension of DOT-062')
  ) AS c(n, dot_code, operation, role, paired_dot, mode, endpoint_ref, outcomes, required, notes)
 ORDER BY c.n;

-- Reused, never cloned: no endpoint of theirs is published, so none is invented.
INSERT INTO c1.dot_agent_api_contract
      (dot_code, operation, role, paired_dot, mode, output_namespace, no_mutation_assertion,
       observation_write_policy, contract_status, created_at, notes)
SELECT r.dot_code, r.operation, r.role, r.paired_dot, r.mode,
       'DRYRUN-NS:REUSED:' || r.dot_code, true, 'only_when_requested', 'registered',
       timestamptz '2026-06-01T00:00:00Z',
       'stand-in for the operators'' own row, which is not published'
  FROM (VALUES
      (1, 'DOT-120',                          'create a collection',          'producer', NULL,             'PLAN_ONLY'),
      (2, 'DOT_SCHEMA_TABLE_REGISTRY_ENSURE', 'register a table',             'producer', NULL,             'PLAN_ONLY'),
      (3, 'dot-dot-register',                 'register a DOT',               'producer', NULL,             'PLAN_ONLY'),
      (4, 'DOT-015',                          'reconcile the catalogue',      'producer', NULL,             'PLAN_ONLY'),
      (5, 'DOT-062',                          'roll back by supersession',    'producer', 'DOT_C1_ROLLBACK_CHECK', 'PLAN_ONLY'),
      (6, 'DOT_KG_EXPLAIN',                   'explain (contract pattern)',   'producer', 'DOT_KG_VERIFY',  'PLAN_ONLY'),
      (7, 'DOT_KG_VERIFY',                    'verify (contract pattern)',    'verifier', 'DOT_KG_EXPLAIN', 'VERIFY_ONLY')
  ) AS r(n, dot_code, operation, role, paired_dot, mode)
 ORDER BY r.n;

CREATE TABLE c1.dot_tools (
    code            text PRIMARY KEY,
    name            text NOT NULL,
    domain          text,
    operation       text,
    status          text,
    classification  text,
    tier            text,
    file_path       text,
    coverage_status text,
    extra_metadata  jsonb,
    paired_dot      text,
    description     text,
    last_executed   timestamptz,
    usage_count     bigint,
    _dot_origin     text
);

-- One registry line per contract; the operators' second names are given by name.
INSERT INTO c1.dot_tools
      (code, name, domain, operation, status, classification, paired_dot, usage_count, _dot_origin)
SELECT c.dot_code,
       CASE c.dot_code WHEN 'DOT-120' THEN 'DOT_COLLECTION_REGISTER'
                       WHEN 'DOT-015' THEN 'dot-catalog-sync'
                       WHEN 'DOT-062' THEN 'dot-rollback'
                       ELSE c.dot_code END,
       'governance', c.operation, 'active',
       CASE WHEN c.endpoint_ref IS NULL THEN 'reused' ELSE 'carrier-c1' END,
       c.paired_dot, 0,
       CASE WHEN c.endpoint_ref IS NULL THEN 'stand-in of carriers/c1' ELSE 'carriers/c1' END
  FROM c1.dot_agent_api_contract AS c
 ORDER BY c.id;

CREATE TABLE c1.dot_catalog (
    code           text PRIMARY KEY,
    name           text   NOT NULL,
    recorded_count bigint NOT NULL
);

-- What DOT-015 would record after its reconciliation: the rows really there now.
INSERT INTO c1.dot_catalog
SELECT 'CAT-006', 'dot_tools', count(*) FROM c1.dot_tools;
