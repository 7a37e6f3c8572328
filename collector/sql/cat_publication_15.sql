-- collector/sql/cat_publication_15.sql
-- What:    what publications of version 15 have more: filters, column lists, schemas.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 15 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'publication-filter', format('%I %I.%I', p.pubname, n.nspname, c.relname),
       json_build_object(
           'where', pg_get_expr(r.prqual, r.prrelid),
           'columns', (SELECT array_agg(a.attname ORDER BY a.attname COLLATE "C")
                         FROM pg_attribute AS a
                        WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)))::text
  FROM pg_publication_rel AS r
  JOIN pg_publication AS p ON p.oid = r.prpubid
  JOIN pg_class AS c ON c.oid = r.prrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE r.prqual IS NOT NULL OR r.prattrs IS NOT NULL
UNION ALL
SELECT 'publication-schema', format('%I %I', p.pubname, n.nspname), ''
  FROM pg_publication_namespace AS s
  JOIN pg_publication AS p ON p.oid = s.pnpubid
  JOIN pg_namespace AS n ON n.oid = s.pnnspid
