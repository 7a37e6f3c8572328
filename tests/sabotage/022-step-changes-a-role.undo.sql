-- tests/sabotage/022-step-changes-a-role.undo.sql - roles belong to the cluster: put it back.
ALTER ROLE c1_reader NOCREATEDB;
