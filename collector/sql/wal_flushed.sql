-- collector/sql/wal_flushed.sql
-- What:    is WAL written to disk up to $1 (text, an LSN)?
-- Source:  FORMAT.md section 3, wal.json.
-- Role:    any.  PostgreSQL 13 and later; not in recovery.
-- Columns: t or f.
-- Order:   one row.
SELECT CASE WHEN pg_current_wal_flush_lsn() >= $1::pg_lsn THEN 't' ELSE 'f' END
