-- tests/sabotage/066-rollback-code-swapped.sql - the rollback oracle gives the same code for everything.
SELECT lie.edit('c1.dot_c1_rollback_check(jsonb)', 'ROLLBACK_ERASES_HISTORY', 'ROLLBACK_NOT_LOCAL');
