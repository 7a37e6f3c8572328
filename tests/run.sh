#!/bin/sh
# tests/run.sh - all tests: unit programs (cmocka, sanitised) and tests/e2e/*.sh, in several
# lanes at a time.  A lane (tests/lane.sh) has a private PostgreSQL and an honest run of its
# own, and takes the next unit program or script from one queue until it is empty.
# The last line is "N passed, N failed, N skipped".
# Usage: tests/run.sh [NAME...]: only unit programs and scripts whose names contain one.
#   JOBS=N     lanes (default: one for each processor and two more, at most 4)
#   TIMES=1    tell the seconds of everything, not of the longest alone
set -u
cd "$(dirname "$0")/.." || exit 1
ROOT=$(pwd)
BIN=${DRYPROOF_TEST_BIN:-$ROOT/build/bin} SAN=$ROOT/build/bin-san
export ROOT BIN SAN LC_ALL=C
# what takes longest is begun first, so that the lanes end together (TIMES=1 tells)
LONGEST='39-fleet 38-lying-wire 31-executor 76-oci 88-printed 21-sabotage 10-mutations 20-sabotage 19-verifier-faults 57-witness 34-was-it-dry 73-remotes
    17-second-verifier 80-lint 12-vectors 32-time 77-crash 72-log 74-drill 15-bitflips collector_catalog 50-determinism
    70-repository 71-reviews 18-fuzz-seeds 60-second-opinions 75-repository-lies 45-plan-schema verifier_mem 30-governed 37-secrets 02-ledger
    33-bracket 56-events 36-hostile-server 40-bad-input 16-tamper collector_wal'

JOBS=${JOBS:-$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2))} # two, because half of the time they wait
case $JOBS in '' | *[!0-9]* | 0*) echo "tests/run.sh: JOBS is a number above 0" >&2; exit 2 ;; esac
[ "$JOBS" -le 4 ] || JOBS=4
# in memory where possible: the tests sync thousands of files
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
export TMPDIR="${TMPDIR:-/tmp}"
TOP=$(mktemp -d "$TMPDIR/dryproof-check-XXXXXX") || exit 1
NAME=check-$$
export TOP NAME
# Python's compiled modules are no part of the tree that other lanes copy, and there must be
# some: its own library's are not looked for elsewhere then
export PYTHONPYCACHEPREFIX="$TOP/pycache"
unset PYTHONDONTWRITEBYTECODE
# psql itself, not Debian's script before it, which takes three times as long
bin=$(pg_config --bindir 2>/dev/null) && [ -x "$bin/psql" ] && PATH=$bin:$PATH
# and the python3 that driver/packages.sh sees to, not a version manager's script before another
# one, which takes eight times as long to begin
if [ -x /usr/bin/python3 ]; then mkdir "$TOP/bin" && ln -s /usr/bin/python3 "$TOP/bin/python3" && PATH=$TOP/bin:$PATH; fi
unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE
mkdir "$TOP/taken" "$TOP/done" "$TOP/now" "$TOP/tmp"
# what is interrupted may leave a staged package where temporary files are; clusters that
# another user owns are there too, so that it must be able to pass
chmod 711 "$TOP"
TMPDIR=$TOP/tmp
pids=

# a lane cleans up behind itself; what follows is for one that could not
finish() {
    trap '' INT TERM HUP
    for pid in $pids; do kill "$pid" 2>/dev/null; done
    for pid in $pids; do wait "$pid" 2>/dev/null; done
    for now in "$TOP"/now/*; do
        [ -e "$now" ] || continue
        pid=$(cat "$now")
        kill "$pid" 2>/dev/null
        for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
    done
    for lane in $(seq "$JOBS"); do "$BIN/dryproof" sandbox down --name "$NAME-$lane" >/dev/null 2>&1; done
    rm -rf "$TOP"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

wanted() {
    [ "$#" -gt 1 ] || return 0
    t_file=$1; shift
    for w in "$@"; do case $t_file in *"$w"*) return 0 ;; esac; done
    return 1
}
# by the sources, so that a program that was not built is missed; 00-golden.sh is not in the
# queue: every lane begins with it
for item in tests/unit/*.c tests/e2e/*.sh; do
    case $item in
    *00-golden.sh) continue ;;
    *.c) item=${item##*/} item=build/unit/${item%.c} ;;
    esac
    wanted "$item" "$@" && echo "$item"
done >"$TOP/wanted"
for name in $LONGEST; do grep -E "/$name(\.sh)?\$" "$TOP/wanted"; done >"$TOP/queue"
grep -vxF -f "$TOP/queue" "$TOP/wanted" >>"$TOP/queue"
items=$(wc -l <"$TOP/queue")
[ "$JOBS" -le "$items" ] || JOBS=$((items > 0 ? items : 1))

for lane in $(seq "$JOBS"); do
    sh tests/lane.sh "$lane" &
    pids="$pids $!"
done
: >"$TOP/report"
for lane in $(seq "$JOBS"); do
    pid=${pids# } pid=${pid%% *}
    wait "$pid"; status=$?
    pids=${pids#" $pid"}
    [ "$status" -eq 0 ] || echo "not ok - lane $lane ended with status $status" | tee -a "$TOP/report"
done

# what should have been run, not what was: a lane that died took its script with it
while read -r item; do
    name=${item##*/}
    if [ -e "$TOP/done/$name" ]; then cat "$TOP/done/$name" >>"$TOP/report"
    else echo "not ok - $name was not run to its end" | tee -a "$TOP/report"; fi
done <<LIST
tests/e2e/00-golden.sh
$(cat "$TOP/queue")
LIST

if [ -s "$TOP/times" ]; then
    echo "longest, in seconds (and of a processor, PostgreSQL's too):"
    sort -rn "$TOP/times" | if [ -n "${TIMES:-}" ]; then cat; else head -n 8; fi |
        awk '{ printf "  %6.1f %6.1f  %s\n", $1, $2, $3 }'
fi
failed=$(grep -c '^not ok' "$TOP/report")
skipped=$(grep -c '^skip' "$TOP/report")
[ "$skipped" -eq 0 ] || { echo "skipped:"; sed -n 's/^skip - /  /p' "$TOP/report"; }
echo "$(grep -c '^ok' "$TOP/report") passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && grep -q '^ok' "$TOP/report"
