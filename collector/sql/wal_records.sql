-- collector/sql/wal_records.sql
-- What:    the records of a range of WAL.  The collector puts in the function's quoted name
--          and two LSNs, for COPY takes no parameters.  Descriptions are long and seldom
--          needed; those of three kinds of record name relations, databases and
--          subtransactions.
-- Source:  pg_walinspect; FORMAT.md section 3, wal/groups.ndjson.
-- Role:    EXECUTE on the function.  PostgreSQL 15 and later.
-- Columns: start_lsn, prev_lsn, record_length, xid, resource_manager, record_type,
--          block_ref, description.
-- Order:   of the records.
COPY (SELECT start_lsn, prev_lsn, record_length, xid, resource_manager, record_type, block_ref,
             CASE WHEN resource_manager = 'Storage'
                       OR (resource_manager = 'Standby' AND record_type = 'LOCK')
                       OR (resource_manager = 'Transaction'
                           AND record_type IN ('COMMIT', 'ABORT', 'COMMIT_PREPARED', 'ABORT_PREPARED'))
                  THEN description END
        FROM :function(:start, :end)) TO STDOUT
