-- tests/sabotage/142-sandbox-label-removed.sql - one of the five labels is missing.
DELETE FROM dryproof_sandbox.mark WHERE label = 'NOT_GOVERNED_RUNTIME';
