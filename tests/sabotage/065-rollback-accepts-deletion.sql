-- tests/sabotage/065-rollback-accepts-deletion.sql - the rollback oracle finds a deletion lawful.
SELECT lie.edit('c1.dot_c1_rollback_check(jsonb)', $$IF p -> 'action' IS DISTINCT FROM '"retire"'::jsonb THEN$$, 'IF false THEN');
