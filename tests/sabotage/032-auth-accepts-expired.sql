-- tests/sabotage/032-auth-accepts-expired.sql - the authorization does not look at the clock.
SELECT lie.edit('c1.verify_authorization(text,text,text,text,text[])', 'IF g.expires_at <= transaction_timestamp() THEN', 'IF g.expires_at <= NULL THEN');
