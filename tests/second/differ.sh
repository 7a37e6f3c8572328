#!/bin/sh
# tests/second/differ.sh - make differ: fresh packages from private clusters (a carrier; a bracket
# that was dry, and one that wrote), and differ.py on their mutants.  Knobs are differ.py's.
set -eu
cd "$(dirname "$0")/../.."
BIN=${BIN:-build/bin} LC_ALL=C
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
NAME=differ-$$ W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-differ-XXXXXX")
export LC_ALL
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE
trap '"$BIN/dryproof" sandbox down --name "$NAME" >/dev/null; rm -rf "$W"' EXIT
trap 'exit 130' INT TERM
"$BIN/dryproof-pack" key new --role packager --out "$W/signer" >/dev/null

"$BIN/dryproof" run --carrier carriers/c1 --repo "$W/evidence" --key "$W/signer.key" --json >"$W/run.json"
package=$(jq -r .package "$W/run.json")
mkdir "$W/carrier"
for f in package.tar attestations.intoto.jsonl; do
    git -C "$W/evidence" show "main:packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package/$f" >"$W/carrier/$f"
done

"$BIN/dryproof" sandbox up --name "$NAME" >/dev/null
socket=$("$BIN/dryproof" sandbox status --name "$NAME" | sed 's/.*: //')
sql() { psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -p 5432 -U dryproof_sandbox "$@"; }
sql -d postgres -c 'CREATE DATABASE tiny TEMPLATE template0' -c 'CREATE ROLE tiny_writer LOGIN'
# one row has versions that the first reader prunes: WAL that is explained
sql -d tiny -c 'DROP EXTENSION plpgsql' -c 'CREATE SCHEMA d AUTHORIZATION tiny_writer' -c 'SET ROLE tiny_writer' \
    -c 'CREATE TABLE d.t(a int PRIMARY KEY, b text)' -c "INSERT INTO d.t SELECT i, 'x' FROM generate_series(1, 300) AS i" \
    -c 'CREATE SEQUENCE d.s' -c 'RESET ROLE' -c 'VACUUM ANALYZE d.t' \
    -c "UPDATE d.t SET b = 'y' WHERE a > 200" -c "UPDATE d.t SET b = 'z' WHERE a > 200" -c CHECKPOINT
if sql -d tiny -c 'CREATE EXTENSION pg_walinspect' 2>/dev/null; then # else WAL that moved is a HOLD
    sql -d tiny -c 'GRANT EXECUTE ON FUNCTION pg_get_wal_records_info TO dryproof_observer'
fi

# bracket NAME COMMAND...: its package
bracket() {
    one=$1; shift
    "$BIN/dryproof-collect" bracket --db "host=$socket port=5432 user=dryproof_observer dbname=tiny" \
        --command-db "host=$socket port=5432 user=tiny_writer dbname=tiny" --out "$W/$one.run" -- "$@" >/dev/null
    "$BIN/dryproof-pack" pack "$W/$one.run" --key "$W/signer.key" --out "$W/$one" >/dev/null
}
bracket dry psql -XAtc 'SELECT count(*) FROM d.t WHERE b > $$a$$' -c 'SELECT pg_sleep(0.3)'
mkdir "$W/tiny" # the golden package of the vectors, signed again
cp tests/vectors/golden/package.tar tests/vectors/golden/attestations.intoto.jsonl "$W/tiny/"
bracket wet psql -XAtq -c BEGIN -c "INSERT INTO d.t VALUES (1000, 'new')" -c 'SAVEPOINT a' \
    -c 'UPDATE d.t SET b = NULL WHERE a = 7' -c COMMIT -c "SELECT nextval('d.s')" -c 'SELECT pg_sleep(0.3)'
"$BIN/dryproof" sandbox down --name "$NAME" >/dev/null
nice -n 5 python3 tests/second/differ.py "$W" "$BIN" tiny=6 carrier=2 dry=3 wet=3
