-- tests/sabotage/112-readback-step-lies.sql - the readback step reports one audit row more than there is.
SELECT lie.wrap('c1.dot_c1_evidence_readback(jsonb)', '', $$ v := v || '{"audit_rows":2}'; $$);
