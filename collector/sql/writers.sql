-- collector/sql/writers.sql
-- What:    transactions that hold an id now: l = holds a transactionid lock, p = prepared
--          (its locks have no process).  The 32 bits that the views show are completed to
--          the id that lies nearest to the next one (see next_xid.sql).
-- Source:  pg_locks, pg_prepared_xacts; FORMAT.md section 3, transactions.json and
--          activity.json (holders).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind text, id text (64 bits), database text (oid), pid text.
-- Order:   bytewise by kind, id.
WITH next(id) AS (
    SELECT base + low + CASE WHEN base + low < xmax THEN 4294967296 ELSE 0 END
      FROM (SELECT (age('3'::xid)::bigint + 3 + 4294967296) % 4294967296 AS low,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) AS a,
           LATERAL (SELECT xmax - xmax % 4294967296 AS base) AS b),
writers(kind, id, datid, pid) AS (
    SELECT 'l', l.transactionid::text::bigint, min(nullif(a.datid, 0)::bigint), min(l.pid)
      FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
     GROUP BY l.transactionid::text
    UNION ALL
    SELECT 'p', x.transaction::text::bigint, d.oid::bigint, NULL
      FROM pg_prepared_xacts AS x LEFT JOIN pg_database AS d ON d.datname = x.database),
completed(kind, id, datid, pid) AS (
    SELECT w.kind,
           (n.id + (w.id - n.id % 4294967296 + 6442450944) % 4294967296 - 2147483648)::text,
           w.datid::text, w.pid::text
      FROM writers AS w, next AS n)
SELECT kind, id, datid, pid FROM completed ORDER BY kind COLLATE "C", id COLLATE "C"
