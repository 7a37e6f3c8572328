-- tests/sabotage/085-contract-missing.sql - a required contract is missing, and its dispatch is refused.
DELETE FROM c1.dot_agent_api_contract WHERE dot_code = 'DOT_C1_ROLLBACK_CHECK';
