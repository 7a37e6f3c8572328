-- carriers/c1/sql/manifest-hash.sql
--
-- What:    the SHA-256 of the manifest as the server computes it: one text.
-- Source:  C1.md section 2
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT c1.manifest_hash()
