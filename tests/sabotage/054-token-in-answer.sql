-- tests/sabotage/054-token-in-answer.sql - a refusal says APPROVED in a member nobody asked for.
SELECT lie.edit('c1.reject(text)', $$'persistent_state', 'NONE')$$, $$'persistent_state', 'NONE', 'note', 'not yet APPROVED')$$);
