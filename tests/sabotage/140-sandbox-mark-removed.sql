-- tests/sabotage/140-sandbox-mark-removed.sql - the sandbox does not say that it is one.
DROP SCHEMA dryproof_sandbox CASCADE;
