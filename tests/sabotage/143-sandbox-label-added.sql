-- tests/sabotage/143-sandbox-label-added.sql - the mark bears a label more.
INSERT INTO dryproof_sandbox.mark VALUES ('GOVERNED_RUNTIME');
