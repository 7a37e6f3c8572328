-- tests/sabotage/120-build-seals.sql - the dry run issues a real seal.
SELECT lie.edit('c1.dot_c1_vocab_build(jsonb,text)', $$'WITHHELD_DRY_RUN'$$, $$'C1-SEAL-0001'$$);
