#!/bin/sh
# tests/vectors/record.sh - record the corpus' golden package anew: a real bracket of
# `psql -c 'SELECT count(*) FROM item'` on a private PostgreSQL, made smaller by
# tests/tools/mkgolden.py, sealed by dryproof-pack and signed with the published test key.
# Needed only when the format changes; afterwards run tests/tools/mkvectors.py.
set -eu
cd "$(dirname "$0")/../.."
BIN=$(pwd)/build/bin
name=vectors-$$
W=$(mktemp -d)
trap '"$BIN/dryproof" sandbox down --name "$name" >/dev/null; rm -rf "$W"' EXIT
"$BIN/dryproof" sandbox up --name "$name" >/dev/null
socket=$("$BIN/dryproof" sandbox status --name "$name" | sed 's/.*: //')
sql() { psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -p 5432 -U dryproof_sandbox "$@"; }
sql -d postgres -c 'CREATE DATABASE tiny TEMPLATE template0'
sql -d tiny -c 'DROP EXTENSION plpgsql' -c 'COMMENT ON SCHEMA public IS NULL' -c 'CREATE TABLE public.item (id integer)' \
    -c 'INSERT INTO item VALUES (1)' -c 'CREATE SEQUENCE public.item_id' -c 'VACUUM' -c 'CHECKPOINT'
install -m 0600 tests/vectors/keys/packager.key "$W/key"
"$BIN/dryproof-collect" bracket --db "host=$socket port=5432 user=dryproof_observer dbname=tiny" --out "$W/run" \
    -- psql -XAtc 'SELECT count(*) FROM item' >/dev/null
python3 tests/tools/mkgolden.py "$W/run"
"$BIN/dryproof-pack" pack "$W/run" --key "$W/key" --out "$W/stage" >/dev/null
mkdir -p tests/vectors/golden
cp "$W/stage/package.tar" "$W/stage/attestations.intoto.jsonl" tests/vectors/golden/
ls -l tests/vectors/golden
