-- carriers/c1/surface/010-roles.sql
--
-- What:    the four roles of the C1 surface.  Roles belong to the cluster, so a
--          second database finds them already there; they are then checked, not
--          changed.
-- Source:  our choice (the operators publish no role names).
-- Role:    superuser.  PostgreSQL 14 and later.
--
--   c1_owner   NOLOGIN  owns the schema, the tables and the view
--   c1_reader  NOLOGIN  owns every function that only reads; SELECT only
--   c1_writer  NOLOGIN  owns the two functions that may write
--   c1_step    LOGIN    the role a plan's steps connect as; no password is set

DO $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT * FROM (VALUES ('c1_owner',  false),
                              ('c1_reader', false),
                              ('c1_writer', false),
                              ('c1_step',   true)) AS v(name, can_login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.name) THEN
            EXECUTE pg_catalog.format(
                'CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
                r.name, CASE WHEN r.can_login THEN 'LOGIN' ELSE 'NOLOGIN' END);
        END IF;

        -- An existing role must be exactly as narrow, and a member of nothing.
        IF EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = r.name
                      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication
                           OR rolbypassrls OR rolcanlogin <> r.can_login))
           OR EXISTS (SELECT FROM pg_catalog.pg_auth_members
                       WHERE member = pg_catalog.to_regrole(r.name))
        THEN
            RAISE EXCEPTION 'role % exists with wider rights than the C1 surface allows', r.name;
        END IF;
    END LOOP;
END
$$;
