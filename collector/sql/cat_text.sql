-- collector/sql/cat_text.sql
-- What:    collations, conversions and the four kinds of text search object.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'collation',
       format('%I.%I', n.nspname, c.collname)
           || CASE WHEN c.collencoding < 0 THEN '' ELSE ' ' || pg_encoding_to_char(c.collencoding) END,
       (to_jsonb(c) - ARRAY['oid', 'collname', 'collnamespace', 'collowner', 'collencoding']
        || jsonb_build_object('owner', pg_get_userbyid(c.collowner)))::text
  FROM pg_collation AS c
  JOIN pg_namespace AS n ON n.oid = c.collnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'conversion', format('%I.%I', n.nspname, c.conname),
       json_build_object(
           'owner', pg_get_userbyid(c.conowner), 'default', c.condefault,
           'from', pg_encoding_to_char(c.conforencoding),
           'to', pg_encoding_to_char(c.contoencoding),
           'function', c.conproc::regprocedure::text)::text
  FROM pg_conversion AS c
  JOIN pg_namespace AS n ON n.oid = c.connamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text-search-configuration', format('%I.%I', n.nspname, c.cfgname),
       json_build_object(
           'owner', pg_get_userbyid(c.cfgowner), 'parser', format('%I.%I', pn.nspname, p.prsname),
           'mapping', (SELECT array_agg(m.maptokentype || ' ' || m.mapdict::regdictionary
                                        ORDER BY m.maptokentype, m.mapseqno)
                         FROM pg_ts_config_map AS m WHERE m.mapcfg = c.oid))::text
  FROM pg_ts_config AS c
  JOIN pg_namespace AS n ON n.oid = c.cfgnamespace
  JOIN pg_ts_parser AS p ON p.oid = c.cfgparser
  JOIN pg_namespace AS pn ON pn.oid = p.prsnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text-search-dictionary', format('%I.%I', n.nspname, d.dictname),
       json_build_object(
           'owner', pg_get_userbyid(d.dictowner), 'options', d.dictinitoption,
           'template', format('%I.%I', tn.nspname, t.tmplname))::text
  FROM pg_ts_dict AS d
  JOIN pg_namespace AS n ON n.oid = d.dictnamespace
  JOIN pg_ts_template AS t ON t.oid = d.dicttemplate
  JOIN pg_namespace AS tn ON tn.oid = t.tmplnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text-search-parser', format('%I.%I', n.nspname, p.prsname),
       json_build_array(p.prsstart::regproc::text, p.prstoken::regproc::text,
                        p.prsend::regproc::text, p.prsheadline::regproc::text,
                        p.prslextype::regproc::text)::text
  FROM pg_ts_parser AS p
  JOIN pg_namespace AS n ON n.oid = p.prsnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'text-search-template', format('%I.%I', n.nspname, t.tmplname),
       json_build_array(t.tmplinit::regproc::text, t.tmpllexize::regproc::text)::text
  FROM pg_ts_template AS t
  JOIN pg_namespace AS n ON n.oid = t.tmplnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
