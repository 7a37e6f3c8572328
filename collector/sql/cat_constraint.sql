-- collector/sql/cat_constraint.sql
-- What:    constraints of tables and domains, and their state with that of the triggers that
--          enforce them (whose own names hold OIDs).
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
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'constraint-state',
       quote_ident(n.nspname) || '.' || quote_ident(coalesce(c.relname, t.typname)) || '.'
           || quote_ident(k.conname),
       json_build_object(
           'type', k.contype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
           'validated', k.convalidated, 'enforced', to_jsonb(k) -> 'conenforced',
           'local', k.conislocal, 'inherited', k.coninhcount, 'no_inherit', k.connoinherit,
           'index', CASE WHEN k.conindid <> 0 THEN k.conindid::regclass::text END,
           'parent', (SELECT p.conrelid::regclass::text || '.' || quote_ident(p.conname)
                        FROM pg_constraint AS p WHERE p.oid = k.conparentid),
           'triggers', (SELECT array_agg(g.line ORDER BY g.line COLLATE "C")
                          FROM (SELECT format('%s %s %s', r.tgrelid::regclass, r.tgfoid::regproc,
                                              r.tgenabled)
                                  FROM pg_trigger AS r
                                 WHERE r.tgconstraint = k.oid AND r.tgisinternal) AS g(line))
           )::text
  FROM pg_constraint AS k
  LEFT JOIN pg_class AS c ON c.oid = k.conrelid
  LEFT JOIN pg_type AS t ON t.oid = k.contypid AND k.conrelid = 0
  JOIN pg_namespace AS n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
