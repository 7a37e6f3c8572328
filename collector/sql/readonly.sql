-- collector/sql/readonly.sql
-- What:    every reason why the role $1 (text) could write.  Judged over the role and all
--          that it is a member of, inherited or not: SET ROLE reaches those too.  What every
--          role of a cluster may do is not here (temporary tables, large objects, NOTIFY):
--          the bracket measures it.
-- Source:  the catalog; FORMAT.md section 2, readonly_role.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: reason text.
-- Order:   the gravest first, then bytewise.
WITH RECURSIVE above(oid) AS (
    SELECT oid FROM pg_roles WHERE rolname = $1
    UNION
    SELECT m.roleid FROM pg_auth_members AS m JOIN above AS a ON a.oid = m.member),
who(oid, name, via) AS (
    SELECT r.oid, r.rolname, CASE WHEN r.rolname = $1 THEN '' ELSE ' (as a member of ' || r.rolname || ')' END
      FROM above AS a JOIN pg_roles AS r ON r.oid = a.oid),
relations(oid, name, kind) AS (
    SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
           AND c.oid <> 'pg_catalog.pg_settings'::regclass /* its UPDATE is SET */),
reasons(rank, reason) AS (
    SELECT 1, 'there is no such role' WHERE NOT EXISTS (SELECT FROM who)
    UNION ALL
    SELECT 1, 'it cannot log in, and SET ROLE is undone by RESET ROLE'
      FROM pg_roles WHERE rolname = $1 AND NOT rolcanlogin
    UNION ALL
    SELECT 2, x.what || w.via
      FROM who AS w JOIN pg_roles AS r ON r.oid = w.oid,
           LATERAL (VALUES (r.rolsuper, 'it is a superuser'), (r.rolcreaterole, 'it may create roles'),
                           (r.rolcreatedb, 'it may create databases'),
                           (r.rolreplication, 'it may replicate'),
                           (r.rolbypassrls, 'it bypasses row security')) AS x(is_so, what)
     WHERE x.is_so
    UNION ALL
    SELECT 3, 'it is a member of ' || w.name FROM who AS w
     WHERE w.name IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program',
                      'pg_maintain', 'pg_create_subscription')
    UNION ALL
    SELECT 4, 'it owns ' || CASE WHEN d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                                 THEN coalesce(pg_describe_object(d.classid, d.objid, d.objsubid), 'an object')
                                 ELSE 'an object of another database' END || w.via
      FROM who AS w JOIN pg_shdepend AS d
           ON d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = w.oid AND d.deptype = 'o'
    UNION ALL
    SELECT 5, 'it may ' || p.privilege || ' ' || r.name || w.via
      FROM who AS w, relations AS r,
           LATERAL (VALUES ('INSERT', true), ('UPDATE', true), ('DELETE', false), ('TRUNCATE', false),
                           ('TRIGGER', false)) AS p(privilege, is_of_columns)
     WHERE r.kind <> 'S'
           AND CASE WHEN p.is_of_columns THEN has_any_column_privilege(w.oid, r.oid, p.privilege)
                    ELSE has_table_privilege(w.oid, r.oid, p.privilege) END
    UNION ALL
    SELECT 6, 'it may change the sequence ' || r.name || ' (USAGE or UPDATE)' || w.via
      FROM who AS w, relations AS r
     WHERE CASE WHEN r.kind = 'S' THEN has_sequence_privilege(w.oid, r.oid, 'USAGE, UPDATE') END
    UNION ALL
    SELECT 7, 'it may CREATE in the schema ' || quote_ident(n.nspname) || w.via
      FROM who AS w, pg_namespace AS n
     WHERE has_schema_privilege(w.oid, n.oid, 'CREATE')
    UNION ALL
    SELECT 7, 'it may CREATE schemas in this database' || w.via
      FROM who AS w, pg_database AS d
     WHERE d.datname = current_database() AND has_database_privilege(w.oid, d.oid, 'CREATE')
    UNION ALL
    SELECT 8, 'it may execute ' || f.oid::regprocedure || ', a SECURITY DEFINER function of ' || o.rolname || w.via
      FROM who AS w, pg_proc AS f JOIN pg_roles AS o ON o.oid = f.proowner
     WHERE f.prosecdef AND has_function_privilege(w.oid, f.oid, 'EXECUTE')
           AND has_schema_privilege(w.oid, f.pronamespace, 'USAGE'))
SELECT reason FROM reasons ORDER BY rank, reason COLLATE "C"
