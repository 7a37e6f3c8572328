-- collector/sql/wal_source.sql
-- What:    how the WAL of this server can be read: pg_walinspect's function and what the
--          observer lacks for it; where the files are, if we may know.
-- Source:  pg_extension, pg_settings; FORMAT.md section 3, wal.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: function: quoted name, or null where the extension is not installed; denied:
--          what is lacking, or null; segment, block: sizes in bytes; folder: data_directory,
--          or null where the role may not see it; pid: of this session's server process;
--          system_identifier; major: of the version; all text.
-- Order:   one row.
SELECT f.function, f.denied,
       (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'),
       (SELECT setting FROM pg_settings WHERE name = 'wal_block_size'),
       (SELECT setting FROM pg_settings WHERE name = 'data_directory'),
       pg_backend_pid()::text,
       (SELECT system_identifier::text FROM pg_control_system()),
       (current_setting('server_version_num')::int / 10000)::text
  FROM (SELECT 1) AS one
  LEFT JOIN (SELECT format('%I.%I', n.nspname, p.proname) AS function,
                    CASE WHEN NOT has_function_privilege(p.oid, 'EXECUTE')
                         THEN format('GRANT EXECUTE ON FUNCTION %s TO %I', p.oid::regprocedure,
                                     session_user)
                         WHEN NOT has_schema_privilege(n.oid, 'USAGE')
                         THEN format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, session_user)
                    END AS denied
               FROM pg_extension AS x
               JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass
                                  AND d.refobjid = x.oid AND d.deptype = 'e'
                                  AND d.classid = 'pg_proc'::regclass
               JOIN pg_proc AS p ON p.oid = d.objid
               JOIN pg_namespace AS n ON n.oid = p.pronamespace
              WHERE x.extname = 'pg_walinspect' AND p.proname = 'pg_get_wal_records_info'
              LIMIT 1) AS f ON true
