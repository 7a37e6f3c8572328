-- tests/sabotage/080-admission-missing.sql - one new DOT was never admitted.
DELETE FROM c1.dot_admission WHERE dot_code = 'DOT_C1_ROLLBACK_CHECK';
