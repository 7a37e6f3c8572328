-- collector/sql/cluster_file_setting.sql
-- What:    the settings as they stand in the configuration files.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    EXECUTE on pg_show_all_file_settings.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   as in cluster_setting.sql, parameter $1.  The lines' numbers say nothing of what holds.
SELECT 'file-setting',
       coalesce(f.name, '') || ' '
           || row_number() OVER (PARTITION BY f.name ORDER BY f.seqno),
       json_build_object(
           'value', CASE WHEN f.name ~* $1 OR f.setting ~* '((pass(word|wd|phrase)?|pwd|secret|token|key)[[:space:]]*=|://[^[:space:]]*@)'
                         THEN 'withheld' ELSE f.setting END,
           'file', regexp_replace(f.sourcefile, '^.*/', ''), 'applied', f.applied,
           'error', f.error IS NOT NULL)::text
  FROM pg_show_all_file_settings() AS f
