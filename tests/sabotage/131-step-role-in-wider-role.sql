-- tests/sabotage/131-step-role-in-wider-role.sql - the steps' role can become the role that owns the tables.
GRANT c1_owner TO c1_step;
