-- collector/sql/cluster_ident_15.sql
-- What:    the maps of user names as they stand in their files.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    EXECUTE on pg_ident_file_mappings.  PostgreSQL 15 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
SELECT 'ident', h.ordinality::text,
       (to_jsonb(h) - ARRAY['ordinality', 'line_number', 'map_number', 'file_name', 'error']
        || jsonb_build_object('error', h.error IS NOT NULL))::text
  FROM pg_ident_file_mappings() WITH ORDINALITY AS h
