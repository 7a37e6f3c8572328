-- collector/sql/cluster_system.sql
-- What:    digests of what stands in pg_catalog and information_schema, or has an initdb's OID.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   whole rows, OIDs and all; left out is what maintenance moves (relfilenode,
--          statistics, relhas*, indcheckxmin) and attmissingval, whose output is a type's own.
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
lines(catalog, line) AS (
    SELECT 'pg_namespace', textsend(x::text) FROM pg_namespace AS x
     WHERE x.oid IN (SELECT oid FROM spaces) OR x.nspname = 'pg_toast'
    UNION ALL
    SELECT 'pg_class', textsend((to_jsonb(x) - ARRAY['relpages', 'reltuples', 'relallvisible',
                            'relallfrozen', 'relfrozenxid', 'relminmxid', 'relfilenode',
                            'relhasindex', 'relhasrules', 'relhastriggers',
                            'relhassubclass'])::text)
      FROM pg_class AS x WHERE x.oid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_attribute',
           textsend(ROW(x.attrelid, x.attname, x.atttypid, x.attnum, x.atttypmod, x.attnotnull, x.atthasdef,
               x.attidentity, x.attgenerated, x.attisdropped, x.attislocal, x.attinhcount,
               x.attcollation, x.attacl, x.attoptions, x.attfdwoptions, x.attstattarget,
               x.attstorage)::text)
      FROM pg_attribute AS x WHERE x.attrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_attrdef', record_send(x) FROM pg_attrdef AS x
     WHERE x.adrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_index', textsend((to_jsonb(x) - 'indcheckxmin')::text) FROM pg_index AS x
     WHERE x.indrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_inherits', record_send(x) FROM pg_inherits AS x
     WHERE x.inhrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_constraint', record_send(x) FROM pg_constraint AS x
     WHERE x.conrelid IN (SELECT oid FROM relations) OR x.contypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_trigger', record_send(x) FROM pg_trigger AS x
     WHERE x.tgrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_rewrite', record_send(x) FROM pg_rewrite AS x
     WHERE x.ev_class IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_policy', record_send(x) FROM pg_policy AS x
     WHERE x.polrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_sequence', record_send(x) FROM pg_sequence AS x
     WHERE x.seqrelid IN (SELECT oid FROM relations)
    UNION ALL
    SELECT 'pg_statistic_ext', record_send(x) FROM pg_statistic_ext AS x
     WHERE x.stxrelid IN (SELECT oid FROM relations)
           OR x.stxnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_proc', textsend(x::text) FROM pg_proc AS x WHERE x.oid IN (SELECT oid FROM functions)
    UNION ALL
    SELECT 'pg_aggregate', record_send(x) FROM pg_aggregate AS x
     WHERE x.aggfnoid::oid IN (SELECT oid FROM functions)
    UNION ALL
    SELECT 'pg_type', textsend(x::text) FROM pg_type AS x WHERE x.oid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_enum', record_send(x) FROM pg_enum AS x WHERE x.enumtypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_range', record_send(x) FROM pg_range AS x WHERE x.rngtypid IN (SELECT oid FROM types)
    UNION ALL
    SELECT 'pg_operator', record_send(x) FROM pg_operator AS x
     WHERE x.oid < 16384 OR x.oprnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_opclass', record_send(x) FROM pg_opclass AS x
     WHERE x.oid < 16384 OR x.opcnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_opfamily', record_send(x) FROM pg_opfamily AS x
     WHERE x.oid < 16384 OR x.opfnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_amop', record_send(x) FROM pg_amop AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_amproc', record_send(x) FROM pg_amproc AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_am', record_send(x) FROM pg_am AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_cast', record_send(x) FROM pg_cast AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_language', textsend(x::text) FROM pg_language AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_transform', record_send(x) FROM pg_transform AS x WHERE x.oid < 16384
    UNION ALL
    SELECT 'pg_collation', record_send(x) FROM pg_collation AS x
     WHERE x.oid < 16384 OR x.collnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_conversion', record_send(x) FROM pg_conversion AS x
     WHERE x.oid < 16384 OR x.connamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_config', record_send(x) FROM pg_ts_config AS x
     WHERE x.oid < 16384 OR x.cfgnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_config_map', record_send(x) FROM pg_ts_config_map AS x
     WHERE x.mapcfg IN (SELECT oid FROM pg_ts_config
                         WHERE oid < 16384 OR cfgnamespace IN (SELECT oid FROM spaces))
    UNION ALL
    SELECT 'pg_ts_dict', record_send(x) FROM pg_ts_dict AS x
     WHERE x.oid < 16384 OR x.dictnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_parser', record_send(x) FROM pg_ts_parser AS x
     WHERE x.oid < 16384 OR x.prsnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_ts_template', record_send(x) FROM pg_ts_template AS x
     WHERE x.oid < 16384 OR x.tmplnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_description', record_send(x) FROM pg_description AS x WHERE x.objoid < 16384
    UNION ALL
    SELECT 'pg_seclabel', record_send(x) FROM pg_seclabel AS x WHERE x.objoid < 16384
    UNION ALL
    SELECT 'pg_init_privs', textsend(x::text) FROM pg_init_privs AS x
    UNION ALL
    SELECT 'pg_depend', record_send(x) FROM pg_depend AS x WHERE x.objid < 16384
    UNION ALL
    SELECT 'pg_shdepend', record_send(x) FROM pg_shdepend AS x
     WHERE x.objid < 16384
       AND x.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT 'system', catalog,
       json_build_object('rows', count(*),
                         'sha256', encode(sha256(string_agg(digest, ''::bytea ORDER BY digest)),
                                          'hex'))::text
  FROM (SELECT catalog, sha256(line) FROM lines) AS l(catalog, digest)
 GROUP BY catalog
