-- collector/sql/cat_statistics.sql
-- What:    extended statistics.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'statistics', format('%I.%I', n.nspname, s.stxname),
       json_build_object('owner', pg_get_userbyid(s.stxowner),
                         'definition', pg_get_statisticsobjdef(s.oid),
                         'target', s.stxstattarget)::text
  FROM pg_statistic_ext AS s
  JOIN pg_namespace AS n ON n.oid = s.stxnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
