-- tests/sabotage/901-true-papers.sql - no lie: an endpoint was changed and then admitted again.
SELECT lie.edit('c1.dot_c1_rollback_check(jsonb)', 'BEGIN', E'BEGIN\n    -- changed before admission');
