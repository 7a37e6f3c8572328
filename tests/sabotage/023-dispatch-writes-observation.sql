-- tests/sabotage/023-dispatch-writes-observation.sql - the dispatcher writes an observation although it was asked not to.
SELECT lie.edit('c1.fn_process_agent_api_dispatch(text,text,text,text,boolean,text)',
                'IF p_write_observation THEN', 'IF NOT p_write_observation THEN');
