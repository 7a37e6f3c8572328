-- tests/sabotage/060-real-run-refused-quietly.sql - PROD_REAL_RUN is answered with a refusal, where it must raise.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_payload ->> 'mode' = 'PROD_REAL_RUN' THEN RETURN c1.reject('C1_PROD_REAL_RUN_BLOCKED'); END IF;
$$, '');
