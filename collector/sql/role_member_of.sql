-- collector/sql/role_member_of.sql
-- What:    every role that the role $1 (text; null: the role of this session) is a member of,
--          directly or not.
-- Source:  pg_auth_members (not pg_has_role: it says yes to everything for a superuser).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text.
-- Order:   bytewise.
WITH RECURSIVE above(oid) AS (
    SELECT m.roleid FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.member
     WHERE r.rolname = coalesce($1::text, session_user::text)
    UNION
    SELECT m.roleid FROM pg_auth_members AS m JOIN above AS a ON a.oid = m.member)
SELECT r.rolname::text
  FROM above AS a JOIN pg_roles AS r ON r.oid = a.oid
 ORDER BY r.rolname::text COLLATE "C"
