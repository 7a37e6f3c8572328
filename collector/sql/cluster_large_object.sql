-- collector/sql/cluster_large_object.sql
-- What:    large objects: owner and privileges.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'large-object', m.oid::text,
       json_build_object('owner', pg_get_userbyid(m.lomowner), 'acl', m.lomacl::text)::text
  FROM pg_largeobject_metadata AS m
