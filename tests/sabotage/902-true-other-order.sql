-- tests/sabotage/902-true-other-order.sql - no lie: the rows of every table lie on disk in another order.
CREATE TABLE lie.copy AS SELECT * FROM c1.apr_action_types_fixture;
DELETE FROM c1.apr_action_types_fixture;
INSERT INTO c1.apr_action_types_fixture SELECT * FROM lie.copy ORDER BY action_code DESC;
VACUUM c1.apr_action_types_fixture;
