-- collector/sql/cat_constraint.sql
-- What:    constraints of tables and domains; a foreign key's own triggers stand with the relation.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'constraint',
       quote_ident(n.nspname) || '.' || quote_ident(coalesce(c.relname, t.typname)) || '.'
           || quote_ident(k.conname),
       pg_get_constraintdef(k.oid)
  FROM pg_constraint AS k
  LEFT JOIN pg_class AS c ON c.oid = k.conrelid
  LEFT JOIN pg_type AS t ON t.oid = k.contypid AND k.conrelid = 0
  JOIN pg_namespace AS n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dryproof_sandbox')
