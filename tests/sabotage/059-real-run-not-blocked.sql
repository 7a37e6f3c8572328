-- tests/sabotage/059-real-run-not-blocked.sql - PROD_REAL_RUN is taken for a dry run; the harness and the preflight go on saying that it was raised.
SELECT lie.edit('c1.check_mode_and_carrier(jsonb,text)', $$IN ('REAL_RUN', 'PROD_REAL_RUN')$$, $$IN ('REAL_RUN')$$);
SELECT lie.wrap('c1.run_case(text)', $$
    IF p_case = 'attempted_real_run' THEN
        RETURN '{"case":"attempted_real_run","outcome":"RAISED","reject_code":"C1_PROD_REAL_RUN_BLOCKED","has_seal":false,"fail_closed":true}';
    END IF;
$$, '');
GRANT EXECUTE ON FUNCTION c1.run_case(text) TO pg_read_all_data;
