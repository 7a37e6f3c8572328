-- collector/sql/cat_compression_14.sql
-- What:    compression methods of columns, where one is set.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 14 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   no to_jsonb of pg_attribute: attmissingval would call the type's own functions.
SELECT 'column-compression',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       a.attcompression::text
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attcompression <> ''
   AND c.relkind IN ('r', 'p', 'm', 'f')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
