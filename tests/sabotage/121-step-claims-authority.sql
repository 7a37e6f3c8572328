-- tests/sabotage/121-step-claims-authority.sql - a step says that it had an effect on authority.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', '', $$ v := v || '{"authority_effect":"GRANTED"}'; $$);
