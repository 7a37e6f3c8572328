-- tests/sabotage/050-harness-row-with-seal.sql - a row of the surface's harness says fail_closed and has a seal.
SELECT lie.wrap('c1.run_case(text)', '', $$
    IF p_case = 'injected_ops' THEN v := v || '{"has_seal":true}'; END IF;
$$);
GRANT EXECUTE ON FUNCTION c1.run_case(text) TO pg_read_all_data;
