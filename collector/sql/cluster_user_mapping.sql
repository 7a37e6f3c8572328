-- collector/sql/cluster_user_mapping.sql
-- What:    which transaction wrote a user mapping, whose values are withheld.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    SELECT on pg_user_mapping.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'written',
       format('user-mapping %s on %I',
              CASE WHEN m.umuser = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(m.umuser)) END,
              s.srvname),
       m.xmin::text
  FROM pg_user_mapping AS m
  JOIN pg_foreign_server AS s ON s.oid = m.umserver
