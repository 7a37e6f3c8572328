-- collector/sql/cluster_system.sql
-- What:    digests of what stands in pg_catalog and information_schema, or has an initdb's OID.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   rows as text, OIDs and all; left out is what maintenance moves (relfilenode,
--          statistics, relhas*, indcheckxmin) and attmissingval, whose output is a type's own.
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
lines(catalog, line) AS (
    SELECT 'pg_namespace', x::text FROM pg_namespace AS x
     WHERE x.oid IN (SELECT oid FROM spaces) OR x.nspname = 'pg_toast'
    UNION ALL
    SELECT 'pg_class', (to_jsonb(x) - ARRAY['relpages', 'reltuples', 'relallvisible',
                            'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode',
                            'relhasindex', 'relhasrules', 'relhastriggers',
                            'relhassubclass'])::text
      FROM pg_class AS x WHERE x.oid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_attribute',
           ROW(x.attrelid, x.attname, x.atttypid, x.attnum, x.atttypmod, x.attnotnull, x.atthasdef,
               x.attidentity, x.attgenerated, x.attisdropped, x.attislocal, x.attinhcount,
               x.attcollation, x.attacl, x.attoptions, x.attfdwoptions, x.attstattarget,
               x.attstorage)::text
      FROM pg_attribute AS x WHERE x.attrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_attrdef', x::text FROM pg_attrdef AS x
     WHERE x.adrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_index', (to_jsonb(x) - 'indcheckxmin')::text FROM pg_index AS x
     WHERE x.indrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_inherits', x::text FROM pg_inherits AS x
     WHERE x.inhrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_constraint', x::text FROM pg_constraint AS x
     WHERE x.conrelid IN (SELECT oid FROM relations) OR x.contypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_trigger', x::text FROM pg_trigger AS x
     WHERE x.tgrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_rewrite', x::text FROM pg_rewrite AS x
     WHERE x.ev_class IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_policy', x::text FROM pg_policy AS x
     WHERE x.polrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_sequence', x::text FROM pg_sequence AS x
     WHERE x.seqrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_statistic_ext', x::text FROM pg_statistic_ext AS x
     WHERE x.stxrelid IN (SELECT oid FROM relations)
           OR x.stxnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_proc', x::text FROM pg_proc AS x WHERE x.oid IN (SELECT oid FROM functions)
    UNION ALL
    SELECT 'pg_aggregate', x::text FROM pg_aggregate AS x
     WHERE x.aggfnoid::oid IN (SELECT oid FROM functions)
    UNION ALL
    SELECT 'pg_type', x::text FROM pg_type AS x WHERE x.oid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_enum', x::text FROM pg_enum AS x WHERE x.enumtypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_range', x::text FROM pg_range AS x WHERE x.rngtypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_operator', x::text FROM pg_operator AS x
     WHERE x.oid < 16384 OR x.oprnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_opclass', x::text FROM pg_opclass AS x
     WHERE x.oid < 16384 OR x.opcnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_opfamily', x::text FROM pg_opfamily AS x
     WHERE x.oid < 16384 OR x.opfnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_amop', x::text FROM pg_amop AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_amproc', x::text FROM pg_amproc AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_am', x::text FROM pg_am AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_cast', x::text FROM pg_cast AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_language', x::text FROM pg_language AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_transform', x::text FROM pg_transform AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_collation', x::text FROM pg_collation AS x
     WHERE x.oid < 16384 OR x.collnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_conversion', x::text FROM pg_conversion AS x
     WHERE x.oid < 16384 OR x.connamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_config', x::text FROM pg_ts_config AS x
     WHERE x.oid < 16384 OR x.cfgnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_config_map', x::text FROM pg_ts_config_map AS x
     WHERE x.mapcfg IN (SELECT oid FROM pg_ts_config
                         WHERE oid < 16384 OR cfgnamespace IN (SELECT oid FROM spaces))
    UNION ALL
    SELECT 'pg_ts_dict', x::text FROM pg_ts_dict AS x
     WHERE x.oid < 16384 OR x.dictnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_parser', x::text FROM pg_ts_parser AS x
     WHERE x.oid < 16384 OR x.prsnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_template', x::text FROM pg_ts_template AS x
     WHERE x.oid < 16384 OR x.tmplnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_description', x::text FROM pg_description AS x WHERE x.objoid < 16384
    UNION ALL
    SELECT 'pg_seclabel', x::text FROM pg_seclabel AS x WHERE x.objoid < 16384
    UNION ALL
    SELECT 'pg_init_privs', x::text FROM pg_init_privs AS x
    UNION ALL
    SELECT 'pg_depend', x::text FROM pg_depend AS x WHERE x.objid < 16384
    UNION ALL
    SELECT 'pg_shdepend', x::text FROM pg_shdepend AS x
     WHERE x.objid < 16384
       AND x.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT 'system', catalog,
       json_build_object('rows', count(*),
                         'sha256', encode(sha256(string_agg(digest, ''::bytea ORDER BY digest)),
                                          'hex'))::text
  FROM (SELECT catalog, sha256(textsend(line)) FROM lines) AS l(catalog, digest)
 GROUP BY catalog
