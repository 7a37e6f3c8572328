-- collector/sql/functions.sql
-- What:    what a function's definition digest is made of.
-- Source:  FORMAT.md sections 3 (functions.ndjson) and 4 (definition digest).
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: prosecdef text (t/f), prosrc text, signature text: schema.name(type,type).
-- Order:   none; the collector sorts by the bytes of signature as it receives them.
SELECT CASE WHEN p.prosecdef THEN 't' ELSE 'f' END,
       p.prosrc,
       quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '('
           || coalesce((SELECT string_agg(format_type(t.type, NULL), ',' ORDER BY t.place)
                          FROM unnest(p.proargtypes) WITH ORDINALITY AS t(type, place)), '')
           || ')'
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
