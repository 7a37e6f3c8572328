-- tests/sabotage/033-grant-used-twice.sql - the same grant can be consumed again and again.
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF g.consumed_at IS NOT NULL OR g.status = 'consumed' THEN$$,
                $$IF g.status = 'consumed' AND g.auth_code <> 'G_VALID' THEN$$);
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', $$IF g.status <> 'active' THEN$$, $$IF g.status NOT IN ('active', 'consumed') THEN$$);
SELECT lie.edit('c1.dot_c1_vocab_verify(jsonb,text)', $$AND status = 'active' AND consumed_at IS NULL AND revoked_at IS NULL$$, '');
