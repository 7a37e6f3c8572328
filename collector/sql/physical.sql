-- collector/sql/physical.sql
-- What:    every relation with storage of the user schemas, with its indexes and toast tables.
-- Source:  pg_class; FORMAT.md section 3, physical.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: filenode, kind, relation, size (bytes, all forks), readable (t/f: row versions of
--          a heap, and all of them), all text.
-- Order:   none; the collector sorts by the bytes of relation as it receives them.
-- Cost:    a size opens the relation and looks for a file: none is asked for that no relation
--          of the kind has.
-- Limit:   a relation that is dropped in between has no size, and is left out.
WITH own(oid) AS (
    SELECT c.oid
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')),
toast(oid) AS (
    SELECT c.reltoastrelid FROM pg_class AS c JOIN own USING (oid) WHERE c.reltoastrelid <> 0),
stored(oid) AS (
    SELECT oid FROM own
    UNION ALL
    SELECT oid FROM toast
    UNION ALL
    SELECT i.indexrelid FROM pg_index AS i
     WHERE i.indrelid IN (SELECT oid FROM own UNION ALL SELECT oid FROM toast))
SELECT s.filenode::text, c.relkind::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       s.size::text,
       CASE WHEN c.relkind IN ('r', 'm') AND c.relispopulated AND a.amname = 'heap'
                 AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                 AND NOT row_security_active(c.oid)
            THEN 't' ELSE 'f' END
  FROM stored JOIN pg_class AS c USING (oid)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_am AS a ON a.oid = c.relam,
       LATERAL (SELECT pg_relation_filenode(c.oid) AS filenode,
                       pg_relation_size(c.oid, 'main')
                       + CASE WHEN c.relkind <> 'S' THEN pg_relation_size(c.oid, 'fsm') ELSE 0 END
                       + CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_relation_size(c.oid, 'vm') ELSE 0 END
                       + CASE WHEN c.relpersistence = 'u' THEN pg_relation_size(c.oid, 'init') ELSE 0 END
                       AS size) AS s
 WHERE s.filenode IS NOT NULL AND s.size IS NOT NULL
