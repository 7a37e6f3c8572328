-- collector/sql/cat_foreign.sql
-- What:    foreign data wrappers, servers, user mappings, and the options of foreign tables.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   an option that may hold a secret (parameter $1, a pattern) is withheld, one of a
--          user mapping always; cluster_written.sql tells that one was changed.
WITH options(class, object, part, shown) AS (
    SELECT class, object, part,
           (SELECT array_agg(CASE WHEN o ~* $1 THEN split_part(o, '=', 1) || '=withheld' ELSE o END
                             ORDER BY o COLLATE "C")
              FROM unnest(options) AS o)
      FROM (SELECT 'w', oid, 0, fdwoptions FROM pg_foreign_data_wrapper
            UNION ALL SELECT 's', oid, 0, srvoptions FROM pg_foreign_server
            UNION ALL SELECT 't', ftrelid, 0, ftoptions FROM pg_foreign_table
            UNION ALL SELECT 't', attrelid, attnum, attfdwoptions FROM pg_attribute
                       WHERE attfdwoptions IS NOT NULL) AS a(class, object, part, options))
SELECT 'foreign-data-wrapper', quote_ident(w.fdwname),
       json_build_object(
           'owner', pg_get_userbyid(w.fdwowner), 'acl', w.fdwacl::text,
           'handler', w.fdwhandler::regproc::text, 'validator', w.fdwvalidator::regproc::text,
           'options', o.shown)::text
  FROM pg_foreign_data_wrapper AS w
  LEFT JOIN options AS o ON o.class = 'w' AND o.object = w.oid
UNION ALL
SELECT 'server', quote_ident(s.srvname),
       json_build_object(
           'owner', pg_get_userbyid(s.srvowner), 'acl', s.srvacl::text, 'type', s.srvtype,
           'version', s.srvversion, 'wrapper', w.fdwname, 'options', o.shown)::text
  FROM pg_foreign_server AS s
  JOIN pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
  LEFT JOIN options AS o ON o.class = 's' AND o.object = s.oid
UNION ALL
SELECT 'user-mapping',
       format('%s on %I',
              CASE WHEN m.umuser = 0 THEN 'public' ELSE quote_ident(m.usename) END, m.srvname),
       (SELECT coalesce(json_agg(split_part(o, '=', 1) ORDER BY o COLLATE "C"), '[]')
          FROM unnest(m.umoptions) AS o)::text
  FROM pg_user_mappings AS m
UNION ALL
SELECT 'foreign-table',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname)
           || coalesce('.' || quote_ident(a.attname), ''),
       json_build_object('server', CASE WHEN o.part = 0 THEN s.srvname END,
                         'options', o.shown)::text
  FROM options AS o
  JOIN pg_class AS c ON c.oid = o.object
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_foreign_table AS t ON t.ftrelid = c.oid
  JOIN pg_foreign_server AS s ON s.oid = t.ftserver
  LEFT JOIN pg_attribute AS a ON o.part > 0 AND a.attrelid = c.oid AND a.attnum = o.part
 WHERE o.class = 't' AND a.attisdropped IS NOT TRUE
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
