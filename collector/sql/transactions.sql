-- collector/sql/transactions.sql
-- What:    where the server stands: positions, the next multixact, the snapshot.
-- Source:  FORMAT.md section 3, transactions.json and the edge's wal.json.
-- Role:    any that may execute pg_control_checkpoint (PUBLIC by default).  PostgreSQL 13
--          and later.
-- Columns: lsn, next_multixact, snapshot, flush_lsn, redo_lsn, timeline, in_recovery (t/f),
--          all text.
-- Order:   one row.
SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
             ELSE pg_current_wal_insert_lsn() END)::text,
       ((mxid_age('1'::xid)::bigint + 1 + 4294967296) % 4294967296)::text,
       pg_current_snapshot()::text,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
             ELSE pg_current_wal_flush_lsn() END)::text,
       c.redo_lsn::text, c.timeline_id::text,
       CASE WHEN pg_is_in_recovery() THEN 't' ELSE 'f' END
  FROM pg_control_checkpoint() AS c
