-- collector/sql/cluster_written.sql
-- What:    which transaction wrote a row whose values are withheld: that it changed shows, not to what.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'written', 'foreign-data-wrapper ' || quote_ident(fdwname), xmin::text
  FROM pg_foreign_data_wrapper
UNION ALL
SELECT 'written', 'server ' || quote_ident(srvname), xmin::text FROM pg_foreign_server
UNION ALL
SELECT 'written', 'foreign-table ' || t.ftrelid::regclass::text, t.xmin::text
  FROM pg_foreign_table AS t
UNION ALL
SELECT 'written',
       format('role-setting %s %s', coalesce(quote_ident(d.datname), 'all-databases'),
              coalesce(quote_ident(r.rolname), 'all-roles')),
       g.xmin::text
  FROM pg_db_role_setting AS g
  LEFT JOIN pg_database AS d ON d.oid = g.setdatabase
  LEFT JOIN pg_roles AS r ON r.oid = g.setrole
