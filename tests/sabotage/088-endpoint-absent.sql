-- tests/sabotage/088-endpoint-absent.sql - the dispatcher says that a dry run is possible, and there is no such function.
DROP FUNCTION c1.dot_c1_rollback_check(jsonb);
SELECT lie.edit('c1.fn_process_agent_api_dispatch(text,text,text,text,boolean,text)',
                'k.endpoint_ref IS NOT NULL AND to_regprocedure(k.endpoint_ref) IS NOT NULL', 'true');
