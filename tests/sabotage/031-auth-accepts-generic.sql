-- tests/sabotage/031-auth-accepts-generic.sql - the authorization accepts a grant for every carrier.
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF coalesce(g.scope ->> 'carrier', '*') = '*' THEN$$, 'IF false THEN');
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF g.scope -> 'carrier' IS DISTINCT FROM to_jsonb(p_carrier) THEN$$,
                $$IF g.scope ->> 'carrier' NOT IN ('*', p_carrier) THEN$$);
