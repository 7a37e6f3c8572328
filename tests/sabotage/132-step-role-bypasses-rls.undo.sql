-- tests/sabotage/132-step-role-bypasses-rls.undo.sql - roles belong to the cluster: put it back.
ALTER ROLE c1_step NOBYPASSRLS;
