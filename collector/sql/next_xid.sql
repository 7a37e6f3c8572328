-- collector/sql/next_xid.sql
-- What:    the live next transaction id with its epoch.  pg_snapshot_xmax lags behind
--          an open writer; age() of a fixed id does not, but has 32 bits: the epoch is
--          the one of xmax, or the next when the low half has wrapped since.
-- Source:  FORMAT.md section 3; WITNESSES.md.  Run it in a fresh transaction: age()
--          answers the same for a whole transaction.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: next_xid text.
-- Order:   one row.
SELECT (base + low + CASE WHEN base + low < xmax THEN 4294967296 ELSE 0 END)::text
  FROM (SELECT (age('3'::xid)::bigint + 3 + 4294967296) % 4294967296 AS low,
               pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) AS a,
       LATERAL (SELECT xmax - xmax % 4294967296 AS base) AS b
