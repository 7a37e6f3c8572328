-- tests/sabotage/086-contract-other-endpoint.sql - a contract names another endpoint than the one that runs.
UPDATE c1.dot_agent_api_contract SET endpoint_ref = 'c1.dot_c1_preflight(jsonb)' WHERE dot_code = 'DOT_C1_EVIDENCE_READBACK';
