-- tests/sabotage/042-key-dropped.sql - auth_code is no longer a key, so that REJECT_AUTH_AMBIGUOUS can be reached.
ALTER TABLE c1.governance_build_authorization DROP CONSTRAINT governance_build_authorization_pkey;
