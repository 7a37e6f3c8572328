-- tests/sabotage/092-reused-contract-changed.sql - a reused DOT's contract is not the one that the plan reuses.
UPDATE c1.dot_agent_api_contract SET contract_status = 'draft' WHERE dot_code = 'DOT-062';
