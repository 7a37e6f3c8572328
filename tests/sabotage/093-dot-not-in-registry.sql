-- tests/sabotage/093-dot-not-in-registry.sql - a DOT stands in no registry; the dispatcher no longer asks, and the catalogue agrees with itself.
DELETE FROM c1.dot_tools WHERE code = 'DOT_C1_EVIDENCE_READBACK';
UPDATE c1.dot_catalog SET recorded_count = recorded_count - 1 WHERE code = 'CAT-006';
SELECT lie.edit('c1.fn_process_agent_api_dispatch(text,text,text,text,boolean,text)',
                'IF NOT EXISTS (SELECT FROM c1.dot_tools WHERE code = p_dot_code) THEN', 'IF false THEN');
