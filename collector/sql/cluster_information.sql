-- collector/sql/cluster_information.sql
-- What:    digests of the rows of information_schema's own tables, which tables.json leaves out.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    SELECT on the four; run only where they are.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'system', name,
       json_build_object('rows', count(*),
                         'sha256', encode(sha256(string_agg(digest, ''::bytea ORDER BY digest)),
                                          'hex'))::text
  FROM (SELECT 'sql_features', sha256(textsend(x::text)) FROM information_schema.sql_features AS x
        UNION ALL
        SELECT 'sql_implementation_info', sha256(textsend(x::text))
          FROM information_schema.sql_implementation_info AS x
        UNION ALL
        SELECT 'sql_parts', sha256(textsend(x::text)) FROM information_schema.sql_parts AS x
        UNION ALL
        SELECT 'sql_sizing', sha256(textsend(x::text)) FROM information_schema.sql_sizing AS x
       ) AS l(name, digest)
 GROUP BY name
