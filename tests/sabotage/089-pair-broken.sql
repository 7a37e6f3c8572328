-- tests/sabotage/089-pair-broken.sql - the producer is paired with another verifier.
UPDATE c1.dot_agent_api_contract SET paired_dot = 'DOT_C1_PREFLIGHT' WHERE dot_code = 'DOT_C1_VOCAB_BUILD';
