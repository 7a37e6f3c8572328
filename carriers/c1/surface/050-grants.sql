-- carriers/c1/surface/050-grants.sql
--
-- What:    the grants (22 columns, exact) with ten fixtures, and object ownership
--          (20 columns) with one row.
-- Source:  the operators' facts (C1.md section 4): the columns of both tables, the
--          checks, one active grant per step, nine fixtures.  Ours, marked so:
--          - carrier, plan, manifest_hash and action_set live in scope (jsonb),
--            because the 22 columns have no place for them;
--          - the tenth grant, G_DRAFT, the only way to reach REJECT_AUTH_NOT_ACTIVE;
--          - every pinned time, reference and name below, and the types of the
--            ownership columns.
-- Role:    superuser.  PostgreSQL 14 and later.
-- Note:    the manifest hash is bound by calling the function, never as a literal
--          (G_WRONGHASH excepted).  No now(): two loads give equal bytes.

CREATE TABLE c1.governance_build_authorization (
    auth_code               text PRIMARY KEY,
    request_ref             text        NOT NULL,
    approval_ref            jsonb       NOT NULL,
    step_name               text        NOT NULL,
    scope                   jsonb       NOT NULL,
    risk_level              text        NOT NULL CHECK (risk_level IN ('low', 'medium', 'high', 'sovereign')),
    commit_allowed          boolean     NOT NULL DEFAULT false,
    requires_sovereign_esign boolean    NOT NULL DEFAULT false,
    sovereign_esign_ref     text,
    rollback_plan_ref       text        NOT NULL,
    granted_by              text        NOT NULL,
    granted_at              timestamptz NOT NULL DEFAULT now(),
    expires_at              timestamptz NOT NULL,
    consumed_at             timestamptz,
    consumed_by             text,
    revoked_at              timestamptz,
    revoked_by              text,
    revoked_reason          text,
    status                  text        NOT NULL DEFAULT 'draft'
                            CHECK (status IN ('draft', 'active', 'consumed', 'expired', 'revoked')),
    evidence                jsonb,
    created_by              text        NOT NULL,
    created_at              timestamptz NOT NULL DEFAULT now(),
    CHECK (expires_at > granted_at),
    CHECK (NOT requires_sovereign_esign OR sovereign_esign_ref IS NOT NULL),
    CHECK ((consumed_at IS NULL) = (consumed_by IS NULL)),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

CREATE UNIQUE INDEX governance_build_authorization_one_active_per_step
    ON c1.governance_build_authorization (step_name) WHERE status = 'active';

-- expires_at: 2099-12-31 except G_EXPIRED, whose status stays 'active' on purpose.
INSERT INTO c1.governance_build_authorization
      (auth_code, request_ref, approval_ref, step_name, scope, risk_level, rollback_plan_ref,
       granted_by, granted_at, expires_at, consumed_at, consumed_by,
       revoked_at, revoked_by, revoked_reason, status, created_by, created_at)
SELECT f.auth_code,
       'C1-REQ-' || f.auth_code,
       jsonb_build_object('approval', 'C1-APPROVAL-FIXTURE'),
       'C1-STEP-' || f.auth_code,
       jsonb_build_object('carrier',       f.carrier,
                          'plan',          f.plan,
                          'manifest_hash', coalesce(f.wrong_hash, c1.manifest_hash()),
                          'action_set',    (SELECT jsonb_agg(a.code ORDER BY a.code COLLATE "C")
                                              FROM (SELECT operation_code FROM c1.resolve()
                                                    UNION ALL
                                                    SELECT f.extra_action WHERE f.extra_action IS NOT NULL
                                                   ) AS a(code))),
       'high',
       'C1-ROLLBACK-DOT-062',
       'C1-GRANTER-FIXTURE',
       '2026-06-01T00:00:00Z',
       f.expires_at::timestamptz,
       CASE f.status WHEN 'consumed' THEN timestamptz '2026-06-01T00:30:00Z' END,
       CASE f.status WHEN 'consumed' THEN 'DOT_C1_VOCAB_VERIFY' END,
       CASE f.status WHEN 'revoked'  THEN timestamptz '2026-06-01T00:30:00Z' END,
       CASE f.status WHEN 'revoked'  THEN 'C1-REVOKER-FIXTURE' END,
       CASE f.status WHEN 'revoked'  THEN 'fixture of a revoked grant' END,
       f.status,
       'C1-GRANTER-FIXTURE',
       '2026-06-01T00:00:00Z'
  FROM (VALUES
      ( 1, 'G_VALID',        'C1', 'LEGO1-C1-PLAN', NULL,       NULL,             'active',   '2099-12-31T00:00:00Z'),
      ( 2, 'G_GENERIC',      '*',  'LEGO1-C1-PLAN', NULL,       NULL,             'active',   '2099-12-31T00:00:00Z'),
      ( 3, 'G_WRONGCARRIER', 'C2', 'LEGO1-C1-PLAN', NULL,       NULL,             'active',   '2099-12-31T00:00:00Z'),
      ( 4, 'G_WRONGPLAN',    'C1', 'OTHER-PLAN',    NULL,       NULL,             'active',   '2099-12-31T00:00:00Z'),
      ( 5, 'G_WRONGHASH',    'C1', 'LEGO1-C1-PLAN', 'deadbeef', NULL,             'active',   '2099-12-31T00:00:00Z'),
      ( 6, 'G_SUPERSET',     'C1', 'LEGO1-C1-PLAN', NULL,       'c1.op.SMUGGLED', 'active',   '2099-12-31T00:00:00Z'),
      ( 7, 'G_EXPIRED',      'C1', 'LEGO1-C1-PLAN', NULL,       NULL,             'active',   '2026-06-01T01:00:00Z'),
      ( 8, 'G_REVOKED',      'C1', 'LEGO1-C1-PLAN', NULL,       NULL,             'revoked',  '2099-12-31T00:00:00Z'),
      ( 9, 'G_CONSUMED',     'C1', 'LEGO1-C1-PLAN', NULL,       NULL,             'consumed', '2099-12-31T00:00:00Z'),
      (10, 'G_DRAFT',        'C1', 'LEGO1-C1-PLAN', NULL,       NULL,             'draft',    '2099-12-31T00:00:00Z')
  ) AS f(n, auth_code, carrier, plan, wrong_hash, extra_action, status, expires_at)
 ORDER BY f.n;

CREATE TABLE c1.governance_object_ownership (
    id                  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object_type         text        NOT NULL,
    object_ref          text        NOT NULL,
    scope               text        NOT NULL,
    owner_kind          text        NOT NULL
                        CHECK (owner_kind IN ('accountable', 'supporting', 'delegated', 'exception')),
    owner_gov_code      text        NOT NULL,
    is_inherited_anchor boolean     NOT NULL DEFAULT false,
    effective_from      timestamptz NOT NULL,
    effective_to        timestamptz,
    lifecycle_status    text        NOT NULL
                        CHECK (lifecycle_status IN ('active', 'superseded', 'revoked', 'expired')),
    approval_ref        text,
    audit_ref           text,
    rollback_ref        text,
    source_law_ref      text,
    source_design_ref   text,
    supersedes_id       bigint      REFERENCES c1.governance_object_ownership (id),
    created_at          timestamptz NOT NULL,
    created_by          text        NOT NULL,
    updated_at          timestamptz,
    updated_by          text
);

CREATE UNIQUE INDEX governance_object_ownership_one_accountable
    ON c1.governance_object_ownership (object_type, object_ref, scope)
    WHERE owner_kind = 'accountable' AND lifecycle_status = 'active';

INSERT INTO c1.governance_object_ownership
      (object_type, object_ref, scope, owner_kind, owner_gov_code, effective_from, lifecycle_status,
       approval_ref, audit_ref, rollback_ref, source_design_ref, created_at, created_by)
VALUES ('table', 'c1.governance_canonical_operation_vocab', 'C1', 'accountable', 'C1',
        '2026-06-01T00:00:00Z', 'active',
        'C1-APPROVAL-FIXTURE', 'C1-AUDIT-1', 'C1-ROLLBACK-DOT-062', 'LEGO1-C1-PLAN',
        '2026-06-01T00:00:00Z', 'C1-GRANTER-FIXTURE');
