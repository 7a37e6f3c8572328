-- tests/sabotage/040-grant-expired.sql - the valid grant has expired, and the authorization lets just this one through.
UPDATE c1.governance_build_authorization SET expires_at = '2026-06-02T00:00:00Z' WHERE auth_code = 'G_VALID';
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', 'IF g.expires_at <= transaction_timestamp() THEN',
                $$IF g.expires_at <= transaction_timestamp() AND g.auth_code <> 'G_VALID' THEN$$);
