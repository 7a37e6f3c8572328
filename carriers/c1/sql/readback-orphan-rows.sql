-- carriers/c1/sql/readback-orphan-rows.sql
--
-- What:    vocabulary rows whose source action is not in the authority table: one
--          count.
-- Source:  C1.md section 4
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT count(*) FROM c1.governance_canonical_operation_vocab AS v
 WHERE NOT EXISTS (SELECT FROM c1.apr_action_types_fixture AS a
                    WHERE a.action_code = v.source_action_code)
