# tests/lane.sh NUMBER - one lane of tests/run.sh, which sets the environment: a private
# PostgreSQL, an honest run, then whatever is next in the queue.  For each unit program and
# script: its block is printed whole when it ends, what it checked is left in $TOP/done, its
# seconds in $TOP/times.  What a script may use is told in tests/lib.sh.
set -u
LANE=$NAME-$1 number=$1
GOLDEN=$TOP/golden-$1
export LANE GOLDEN
unset JOBS SHARD SEED # the caller's, not of the suites that scripts call
running=
cleanup() {
    trap '' INT TERM HUP
    [ -z "$running" ] || { kill "$running" 2>/dev/null; wait "$running"; }
    rm -f "$TOP/now/$number"
    # what a script began, and could not end itself
    for left in /dev/shm/dryproof-*-"$LANE"-* /tmp/dryproof-*-"$LANE"-*; do
        [ ! -e "$left" ] || "$BIN/dryproof" sandbox down --name "$LANE-${left##*"$LANE"-}" >/dev/null 2>&1
    done
    "$BIN/dryproof" sandbox down --name "$LANE" >/dev/null 2>&1
    rm -rf "$GOLDEN"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP

# seconds of a processor that this cluster's server and its ended sessions have used
server() {
    awk -v tick="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15 + $16 + $17) / tick }' \
        "/proc/$(head -n 1 "$SOCKET/data/postmaster.pid" 2>/dev/null)/stat" 2>/dev/null || echo 0
}

# measured COMMAND...: run it in $W; output in $out, its status; seconds in $wall and $cpu
measured() {
    begun=$(date +%s.%N) before=$(server)
    # behind "&" a shell ignores Ctrl-C for its children; the one inside outlives the time-out,
    # so that the script can clean up
    env --default-signal=INT,QUIT timeout -k 20 1200 \
        sh -c 'trap : TERM; times=$1; shift; "$@"; s=$?; times >"$times"; exit $s' - "$out.times" "$@" \
        >"$out" 2>&1 </dev/null &
    running=$!
    echo "$running" >"$TOP/now/$number"
    wait "$running"; status=$?
    running=
    wall=$(echo "$begun $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
    cpu=$(tail -n 1 "$out.times" 2>/dev/null | tr 'ms' '  ' | awk -v pg="$before $(server)" \
        '{ split(pg, p, " "); printf "%.1f", $1 * 60 + $2 + $3 * 60 + $4 + p[2] - p[1] }')
    echo "$wall ${cpu:-0} $name" >>"$TOP/times"
}

unit() {
    measured "$1"
    sed -n "s/^\[       OK \] /ok - $name: /p" "$out" >"$lines"
    # the line that a test printed before it was skipped is the reason
    awk -v program="$name" '/^\[  SKIPPED \] / && before !~ /^\[|^$/ {
        print "skip - " program ": " $4 ": " before } { before = $0 }' "$out" >>"$lines"
    [ "$status" -eq 0 ] || { echo "not ok - $name (status $status)"; tail -n 20 "$out" | sed 's/^/    /'; } >"$block"
}

script() {
    measured sh "$1"
    grep -v '^ok - ' "$out" >"$block"
    grep -E '^(ok|skip) - ' "$out" >"$lines"
    # a script that is cut short (time, signal, syntax) has not passed, whatever it printed before
    [ "$status" -le 1 ] || echo "not ok - $name ended with status $status" >>"$block"
    grep -qE '^(ok|not ok|skip) - ' "$out" || echo "not ok - $name checked nothing" >>"$block"
}

# do_item FILE: run it, print its block, leave its report
do_item() {
    name=${1##*/}
    W=$TOP/$name out=$TOP/$name.out lines=$TOP/$name.lines block=$TOP/$name.block
    if [ "$name" = 00-golden.sh ]; then W=$TOP/$number/$name out=$out-$number lines=$lines-$number block=$block-$number; fi
    SCRIPT=$name
    export W SCRIPT
    mkdir -p "$W"
    : >"$block"
    case $1 in *.sh) script "$1" ;; *) unit "$1" ;; esac
    grep '^not ok' "$block" >>"$lines"
    { flock 9
      case $1 in *.sh) echo "-- $name ($wall s)" ;; esac
      cat "$block"
    } 9>"$TOP/lock"
    rm -rf "$W"
}

if ! "$BIN/dryproof" sandbox up --name "$LANE" --carrier carriers/c1 >"$TOP/up-$number" 2>&1; then
    cat "$TOP/up-$number"
    exit 1
fi
SOCKET=$("$BIN/dryproof" sandbox status --name "$LANE" | sed 's/.*: //')
DRYPROOF_TEST_DB="host=$SOCKET port=5432 user=dryproof_sandbox dbname=c1"
export SOCKET DRYPROOF_TEST_DB

do_item tests/e2e/00-golden.sh
bad=$(grep -c '^not ok' "$lines")
[ "$number" != 1 ] || mv "$lines" "$TOP/done/$name" # counted once
[ "$bad" -eq 0 ] || exit 1                           # nothing can be built on it
while read -r item; do
    mkdir "$TOP/taken/${item##*/}" 2>/dev/null || continue # another lane's
    do_item "$item"
    mv "$lines" "$TOP/done/$name"
done <"$TOP/queue"
