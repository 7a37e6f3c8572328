-- tests/sabotage/024-readback-query-writes.sql - a function that the observer calls writes: the observer is read-only, so the run does not finish.
ALTER FUNCTION c1.manifest_hash() RENAME TO honest_manifest_hash;
CREATE FUNCTION c1.manifest_hash() RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
    UPDATE c1.dot_tools SET usage_count = usage_count + 1;
    RETURN c1.honest_manifest_hash();
END $$;
