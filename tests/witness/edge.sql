-- tests/witness/edge.sql - ids and WAL position, as one line "edge TAB name TAB value" each.
-- The next id is read as the server will give it: pg_snapshot_xmax lags behind an open writer.
\pset fieldsep '\t'
SELECT 'edge', 'lsn', pg_current_wal_insert_lsn()::text
UNION ALL SELECT 'edge', 'next_xid', (age('3'::xid) + 3)::text
UNION ALL SELECT 'edge', 'next_multixact', (mxid_age('1'::xid) + 1)::text
UNION ALL SELECT 'edge', 'prepared', COALESCE(string_agg(transaction::text, ',' ORDER BY transaction::text), '') FROM pg_prepared_xacts
UNION ALL SELECT 'edge', 'holders', COALESCE(string_agg(transactionid::text, ',' ORDER BY transactionid::text), '') FROM pg_locks WHERE locktype = 'transactionid';
