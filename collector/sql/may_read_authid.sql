-- collector/sql/may_read_authid.sql
-- What:    may the observer run cluster_password.sql?
-- Source:  pg_authid's privileges.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: 1.
-- Order:   one row, or none.
SELECT 1 WHERE has_table_privilege('pg_catalog.pg_authid', 'SELECT')
