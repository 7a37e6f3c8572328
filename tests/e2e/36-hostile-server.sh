# tests/e2e/36-hostile-server.sh - the collector against servers that misbehave before there
# is a session (tests/tools/fake_server.py), that stop, and against what a database may hold:
# functions that wait to be run, settings, names.  The wire that lies is 38-lying-wire.sh.
. tests/lib.sh
C=$SAN/dryproof-collect
wire() { python3 tests/tools/wire.py "$@"; }
python3 tests/tools/fake_server.py "$C" "$W"

# a tool that cannot fail proves nothing
printf '#!/bin/sh\nexit 0\n' >"$W/yes"; chmod +x "$W/yes"
printf '#!/bin/sh\nprintf "dryproof-collect: error: \\033[2J %%s\\n" "$PGPASSWORD" >&2; exit 5\n' >"$W/raw"; chmod +x "$W/raw"
for fake in yes raw; do
    python3 tests/tools/fake_server.py "$W/$fake" "$W" >"$W/fooled"
    t "a collector that $fake fails every script" test "$(grep -c '^ok' "$W/fooled")" -eq 0
done

# ---- a server that is stopped at once, as pg_ctl stop -m immediate does
STOPPED=$LANE-stop
trap '"$BIN/dryproof" sandbox down --name "$STOPPED" >/dev/null' EXIT
trap 'exit 143' INT TERM
for at in 14 200 2000; do
    "$BIN/dryproof" sandbox up --name "$STOPPED" --carrier carriers/c1 >"$W/log" 2>&1
    AT=$at wire "$C" "$("$BIN/dryproof" sandbox status --name "$STOPPED" | sed 's/.*: //')" c1 carriers/c1 "$W" stop
    "$BIN/dryproof" sandbox down --name "$STOPPED" >"$W/log" 2>&1
done

# ---- no function of the database runs because we look at it
hostile() { new_database hostile >"$W/log" 2>&1 && as_superuser -o /dev/null -d hostile -c "$1" >>"$W/log" 2>&1; rm -rf "$W/run"; }
collect() { "$C" run --carrier carriers/c1 --db "$(observer hostile)" --out "$W/run" --quiet "$@"; }
evil="CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
    CREATE FUNCTION evil.run() RETURNS text LANGUAGE plpgsql AS \$f\$ BEGIN RAISE EXCEPTION 'EVIL RAN'; END \$f\$;
    CREATE FUNCTION evil.quote_ident(name) RETURNS text LANGUAGE sql AS 'SELECT evil.run()';
    CREATE FUNCTION evil.age(xid) RETURNS integer LANGUAGE sql AS 'SELECT length(evil.run())';
    CREATE VIEW evil.pg_class AS SELECT *, evil.run() FROM pg_catalog.pg_class;"
hostile "$evil DROP TABLE dryproof_sandbox.mark; CREATE VIEW dryproof_sandbox.mark AS SELECT evil.run() AS label; GRANT SELECT ON dryproof_sandbox.mark TO PUBLIC"
says 5 "mark is no table" "a sandbox mark that is a view" collect
hostile "$evil DROP TABLE dryproof_sandbox.mark; CREATE TYPE evil.label AS ENUM ('x');
    CREATE FUNCTION evil.cast(evil.label) RETURNS text LANGUAGE sql AS 'SELECT evil.run()'; CREATE CAST (evil.label AS text) WITH FUNCTION evil.cast(evil.label);
    CREATE TABLE dryproof_sandbox.mark (label evil.label); INSERT INTO dryproof_sandbox.mark VALUES ('x'); GRANT SELECT ON dryproof_sandbox.mark TO PUBLIC"
says 5 "mark is no table" "a sandbox mark of a type with a cast of its own" collect
# what a manifest's function changes must not reach our other queries
hostile "$evil ALTER FUNCTION c1.manifest_hash() RENAME TO honest_hash;
    CREATE FUNCTION c1.manifest_hash() RETURNS text LANGUAGE plpgsql AS \$f\$ BEGIN PERFORM set_config('search_path', 'evil, pg_catalog', false);
    RETURN c1.honest_hash(); END \$f\$"
collect >"$W/out" 2>"$W/log"
t "a function that changes the search path reaches nothing else" sh -c "! grep -q 'EVIL RAN' '$W/log' && { [ -e '$W/run/run.json' ] || grep -q 'unsafe session' '$W/log'; }"
hostile "ALTER DATABASE hostile SET search_path = 'evil'; ALTER ROLE dryproof_observer IN DATABASE hostile SET row_security = on;
    ALTER ROLE dryproof_observer IN DATABASE hostile SET default_transaction_read_only = off; ALTER ROLE dryproof_observer IN DATABASE hostile SET bytea_output = 'escape';
    ALTER DATABASE hostile SET DateStyle = 'German'; ALTER DATABASE hostile SET statement_timeout = '1ms'; ALTER DATABASE hostile SET client_encoding = 'LATIN1'; $evil"
