-- carriers/c1/sql/readback-active-grants.sql
--
-- What:    grants in force by their own columns: one count.
-- Source:  the name is the operators'; the predicate is unpublished, this one is ours:
--          status active, not consumed, not revoked
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT count(*) FROM c1.governance_build_authorization
 WHERE status = 'active' AND consumed_at IS NULL AND revoked_at IS NULL
