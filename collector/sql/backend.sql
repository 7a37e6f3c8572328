-- collector/sql/backend.sql
-- What:    whose the server process $1 (text) is that an executor names.
-- Source:  pg_stat_activity (pid, database and user are shown to all).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: its database and its user, as it logged in.
-- Order:   one row, or none.
SELECT datname::text, usename::text
  FROM pg_stat_activity WHERE pid = $1::int AND datname IS NOT NULL AND usename IS NOT NULL
