-- collector/sql/cat_comment.sql
-- What:    comments and security labels, of user schemas and of what users added beside them.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   those of initdb's objects stand in cluster_system.sql.
WITH noted(kind, provider, class, object, part, text) AS (
    SELECT 'comment', '', classoid, objoid, objsubid, description FROM pg_description
    UNION ALL
    SELECT 'security-label', quote_ident(provider) || ' ', classoid, objoid, objsubid, label FROM pg_seclabel)
SELECT d.kind, d.provider || i.type || ' ' || i.identity, d.text
  FROM noted AS d, LATERAL pg_identify_object(d.class, d.object, d.part) AS i
 WHERE (d.object >= 16384
        OR (d.class = 'pg_namespace'::regclass
            AND d.object IN (SELECT n.oid FROM pg_namespace AS n
                              WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')))
   AND i.identity IS NOT NULL
   AND (i.schema IS NULL OR i.schema !~ '^pg_(toast_)?temp')
