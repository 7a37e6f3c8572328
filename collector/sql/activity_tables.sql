-- collector/sql/activity_tables.sql
-- What:    how often tables of this database were vacuumed and analyzed, by hand and by
--          autovacuum; those with a counter above 0.
-- Source:  pg_stat_all_tables; FORMAT.md section 3, activity.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: analyze, autoanalyze, autovacuum, relation, vacuum, all text.
-- Order:   none; the collector sorts by the bytes of relation as it receives them.
SELECT analyze_count::text, autoanalyze_count::text, autovacuum_count::text,
       quote_ident(schemaname) || '.' || quote_ident(relname), vacuum_count::text
  FROM pg_stat_all_tables
 WHERE analyze_count > 0 OR autoanalyze_count > 0 OR autovacuum_count > 0 OR vacuum_count > 0
