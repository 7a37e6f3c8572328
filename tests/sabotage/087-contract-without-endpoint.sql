-- tests/sabotage/087-contract-without-endpoint.sql - a contract names no endpoint at all.
UPDATE c1.dot_agent_api_contract SET endpoint_ref = NULL WHERE dot_code = 'DOT_C1_EVIDENCE_READBACK';
