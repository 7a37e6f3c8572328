-- tests/sabotage/070-hash-hard-coded.sql - the hash is a literal, and the rows have changed.
CREATE OR REPLACE FUNCTION c1.manifest_hash() RETURNS text LANGUAGE sql STABLE
AS $$ SELECT 'c9286d3acf8223d77207de69c79b2333c949c996c33843c5c42866a628d7ec00' $$;
UPDATE c1.apr_action_types_fixture SET risk_level = 'low' WHERE action_code = 'amend_law';
