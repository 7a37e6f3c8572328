-- tests/sabotage/051-case-emits-seal.sql - a refused request comes back with a seal, and the harness says that it has none.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$
    IF v ->> 'reject_code' = 'REJECT_WRONG_CARRIER' THEN v := v || '{"seal":"WITHHELD_DRY_RUN"}'; END IF;
$$);
SELECT lie.edit('c1.run_case(text)', $$coalesce(v_result ? 'seal', false)$$, 'false');
