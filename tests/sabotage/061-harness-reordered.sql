-- tests/sabotage/061-harness-reordered.sql - the harness reports its rows in another order.
SELECT lie.edit('c1.dot_c1_bad_input_harness(jsonb)', 'ORDER BY b.ordinal)', 'ORDER BY b.ordinal DESC)');
