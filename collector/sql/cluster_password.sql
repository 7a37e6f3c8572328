-- collector/sql/cluster_password.sql
-- What:    whether a role has a password, and which transaction wrote the role: a new password
--          shows, never the password.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    SELECT on pg_authid.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'role-password', rolname::text, CASE WHEN rolpassword IS NULL THEN 'none' ELSE 'set' END
  FROM pg_authid
UNION ALL
SELECT 'written', 'role ' || quote_ident(rolname), xmin::text FROM pg_authid
