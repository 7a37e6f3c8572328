-- tests/sabotage/130-step-role-superuser.undo.sql - roles belong to the cluster: put it back.
ALTER ROLE c1_step NOSUPERUSER;
