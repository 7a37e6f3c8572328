#!/bin/sh
# tests/tamper/run.sh - `make tamper`: every one-byte edit and every cut of the golden package
# of tests/vectors and of its attestations, none of which may be accepted; then the same by
# an insider who signs, and by one who also seals the bag anew (sampled).
#   SEED=N       other signing key, other samples (default 1; it is printed)
#   SHARD=i/n    the i-th of n parts of the work, i from 1 (default 1/1)
#   SAMPLE=N     of the insider's edits one in N (default 32; 1 is all, an hour or more)
#   UNSIGNED=N   of the unsigned edits one in N (default 1: all)
#   JOBS=N       processes (default 2)
#   TAMPER=FILE  the program (default build/bin/tamper)
set -u
cd "$(dirname "$0")/../.." || exit 2
SEED=${SEED:-1} SAMPLE=${SAMPLE:-32} UNSIGNED=${UNSIGNED:-1} JOBS=${JOBS:-2} TAMPER=${TAMPER:-build/bin/tamper}
. tests/shard.sh
golden=tests/vectors/golden
W=$(mktemp -d) || exit 2
trap 'rm -rf "$W"' EXIT
trap 'exit 130' INT TERM
echo "seed $SEED, shard $SHARD, unsigned edits: one in $UNSIGNED, insider's: one in $SAMPLE"
for round in package attestations control insider deep; do
    case $round in insider|deep) sample=$SAMPLE ;; *) sample=$UNSIGNED ;; esac
    pids=
    for job in $(seq 0 $((JOBS - 1))); do
        "$TAMPER" "$round" $golden/package.tar $golden/attestations.intoto.jsonl "$SEED" \
            "$(((part - 1) * JOBS + job))/$((parts * JOBS * sample))" >"$W/$round.$job" 2>"$W/$round.$job.err" &
        pids="$pids $!"
    done
    for pid in $pids; do
        wait "$pid" || { echo "tamper: round $round ended early, with status $?"; cat "$W/$round".*.err; exit 1; }
    done
done
whole=0
[ "$UNSIGNED" -eq 1 ] && [ "$parts" -eq 1 ] && whole=1
cat "$W"/*.[0-9] "$W"/*.[0-9][0-9] 2>/dev/null | python3 tests/tools/tamper_report.py $golden/package.tar tests/tamper/accepted.tsv $whole
