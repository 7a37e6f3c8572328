-- collector/sql/cat_schema.sql
-- What:    schemas, default privileges and event triggers.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'schema', quote_ident(n.nspname),
       json_build_object('owner', pg_get_userbyid(n.nspowner), 'acl', n.nspacl::text)::text
  FROM pg_namespace AS n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'default-acl',
       format('%I %s %s', pg_get_userbyid(d.defaclrole),
              coalesce(quote_ident(n.nspname), 'everywhere'), d.defaclobjtype),
       d.defaclacl::text
  FROM pg_default_acl AS d LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
UNION ALL
SELECT 'event-trigger', quote_ident(t.evtname),
       json_build_object('owner', pg_get_userbyid(t.evtowner), 'event', t.evtevent,
                         'enabled', t.evtenabled, 'tags', t.evttags,
                         'function', t.evtfoid::regprocedure::text)::text
  FROM pg_event_trigger AS t
