-- collector/sql/cluster_system_acl.sql
-- What:    privileges on what stands in pg_catalog and information_schema, where they are no longer initdb's.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   initdb keeps no record of information_schema's: there, the owner's own and PUBLIC's
--          right to read are taken for initial.  cluster_system.sql has a digest of all.
WITH spaces(oid) AS (
    SELECT oid FROM pg_namespace
     WHERE nspname = 'information_schema'
           OR (nspname ~ '^pg_' AND nspname !~ '^pg_(toast$|temp_|toast_temp_)')),
granted(class, object, part, space, acl) AS (
    SELECT 'pg_namespace'::regclass::oid, oid, 0, oid, nspacl FROM pg_namespace
     WHERE oid IN (SELECT oid FROM spaces) OR nspname = 'pg_toast'
    UNION ALL
    SELECT 'pg_class'::regclass, oid, 0, relnamespace, relacl FROM pg_class
     WHERE relnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_class'::regclass, a.attrelid, a.attnum, c.relnamespace, a.attacl
      FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
     WHERE c.relnamespace IN (SELECT oid FROM spaces) AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, 0, pronamespace, proacl FROM pg_proc
     WHERE pronamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_type'::regclass, oid, 0, typnamespace, typacl FROM pg_type
     WHERE typnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT 'pg_language'::regclass, oid, 0, 0, lanacl FROM pg_language WHERE oid < 16384),
changed AS MATERIALIZED (
    SELECT g.class, g.object, g.part, g.acl
      FROM granted AS g
      LEFT JOIN pg_init_privs AS p
        ON p.classoid = g.class AND p.objoid = g.object AND p.objsubid = g.part
      LEFT JOIN pg_namespace AS n ON n.oid = g.space
     WHERE (g.acl IS NOT NULL OR p.initprivs IS NOT NULL)
       AND g.acl::text IS DISTINCT FROM p.initprivs::text
       AND (p.objoid IS NOT NULL OR g.object >= 16384
            OR n.nspname IS DISTINCT FROM 'information_schema'
            OR EXISTS (SELECT FROM aclexplode(g.acl) AS x
                        WHERE x.grantee <> x.grantor
                          AND (x.grantee <> 0 OR x.privilege_type NOT IN ('SELECT', 'USAGE')))))
SELECT 'system-acl', i.type || ' ' || i.identity, coalesce(c.acl::text, '')
  FROM changed AS c, LATERAL pg_identify_object(c.class, c.object, c.part) AS i
