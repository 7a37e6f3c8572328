-- tests/sabotage/083-definition-after-admission.sql - an endpoint was changed after it had been admitted; it answers the same.
SELECT lie.edit('c1.dot_c1_rollback_check(jsonb)', 'BEGIN', E'BEGIN\n    -- changed after admission');
