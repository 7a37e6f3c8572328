-- tests/sabotage/039-grant-plan-normalised.sql - the grant names LEGO1_C1-PLAN, and the authorization reads it as LEGO1-C1-PLAN.
UPDATE c1.governance_build_authorization SET scope = jsonb_set(scope, '{plan}', '"LEGO1_C1-PLAN"')
 WHERE auth_code = 'G_VALID';
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF g.scope -> 'plan' IS DISTINCT FROM to_jsonb(p_plan) THEN$$,
                $$IF translate(g.scope ->> 'plan', '_', '-') IS DISTINCT FROM p_plan THEN$$);
