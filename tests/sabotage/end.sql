-- tests/sabotage/end.sql - run behind each lie: the tools go.
DROP SCHEMA lie CASCADE;
