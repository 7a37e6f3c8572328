-- carriers/c1/sql/dispatch.sql
--
-- What:    one dispatch: DOT code, correlation id, actor, mode, write observation,
--          idempotency root.  Validates and summarises; runs nothing.
-- Source:  the operators' signature (C1.md section 4)
-- Role:    the plan's step role.  PostgreSQL 14 and later.
SELECT c1.fn_process_agent_api_dispatch($1::text, $2::text, $3::text, $4::text, $5::boolean, $6::text)
