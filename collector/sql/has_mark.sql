-- collector/sql/has_mark.sql
-- What:    is there a sandbox mark?  (pg_class, not to_regclass: that needs USAGE, and a
--          mark that we may not read must be an error, not an absence.)
-- Source:  the driver's sandbox.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: 1.
-- Order:   one row, or none.
SELECT 1
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = 'dryproof_sandbox' AND c.relname = 'mark'
