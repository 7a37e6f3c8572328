-- tests/witness/state.sql - everything that a reader can see of a database and its cluster,
-- digested: lines "WITNESS TAB name TAB digest".  Superuser.  An opinion of its own: it takes
-- whole catalogs row by row where the collector builds definitions.
\pset fieldsep '\t'
SET search_path = pg_catalog;
SET default_transaction_read_only = on;
SET work_mem = '64MB';
BEGIN ISOLATION LEVEL REPEATABLE READ;
WITH rel AS (
    SELECT c.oid, c.relname, c.relkind, c.relfilenode, n.nspname || '.' || c.relname AS name,
           format('%I.%I', n.nspname, c.relname) AS quoted
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_|^information_schema$'
), stored AS (
    SELECT *, query_to_xml(format(
        'SELECT count(*) AS n, md5(COALESCE(string_agg(t::text, chr(10) ORDER BY t::text), '''')) AS c,
                md5(COALESCE(string_agg(concat_ws('' '', ctid, xmin, xmax), chr(10) ORDER BY ctid), '''')) AS p
         FROM ONLY %s t', quoted), true, true, '') AS x
    FROM rel WHERE relkind IN ('r', 'm')
)
SELECT 'counts', name, (xpath('//n/text()', x))[1]::text FROM stored
UNION ALL SELECT 'content', name, (xpath('//c/text()', x))[1]::text FROM stored
UNION ALL SELECT 'physical', name, (xpath('//p/text()', x))[1]::text FROM stored
UNION ALL SELECT 'physical', name || ' file', concat_ws(' ', relfilenode, pg_relation_size(oid, 'main'),
        pg_relation_size(oid, 'fsm'), pg_relation_size(oid, 'vm'))
    FROM rel WHERE relkind IN ('r', 'm', 'i', 'S', 't')
UNION ALL SELECT 'sequences', name, (xpath('//s/text()', query_to_xml(
        'SELECT concat_ws('' '', last_value, is_called, log_cnt) AS s FROM ' || quoted, true, true, '')))[1]::text
    FROM rel WHERE relkind = 'S'
UNION ALL SELECT 'catalog', relname, (xpath('//c/text()', query_to_xml(format(
        'SELECT concat_ws('' '', count(*), sum(hashtextextended(%s::text, 0))) AS c FROM %I t',
        CASE relname -- statistics, horizons and files are no definitions
            WHEN 'pg_class' THEN '(to_jsonb(t) - ''{relpages,reltuples,relallvisible,relfrozenxid,relminmxid,relfilenode}''::text[])'
            WHEN 'pg_database' THEN '(to_jsonb(t) - ''{datfrozenxid,datminmxid}''::text[])'
            ELSE 't' END, relname), true, true, '')))[1]::text
    FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data')
UNION ALL SELECT 'catalog', 'slot ' || slot_name, concat_ws(' ', plugin, temporary, restart_lsn, confirmed_flush_lsn)
    FROM pg_replication_slots
UNION ALL SELECT 'catalog', 'origin ' || external_id, remote_lsn::text FROM pg_replication_origin_status
UNION ALL SELECT 'catalog', 'file setting ' || name, setting FROM pg_file_settings
UNION ALL SELECT 'catalog', 'postgresql.auto.conf', concat_ws(' ', size, modification)
    FROM pg_stat_file('postgresql.auto.conf');
COMMIT;
