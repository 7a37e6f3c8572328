-- collector/sql/cat_operator.sql
-- What:    operators, operator classes and families, and the members of families.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'operator',
       format('%I.%s(%s,%s)', n.nspname, o.oprname,
              CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
              CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END),
       json_build_object(
           'owner', pg_get_userbyid(o.oprowner), 'result', format_type(o.oprresult, NULL),
           'function', o.oprcode::regprocedure::text, 'merges', o.oprcanmerge,
           'hashes', o.oprcanhash, 'commutator', o.oprcom::regoperator::text,
           'negator', o.oprnegate::regoperator::text, 'restrict', o.oprrest::regproc::text,
           'join', o.oprjoin::regproc::text)::text
  FROM pg_operator AS o
  JOIN pg_namespace AS n ON n.oid = o.oprnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'operator-class', format('%I.%I USING %I', n.nspname, c.opcname, a.amname),
       json_build_object(
           'owner', pg_get_userbyid(c.opcowner), 'type', format_type(c.opcintype, NULL),
           'default', c.opcdefault, 'family', format('%I.%I', fn.nspname, f.opfname),
           'key', CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END)::text
  FROM pg_opclass AS c
  JOIN pg_namespace AS n ON n.oid = c.opcnamespace
  JOIN pg_am AS a ON a.oid = c.opcmethod
  JOIN pg_opfamily AS f ON f.oid = c.opcfamily
  JOIN pg_namespace AS fn ON fn.oid = f.opfnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'operator-family', format('%I.%I USING %I', n.nspname, f.opfname, a.amname),
       json_build_object('owner', pg_get_userbyid(f.opfowner))::text
  FROM pg_opfamily AS f
  JOIN pg_namespace AS n ON n.oid = f.opfnamespace
  JOIN pg_am AS a ON a.oid = f.opfmethod
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'operator-family-member',
       format('%I.%I USING %I %s', n.nspname, f.opfname, a.amname, m.member), m.definition
  FROM (SELECT o.amopfamily, o.oid,
               format('operator %s (%s,%s)', o.amopstrategy, format_type(o.amoplefttype, NULL),
                      format_type(o.amoprighttype, NULL)),
               format('%s %s %s', o.amopopr::regoperator, o.amoppurpose, s.opfname)
          FROM pg_amop AS o LEFT JOIN pg_opfamily AS s ON s.oid = o.amopsortfamily
        UNION ALL
        SELECT p.amprocfamily, p.oid,
               format('function %s (%s,%s)', p.amprocnum, format_type(p.amproclefttype, NULL),
                      format_type(p.amprocrighttype, NULL)),
               p.amproc::regprocedure::text
          FROM pg_amproc AS p) AS m(family, oid, member, definition)
  JOIN pg_opfamily AS f ON f.oid = m.family
  JOIN pg_namespace AS n ON n.oid = f.opfnamespace
  JOIN pg_am AS a ON a.oid = f.opfmethod
 WHERE m.oid >= 16384
