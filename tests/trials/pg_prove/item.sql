BEGIN;
CREATE EXTENSION pgtap;
SELECT plan(1);
SELECT has_table('item');
SELECT * FROM finish();
ROLLBACK;
