-- tests/sabotage/022-step-changes-a-role.sql - the preflight changes what a role may do, outside every schema.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', 'ALTER ROLE c1_reader CREATEDB;', '', 'dryproof_sandbox');
