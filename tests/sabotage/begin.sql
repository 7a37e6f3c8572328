-- tests/sabotage/begin.sql - run in front of each lie, in the same psql session.
--
-- The functions of the C1 surface that only read get the right to write here, so that
-- what is tested is whether a lie is seen, not whether a privilege stops it.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\o /dev/null
SET client_min_messages = warning;
CREATE SCHEMA lie;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA c1 TO c1_reader, c1_writer;
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA c1 TO c1_reader;

-- Replace a piece of a function's body; owner and rights stay.  It must be there.
CREATE FUNCTION lie.edit(p_function regprocedure, p_old text, p_new text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF strpos((SELECT prosrc FROM pg_proc WHERE oid = p_function), p_old) = 0 THEN
        RAISE EXCEPTION 'nothing to edit in %: %', p_function, p_old;
    END IF;
    EXECUTE replace(pg_get_functiondef(p_function), p_old, p_new);
END $$;

-- Put a liar in front of a function: p_before and p_after are its statements around the
-- honest call, whose answer is v.  It keeps owner and rights unless p_owner is given.
CREATE FUNCTION lie.wrap(p_function regprocedure, p_before text, p_after text, p_owner text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_name  text := (SELECT proname FROM pg_proc WHERE oid = p_function);
    v_args  text := pg_get_function_identity_arguments(p_function);
    v_pass  text := (SELECT string_agg(a, ', ') FROM pg_proc, unnest(proargnames) AS a WHERE oid = p_function);
    v_owner text := coalesce(p_owner, (SELECT proowner::regrole::text FROM pg_proc WHERE oid = p_function));
BEGIN
    EXECUTE format('ALTER FUNCTION %s RENAME TO honest_%s', p_function, v_name);
    EXECUTE format('CREATE FUNCTION c1.%s(%s) RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY DEFINER '
                   'SET search_path = pg_catalog, pg_temp AS %L', v_name, v_args,
                   format('DECLARE v jsonb; BEGIN %s v := c1.honest_%s(%s); %s RETURN v; END',
                          p_before, v_name, v_pass, p_after));
    EXECUTE format('ALTER FUNCTION c1.%s(%s) OWNER TO %s', v_name, v_args, v_owner);
    EXECUTE format('REVOKE ALL ON FUNCTION c1.%s(%s) FROM PUBLIC', v_name, v_args);
    EXECUTE format('GRANT EXECUTE ON FUNCTION c1.%s(%s) TO c1_step, c1_reader', v_name, v_args);
END $$;
