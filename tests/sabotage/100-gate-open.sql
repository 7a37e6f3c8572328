-- tests/sabotage/100-gate-open.sql - the real run's gate is open from the start.
UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'real_run_enabled';
