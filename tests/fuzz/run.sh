#!/bin/sh
# tests/fuzz/run.sh ENGINE BUILD - every target of tests/fuzz for FUZZ_SECONDS from its seeds;
# a table, and "N passed, N failed" at the end.  `make fuzz` builds the targets and calls it.
# ENGINE is libfuzzer or afl.  From the environment:
#   SEED=1  SHARD=1/1 (i/n: every n-th target from the i-th)  FUZZ_SECONDS=30 (each target)
#   TARGETS='ustar json' (default: all)
# An input that breaks a property stays in build/fuzz-found/TARGET-*; to see it again:
#   build/fuzz/TARGET build/fuzz-found/TARGET-...
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "$1" = compiler ]; then
    command -v "$2" >/dev/null && exit 0
    echo "fuzz: $2 is not installed: apt-get install $(case $2 in afl*) echo afl++ ;; *) echo clang ;; esac)" >&2
    exit 5
fi
engine=$1 built=$2
. tests/shard.sh
SEED=${SEED:-1} FUZZ_SECONDS=${FUZZ_SECONDS:-30}
for n in "$SEED" "$FUZZ_SECONDS"; do
    case $n in '' | *[!0-9]* | 0) echo "fuzz: SEED and FUZZ_SECONDS are numbers above 0" >&2; exit 2 ;; esac
done
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-fuzz-XXXXXX")
export TMPDIR LC_ALL=C
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM
found=build/fuzz-found
mkdir -p "$found" "$TMPDIR/afl"
passed=0 failed=0

libfuzzer() { # TARGET: sets executions, coverage before and after
    timeout $((FUZZ_SECONDS + 120)) "$built/fuzz/$1" -seed="$SEED" -max_total_time="$FUZZ_SECONDS" -timeout=30 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$found/$1-" "$TMPDIR/corpus/$1" "tests/fuzz/seeds/$1" >"$TMPDIR/log" 2>&1; status=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$TMPDIR/log")
    before=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$TMPDIR/log")
    after=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$TMPDIR/log" | tail -n 1)
}
afl() {
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 timeout $((FUZZ_SECONDS + 120)) \
        afl-fuzz -s "$SEED" -V "$FUZZ_SECONDS" -m none -t 5000+ -i "tests/fuzz/seeds/$1" -o "$TMPDIR/afl/$1" "$built/fuzz/$1" >"$TMPDIR/log" 2>&1; status=$?
    stats=$TMPDIR/afl/$1/default
    [ -f "$stats/fuzzer_stats" ] || { status=1; return; }
    executions=$(sed -n 's/^execs_done *: *//p' "$stats/fuzzer_stats")
    after=$(sed -n 's/^edges_found *: *//p' "$stats/fuzzer_stats")
    before=$(sed -n '2s/.*, *\([0-9]*\)$/\1/p' "$stats/plot_data")
    for f in "$stats"/crashes/id* "$stats"/hangs/id*; do [ ! -f "$f" ] || cp "$f" "$found/$1-$(cksum <"$f" | cut -d ' ' -f 1)"; done
    cp "$stats"/queue/id* "$TMPDIR/corpus/$1" 2>/dev/null
}

rm -f "$found"/*
printf '%-10s %12s %12s %12s %8s\n' target executions coverage new crashes
i=0
for seeds in tests/fuzz/seeds/*; do
    target=${seeds##*/}
    [ "$target" != package-c1 ] || continue
    case " ${TARGETS:-$target} " in *" $target "*) ;; *) continue ;; esac
    i=$((i + 1))
    in_shard "$i" || continue
    mkdir -p "$TMPDIR/corpus/$target"
    executions=0 before=0 after=0
    $engine "$target"
    crashes=$(find "$found" -name "$target-*" | wc -l)
    printf '%-10s %12s %12s %12s %8s\n' "$target" "${executions:-0}" "${after:-0}" $((${after:-0} - ${before:-0})) "$crashes"
    if [ "$status" -eq 0 ] && [ "$crashes" -eq 0 ] && [ "${executions:-0}" -gt 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        grep -a -E '^fuzz: |ERROR: |SUMMARY|runtime error' "$TMPDIR/log" | head -n 5 | sed 's/^/    /'
        [ "$crashes" -gt 0 ] || tail -n 5 "$TMPDIR/log" | sed 's/^/    /'
    fi
done
if [ -d "$TMPDIR/corpus/ustar" ]; then
    mkdir "$TMPDIR/accepted"
    if FUZZ_ACCEPTED=$TMPDIR/accepted build/fuzz/ustar "$TMPDIR/corpus/ustar" tests/fuzz/seeds/ustar >"$TMPDIR/log" 2>&1 &&
        python3 tests/fuzz/readers.py "$TMPDIR/accepted"; then passed=$((passed + 1)); else failed=$((failed + 1)); tail -n 5 "$TMPDIR/log"; fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
