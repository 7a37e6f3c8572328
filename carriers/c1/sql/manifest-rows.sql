-- carriers/c1/sql/manifest-rows.sql
--
-- What:    the operations of the manifest, one a row: operation_code text,
--          risk_level text, handler_ref text, source_action_code text.
-- Source:  resolver R_C1 (C1.md section 2)
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
-- Order:   operation_code, bytewise.
SELECT operation_code, risk_level, handler_ref, source_action_code
  FROM c1.resolve()
 ORDER BY operation_code COLLATE "C"