exits 0 "settings of the database and the role change nothing of ours" collect
t "the settings were ours" jq -e '.pinned | .bytea_output == "hex" and .search_path == "" and .row_security == "off" and .default_transaction_read_only == "on"' "$W/run/environment.json"
new_database elsewhere >"$W/log" 2>&1; hostile "SELECT 1"
says 5 "must lead to the same one" "steps that would run in another database" collect --steps-db "host=$SOCKET user=c1_step dbname=elsewhere"
t "and none did" test ! -e "$W/run/steps/001-schema-ensure/dispatch/result.json"
says 2 "expected 1 to 3600" "a time-out that is none" collect --timeout 0

# ---- names
names="CREATE SCHEMA \"s'\"\"; DROP SCHEMA c1; --\";
    CREATE TABLE \"s'\"\"; DROP SCHEMA c1; --\".\"new
line	tab \\ %s%n \$1 \$\$ {} \"\" ü🙈\" (\"a\"\"b\" text, \"c'd\\ 
e\" int, \"select\" text); INSERT INTO \"s'\"\"; DROP SCHEMA c1; --\".\"new
line	tab \\ %s%n \$1 \$\$ {} \"\" ü🙈\" VALUES (E'\\\\.', 1, E'\\\\N'), (NULL, 2, E'a\\tb\\nc');
    CREATE TABLE public.\"$(printf 'x%.0s' $(seq 63))\" (\"$(printf 'y%.0s' $(seq 63))\" int); CREATE SEQUENCE \"s'\"\"; DROP SCHEMA c1; --\".\"q;'\"\"\";
    GRANT USAGE ON SCHEMA \"s'\"\"; DROP SCHEMA c1; --\" TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA \"s'\"\"; DROP SCHEMA c1; --\", public TO PUBLIC;
    GRANT SELECT ON ALL SEQUENCES IN SCHEMA \"s'\"\"; DROP SCHEMA c1; --\" TO PUBLIC"
hostile "$names"
cp "$W/log" "$W/setup"
exits 0 "a run among hostile names" collect
as_superuser -d hostile -Atc "SELECT json_agg(quote_ident(nspname) || '.' || quote_ident(relname) ORDER BY quote_ident(nspname) || '.' || quote_ident(relname) COLLATE \"C\")
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')" | jq -S . >"$W/want"
jq -S '[.tables[].relation]' "$W/run/before/tables.json" >"$W/got"
t "every name as it is" cmp "$W/want" "$W/got"
t "the hostile ones are there" grep -q '🙈' "$W/got"
t "and their columns" jq -e '[.tables[] | select(.relation | contains("🙈")) | .columns[][0]] == ["a\"b", "c'"'"'d\\ \ne", "select"]' "$W/run/before/tables.json"
t "and the sequence" jq -e '[.sequences[].relation] | any(contains("q;"))' "$W/run/before/sequences.json"

# ---- a database that converts nothing, with bytes that are no text in any encoding
rm -rf "$W/run"
as_superuser -d postgres -c "CREATE DATABASE hostile_ascii ENCODING 'SQL_ASCII' TEMPLATE template0" >"$W/log" 2>&1
pg_dump -h "$SOCKET" -p 5432 -U dryproof_sandbox c1 2>>"$W/log" | as_superuser -d hostile_ascii >>"$W/log" 2>&1
as_superuser -d hostile_ascii -c "SET client_encoding = SQL_ASCII; UPDATE c1.governance_build_authorization SET request_ref = E'\\xff\\xfe' WHERE auth_code = 'G_VALID'" >>"$W/log" 2>&1
ascii() { "$C" run --carrier carriers/c1 --db "$(observer hostile_ascii)" --out "$W/run" --quiet; }
says 5 "normalization" "an SQL_ASCII database, as far as C1's manifest can go there" ascii
t "bytes that are no UTF-8 are kept as base64" grep -q '{"b64":"//4="}' "$W/run/before/tables/000009.ndjson"
as_superuser -d hostile_ascii -c "SET client_encoding = SQL_ASCII; DO \$\$ BEGIN EXECUTE E'CREATE TABLE public.\"\\xff\" ()'; END \$\$" >>"$W/log" 2>&1
rm -rf "$W/run"
says 5 "not valid UTF-8" "a table whose name is no UTF-8" ascii
