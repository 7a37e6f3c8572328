-- tests/sabotage/076-preflight-six-checks.sql - the preflight says READY after six of its seven checks.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', '', $$ v := v #- '{checks,6}'; $$);
