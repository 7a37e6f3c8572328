-- collector/sql/cat_publication.sql
-- What:    publications and the tables in them.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   row filters, column lists and schemas stand in cat_publication_15.sql.
SELECT 'publication', quote_ident(p.pubname),
       (to_jsonb(p) - ARRAY['oid', 'pubname', 'pubowner']
        || jsonb_build_object('owner', pg_get_userbyid(p.pubowner)))::text
  FROM pg_publication AS p
UNION ALL
SELECT 'publication-table', format('%I %I.%I', p.pubname, n.nspname, c.relname), ''
  FROM pg_publication_rel AS r
  JOIN pg_publication AS p ON p.oid = r.prpubid
  JOIN pg_class AS c ON c.oid = r.prrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
