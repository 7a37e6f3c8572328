-- collector/sql/activity_sessions.sql
-- What:    every session of the cluster as this role may see it.
-- Source:  pg_stat_activity; FORMAT.md section 3, activity.json.
-- Role:    any; without pg_read_all_stats much of other roles' sessions is null.
--          PostgreSQL 13 and later.
-- Columns: pid, database (oid), user, type, backend_start, state, state_change, all text.
-- Order:   by pid.
SELECT pid::text, nullif(datid, 0)::text, usename::text, backend_type,
       to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), state,
       to_char(state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  FROM pg_stat_activity AS a
 ORDER BY a.pid
