-- carriers/c1/sql/readback-audit-rows.sql
--
-- What:    rows of the build audit: one count.  No step writes it.
-- Source:  C1.md section 4
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT count(*) FROM c1.c1_build_audit
