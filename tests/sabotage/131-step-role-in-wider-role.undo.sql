-- tests/sabotage/131-step-role-in-wider-role.undo.sql - roles belong to the cluster: put it back.
REVOKE c1_owner FROM c1_step;
