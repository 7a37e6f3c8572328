-- carriers/c1/surface/140-privileges.sql
--
-- What:    who owns what and who may do what; the last file, over everything above.
-- Source:  our choice, as narrow as the surface allows.
-- Role:    superuser.  PostgreSQL 14 and later (pg_read_all_data).

DO $$
DECLARE
    o record;
BEGIN
    FOR o IN
        SELECT c.oid::regclass AS name,
               CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
          FROM pg_catalog.pg_class AS c
         WHERE c.relnamespace = 'c1'::regnamespace AND c.relkind IN ('r', 'v')
    LOOP
        EXECUTE pg_catalog.format('ALTER %s %s OWNER TO c1_owner', o.kind, o.name);
    END LOOP;
    FOR o IN
        SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc AS p
         WHERE p.pronamespace = 'c1'::regnamespace
    LOOP
        EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO c1_reader', o.name);
    END LOOP;
END
$$;

-- The only two functions that may write.
ALTER FUNCTION c1.dot_c1_vocab_verify(jsonb, text) OWNER TO c1_writer;
ALTER FUNCTION c1.fn_process_agent_api_dispatch(text, text, text, text, boolean, text) OWNER TO c1_writer;

REVOKE ALL ON SCHEMA c1 FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA c1 FROM PUBLIC;

GRANT USAGE ON SCHEMA c1 TO c1_reader, c1_writer, c1_step;

-- c1_reader: reads everything, writes nothing.
GRANT SELECT ON ALL TABLES IN SCHEMA c1 TO c1_reader;

-- c1_writer: one INSERT, one UPDATE of three columns, and what the two need to judge.
GRANT SELECT ON c1.apr_action_types_fixture, c1.governance_build_authorization,
                c1.dot_agent_api_contract, c1.dot_tools, c1.runtime_gate TO c1_writer;
GRANT INSERT ON c1.dot_dispatch_observation TO c1_writer;
GRANT UPDATE (status, consumed_at, consumed_by) ON c1.governance_build_authorization TO c1_writer;
GRANT EXECUTE ON FUNCTION
    c1.authority_fixture_hash(), c1.resolve(), c1.build_manifest(), c1.cser(jsonb), c1.manifest_hash(),
    c1.reject(text), c1.check_mode_and_carrier(jsonb, text), c1.check_build_request(jsonb, text),
    c1.verify_authorization(text, text, text, text, text[])
    TO c1_writer;

-- c1_step: looks, dispatches, and calls the seven endpoints.
GRANT SELECT ON ALL TABLES IN SCHEMA c1 TO c1_step;
GRANT EXECUTE ON FUNCTION
    c1.dot_c1_schema_ensure(jsonb), c1.dot_c1_vocab_build(jsonb, text), c1.dot_c1_vocab_verify(jsonb, text),
    c1.dot_c1_preflight(jsonb), c1.dot_c1_bad_input_harness(jsonb), c1.dot_c1_evidence_readback(jsonb),
    c1.dot_c1_rollback_check(jsonb),
    c1.fn_process_agent_api_dispatch(text, text, text, text, boolean, text)
    TO c1_step;

-- Observers: the manifest, and what the preflight view calls.  Table reads come with
-- pg_read_all_data itself.
GRANT EXECUTE ON FUNCTION
    c1.authority_fixture_hash(), c1.resolve(), c1.build_manifest(), c1.cser(jsonb), c1.manifest_hash(),
    c1.run_case(text)
    TO pg_read_all_data;
GRANT SELECT ON c1.v_c1_vocab_preflight TO pg_read_all_data;
