-- collector/sql/role.sql
-- What:    what the role $1 (text; null: the role of this session) may do.
-- Source:  pg_roles; FORMAT.md section 3, environment.json (ROLE).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text, then bypassrls, createdb, createrole, replication, superuser
--          text (t/f).
-- Order:   one row, or none.
SELECT rolname::text, rolbypassrls::text, rolcreatedb::text, rolcreaterole::text,
       rolreplication::text, rolsuper::text
  FROM pg_roles
 WHERE rolname = coalesce($1::text, session_user::text)
