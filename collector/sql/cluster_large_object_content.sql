-- collector/sql/cluster_large_object_content.sql
-- What:    large objects: their pages.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    SELECT on pg_largeobject.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   digests of digests, a million pages at a time: one value must stay below 1 GB.
SELECT 'large-object-content', p.loid::text,
       json_build_object(
           'bytes', sum(p.bytes), 'pages', sum(p.pages),
           'sha256', encode(sha256(string_agg(p.digest, ''::bytea ORDER BY p.part)), 'hex'))::text
  FROM (SELECT loid, pageno / 1000000, count(*), sum(length(data)),
               sha256(string_agg(sha256(int4send(pageno) || data), ''::bytea ORDER BY pageno))
          FROM pg_largeobject
         GROUP BY loid, pageno / 1000000) AS p(loid, part, pages, bytes, digest)
 GROUP BY p.loid
