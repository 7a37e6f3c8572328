-- tests/sabotage/130-step-role-superuser.sql - the steps run as a superuser.
ALTER ROLE c1_step SUPERUSER;
