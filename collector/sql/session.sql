-- collector/sql/session.sql
-- What:    which session and transaction a record runs in.
-- Source:  FORMAT.md section 3, session.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: backend_pid, current_user, session_user, transaction_time, all text.
-- Order:   one row.
SELECT pg_backend_pid()::text, current_user::text, session_user::text,
       to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
