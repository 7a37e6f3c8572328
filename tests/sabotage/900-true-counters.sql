-- tests/sabotage/900-true-counters.sql - no lie: a reused DOT was executed more often, which the plan does not bind.
UPDATE c1.dot_tools SET usage_count = 7, last_executed = '2026-06-20T00:00:00Z' WHERE code = 'DOT-120';
