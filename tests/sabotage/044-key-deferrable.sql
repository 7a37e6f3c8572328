-- tests/sabotage/044-key-deferrable.sql - the key is deferrable: inside a transaction auth_code may have two rows.
ALTER TABLE c1.governance_build_authorization DROP CONSTRAINT governance_build_authorization_pkey,
      ADD PRIMARY KEY (auth_code) DEFERRABLE INITIALLY DEFERRED;
