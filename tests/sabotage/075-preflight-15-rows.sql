-- tests/sabotage/075-preflight-15-rows.sql - the preflight says READY over 15 authority rows, one of them retired: the manifest is as ever.
INSERT INTO c1.apr_action_types_fixture VALUES ('retired', 'low', 'unimplemented', 'retired', NULL);
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', '', $$
    v := replace(v::text, '"ok": false', '"ok": true')::jsonb || '{"outcome":"READY"}';
$$);
