-- collector/sql/capability_parameters.sql
-- What:    which settings of the whole cluster each of the roles $1 (oid[]) may change.
-- Source:  pg_parameter_acl; FORMAT.md section 3, capability.json.
-- Role:    any.  PostgreSQL 15 and later (before, superusers alone may).
-- Columns: capability text, oid text.
-- Order:   none; the collector sorts.
SELECT DISTINCT 'ALTER SYSTEM ' || a.parname, r.oid::text
  FROM pg_parameter_acl AS a, pg_roles AS r
 WHERE r.oid = ANY ($1::oid[]) AND NOT r.rolsuper
   AND has_parameter_privilege(r.oid, a.parname, 'ALTER SYSTEM')
