-- tests/sabotage/094-harness-dispatch-refused.sql - the harness has no contract: its dispatch is refused, and not one case is driven.
DELETE FROM c1.dot_agent_api_contract WHERE dot_code = 'DOT_C1_BAD_INPUT_HARNESS';
