-- collector/sql/cluster_subscription_public.sql
-- What:    what everybody may see of subscriptions.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'subscription', format('%I %I', d.datname, s.subname),
       json_build_object('owner', pg_get_userbyid(s.subowner), 'enabled', s.subenabled,
                         'slot', s.subslotname, 'publications', s.subpublications)::text
  FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid
