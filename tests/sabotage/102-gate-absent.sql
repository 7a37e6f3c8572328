-- tests/sabotage/102-gate-absent.sql - the real run's gate does not exist: absent is not closed.
DELETE FROM c1.runtime_gate WHERE gate = 'real_run_enabled';
