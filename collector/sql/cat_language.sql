-- collector/sql/cat_language.sql
-- What:    what has no schema and adds code: languages, access methods, casts, transforms.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   those of initdb (an OID below 16384) stand in cluster_system.sql.
SELECT 'language', quote_ident(l.lanname),
       json_build_object(
           'owner', pg_get_userbyid(l.lanowner), 'acl', l.lanacl::text,
           'procedural', l.lanispl, 'trusted', l.lanpltrusted,
           'handler', l.lanplcallfoid::regprocedure::text,
           'inline', l.laninline::regprocedure::text,
           'validator', l.lanvalidator::regprocedure::text)::text
  FROM pg_language AS l
 WHERE l.oid >= 16384
UNION ALL
SELECT 'access-method', quote_ident(a.amname),
       json_build_object('type', a.amtype, 'handler', a.amhandler::regproc::text)::text
  FROM pg_am AS a
 WHERE a.oid >= 16384
UNION ALL
SELECT 'cast', format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL),
       json_build_object('function', c.castfunc::regprocedure::text, 'context', c.castcontext,
                         'method', c.castmethod)::text
  FROM pg_cast AS c
 WHERE c.oid >= 16384
UNION ALL
SELECT 'transform', format('%s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname),
       json_build_object('from', t.trffromsql::regprocedure::text,
                         'to', t.trftosql::regprocedure::text)::text
  FROM pg_transform AS t
  JOIN pg_language AS l ON l.oid = t.trflang
 WHERE t.oid >= 16384
