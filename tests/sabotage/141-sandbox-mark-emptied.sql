-- tests/sabotage/141-sandbox-mark-emptied.sql - the sandbox's mark bears no label.
DELETE FROM dryproof_sandbox.mark;
