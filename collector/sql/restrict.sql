-- collector/sql/restrict.sql
-- What:    until the end of this transaction, names of views and foreign tables of users
--          are errors: a table that its owner replaced after it was listed runs nothing.
-- Source:  restrict_nonsystem_relation_kind, in the minor releases since August 2024.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: the setting's value text.
-- Order:   one row, or none where the server does not know the setting.
SELECT pg_catalog.set_config(name, 'view, foreign-table', true)
  FROM (VALUES ('restrict_nonsystem_relation_kind')) AS v(name)
 WHERE pg_catalog.current_setting(name, true) IS NOT NULL
