-- tests/sabotage/084-contract-after-admission.sql - a contract was changed after its DOT had been admitted.
UPDATE c1.dot_agent_api_contract SET error_behavior = 'fail_open' WHERE dot_code = 'DOT_C1_VOCAB_BUILD';
