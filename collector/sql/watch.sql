-- collector/sql/watch.sql
-- What:    every session of the cluster but our own, and the transaction ids it holds now.
--          $1 is the application_name that only the command was given.  The 32 bits that
--          pg_locks shows are completed as in writers.sql.
-- Source:  pg_stat_activity, pg_locks; FORMAT.md section 3, sessions.ndjson.
-- Role:    any; without pg_read_all_stats backend_start and type of other roles are null.
--          PostgreSQL 13 and later.
-- Columns: pid, backend_start, database oid, type, user, named (t/f), ids (separated by
--          commas), is_here (t/f: a client, or unknown, in this database or
--          named), all text.
-- Order:   by pid.
WITH next(id) AS (
    SELECT base + low + CASE WHEN base + low < xmax THEN 4294967296 ELSE 0 END
      FROM (SELECT (age('3'::xid)::bigint + 3 + 4294967296) % 4294967296 AS low,
                   pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) AS a,
           LATERAL (SELECT xmax - xmax % 4294967296 AS base) AS b),
held(pid, ids) AS (
    SELECT l.pid, string_agg((n.id + (l.transactionid::text::bigint - n.id % 4294967296 + 6442450944)
                                     % 4294967296 - 2147483648)::text, ',')
      FROM pg_locks AS l, next AS n
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
     GROUP BY l.pid)
SELECT a.pid::text,
       to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       nullif(a.datid, 0)::text,
       a.backend_type,
       a.usename::text,
       CASE WHEN a.application_name = $1 THEN 't' ELSE 'f' END,
       h.ids,
       CASE WHEN (a.datname = current_database() OR a.application_name = $1)
                 AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'background worker')
            THEN 't' ELSE 'f' END
  FROM pg_stat_activity AS a LEFT JOIN held AS h ON h.pid = a.pid
 WHERE a.pid <> pg_backend_pid()
 ORDER BY a.pid
