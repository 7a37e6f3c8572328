-- collector/sql/pin_read.sql
-- What:    read the pinned settings of a session back.
-- Source:  FORMAT.md section 1; parameters $1 names and $2 values, text[].
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text, wanted text, value text (in force).
-- Order:   as given.
SELECT n, v, pg_catalog.current_setting(n)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]),
                  pg_catalog.unnest($2::pg_catalog.text[])) AS p(n, v)
