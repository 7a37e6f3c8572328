-- collector/sql/cluster_setting.sql
-- What:    settings from configuration, and per role and database; secrets are withheld, not hashed.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   a pinned setting is shown as its reset value, the one without our pin.  Parameter
--          $1 is a pattern of what may be a secret: met in the name, or as a password in the value.
WITH all_settings(kind, identity, name, value) AS (
    SELECT 'setting', s.name, s.name,
           CASE WHEN s.source = 'session' THEN s.reset_val ELSE s.setting END
      FROM pg_settings AS s
     WHERE s.source IN ('session', 'configuration file', 'command line', 'environment variable',
                        'global', 'database', 'user', 'database user')
       AND s.name NOT IN ('client_encoding', 'search_path', 'application_name')
       AND s.name NOT LIKE 'transaction%'
    UNION ALL
    SELECT 'role-setting',
           format('%s %s %s', coalesce(quote_ident(d.datname), 'all-databases'),
                  coalesce(quote_ident(r.rolname), 'all-roles'), split_part(c, '=', 1)),
           split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)
      FROM pg_db_role_setting AS g
      LEFT JOIN pg_database AS d ON d.oid = g.setdatabase
      LEFT JOIN pg_roles AS r ON r.oid = g.setrole,
           unnest(g.setconfig) AS c)
SELECT kind, identity,
       CASE WHEN name ~* $1 OR value ~* '((pass(word|wd|phrase)?|pwd|secret|token|key)[[:space:]]*=|://[^[:space:]]*@)'
            THEN 'withheld' ELSE value END
  FROM all_settings
UNION ALL
SELECT 'setting-pending', s.name, '' FROM pg_settings AS s WHERE s.pending_restart
