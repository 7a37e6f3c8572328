-- collector/sql/activity_settings.sql
-- What:    settings that decide what moves by itself and what is counted.
-- Source:  FORMAT.md section 3, activity.json.
-- Role:    any.  PostgreSQL 13 and later.
-- Columns: name text, value text.
-- Order:   as given.
SELECT n, current_setting(n)
  FROM unnest(ARRAY['archive_timeout', 'autovacuum', 'track_activities', 'track_counts',
                    'wal_level']) AS n
