-- tests/sabotage/015-build-trigger-and-drop.sql - the dry run adds a trigger to the vocabulary and drops it again.
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', $$
    IF p_auth_code = 'G_VALID' THEN
        CREATE TRIGGER lie BEFORE INSERT ON c1.governance_canonical_operation_vocab
            FOR EACH ROW EXECUTE FUNCTION c1.guard_write_once();
        DROP TRIGGER lie ON c1.governance_canonical_operation_vocab;
    END IF;
$$, '', 'dryproof_sandbox');
