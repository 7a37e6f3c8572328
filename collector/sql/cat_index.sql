-- collector/sql/cat_index.sql
-- What:    indexes, triggers (less those that enforce a constraint, see cat_constraint.sql),
--          rules (less those that are a view, unless disabled) and policies.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'index', quote_ident(n.nspname) || '.' || quote_ident(i.relname),
       json_build_object('definition', pg_get_indexdef(x.indexrelid), 'valid', x.indisvalid,
                         'ready', x.indisready, 'live', x.indislive,
                         'clustered', x.indisclustered, 'replica_identity', x.indisreplident,
                         'tablespace', ts.spcname,
                         'inherits', (SELECT array_agg(h.inhparent::regclass::text ORDER BY h.inhseqno)
                                        FROM pg_inherits AS h WHERE h.inhrelid = i.oid),
                         'statistics', (SELECT array_agg(a.attnum || ' ' || a.attstattarget
                                                         ORDER BY a.attnum)
                                          FROM pg_attribute AS a
                                         WHERE a.attrelid = i.oid AND a.attstattarget <> -1))::text
  FROM pg_index AS x
  JOIN pg_class AS i ON i.oid = x.indexrelid
  JOIN pg_namespace AS n ON n.oid = i.relnamespace
  LEFT JOIN pg_tablespace AS ts ON ts.oid = i.reltablespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'trigger',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(t.tgname),
       json_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled)::text
  FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (NOT t.tgisinternal OR t.tgconstraint = 0)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'rule',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(r.rulename),
       json_build_object('definition', CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid) END,
                         'enabled', r.ev_enabled)::text
  FROM pg_rewrite AS r
  JOIN pg_class AS c ON c.oid = r.ev_class
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE (r.rulename <> '_RETURN' OR r.ev_enabled <> 'O')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'policy',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(p.polname),
       json_build_object('command', p.polcmd, 'permissive', p.polpermissive,
                         'roles', (SELECT array_agg(CASE WHEN o = 0 THEN 'public'
                                                         ELSE pg_get_userbyid(o)::text END
                                                    ORDER BY pg_get_userbyid(o) COLLATE "C")
                                     FROM unnest(p.polroles) AS o),
                         'using', pg_get_expr(p.polqual, p.polrelid),
                         'check', pg_get_expr(p.polwithcheck, p.polrelid))::text
  FROM pg_policy AS p
  JOIN pg_class AS c ON c.oid = p.polrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
