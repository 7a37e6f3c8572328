-- tests/sabotage/043-key-widened.sql - the key is auth_code and step_name: auth_code alone is not unique.
ALTER TABLE c1.governance_build_authorization DROP CONSTRAINT governance_build_authorization_pkey,
      ADD PRIMARY KEY (auth_code, step_name);
