-- tests/sabotage/103-not-dry-run-only.sql - the runtime is not dry-run-only, and the dispatcher no longer asks.
UPDATE c1.runtime_gate SET value = 'false' WHERE gate = 'dry_run_only';
SELECT lie.edit('c1.fn_process_agent_api_dispatch(text,text,text,text,boolean,text)',
                $$gate = 'dry_run_only' AND value = 'true'$$, $$gate = 'dry_run_only'$$);
