-- collector/sql/cat_column.sql
-- What:    live columns; compression stands in cat_compression_14.sql, the options of a
--          foreign table's in cat_foreign.sql.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   pg_attver is no option: a server that has it (15.20) writes the WAL position of the
--          column's making there, takes no other value for it, and differs between equal databases.
SELECT 'column',
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       json_build_object(
           'position', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
           'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
           'default', pg_get_expr(d.adbin, d.adrelid),
           'generated', a.attgenerated, 'identity', a.attidentity,
           'collation', CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
           'storage', a.attstorage, 'statistics', a.attstattarget,
           'options', (SELECT array_agg(o ORDER BY place)
                         FROM unnest(a.attoptions) WITH ORDINALITY AS u(o, place)
                        WHERE o NOT LIKE 'pg\_attver=%'),
           'dimensions', a.attndims, 'inherited', a.attinhcount, 'local', a.attislocal,
           'acl', a.attacl::text)::text
  FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped
   AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'c')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
