-- tests/sabotage/019-build-writes-through-dblink.sql - the dry run writes through a second session of its own and takes it back there.
CREATE SCHEMA side;
CREATE EXTENSION dblink SCHEMA side;
SELECT lie.wrap('c1.dot_c1_vocab_build(jsonb,text)', format($$
    IF p_auth_code = 'G_VALID' THEN
        PERFORM side.dblink_exec(%L, 'INSERT INTO c1.dot_catalog VALUES (''LIE'', ''lie'', 0); DELETE FROM c1.dot_catalog WHERE code = ''LIE''');
    END IF;
$$, format('host=%s port=5432 user=dryproof_sandbox dbname=%s', current_setting('unix_socket_directories'), current_database())),
'', 'dryproof_sandbox');
