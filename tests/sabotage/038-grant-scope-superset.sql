-- tests/sabotage/038-grant-scope-superset.sql - the valid grant itself covers one action more than the manifest, and is accepted.
UPDATE c1.governance_build_authorization
   SET scope = jsonb_set(scope, '{action_set}', (scope -> 'action_set') || '["c1.op.SMUGGLED"]')
 WHERE auth_code = 'G_VALID';
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$AND g.scope -> 'action_set' <@ to_jsonb(p_action_set)$$,
                $$AND (g.auth_code = 'G_VALID' OR g.scope -> 'action_set' <@ to_jsonb(p_action_set))$$);
