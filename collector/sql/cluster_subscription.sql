-- collector/sql/cluster_subscription.sql
-- What:    subscriptions, never with their conninfo, and their tables.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    SELECT on pg_subscription.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   subskiplsn is a position; the states of tables and of two-phase commit move by
--          themselves.
WITH own(oid, name, written, shown) AS (
    SELECT s.oid, format('%I %I', d.datname, s.subname), s.xmin::text,
           to_jsonb(s) - ARRAY['oid', 'subdbid', 'subname', 'subowner', 'subconninfo',
                               'subskiplsn', 'subtwophasestate']
           || jsonb_build_object('owner', pg_get_userbyid(s.subowner),
                                 'two_phase', to_jsonb(s) ->> 'subtwophasestate' <> 'd')
      FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid)
SELECT 'subscription', o.name, o.shown::text FROM own AS o
UNION ALL
SELECT 'written', 'subscription ' || o.name, o.written FROM own AS o
UNION ALL
SELECT 'subscription-table', format('%s %I.%I', o.name, n.nspname, c.relname), ''
  FROM pg_subscription_rel AS r
  JOIN own AS o ON o.oid = r.srsubid
  JOIN pg_class AS c ON c.oid = r.srrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
