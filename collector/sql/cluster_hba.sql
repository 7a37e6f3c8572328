-- collector/sql/cluster_hba.sql
-- What:    the rules of authentication as they stand in their files.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    EXECUTE on pg_hba_file_rules.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   an option that may hold a secret (parameter $1, a pattern) is withheld; an error's
--          text may quote one.
SELECT 'hba', h.ordinality::text,
       (to_jsonb(h) - ARRAY['ordinality', 'line_number', 'rule_number', 'file_name', 'options',
                            'error']
        || jsonb_build_object(
               'options', (SELECT array_agg(CASE WHEN o ~* $1 THEN split_part(o, '=', 1) || '=withheld'
                                                 ELSE o END ORDER BY o COLLATE "C")
                             FROM unnest(h.options) AS o),
               'error', h.error IS NOT NULL))::text
  FROM pg_hba_file_rules() WITH ORDINALITY AS h
