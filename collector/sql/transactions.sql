-- collector/sql/transactions.sql
-- What:    who is writing now: positions, the snapshot, open and prepared transactions.
-- Source:  FORMAT.md section 3, transactions.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: lsn, next_multixact, snapshot, all text.
-- Order:   one row.
SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
             ELSE pg_current_wal_insert_lsn() END)::text,
       ((mxid_age('1'::xid)::bigint + 1 + 4294967296) % 4294967296)::text,
       pg_current_snapshot()::text
