-- collector/sql/cluster_file.sql
-- What:    configuration files: size, time of modification, and digest.
-- Source:  FORMAT.md section 3, cluster.ndjson.
-- Role:    EXECUTE on pg_stat_file and pg_read_binary_file; for all but the first also
--          pg_read_server_files and pg_read_all_settings.  PostgreSQL 13 and later.
-- Columns: kind, identity, definition, all text.
-- Order:   none; the collector sorts the lines by their bytes.
-- Limit:   a file whose lines may hold a secret (parameter $1, a pattern) is not hashed: its
--          digest would let a weak one be guessed.
SELECT 'file', f.name,
       json_build_object('size', s.size, 'modified', s.modification AT TIME ZONE 'UTC',
                         'sha256', CASE WHEN encode(b.bytes, 'escape') ~* ('(^|\n)[^#\n]*' || $1)
                                        THEN 'withheld' ELSE encode(sha256(b.bytes), 'hex') END)::text
  FROM (SELECT 'postgresql.auto.conf', 'postgresql.auto.conf'
        UNION ALL
        SELECT p.name, p.setting FROM pg_settings AS p
         WHERE p.name IN ('config_file', 'hba_file', 'ident_file')
           AND pg_has_role('pg_read_server_files', 'USAGE')) AS f(name, path),
       LATERAL pg_stat_file(f.path, true) AS s,
       LATERAL (SELECT pg_read_binary_file(f.path, 0, 1048576, true)) AS b(bytes)
