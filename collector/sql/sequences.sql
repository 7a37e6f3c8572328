-- collector/sql/sequences.sql
-- What:    every sequence of the user schemas, with the COPY that reads its state.
-- Source:  pg_class; FORMAT.md section 3, sequences.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: relation text; denied text: what the observer lacks, or null; copy text
--          (its columns: last_value, is_called, log_cnt).
-- Order:   none; the collector sorts by the bytes of relation as it receives them.
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE')
            THEN format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, session_user)
            WHEN NOT has_sequence_privilege(c.oid, 'SELECT')
            THEN format('GRANT SELECT ON SEQUENCE %I.%I TO %I', n.nspname, c.relname,
                        session_user) END,
       format('COPY (SELECT last_value, is_called, log_cnt FROM %I.%I) TO STDOUT',
              n.nspname, c.relname)
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S' AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
