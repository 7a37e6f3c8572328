-- collector/sql/wal_names.sql
-- What:    which relation has which storage in this database, shared ones with database 0.
-- Source:  pg_class, and the relation map for the catalogs that it names; FORMAT.md
--          section 3, wal/groups.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: tablespace, database, filenode, relation, all text.
-- Order:   none.
SELECT (CASE WHEN c.reltablespace = 0 THEN d.dattablespace ELSE c.reltablespace END)::text,
       (CASE WHEN c.relisshared THEN 0 ELSE d.oid END)::text,
       pg_relation_filenode(c.oid)::text,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace,
       pg_database AS d
 WHERE d.datname = current_database() AND pg_relation_filenode(c.oid) IS NOT NULL
