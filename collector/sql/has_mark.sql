-- collector/sql/has_mark.sql
-- What:    is there a sandbox mark, and is it a table of labels?  A view, or a type with a
--          cast of its own, would run a function of this database.  (pg_class, not
--          to_regclass: that needs USAGE, and a mark that we may not read must be an
--          error, not an absence.)
-- Source:  the driver's sandbox.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: whether sql/labels.sql can be run, t/f.
-- Order:   one row, or none.
SELECT CASE WHEN c.relkind = 'r'
             AND EXISTS (SELECT FROM pg_attribute AS a
                          WHERE a.attrelid = c.oid AND a.attname = 'label' AND a.attnum > 0
                            AND a.atttypid = 'pg_catalog.text'::regtype)
            THEN 't' ELSE 'f' END
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = 'dryproof_sandbox' AND c.relname = 'mark'
