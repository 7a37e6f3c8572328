-- collector/sql/cat_extension.sql
-- What:    extensions with their members, and what depends on one by ALTER ... DEPENDS.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'extension', quote_ident(x.extname),
       json_build_object(
           'owner', pg_get_userbyid(x.extowner), 'version', x.extversion, 'schema', n.nspname,
           'relocatable', x.extrelocatable,
           'configuration', (SELECT array_agg(c::regclass::text || ' '
                                              || coalesce(x.extcondition[place], '') ORDER BY place)
                               FROM unnest(x.extconfig) WITH ORDINALITY AS u(c, place)),
           'members', m.count, 'members_sha256', m.sha256)::text
  FROM pg_extension AS x
  JOIN pg_namespace AS n ON n.oid = x.extnamespace,
       LATERAL (SELECT count(*),
                       encode(sha256(textsend(coalesce(
                           string_agg(name, E'\n' ORDER BY name COLLATE "C"), ''))), 'hex')
                  FROM (SELECT i.type || ' ' || i.identity
                          FROM pg_depend AS d,
                               pg_identify_object(d.classid, d.objid, d.objsubid) AS i
                         WHERE d.refclassid = 'pg_extension'::regclass
                           AND d.refobjid = x.oid AND d.deptype = 'e') AS l(name)
               ) AS m(count, sha256)
UNION ALL
SELECT DISTINCT 'extension-dependency',
       format('%s %s on %I', i.type, i.identity, x.extname), ''
  FROM pg_depend AS d
  JOIN pg_extension AS x ON x.oid = d.refobjid,
       LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS i
 WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
