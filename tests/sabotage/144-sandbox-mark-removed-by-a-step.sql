-- tests/sabotage/144-sandbox-mark-removed-by-a-step.sql - the preflight removes the sandbox's mark during the run.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', 'DELETE FROM dryproof_sandbox.mark;', '', 'dryproof_sandbox');
