#!/bin/sh
# tests/witness/noise.sh - brackets on an idle server, and beside pgbench and autovacuum, as
# statistics (see witness_noise.py).
#   IDLE, NOISY, WRITERS, NAMELESS   numbers of brackets (default 300, 60, 20 and 6: minutes)
#   FULL=1       1000, 200, 50 and 10: tens of minutes
#   SEED=N       pgbench's (default 1)
#   SHARD=i/n    every n-th bracket of each kind, from the i-th (default 1/1)
cd "$(dirname "$0")/../.." || exit 1
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE PGPASSWORD
. tests/shard.sh
if [ -n "${FULL:-}" ]; then set -- --idle 1000 --noisy 200 --writers 50 --nameless 10 "$@"; fi
LC_ALL=C exec python3 -B tests/tools/witness_noise.py --idle "${IDLE:-300}" --noisy "${NOISY:-60}" --writers "${WRITERS:-20}" \
    --nameless "${NAMELESS:-6}" --seed "${SEED:-1}" --part "$SHARD" "$@"
