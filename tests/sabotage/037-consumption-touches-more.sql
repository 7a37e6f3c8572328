-- tests/sabotage/037-consumption-touches-more.sql - consuming the grant also puts off its expiry.
SELECT lie.edit('c1.dot_c1_vocab_verify(jsonb,text)', $$SET status = 'consumed',$$, $$SET expires_at = expires_at + interval '1 year', status = 'consumed',$$);
