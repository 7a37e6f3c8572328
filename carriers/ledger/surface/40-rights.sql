-- surface/40-rights.sql - the owner owns everything; the steps' role looks and calls.
DO $$
DECLARE
    o text;
BEGIN
    FOR o IN SELECT pg_catalog.format('ALTER TABLE %s OWNER TO ledger_owner', c.oid::regclass)
               FROM pg_catalog.pg_class AS c WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r'
             UNION ALL
             SELECT pg_catalog.format('ALTER FUNCTION %s OWNER TO ledger_owner', p.oid::regprocedure)
               FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = 'ledger'::regnamespace
    LOOP
        EXECUTE o;
    END LOOP;
END
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO ledger_step;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_step;
GRANT EXECUTE ON FUNCTION
    ledger.dispatch(text, text, text, text, boolean, text), ledger.preflight(jsonb), ledger.close(jsonb, text),
    ledger.spend(jsonb, text), ledger.bad_input(jsonb), ledger.readback(jsonb), ledger.undo(jsonb)
    TO ledger_step;
GRANT EXECUTE ON FUNCTION ledger.manifest(), ledger.manifest_hash() TO pg_read_all_data; -- observers
