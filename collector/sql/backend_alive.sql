-- collector/sql/backend_alive.sql
-- What:    is the server process $1 (text) of one of our sessions there, and in this
--          database?  Its row goes last, after its temporary tables.
-- Source:  pg_stat_get_activity, what pg_stat_activity is a view of (pid and database are shown
--          to all): asked for one process, hundreds of times in a run, it costs a fifth.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: whether it is in this database, t/f.
-- Order:   one row, or none.
SELECT CASE WHEN a.datid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
            THEN 't' ELSE 'f' END
  FROM pg_stat_get_activity($1::int) AS a
