-- collector/sql/cat_function.sql
-- What:    functions, procedures and aggregates; identity is the signature of functions.ndjson.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'function',
       quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '('
           || coalesce((SELECT string_agg(format_type(t.type, NULL), ',' ORDER BY t.place)
                          FROM unnest(p.proargtypes) WITH ORDINALITY AS t(type, place)), '')
           || ')',
       json_build_object(
           'owner', pg_get_userbyid(p.proowner), 'acl', p.proacl::text,
           'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
           'aggregate', CASE WHEN p.prokind = 'a' THEN
               json_build_object(
                   'arguments', pg_get_function_arguments(p.oid),
                   'result', pg_get_function_result(p.oid),
                   'transition', g.aggtransfn::regprocedure::text,
                   'final', g.aggfinalfn::regproc::text,
                   'combine', g.aggcombinefn::regproc::text,
                   'state', format_type(g.aggtranstype, NULL), 'start', g.agginitval,
                   'kind', g.aggkind, 'moving_state', format_type(g.aggmtranstype, NULL),
                   'sort_operator', g.aggsortop::regoperator::text,
                   'volatility', p.provolatile, 'parallel', p.proparallel,
                   'strict', p.proisstrict, 'security_definer', p.prosecdef,
                   'leakproof', p.proleakproof, 'cost', p.procost, 'configuration', p.proconfig,
                   'other', to_jsonb(g) - ARRAY['aggfnoid', 'aggtranstype', 'aggmtranstype',
                                                'aggsortop']) END)::text
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
  LEFT JOIN pg_aggregate AS g ON g.aggfnoid = p.oid
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
