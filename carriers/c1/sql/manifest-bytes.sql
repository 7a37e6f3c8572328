-- carriers/c1/sql/manifest-bytes.sql
--
-- What:    the canonical text of the manifest as the server makes it: one text.
-- Source:  cser-v1, manifest profile (C1.md section 3)
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT c1.cser(c1.build_manifest())
