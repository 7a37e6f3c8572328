#!/bin/sh
# driver/demo.sh - the C1 surface in a private PostgreSQL, and the hash it computes.
set -eu
bin=build/bin/dryproof
"$bin" sandbox up --name demo --carrier carriers/c1
trap '"$bin" sandbox down --name demo' EXIT
echo 'SELECT c1.manifest_hash()' | "$bin" sandbox psql --name demo --database c1
