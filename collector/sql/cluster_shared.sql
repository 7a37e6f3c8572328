-- collector/sql/cluster_shared.sql
-- What:    tablespaces, replication slots and origins, comments and labels of shared objects.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   no position of an origin, or of a slot that somebody reads now or that follows
--          another server: they move by themselves; a temporary slot belongs to a session.
WITH noted(kind, provider, class, object, text) AS (
    SELECT 'comment', '', classoid, objoid, description FROM pg_shdescription
    UNION ALL
    SELECT 'security-label', quote_ident(provider) || ' ', classoid, objoid, label FROM pg_shseclabel)
SELECT d.kind, d.provider || i.type || ' ' || i.identity, d.text
  FROM noted AS d, LATERAL pg_identify_object(d.class, d.object, 0) AS i
 WHERE i.identity IS NOT NULL
UNION ALL
SELECT 'tablespace', t.spcname::text,
       json_build_object('owner', pg_get_userbyid(t.spcowner), 'acl', t.spcacl::text,
                         'options', t.spcoptions, 'location', pg_tablespace_location(t.oid))::text
  FROM pg_tablespace AS t
UNION ALL
SELECT 'replication-slot', s.slot_name::text,
       json_build_object('plugin', s.plugin, 'type', s.slot_type, 'database', s.database,
                         'two_phase', to_jsonb(s) -> 'two_phase',
                         'failover', to_jsonb(s) -> 'failover',
                         'position', CASE WHEN NOT s.active AND to_jsonb(s) ->> 'synced' IS DISTINCT FROM 'true'
                                          THEN coalesce(s.confirmed_flush_lsn, s.restart_lsn) END)::text
  FROM pg_replication_slots AS s
 WHERE NOT s.temporary
UNION ALL
SELECT 'replication-origin', o.roname, '' FROM pg_replication_origin AS o
