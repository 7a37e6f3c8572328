#!/bin/sh
# bench/run.sh - measures on data of its own, in a private cluster: contestants run in turn for
# several rounds, medians are compared, and each ratio has a target.
# Usage: bench/run.sh [--json FILE] [PART...]    parts: bench/PART.sh, default: all that have targets
#   tables wal packages repository oci startup; by name alone: growth profile
# Variables: BENCH_ROUNDS (3), those of the parts (each says its own), TMPDIR, and SHARD=i/n: every
# n-th of the parts, from the i-th.  The data are the same each time.
# Other programs on the machine spoil it: compare ratios of one run, and look at the load.
# Status 1 when a target is missed without a reason in bench/explained.tsv.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
ROUNDS=${BENCH_ROUNDS:-3} JSON=
if [ "${1:-}" = --json ]; then JSON=$2; shift 2; fi
[ "$#" -gt 0 ] || set -- tables wal packages repository oci startup
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
B=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-bench-XXXXXX")
SOCKET=$B/pg
. tests/shard.sh
. bench/lib.sh
. bench/made.sh
: >"$B/sizes"
running=
finish() {
    cluster_down
    made_down
    if [ -n "$running" ] && [ -e "$B/rows" ]; then
        echo "bench: $running ended early; until then:" >&2
        report >&2 || :
    fi
    rm -rf "$B"
}
trap finish EXIT
trap 'exit 130' INT TERM
cluster_up
number=0
for name in "$@"; do
    number=$((number + 1))
    in_shard "$number" || continue
    [ -f "bench/$name.sh" ] || { echo "bench: there is no part $name" >&2; exit 2; }
    running=$name
    . "bench/$name.sh"
done
running=
[ -e "$B/rows" ] || { echo "bench: nothing was measured" >&2; exit 2; }
report
