-- collector/sql/cat_relation.sql
-- What:    tables, views, composite types, foreign tables and sequences, less their columns.
-- Source:  FORMAT.md section 3, catalog.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'relation', quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       json_build_object(
           'kind', c.relkind, 'persistence', c.relpersistence,
           'owner', pg_get_userbyid(c.relowner), 'acl', c.relacl::text,
           'options', c.reloptions, 'access_method', am.amname, 'tablespace', ts.spcname,
           'row_security', c.relrowsecurity, 'force_row_security', c.relforcerowsecurity,
           'replica_identity', c.relreplident, 'populated', c.relispopulated,
           'of_type', CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
           'partition_key', pg_get_partkeydef(c.oid),
           'partition_bound', pg_get_expr(c.relpartbound, c.oid),
           'inherits', (SELECT array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
                          FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
           'detach_pending', (SELECT to_jsonb(i) -> 'inhdetachpending'
                                FROM pg_inherits AS i
                               WHERE i.inhrelid = c.oid AND c.relispartition),
           'toast_options', (SELECT t.reloptions FROM pg_class AS t
                              WHERE t.oid = c.reltoastrelid))::text
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_am AS am ON am.oid = c.relam
  LEFT JOIN pg_tablespace AS ts ON ts.oid = c.reltablespace
 WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'c', 'S')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'sequence', quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       json_build_object(
           'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text,
           'increment', s.seqincrement::text, 'maximum', s.seqmax::text,
           'minimum', s.seqmin::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle,
           'owned_by', (SELECT i.identity
                          FROM pg_depend AS d,
                               pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) AS i
                         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                           AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')))::text
  FROM pg_sequence AS s
  JOIN pg_class AS c ON c.oid = s.seqrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
