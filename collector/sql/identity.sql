-- collector/sql/identity.sql
-- What:    which server and database this is.
-- Source:  pg_control_*; FORMAT.md section 3, identity.json.
-- Role:    any that may execute pg_control_system and pg_control_checkpoint (PUBLIC by
--          default).  PostgreSQL 13 and later.
-- Columns: database, database_oid, in_recovery (t/f), server_started_at, server_version,
--          server_version_num, system_identifier, timeline, all text.
-- Order:   one row.
SELECT current_database()::text,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()),
       CASE WHEN pg_is_in_recovery() THEN 't' ELSE 'f' END,
       to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       current_setting('server_version'),
       current_setting('server_version_num'),
       (SELECT system_identifier::text FROM pg_control_system()),
       (SELECT timeline_id::text FROM pg_control_checkpoint())
