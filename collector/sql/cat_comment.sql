-- collector/sql/cat_comment.sql
-- What:    comments on objects of the user schemas and on what users added beside them.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'comment', i.type || ' ' || i.identity, d.description
  FROM pg_description AS d,
       LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
 WHERE (d.objoid >= 16384
        OR (d.classoid = 'pg_namespace'::regclass
            AND d.objoid IN (SELECT n.oid FROM pg_namespace AS n
                              WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')))
   AND i.identity IS NOT NULL
   AND (i.schema IS NULL OR (i.schema !~ '^pg_' AND i.schema <> 'dryproof_sandbox'))
