-- tests/sabotage/081-admission-empty-field.sql - an admission does not say why no existing DOT could be reused.
UPDATE c1.dot_admission SET why_no_reuse = '' WHERE dot_code = 'DOT_C1_PREFLIGHT';
