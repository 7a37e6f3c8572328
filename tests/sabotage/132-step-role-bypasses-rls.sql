-- tests/sabotage/132-step-role-bypasses-rls.sql - the steps' role bypasses row security.
ALTER ROLE c1_step BYPASSRLS;
