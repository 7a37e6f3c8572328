-- collector/sql/activity_databases.sql
-- What:    what was counted in every database.  The row is read as JSON because sessions
--          is there from version 14 only.
-- Source:  pg_stat_database; FORMAT.md section 3, activity.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: commits, name, oid, rollbacks, sessions, stats_reset, all text.
-- Order:   by oid.
SELECT xact_commit::text, datname::text, datid::text, xact_rollback::text,
       to_jsonb(d) ->> 'sessions',
       to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  FROM pg_stat_database AS d
 WHERE datname IS NOT NULL
 ORDER BY d.datid
