#!/bin/sh
# tests/run.sh - all tests: unit programs (cmocka, sanitised), then tests/e2e/*.sh on a
# private PostgreSQL.  The last line is "N passed, N failed, N skipped".
# Usage: tests/run.sh [NAME...]: only unit programs and scripts whose names contain one.
set -u
cd "$(dirname "$0")/.." || exit 1
ROOT=$(pwd)
BIN=${DRYPROOF_TEST_BIN:-$ROOT/build/bin} SAN=$ROOT/build/bin-san
export ROOT BIN SAN LC_ALL=C
# in memory where possible: the tests sync thousands of files
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
export TMPDIR="${TMPDIR:-/tmp}"
TOP=$(mktemp -d "$TMPDIR/dryproof-check-XXXXXX")
NAME=check-$$
REPORT=$TOP/report
: >"$REPORT"
finish() { "$BIN/dryproof" sandbox down --name "$NAME" >/dev/null; rm -rf "$TOP"; }
trap finish EXIT
trap 'exit 130' INT TERM

wanted() {
    [ "$#" -gt 1 ] || return 0
    t_file=$1; shift
    for w in "$@"; do case $t_file in *"$w"*) return 0 ;; esac; done
    return 1
}

unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE
if ! "$BIN/dryproof" sandbox up --name "$NAME" --carrier carriers/c1 >"$TOP/up" 2>&1; then
    cat "$TOP/up"
    echo "0 passed, 1 failed"
    exit 1
fi
SOCKET=$("$BIN/dryproof" sandbox status --name "$NAME" | sed 's/.*: //')
DRYPROOF_TEST_DB="host=$SOCKET port=5432 user=dryproof_sandbox dbname=c1"
GOLDEN=$TOP/golden
export SOCKET DRYPROOF_TEST_DB GOLDEN

for program in build/unit/*; do
    [ -x "$program" ] && wanted "$program" "$@" || continue
    timeout 580 "$program" >"$TOP/out" 2>&1
    bad=$?
    sed -n 's/^\[       OK \] /ok - /p' "$TOP/out" | sed "s|^ok - |ok - ${program##*/}: |" >>"$REPORT"
    # the line that a test printed before it was skipped is the reason
    awk -v program="${program##*/}" '/^\[  SKIPPED \] / && before !~ /^\[|^$/ {
        print "skip - " program ": " $4 ": " before } { before = $0 }' "$TOP/out" >>"$REPORT"
    if [ "$bad" -ne 0 ]; then
        echo "not ok - ${program##*/} (status $bad)" | tee -a "$REPORT"
        tail -n 20 "$TOP/out" | sed 's/^/    /'
    fi
done
echo "unit: $(grep -c '^ok' "$REPORT") passed"

for script in tests/e2e/*.sh; do
    wanted "$script" "$@" || case $script in *00-golden.sh) ;; *) continue ;; esac
    W=$TOP/${script##*/}; export W
    mkdir -p "$W"
    echo "-- ${script##*/}"
    { timeout 580 sh "$script" 2>&1; echo $? >"$W.status"; } | tee "$W.out" | grep -v '^ok - '
    grep -E '^(ok|not ok|skip) - ' "$W.out" >>"$REPORT"
    # a script that is cut short (time, signal, syntax) has not passed, whatever it printed before
    [ "$(cat "$W.status")" -le 1 ] || echo "not ok - ${script##*/} ended with status $(cat "$W.status")" | tee -a "$REPORT"
    grep -qE '^(ok|not ok|skip) - ' "$W.out" || echo "not ok - ${script##*/} checked nothing" | tee -a "$REPORT"
done

failed=$(grep -c '^not ok' "$REPORT")
skipped=$(grep -c '^skip' "$REPORT")
[ "$skipped" -eq 0 ] || { echo "skipped:"; sed -n 's/^skip - /  /p' "$REPORT"; }
echo "$(grep -c '^ok' "$REPORT") passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && grep -q '^ok' "$REPORT"
