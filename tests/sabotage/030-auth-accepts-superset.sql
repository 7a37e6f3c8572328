-- tests/sabotage/030-auth-accepts-superset.sql - the authorization accepts a superset of the action set.
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$AND g.scope -> 'action_set' <@ to_jsonb(p_action_set)$$, '');
