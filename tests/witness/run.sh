#!/bin/sh
# tests/witness/run.sh [OPTION...] - the witness table: every action of actions.tsv as three
# roles, in private clusters, options are those of witness.py.
# SHARD=i/n does every n-th line, from the i-th (default 1/1).  Last line: "N passed, N failed, N skipped".
cd "$(dirname "$0")/../.." || exit 1
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE PGPASSWORD
. tests/shard.sh
LC_ALL=C exec python3 -B tests/tools/witness.py --part "$SHARD" "$@"
