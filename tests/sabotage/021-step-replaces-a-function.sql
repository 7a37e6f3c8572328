-- tests/sabotage/021-step-replaces-a-function.sql - the preflight replaces a function during the run; it answers the same.
SELECT lie.wrap('c1.dot_c1_preflight(jsonb)', $$
    CREATE OR REPLACE FUNCTION c1.authority_fixture_hash() RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
    AS 'SELECT ''3b3c2ff96c24c78df9f1923f21c5b998360ba964c7dac38deb9b1e9a73f315f4'' -- from now on mine';
$$, '', 'dryproof_sandbox');
