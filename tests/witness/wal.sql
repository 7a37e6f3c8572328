-- tests/witness/wal.sql - WAL records in [:from, :to): lines "wal TAB rmgr/type TAB xid TAB count".
-- Only flushed WAL can be read, and what a reader writes (pruning) is flushed when somebody
-- commits something: so commit something, behind both edges.
\pset fieldsep '\t'
SET search_path = public, pg_catalog;
SELECT pg_logical_emit_message(true, 'witness', 'flush') \g /dev/null
SELECT 'wal', resource_manager || '/' || record_type, xid, count(*)
FROM pg_get_wal_records_info(:'from', :'to') WHERE start_lsn < :'to'
GROUP BY 1, 2, 3 ORDER BY 2, 3::text;
