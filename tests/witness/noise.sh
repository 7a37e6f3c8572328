#!/bin/sh
# tests/witness/noise.sh - brackets on an idle server, and beside pgbench and autovacuum, as
# statistics.  Knobs: IDLE, NOISY, WRITERS, NAMELESS (numbers of brackets; see witness_noise.py).
cd "$(dirname "$0")/../.." || exit 1
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE PGPASSWORD
LC_ALL=C exec python3 -B tests/tools/witness_noise.py --idle "${IDLE:-1000}" --noisy "${NOISY:-200}" \
    --writers "${WRITERS:-50}" --nameless "${NAMELESS:-10}" "$@"
