-- tests/witness/clean.sql - undo what an action left outside its database; what it left inside
-- is dropped with it.  Superuser, in the action's database.
SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database() \gexec
SELECT format('DROP SUBSCRIPTION %I', subname) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \gexec
\connect postgres
SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots \gexec
SELECT format('SELECT pg_replication_origin_drop(%L)', roname) FROM pg_replication_origin \gexec
SELECT format('ALTER ROLE %I RESET ALL', rolname) FROM pg_roles WHERE rolname ~ '^(w_|postgres$)' \gexec
ALTER ROLE w_app NOREPLICATION NOCREATEROLE NOCREATEDB NOBYPASSRLS;
SELECT format('REVOKE %s FROM w_app', roleid::regrole) FROM pg_auth_members WHERE member = 'w_app'::regrole \gexec
ALTER ROLE w_app PASSWORD NULL;
ALTER ROLE w_ro PASSWORD NULL;
SELECT 'REVOKE ALL ON PARAMETER log_statement FROM w_ro' WHERE to_regclass('pg_parameter_acl') IS NOT NULL \gexec
ALTER SYSTEM RESET ALL;
SELECT pg_reload_conf() \g /dev/null
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname LIKE 'x\_%' \gexec
SELECT format('DROP TABLESPACE %I', spcname) FROM pg_tablespace WHERE spcname LIKE 'x\_%' \gexec
SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname LIKE 'x\_%' \gexec
COMMENT ON ROLE w_app IS NULL;
\connect w_other
TRUNCATE public.notes;
