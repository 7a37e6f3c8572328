-- carriers/c1/surface/070-carrier.sql
--
-- What:    the carrier's own small tables: table registry, build audit, gates,
--          admissions, dispatch observations.
-- Source:  C1.md: four registry rows owned by C1, one audit row written at load,
--          the three gate values, the fields of an admission, observations
--          only on request.  Ours: names, types and keys of the columns (the live
--          table_registry's are unknown).
-- Role:    superuser.  PostgreSQL 14 and later.  All times pinned.

CREATE TABLE c1.c1_table_registry (
    table_ref     text PRIMARY KEY,
    purpose       text        NOT NULL,
    owner         text        NOT NULL,
    registered_at timestamptz NOT NULL
);

INSERT INTO c1.c1_table_registry VALUES
    ('c1.governance_canonical_operation_vocab', 'vocab',         'C1', '2026-06-01T00:00:00Z'),
    ('c1.c1_build_audit',                       'audit',         'C1', '2026-06-01T00:00:00Z'),
    ('c1.dot_agent_api_contract',               'contract',      'C1', '2026-06-01T00:00:00Z'),
    ('c1.governance_build_authorization',       'authorization', 'C1', '2026-06-01T00:00:00Z');

CREATE TABLE c1.c1_build_audit (
    audit_ref     text PRIMARY KEY,
    carrier       text        NOT NULL,
    plan_ref      text        NOT NULL,
    event         text        NOT NULL,
    manifest_hash text        NOT NULL,
    recorded_by   text        NOT NULL,
    recorded_at   timestamptz NOT NULL
);

INSERT INTO c1.c1_build_audit VALUES
    ('C1-AUDIT-1', 'C1', 'LEGO1-C1-PLAN', 'surface loaded', c1.manifest_hash(),
     'carriers/c1/surface', '2026-06-01T00:00:00Z');

CREATE TABLE c1.runtime_gate (
    gate  text PRIMARY KEY,
    value text NOT NULL CHECK (value IN ('true', 'false'))
);

INSERT INTO c1.runtime_gate VALUES
    ('execute_enabled',  'false'),
    ('real_run_enabled', 'false'),
    ('dry_run_only',     'true');

-- Filled by carriers/admissions/c1.sql, apart from this surface.
CREATE TABLE c1.dot_admission (
    dot_code                   text PRIMARY KEY,
    dot_name                   text   NOT NULL,
    why_no_reuse               text   NOT NULL,
    birth_path                 text   NOT NULL,
    governance_path            text   NOT NULL,
    registration_path          text   NOT NULL,
    catalogue_readback         text   NOT NULL,
    ledger_readback            text   NOT NULL,
    rollback_path              text   NOT NULL,
    orphan_check               text   NOT NULL,
    artefacts                  text[] NOT NULL,
    supersedes                 text   NOT NULL,
    state_birth                text   NOT NULL,
    state_admission            text   NOT NULL,
    state_runtime_registration text   NOT NULL,
    state_real_run_authority   text   NOT NULL,
    definition_digest          text   NOT NULL,
    contract_row_digest        text   NOT NULL,
    label                      text   NOT NULL CHECK (label IN ('rehearsal', 'operator'))
);

CREATE TABLE c1.dot_dispatch_observation (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dot_code         text        NOT NULL,
    correlation_id   text        NOT NULL,
    actor            text,
    mode             text        NOT NULL,
    idempotency_root text,
    observed_at      timestamptz NOT NULL DEFAULT transaction_timestamp()
);
