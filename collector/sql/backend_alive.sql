-- collector/sql/backend_alive.sql
-- What:    is the server process $1 (text) of one of our sessions there, and in this
--          database?  Its row goes last, after its temporary tables.
-- Source:  pg_stat_activity (pid and database are shown to all).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: whether it is in this database, t/f.
-- Order:   one row, or none.
SELECT CASE WHEN datname = current_database() THEN 't' ELSE 'f' END
  FROM pg_stat_activity WHERE pid = $1::int
