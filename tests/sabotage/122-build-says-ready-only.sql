-- tests/sabotage/122-build-says-ready-only.sql - the build step says OK without operations, authorization or hash.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$ IF v ? 'seal' THEN v := '{"outcome":"DRY_RUN_OK","seal":"WITHHELD_DRY_RUN"}'; END IF; $$);
