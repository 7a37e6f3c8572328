-- tests/sabotage/055-token-in-notice.sql - a refusal prints the notice PASS.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$
    IF v ->> 'reject_code' = 'REJECT_AUTH_EXPIRED' THEN RAISE NOTICE 'PASS'; END IF;
$$);
