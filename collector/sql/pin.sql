-- collector/sql/pin.sql
-- What:    set the pinned settings of a session.
-- Source:  FORMAT.md section 1; parameters $1 names and $2 values, text[].
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text, value text (as set).
-- Order:   as given.
SELECT n, pg_catalog.set_config(n, v, false)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]),
                  pg_catalog.unnest($2::pg_catalog.text[])) AS p(n, v)
