-- collector/sql/doctor.sql
-- What:    what this role lacks for each witness in this database, and the statement that
--          gives it.  Names stand in statements as U&"..." where they are not plain ASCII.
-- Source:  the catalog; the needs of the queries beside this file.
-- $1:      what parts.sql says of the catalog: a JSON array of ["channel",NAME,GRANT].
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: witness text: as in collector/doctor.c; missing text; statement text, or null
--          where none can give it; share text: all (nothing of the witness is had), or part.
-- Order:   by witness, then missing, bytewise.
WITH own(oid, nsp, kind, is_readable, is_filtered) AS (
    SELECT c.oid, c.relnamespace, CASE WHEN c.relkind = 'S' THEN 'S' ELSE 'r' END,
           has_schema_privilege(n.oid, 'USAGE')
           AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                    ELSE has_table_privilege(c.oid, 'SELECT') END,
           CASE WHEN c.relkind = 'r' THEN row_security_active(c.oid) ELSE false END
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence <> 't'
       AND (c.relkind <> 'm' OR c.relispopulated)
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')),
plain(name, ident) AS (
    SELECT w.name,
           CASE WHEN w.name ~ '^[ -~]*$' THEN quote_ident(w.name)
                ELSE (SELECT 'U&"' || string_agg(CASE WHEN c ~ '^[ !#-[^-~]$' OR c = ']' THEN c
                                                      ELSE '\+' || lpad(to_hex(ascii(c)), 6, '0') END,
                                                 '' ORDER BY i) || '"'
                        FROM regexp_split_to_table(w.name, '') WITH ORDINALITY AS l(c, i)) END
      FROM (SELECT nspname::text FROM pg_namespace UNION SELECT session_user::text) AS w(name)),
me(ident) AS (SELECT ident FROM plain WHERE name = session_user::text),
share(kind, share) AS (
    SELECT kind, CASE WHEN bool_or(is_readable AND NOT is_filtered) THEN 'part' ELSE 'all' END
      FROM own GROUP BY kind),
unread(witness, what, kind, nsp, lacking) AS (
    SELECT w.witness, w.what, o.kind, o.nsp, count(*)
      FROM own AS o
      JOIN (VALUES ('content', 'tables', 'r'), ('physical', 'tables', 'r'), ('sequences', 'sequences', 'S'))
           AS w(witness, what, kind) ON w.kind = o.kind
     WHERE NOT o.is_readable
     GROUP BY w.witness, w.what, o.kind, o.nsp),
walinspect(oid, nsp) AS (
    SELECT p.oid, p.pronamespace
      FROM pg_extension AS x
      JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = x.oid
                         AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
      JOIN pg_proc AS p ON p.oid = d.objid
     WHERE x.extname = 'pg_walinspect' AND p.proname = 'pg_get_wal_records_info'
     LIMIT 1),
lacks(witness, missing, statement, share) AS (
    SELECT u.witness, format('%s %s of schema %s cannot be read', u.lacking, u.what, p.ident),
           CASE WHEN has_schema_privilege(u.nsp, 'USAGE') THEN ''
                ELSE format('GRANT USAGE ON SCHEMA %s TO %s; ', p.ident, me.ident) END
           || format('GRANT SELECT ON ALL %s IN SCHEMA %s TO %s', upper(u.what), p.ident, me.ident),
           s.share
      FROM unread AS u JOIN share AS s ON s.kind = u.kind JOIN pg_namespace AS n ON n.oid = u.nsp
      JOIN plain AS p ON p.name = n.nspname, me
    UNION ALL
    SELECT w.witness, format('%s tables hide rows by row security', count(*)),
           format('ALTER ROLE %s BYPASSRLS', min(me.ident)), 'part'
      FROM own AS o, me, (VALUES ('content'), ('physical')) AS w(witness)
     WHERE o.is_filtered
     GROUP BY w.witness
    UNION ALL
    SELECT 'catalog', l ->> 1, format('%s TO %s', l ->> 2, me.ident), 'part'
      FROM me, jsonb_array_elements($1::jsonb) AS l
    UNION ALL
    SELECT 'activity', 'when sessions of other roles began, and their kind',
           format('GRANT pg_read_all_stats TO %s', me.ident), 'part'
      FROM me WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')
    UNION ALL
    SELECT 'identity', format('%s may not be executed', f.f),
           format('GRANT EXECUTE ON FUNCTION %s TO %s', f.f, me.ident), 'all'
      FROM me, (VALUES ('pg_catalog.pg_control_system()'), ('pg_catalog.pg_control_checkpoint()')) AS f(f)
     WHERE NOT has_function_privilege(f.f, 'EXECUTE')
    UNION ALL
    SELECT 'wal', 'the extension pg_walinspect is not in this database, nor are the files ours to read',
           format('CREATE EXTENSION pg_walinspect SCHEMA %1$s; '
                  'GRANT EXECUTE ON FUNCTION %1$s.pg_get_wal_records_info(pg_lsn, pg_lsn) TO %2$s',
                  CASE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public') THEN 'public'
                       ELSE 'pg_catalog' END, me.ident), 'all'
      FROM me
     WHERE NOT EXISTS (SELECT FROM walinspect)
       AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_walinspect')
    UNION ALL
    SELECT 'wal', 'this server has no extension pg_walinspect (PostgreSQL 15 and later), '
                  'nor are the files ours to read: run where the server is, with its pg_waldump', NULL, 'all'
     WHERE NOT EXISTS (SELECT FROM walinspect)
       AND NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_walinspect')
    UNION ALL
    SELECT 'wal', 'pg_walinspect may not be used, nor are the files ours to read',
           CASE WHEN has_schema_privilege(w.nsp, 'USAGE') THEN ''
                ELSE format('GRANT USAGE ON SCHEMA %s TO %s; ', p.ident, me.ident) END
           || format('GRANT EXECUTE ON FUNCTION %s.pg_get_wal_records_info(pg_lsn, pg_lsn) TO %s',
                     p.ident, me.ident), 'all'
      FROM walinspect AS w JOIN pg_namespace AS n ON n.oid = w.nsp
      JOIN plain AS p ON p.name = n.nspname, me
     WHERE NOT has_function_privilege(w.oid, 'EXECUTE') OR NOT has_schema_privilege(w.nsp, 'USAGE'))
SELECT witness, missing, statement, share
  FROM lacks ORDER BY witness COLLATE "C", missing COLLATE "C"
