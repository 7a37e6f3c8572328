-- tests/sabotage/110-readback-hides-an-orphan.sql - the readback step says no rows and no orphans, and there is one from the start.
INSERT INTO c1.governance_canonical_operation_vocab
      (operation_code, protocol_version, risk_level, handler_ref, source_action_code, manifest_hash, created_at)
VALUES ('c1.op.orphan', 1, 'low', 'x', 'no_such_action', 'x', '2026-06-01T00:00:00Z');
SELECT lie.wrap('c1.dot_c1_evidence_readback(jsonb)', '', $$ v := v || '{"vocab_rows":0,"orphan_rows":0}'; $$);
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$ IF v ? 'seal' THEN v := v || '{"vocab_rows_before":0,"vocab_rows_after":0}'; END IF; $$);
