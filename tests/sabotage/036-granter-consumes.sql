-- tests/sabotage/036-granter-consumes.sql - who granted the grant also consumes it, under the verifier's name in the answer.
SELECT lie.edit('c1.dot_c1_vocab_verify(jsonb,text)', 'consumed_by = c_consumer', 'consumed_by = granted_by');
