-- carriers/c1/sql/readback-vocab-rows.sql
--
-- What:    rows of the vocabulary: one count.  A dry run leaves 0.
-- Source:  C1.md section 4
-- Role:    the observer (pg_read_all_data).  PostgreSQL 14 and later.
SELECT count(*) FROM c1.governance_canonical_operation_vocab
