-- carriers/c1/surface/040-vocab.sql
--
-- What:    the vocabulary that a real run would freeze.  Empty: a dry run leaves
--          it so.  Write-once: a row may be retired in favour of a successor, and
--          nothing else may ever happen to it.
-- Source:  columns, key and C1_WRITE_ONCE_VIOLATED are the operators' facts (C1.md
--          section 4).  Ours: the types, the status domain active/retired, and
--          that DELETE and TRUNCATE are violations too ("never delete").
-- Role:    superuser.  PostgreSQL 14 and later.

CREATE TABLE c1.governance_canonical_operation_vocab (
    operation_code     text        NOT NULL,
    protocol_version   integer     NOT NULL,
    vocab_id           bigint      GENERATED ALWAYS AS IDENTITY,
    risk_level         text        NOT NULL,
    handler_ref        text        NOT NULL,
    source_action_code text        NOT NULL,
    manifest_hash      text        NOT NULL,
    _dot_origin        text,
    status             text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'retired')),
    superseded_by      text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (operation_code, protocol_version),
    CHECK ((status = 'retired') = (superseded_by IS NOT NULL))
);

CREATE FUNCTION c1.guard_write_once() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status = 'active' AND NEW.status = 'retired' AND NEW.superseded_by IS NOT NULL
           AND to_jsonb(OLD) - '{status,superseded_by}'::text[]
             = to_jsonb(NEW) - '{status,superseded_by}'::text[]
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'C1_WRITE_ONCE_VIOLATED: a vocabulary row may only be retired in favour of a successor';
END
$$;

CREATE TRIGGER guard_write_once
    BEFORE UPDATE OR DELETE ON c1.governance_canonical_operation_vocab
    FOR EACH ROW EXECUTE FUNCTION c1.guard_write_once();

CREATE TRIGGER guard_write_once_truncate
    BEFORE TRUNCATE ON c1.governance_canonical_operation_vocab
    FOR EACH STATEMENT EXECUTE FUNCTION c1.guard_write_once();
