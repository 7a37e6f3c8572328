-- collector/sql/cat_type.sql
-- What:    domains, enumerations, ranges and base types (row and array types follow from others,
--          but for the privileges of a row type).
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'type', quote_ident(n.nspname) || '.' || quote_ident(t.typname),
       json_build_object(
           'kind', t.typtype, 'owner', pg_get_userbyid(t.typowner), 'acl', t.typacl::text,
           'not_null', t.typnotnull, 'default', t.typdefault,
           'collation', CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation::text END,
           'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
           'labels', (SELECT array_agg(l.enumlabel ORDER BY l.enumsortorder)
                        FROM pg_enum AS l WHERE l.enumtypid = t.oid),
           'range', (SELECT json_build_array(
                                format_type(r.rngsubtype, NULL), k.opcname,
                                r.rngcollation::regcollation::text, r.rngcanonical::regproc::text,
                                r.rngsubdiff::regproc::text,
                                format_type((to_jsonb(r) ->> 'rngmultitypid')::oid, NULL))
                       FROM pg_range AS r JOIN pg_opclass AS k ON k.oid = r.rngsubopc
                      WHERE r.rngtypid = t.oid),
           'input', t.typinput::regproc::text, 'output', t.typoutput::regproc::text,
           'more', CASE WHEN t.typtype = 'b' THEN json_build_object(
               'receive', t.typreceive::regproc::text, 'send', t.typsend::regproc::text,
               'modifier_in', t.typmodin::regproc::text, 'modifier_out', t.typmodout::regproc::text,
               'analyze', t.typanalyze::regproc::text, 'subscript', to_jsonb(t) -> 'typsubscript',
               'length', t.typlen, 'by_value', t.typbyval, 'category', t.typcategory,
               'preferred', t.typispreferred, 'defined', t.typisdefined, 'delimiter', t.typdelim,
               'element', CASE WHEN t.typelem <> 0 THEN format_type(t.typelem, NULL) END,
               'alignment', t.typalign, 'storage', t.typstorage) END)::text
  FROM pg_type AS t
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
 WHERE (t.typtype <> 'c' OR t.typacl IS NOT NULL)
   AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
