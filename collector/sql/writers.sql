-- collector/sql/writers.sql
-- What:    transactions that hold an id now: l = holds a transactionid lock, p = prepared.
--          The 32 bits that the views show are completed to the id that lies nearest to
--          the next one (see next_xid.sql).
-- Source:  pg_locks, pg_prepared_xacts; FORMAT.md section 3, transactions.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind text, id text (64 bits).
-- Order:   bytewise by kind, id.
WITH next(id) AS (
    SELECT base + low + CASE WHEN base + low < xmax THEN 4294967296 ELSE 0 END
      FROM (SELECT (age('3'::xid)::bigint + 3 + 4294967296) % 4294967296 AS low,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) AS a,
           LATERAL (SELECT xmax - xmax % 4294967296 AS base) AS b),
writers(kind, id) AS (
    SELECT DISTINCT 'l', transactionid::text::bigint FROM pg_locks
     WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
    UNION ALL
    SELECT 'p', transaction::text::bigint FROM pg_prepared_xacts),
completed(kind, id) AS (
    SELECT w.kind,
           (n.id + (w.id - n.id % 4294967296 + 6442450944) % 4294967296 - 2147483648)::text
      FROM writers AS w, next AS n)
SELECT kind, id FROM completed ORDER BY kind COLLATE "C", id COLLATE "C"
