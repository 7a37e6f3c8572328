-- tests/sabotage/063-harness-repeats-a-row.sql - the harness reports one case twice in the place of another.
SELECT lie.wrap('c1.dot_c1_bad_input_harness(jsonb)', '', $$ v := jsonb_set(v, '{cases,5}', v #> '{cases,4}'); $$);
