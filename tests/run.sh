#!/bin/sh
# tests/run.sh - the carrier's own assertions on a private PostgreSQL.
set -u
bin=build/bin/dryproof
"$bin" sandbox up --name check --carrier carriers/c1 || exit 1
trap '"$bin" sandbox down --name check >/dev/null' EXIT
socket=$("$bin" sandbox status --name check | sed 's/.*: //')
out=$(psql -X -q -v ON_ERROR_STOP=1 -f tests/carrier/c1.sql "host=$socket user=dryproof_sandbox dbname=c1" 2>&1)
failed=$?
echo "$out"
echo "$(echo "$out" | grep -c '^ok - ') passed, $failed failed"
[ "$failed" -eq 0 ]
