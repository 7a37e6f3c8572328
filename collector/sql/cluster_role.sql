-- collector/sql/cluster_role.sql
-- What:    roles (a password never, see cluster_password.sql), memberships, databases.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   dathasloginevt is left out: the server clears it by itself.
SELECT 'role', r.rolname::text,
       json_build_object(
           'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createrole', r.rolcreaterole,
           'createdb', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
           'bypassrls', r.rolbypassrls, 'connection_limit', r.rolconnlimit,
           'valid_until', r.rolvaliduntil::text)::text
  FROM pg_roles AS r
UNION ALL
SELECT 'membership',
       format('%I in %I by %I', pg_get_userbyid(m.member), pg_get_userbyid(m.roleid),
              pg_get_userbyid(m.grantor)),
       (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')::text
  FROM pg_auth_members AS m
UNION ALL
SELECT 'database', d.datname::text,
       (to_jsonb(d) - ARRAY['datname', 'datdba', 'encoding', 'dattablespace', 'datlastsysoid',
                            'datfrozenxid', 'datminmxid', 'dathasloginevt']
        || jsonb_build_object(
               'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
               'tablespace', (SELECT s.spcname FROM pg_tablespace AS s
                               WHERE s.oid = d.dattablespace)))::text
  FROM pg_database AS d
