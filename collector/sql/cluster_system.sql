-- collector/sql/cluster_system.sql
-- What:    digests of what stands in pg_catalog and information_schema, or has an initdb's OID.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   whole rows, OIDs and all; left out is what maintenance moves (relfilenode,
--          statistics, relhas*, indcheckxmin) and attmissingval, whose output is a type's own.
--          Each catalog sorts its own digests: one sort of all of them is a sixth more.
--          In binary form, which looks up no names, where no column is an ACL (it has none).
WITH spaces(oid) AS (
    SELECT oid FROM pg_namespace
     WHERE nspname = 'information_schema'
           OR (nspname ~ '^pg_' AND nspname !~ '^pg_(toast$|temp_|toast_temp_)')),
relations(oid) AS (
    SELECT oid FROM pg_class WHERE oid < 16384 OR relnamespace IN (SELECT oid FROM spaces)),
functions(oid) AS (
    SELECT oid FROM pg_proc WHERE oid < 16384 OR pronamespace IN (SELECT oid FROM spaces)),
types(oid) AS (
    SELECT oid FROM pg_type WHERE oid < 16384 OR typnamespace IN (SELECT oid FROM spaces)),
sums(catalog, n, digests) AS (
    SELECT 'pg_namespace', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(x::text))
              FROM pg_namespace AS x
             WHERE x.oid IN (SELECT oid FROM spaces) OR x.nspname = 'pg_toast') AS l(d)
    UNION ALL
    SELECT 'pg_class', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend((to_jsonb(x) - ARRAY['relpages', 'reltuples', 'relallvisible',
                            'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode',
                            'relhasindex', 'relhasrules', 'relhastriggers',
                            'relhassubclass'])::text))
              FROM pg_class AS x WHERE x.oid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_attribute', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(ROW(x.attrelid, x.attname, x.atttypid, x.attnum, x.atttypmod, x.attnotnull, x.atthasdef,
               x.attidentity, x.attgenerated, x.attisdropped, x.attislocal, x.attinhcount,
               x.attcollation, x.attacl, x.attoptions, x.attfdwoptions, x.attstattarget,
               x.attstorage)::text))
              FROM pg_attribute AS x WHERE x.attrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_attrdef', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_attrdef AS x
             WHERE x.adrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_index', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend((to_jsonb(x) - 'indcheckxmin')::text))
              FROM pg_index AS x
             WHERE x.indrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_inherits', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_inherits AS x
             WHERE x.inhrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_constraint', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_constraint AS x
             WHERE x.conrelid IN (SELECT oid FROM relations) OR x.contypid IN (SELECT oid FROM types)) AS l(d)
    UNION ALL
    SELECT 'pg_trigger', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_trigger AS x
             WHERE x.tgrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_rewrite', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_rewrite AS x
             WHERE x.ev_class IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_policy', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_policy AS x
             WHERE x.polrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_sequence', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_sequence AS x
             WHERE x.seqrelid IN (SELECT oid FROM relations)) AS l(d)
    UNION ALL
    SELECT 'pg_statistic_ext', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_statistic_ext AS x
             WHERE x.stxrelid IN (SELECT oid FROM relations)
                   OR x.stxnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_proc', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(x::text))
              FROM pg_proc AS x WHERE x.oid IN (SELECT oid FROM functions)) AS l(d)
    UNION ALL
    SELECT 'pg_aggregate', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_aggregate AS x
             WHERE x.aggfnoid::oid IN (SELECT oid FROM functions)) AS l(d)
    UNION ALL
    SELECT 'pg_type', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(x::text))
              FROM pg_type AS x WHERE x.oid IN (SELECT oid FROM types)) AS l(d)
    UNION ALL
    SELECT 'pg_enum', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_enum AS x WHERE x.enumtypid IN (SELECT oid FROM types)) AS l(d)
    UNION ALL
    SELECT 'pg_range', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_range AS x WHERE x.rngtypid IN (SELECT oid FROM types)) AS l(d)
    UNION ALL
    SELECT 'pg_operator', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_operator AS x
             WHERE x.oid < 16384 OR x.oprnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_opclass', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_opclass AS x
             WHERE x.oid < 16384 OR x.opcnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_opfamily', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_opfamily AS x
             WHERE x.oid < 16384 OR x.opfnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_amop', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_amop AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_amproc', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_amproc AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_am', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_am AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_cast', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_cast AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_language', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(x::text))
              FROM pg_language AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_transform', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_transform AS x WHERE x.oid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_collation', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_collation AS x
             WHERE x.oid < 16384 OR x.collnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_conversion', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_conversion AS x
             WHERE x.oid < 16384 OR x.connamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_ts_config', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_ts_config AS x
             WHERE x.oid < 16384 OR x.cfgnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_ts_config_map', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_ts_config_map AS x
             WHERE x.mapcfg IN (SELECT oid FROM pg_ts_config
                                 WHERE oid < 16384 OR cfgnamespace IN (SELECT oid FROM spaces))) AS l(d)
    UNION ALL
    SELECT 'pg_ts_dict', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_ts_dict AS x
             WHERE x.oid < 16384 OR x.dictnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_ts_parser', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_ts_parser AS x
             WHERE x.oid < 16384 OR x.prsnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_ts_template', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_ts_template AS x
             WHERE x.oid < 16384 OR x.tmplnamespace IN (SELECT oid FROM spaces)) AS l(d)
    UNION ALL
    SELECT 'pg_description', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_description AS x WHERE x.objoid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_seclabel', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_seclabel AS x WHERE x.objoid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_init_privs', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(textsend(x::text))
              FROM pg_init_privs AS x) AS l(d)
    UNION ALL
    SELECT 'pg_depend', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_depend AS x WHERE x.objid < 16384) AS l(d)
    UNION ALL
    SELECT 'pg_shdepend', count(*), string_agg(d, ''::bytea ORDER BY d)
      FROM (SELECT sha256(record_send(x))
              FROM pg_shdepend AS x
             WHERE x.objid < 16384
               AND x.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS l(d))
SELECT 'system', catalog,
       json_build_object('rows', n, 'sha256', encode(sha256(digests), 'hex'))::text
  FROM sums
 WHERE n > 0
