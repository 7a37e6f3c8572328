-- collector/sql/parts.sql
-- What:    which queries of collector/parts.c this server's version has, and what this role
--          lacks for each.  It also switches JIT off for the transaction: compiling the
--          long statements that follow takes longer than running them.
-- Source:  FORMAT.md section 3, kind channel.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: part text: a query's name, or empty where there is none to run; channel text: what
--          it sees; denied text: what the role lacks, a GRANT without its TO, or null; jit text.
-- Order:   none.
WITH needs(part, channel, since, relations, functions, role) AS (VALUES
    ('cat_compression_14', 'column-compression', 140000, NULL, NULL, NULL),
    ('cat_publication_15', 'publication-filter', 150000, NULL, NULL, NULL),
    ('cluster_parameter_15', 'parameter-acl', 150000, NULL, NULL, NULL),
    ('cluster_password', 'role-password', 0, 'pg_catalog.pg_authid', NULL, NULL),
    ('cluster_user_mapping', 'written user-mapping', 0, 'pg_catalog.pg_user_mapping', NULL, NULL),
    ('cluster_subscription', 'subscription', 0, 'pg_catalog.pg_subscription', NULL, NULL),
    ('cluster_large_object_content', 'large-object-content', 0, 'pg_catalog.pg_largeobject', NULL, NULL),
    ('cluster_information', 'system information_schema', 0,
     'information_schema.sql_features information_schema.sql_implementation_info '
     'information_schema.sql_parts information_schema.sql_sizing', NULL, NULL),
    ('cluster_file_setting', 'file-setting', 0, NULL, 'pg_show_all_file_settings()', NULL),
    ('cluster_hba', 'hba', 0, NULL, 'pg_hba_file_rules()', NULL),
    ('cluster_ident_15', 'ident', 150000, NULL, 'pg_ident_file_mappings()', NULL),
    ('cluster_file', 'file', 0, NULL,
     'pg_stat_file(text,boolean) pg_read_binary_file(text,bigint,bigint,boolean)', NULL),
    ('', 'file of configuration', 0, NULL, NULL, 'pg_read_server_files'),
    ('', 'setting of superusers', 0, NULL, NULL, 'pg_read_all_settings'))
SELECT part, channel,
       CASE WHEN EXISTS (SELECT FROM unnest(string_to_array(relations, ' ')) AS r
                          WHERE NOT has_table_privilege(r, 'SELECT'))
            THEN 'GRANT SELECT ON ' || replace(relations, ' ', ', ')
            WHEN EXISTS (SELECT FROM unnest(string_to_array(functions, ' ')) AS f
                          WHERE NOT has_function_privilege('pg_catalog.' || f, 'EXECUTE'))
            THEN 'GRANT EXECUTE ON FUNCTION pg_catalog.' || replace(functions, ' ', ', pg_catalog.')
            WHEN NOT pg_has_role(role, 'USAGE')
            THEN 'GRANT ' || role END,
       set_config('jit', 'off', true)
  FROM needs
 WHERE current_setting('server_version_num')::int >= since
   AND NOT EXISTS (SELECT FROM unnest(string_to_array(relations, ' ')) AS r
                    WHERE to_regclass(r) IS NULL)
