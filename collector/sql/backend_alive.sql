-- collector/sql/backend_alive.sql
-- What:    is the server process $1 (text) of one of our sessions still there?  Its row
--          goes last, after its temporary tables.
-- Source:  pg_stat_activity (pid and application_name are shown to everybody of the
--          same role, the pid to all).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: 1.
-- Order:   one row, or none.
SELECT 1 FROM pg_stat_activity WHERE pid = $1::int
