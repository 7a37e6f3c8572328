-- tests/sabotage/101-gate-opened-by-a-step.sql - the preflight opens the real run's gate.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', $$ UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'real_run_enabled'; $$, '');
