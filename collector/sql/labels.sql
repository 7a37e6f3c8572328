-- collector/sql/labels.sql
-- What:    the labels of a sandbox.  Run only where sql/has_mark.sql says so.
-- Source:  the driver's sandbox; FORMAT.md section 3, environment.json.
-- Role:    SELECT on dryproof_sandbox.mark.  PostgreSQL 13 and later.
-- Columns: label text.
-- Order:   bytewise.
SELECT label FROM ONLY dryproof_sandbox.mark ORDER BY label COLLATE "C"
