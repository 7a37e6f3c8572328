-- tests/sabotage/073-rows-added.sql - the authority table has a fifteenth active row, which the resolver hides.
INSERT INTO c1.apr_action_types_fixture VALUES ('smuggled', 'low', 'unimplemented', 'active', NULL);
SELECT lie.edit('c1.resolve()', $$a.status = 'active'$$, $$a.status = 'active' AND a.action_code <> 'smuggled'$$);
