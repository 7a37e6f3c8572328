-- collector/sql/capability.sql
-- What:    what each of the roles $1 (oid[]) could do without a trace in this cluster.  Of a
--          superuser only that.  Functions that take or return what SQL cannot hold are
--          called by the server alone.
-- Source:  FORMAT.md section 3, capability.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: capability text, oid text.
-- Order:   none; the collector sorts.
-- Limit:   the list of extensions that only read is by name.
WITH who AS (
    SELECT oid, rolname, rolsuper FROM pg_roles WHERE oid = ANY ($1::oid[])),
plain AS (
    SELECT oid, rolname FROM who WHERE NOT rolsuper),
callable AS (
    SELECT p.oid, p.proname, l.lanname, l.lanpltrusted, e.extname, e.extversion
      FROM pg_proc AS p
      JOIN pg_language AS l ON l.oid = p.prolang
      LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                               AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      LEFT JOIN pg_extension AS e ON e.oid = d.refobjid
     WHERE NOT l.lanpltrusted AND p.oid >= 16384
       AND p.prorettype NOT IN ('internal'::regtype, 'fdw_handler'::regtype,
                                'index_am_handler'::regtype, 'language_handler'::regtype,
                                'table_am_handler'::regtype, 'tsm_handler'::regtype)
       AND 'internal'::regtype <> ALL (p.proargtypes::oid[])),
native AS (
    SELECT c.oid, c.proname, c.extname
      FROM callable AS c
      LEFT JOIN pg_available_extension_versions AS v ON v.name = c.extname
                                                     AND v.version = c.extversion
     WHERE c.lanname IN ('c', 'internal') AND c.extname IS NOT NULL
       AND v.trusted IS NOT TRUE
       AND c.extname NOT IN ('amcheck', 'auth_delay', 'bloom', 'earthdistance', 'file_fdw',
                             'old_snapshot', 'pageinspect', 'pg_buffercache', 'pg_freespacemap',
                             'pg_prewarm', 'pg_stat_statements', 'pg_walinspect', 'pgrowlocks',
                             'pgstattuple', 'postgres_fdw', 'sslinfo')),
channels(capability, oid) AS (
    SELECT 'superuser', oid FROM who WHERE rolsuper
    UNION
    SELECT 'replicate', w.oid FROM plain AS w JOIN pg_roles AS r ON r.oid = w.oid WHERE r.rolreplication
    UNION
    SELECT 'run programs on the server', oid FROM plain WHERE rolname = 'pg_execute_server_program'
    UNION
    SELECT 'write files on the server', oid FROM plain WHERE rolname = 'pg_write_server_files'
    UNION
    SELECT 'write files on the server', w.oid
      FROM plain AS w
     WHERE has_function_privilege(w.oid, 'pg_catalog.lo_export(oid, text)', 'EXECUTE')
    UNION
    SELECT 'write files on the server', w.oid
      FROM plain AS w, callable AS c
     WHERE c.extname = 'adminpack' AND c.proname IN ('pg_file_write', 'pg_file_rename', 'pg_file_unlink')
       AND has_function_privilege(w.oid, c.oid, 'EXECUTE')
    UNION
    SELECT 'untrusted language ' || c.lanname, w.oid
      FROM plain AS w, callable AS c
     WHERE (c.lanname NOT IN ('c', 'internal') OR c.extname IS NULL)
       AND has_function_privilege(w.oid, c.oid, 'EXECUTE')
    UNION
    SELECT format('C function %s of extension %s', c.proname, c.extname), w.oid
      FROM plain AS w, native AS c
     WHERE has_function_privilege(w.oid, c.oid, 'EXECUTE')
    UNION
    SELECT 'foreign server ' || s.srvname, w.oid
      FROM plain AS w, pg_foreign_server AS s
     WHERE (has_server_privilege(w.oid, s.oid, 'USAGE')
            OR EXISTS (SELECT 1 FROM pg_foreign_table AS t
                        WHERE t.ftserver = s.oid
                          AND has_table_privilege(w.oid, t.ftrelid, 'SELECT, INSERT, UPDATE, DELETE')))
       AND EXISTS (SELECT 1 FROM pg_user_mappings AS m
                    WHERE m.srvid = s.oid AND m.umuser IN (0, w.oid)))
SELECT capability, oid::text FROM channels
