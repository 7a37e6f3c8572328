-- collector/sql/cluster_role.sql
-- What:    roles (a password never, see cluster_password.sql), memberships, databases.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'role', r.rolname::text,
       json_build_object(
           'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole,
           'createdb', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
           'bypassrls', r.rolbypassrls, 'connection_limit', r.rolconnlimit,
           'valid_until', r.rolvaliduntil::text,
           'comment', shobj_description(r.oid, 'pg_authid'))::text
  FROM pg_roles AS r
UNION ALL
SELECT 'membership',
       format('%I in %I by %I', pg_get_userbyid(m.member), pg_get_userbyid(m.roleid),
              pg_get_userbyid(m.grantor)),
       (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')::text
  FROM pg_auth_members AS m
UNION ALL
SELECT 'database', d.datname::text,
       json_build_object(
           'owner', pg_get_userbyid(d.datdba), 'acl', d.datacl::text,
           'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate,
           'ctype', d.datctype, 'template', d.datistemplate, 'connections', d.datallowconn,
           'connection_limit', d.datconnlimit,
           'tablespace', (SELECT s.spcname FROM pg_tablespace AS s WHERE s.oid = d.dattablespace),
           'comment', shobj_description(d.oid, 'pg_database'))::text
  FROM pg_database AS d
