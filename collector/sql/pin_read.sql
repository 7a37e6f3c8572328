-- collector/sql/pin_read.sql
-- What:    read the pinned settings of a session back; and whether the session has a
--          temporary schema, where relations and types are looked up first of all.
-- Source:  FORMAT.md section 1; parameters $1 names and $2 values, text[].
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text, value text (in force), temporary schema oid text (0: none).
-- Order:   as given.
SELECT n, pg_catalog.current_setting(n), pg_catalog.pg_my_temp_schema()::pg_catalog.text
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]),
                  pg_catalog.unnest($2::pg_catalog.text[])) AS p(n, v)
