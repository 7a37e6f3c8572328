-- tests/sabotage/062-harness-drops-a-row.sql - the harness reports 18 rows and says 19.
SELECT lie.wrap('c1.dot_c1_bad_input_harness(jsonb)', '', $$ v := jsonb_set(v, '{cases}', (v -> 'cases') - 18); $$);
