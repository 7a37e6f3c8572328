-- tests/sabotage/053-any-error-is-a-refusal.sql - a bad request is "refused" by a division by zero.
SELECT lie.edit('c1.check_build_request(jsonb,text)', $$RETURN 'REJECT_BAD_PROTOCOL_VERSION'$$, 'RETURN (1 / 0)::text');
SELECT lie.edit('c1.run_case(text)', 'WHEN raise_exception THEN', 'WHEN OTHERS THEN');
