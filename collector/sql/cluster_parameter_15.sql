-- collector/sql/cluster_parameter_15.sql
-- What:    privileges on settings.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 15 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'parameter-acl', p.parname, p.paracl::text FROM pg_parameter_acl AS p
