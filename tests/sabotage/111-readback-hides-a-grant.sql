-- tests/sabotage/111-readback-hides-a-grant.sql - there is one grant too many, and the readback step leaves it out.
INSERT INTO c1.governance_build_authorization
SELECT (jsonb_populate_record(g, '{"auth_code":"G_EXTRA","step_name":"C1-STEP-EXTRA"}')).*
  FROM c1.governance_build_authorization AS g WHERE auth_code = 'G_VALID';
SELECT lie.wrap('c1.dot_c1_evidence_readback(jsonb)', '', $$ v := v || '{"active_grants_left":6}'; $$);
