-- tests/sabotage/074-preflight-13-rows.sql - the preflight says READY over 13 authority rows.
DELETE FROM c1.apr_action_types_fixture WHERE action_code = 'update_item';
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', '', $$
    v := replace(v::text, '"ok": false', '"ok": true')::jsonb || '{"outcome":"READY"}';
$$);
