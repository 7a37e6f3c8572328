-- tests/sabotage/064-harness-all-green.sql - the harness recites an honest report, while a grant for another carrier is accepted.
SELECT lie.wrap('c1.dot_c1_bad_input_harness(jsonb)', '',
    format('v := %L::jsonb;', c1.dot_c1_bad_input_harness('{"carrier":"C1","mode":"DRY_RUN"}')));
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF g.scope -> 'carrier' IS DISTINCT FROM to_jsonb(p_carrier) THEN$$, 'IF false THEN');
