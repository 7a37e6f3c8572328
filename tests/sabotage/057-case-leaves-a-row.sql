-- tests/sabotage/057-case-leaves-a-row.sql - a refused request leaves a row in the audit.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', '', $$
    IF p_auth_code = 'G_REVOKED' AND NOT EXISTS (SELECT FROM c1.c1_build_audit WHERE audit_ref = 'LIE') THEN
        INSERT INTO c1.c1_build_audit VALUES ('LIE', 'C1', 'x', 'x', 'x', 'x', '2026-06-01T00:00:00Z');
    END IF;
$$);
-- The surface's own harness tidies up behind its cases.
SELECT lie.wrap('c1.dot_c1_bad_input_harness(jsonb)', '', $$ DELETE FROM c1.c1_build_audit WHERE audit_ref = 'LIE'; $$);
