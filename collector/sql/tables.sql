-- collector/sql/tables.sql
-- What:    every relation that holds rows, with the COPY that reads it whole.
-- Source:  pg_class; FORMAT.md section 3, tables.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: relation text; kind text: r or m (observed), p (a partitioned parent, stands
--          for its leaves), else empty; reason text: why it is not observed, or null;
--          denied text: what the observer lacks, or null; columns json text:
--          [[name,type]..] of the live columns in attribute order; copy text: plain COPY
--          where it is exact (it is only for tables and leaves out generated columns);
--          part text: a SELECT that lacks only its first block, for reading the table in
--          parts, or null where that would scan it whole each time; bytes text.
-- Order:   none; the collector sorts by the bytes of relation as it receives them.
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       CASE WHEN c.relkind = 'f' OR c.relpersistence = 't'
                 OR (c.relkind = 'm' AND NOT c.relispopulated) THEN ''
            ELSE c.relkind::text END,
       CASE WHEN c.relkind = 'f' THEN 'foreign table'
            WHEN c.relpersistence = 't' THEN 'temporary table of another session'
            WHEN c.relkind = 'm' AND NOT c.relispopulated
            THEN 'materialised view that is not populated' END,
       CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE')
            THEN format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, session_user)
            WHEN NOT has_table_privilege(c.oid, 'SELECT')
            THEN format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, session_user)
            WHEN row_security_active(c.oid)
            THEN format('its row security hides rows: ALTER ROLE %I BYPASSRLS', session_user) END,
       coalesce(json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod))
                         ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL), '[]')::text,
       CASE WHEN c.relkind = 'r' AND coalesce(bool_and(a.attgenerated = ''), true)
            THEN format('COPY %I.%I TO STDOUT', n.nspname, c.relname)
            ELSE format('COPY (SELECT %s FROM ONLY %I.%I) TO STDOUT',
                        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                        n.nspname, c.relname) END,
       CASE WHEN current_setting('server_version_num')::int >= 140000
                 AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'heap')
            THEN format('SELECT %s FROM ONLY %I.%I WHERE ctid >= ',
                        string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                        n.nspname, c.relname) END,
       pg_relation_size(c.oid)::text
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'm', 'p', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   AND n.nspname !~ '^pg_toast_temp_'
 GROUP BY n.oid, n.nspname, c.oid, c.relname, c.relkind, c.relpersistence, c.relispopulated,
          c.relam -- 13 knows no primary key of a catalog
