-- surface/10-tables.sql - roles, schema, tables and their rows.
-- Loaded as a superuser into an empty database; every time is pinned.
DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['ledger_owner', 'ledger_step'] LOOP -- roles are the whole server's
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I', r);
        END IF;
    END LOOP;
END
$$;
ALTER ROLE ledger_step LOGIN; -- the steps connect as this role, which may only look and call
CREATE SCHEMA ledger AUTHORIZATION ledger_owner;

-- What the closing reads: in cents, and each month's sum is 0.
CREATE TABLE ledger.entry (
    entry   text   PRIMARY KEY,
    month   text   NOT NULL,
    account text   NOT NULL,
    amount  bigint NOT NULL
);
INSERT INTO ledger.entry VALUES
    ('2026-04/1', '2026-04', 'cash',   50000), ('2026-04/2', '2026-04', 'sales', -50000),
    ('2026-05/1', '2026-05', 'cash',   90000), ('2026-05/2', '2026-05', 'sales', -90000),
    ('2026-05/3', '2026-05', 'rent',   30000), ('2026-05/4', '2026-05', 'cash',  -30000);

-- What a real closing would write.  A dry run leaves it as it is.
CREATE TABLE ledger.closing (
    month         text PRIMARY KEY,
    manifest_hash text        NOT NULL,
    closed_at     timestamptz NOT NULL
);

-- Who may close what; 20-checks.sql has the rows.  The dry run spends one: the only change that
-- the plan allows.
CREATE TABLE ledger.approval (
    approval    text PRIMARY KEY,
    status      text        NOT NULL CHECK (status IN ('active', 'spent')),
    scope       jsonb       NOT NULL,
    granted_by  text        NOT NULL,
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    consumed_at timestamptz,
    consumed_by text
);

CREATE TABLE ledger.gate (gate text PRIMARY KEY, value text NOT NULL);
INSERT INTO ledger.gate VALUES ('dry_run_only', 'true'), ('posting_enabled', 'false');

CREATE TABLE ledger.owner (object text PRIMARY KEY, owner text NOT NULL);
INSERT INTO ledger.owner VALUES ('ledger.closing', 'accounting');

-- What the steps may call, and which of two checks the other.
CREATE TABLE ledger.contract (code text PRIMARY KEY, endpoint text NOT NULL, partner text);
INSERT INTO ledger.contract VALUES
    ('LEDGER_PREFLIGHT', 'ledger.preflight(jsonb)',  NULL),
    ('LEDGER_CLOSE',     'ledger.close(jsonb,text)', 'LEDGER_SPEND'),
    ('LEDGER_SPEND',     'ledger.spend(jsonb,text)', 'LEDGER_CLOSE'),
    ('LEDGER_BAD_INPUT', 'ledger.bad_input(jsonb)',  NULL),
    ('LEDGER_READBACK',  'ledger.readback(jsonb)',   NULL),
    ('LEDGER_UNDO',      'ledger.undo(jsonb)',       NULL);

CREATE TABLE ledger.catalog (name text PRIMARY KEY, recorded bigint NOT NULL);
INSERT INTO ledger.catalog SELECT 'contracts', count(*) FROM ledger.contract;

-- Who let the functions in, as they were then; 50-admissions.sql has the rows.
CREATE TABLE ledger.admission (
    code              text PRIMARY KEY,
    why               text NOT NULL,
    definition_digest text NOT NULL,
    contract_digest   text NOT NULL,
    label             text NOT NULL CHECK (label IN ('rehearsal', 'operator'))
);
