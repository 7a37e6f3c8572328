# tests/lib.sh - sourced by every test script.  Each check prints one line: "ok - NAME",
# "not ok - NAME" (its output indented below), or "skip - NAME: REASON".  tests/run.sh
# counts them.  In the environment:
#   BIN      build/bin            SAN      build/bin-san
#   DRYPROOF_EXPECTED, set for the verifier: what the test looks for (tests/mutants/record.py)
#   SCRIPT   the script's name (tests/mutants/record.py)
#   W        an empty folder of this script's own, outside the checkout
#   LANE     a name that no other lane and no other run has, for sandboxes ("$LANE-second") and
#            whatever else is the machine's: other lanes run beside this one
#   SOCKET   folder of the socket of the lane's own cluster (superuser dryproof_sandbox, observer
#            dryproof_observer); database "c1" holds the untouched C1 surface: copy it
#            with new_database, never run against it
#   GOLDEN   an honest run in that cluster: run/ stage/ evidence/ (repository) signer.key signer.pub verdict.json

ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; [ ! -s "$W/log" ] || tail -n 8 "$W/log" | sed 's/^/    /'; }
skip() { echo "skip - $1: $2"; }

# t NAME COMMAND...: the command succeeds
t() {
    t_name=$1; shift
    if "$@" >"$W/log" 2>&1; then ok "$t_name"; else not_ok "$t_name"; fi
}

# exits STATUS NAME COMMAND...: the command ends with exactly this status
exits() {
    t_want=$1; t_name=$2; shift 2
    "$@" >"$W/log" 2>&1; t_got=$?
    if [ "$t_got" = "$t_want" ]; then ok "$t_name"
    else echo "status $t_got, expected $t_want" >>"$W/log"; not_ok "$t_name"; fi
}

# is NAME FILTER: jq's FILTER is true of the JSON that exits left in the log, which stays there.
# t empties the log, and of an empty file jq 1.6 says that anything is true.
is() {
    cp "$W/log" "$W/said"
    t "$1" sh -c 'test -s "$1" && jq -e "$2" "$1"' - "$W/said" "$2"
    cp "$W/said" "$W/log"
}

# says STATUS TEXT NAME COMMAND...: exactly this status, and TEXT in its one-line error
says() {
    t_want=$1; t_text=$2; t_name=$3; shift 3
    "$@" >"$W/out" 2>"$W/log"; t_got=$?
    if [ "$t_got" = "$t_want" ] && grep -qF -- "$t_text" "$W/log" && [ "$(wc -l <"$W/log")" -eq 1 ]; then ok "$t_name"
    else echo "status $t_got, expected $t_want and one line with: $t_text" >>"$W/log"; not_ok "$t_name"; fi
}

# by_workers COMMAND...: the verifier on a repository, by one worker and by four at the same second; where
# they do not say the same, byte by byte, the status is 99
by_workers() {
    j_clock=clock:$(($(date +%s) + 1)) j_asan=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} j_shim=$ROOT/build/tools/faults.so
    ASAN_OPTIONS=$j_asan LD_PRELOAD=$j_shim FAULT=$j_clock FAULT_WORKERS=1 "$@" >"$W/by1" 2>"$W/by1.err"; j_one=$?
    ASAN_OPTIONS=$j_asan LD_PRELOAD=$j_shim FAULT=$j_clock FAULT_WORKERS=4 "$@" >"$W/by4" 2>"$W/by4.err"; j_four=$?
    cat "$W/by1"; cat "$W/by1.err" >&2
    if [ "$j_one" = "$j_four" ] && cmp -s "$W/by1" "$W/by4" && cmp -s "$W/by1.err" "$W/by4.err"; then return "$j_one"; fi
    { echo "one worker and four differ (status $j_one, $j_four): $*"; diff "$W/by1" "$W/by4"; diff "$W/by1.err" "$W/by4.err"; } >&2
    return 99
}

# powerless COMMAND...: root, too, reads what its permissions say
powerless() { if [ "$(id -u)" -eq 0 ]; then setpriv --bounding-set -dac_override,-dac_read_search "$@"; else "$@"; fi; }

as_superuser() { psql -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -p 5432 -U dryproof_sandbox "$@"; }

# new_database NAME: a fresh copy of the untouched C1 surface
new_database() { as_superuser -d postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS \"$1\"" -c "CREATE DATABASE \"$1\" TEMPLATE c1"; }
observer() { echo "host=$SOCKET port=5432 user=dryproof_observer dbname=$1"; }

# lean DIR: a carrier, C1 with nine of its sixteen steps and three of its twenty cases, for what has
# nothing to do with the others: a run of it costs a little more than half
lean() {
    cp -r carriers/c1 "$1" && chmod -R u+w "$1" && jq '
        .steps |= map(select(.name | IN("schema-ensure", "preflight", "vocab-build", "vocab-verify", "vocab-verify-reuse",
            "bad-input-harness", "evidence-readback", "rollback-not-local", "rollback-lawful"))) |
        .harness.cases |= map(select(.name | IN("bad_mode", "generic_auth", "attempted_real_run")))' carriers/c1/plan.json >"$1/plan.json"
}

# broken STATUS CODE NAME SCRIPT: a copy of the repository $repo in which SCRIPT ran; finds
# (the sourcing script's) tells what the verifier makes of it
broken() {
    R=$W/t bn=$3 bs=$1 bc=$2
    rm -rf "$R"; cp -r "$repo" "$R"; chmod -R u+w "$R"
    if (cd "$R" && sh -ec "$4") >"$W/log" 2>&1; then finds "$bs" "$bc" "$bn"; else not_ok "$bn"; fi
    unset R
}

# small DIR: an honest run of one command, for what does not look into packages: theirs are a tenth
small() {
    "$BIN/dryproof" run --db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=postgres" -o "$1" --json -- \
        psql -h "$SOCKET" -p 5432 -U dryproof_sandbox -d postgres -XAtc 'SELECT pg_sleep(0.2)'
}

# stage N: $W/stageN, the golden run (or $run_of) under an id of its own (a run stands in one package), signed
# by $key whose public part is $pub, with its packet
stage() {
    cp -r "${run_of:-$GOLDEN/run}" "$W/run$1" || return 1
    run_id=$(jq -r .run_id "$W/run$1/run.json")
    grep -rlZ "$run_id" "$W/run$1" | xargs -0 sed -i "s/$run_id/$(printf '%032x' "$1")/g"
    "$BIN/dryproof-pack" pack "$W/run$1" --key "$key" --out "$W/stage$1" >/dev/null || return 1
    "$BIN/dryproof-verify" "$W/stage$1/package.tar" --attestations "$W/stage$1/attestations.intoto.jsonl" --key "$pub" --json >"$W/verdict$1" || return 1
    "$BIN/dryproof-pack" review "$W/stage$1" --verdict "$W/verdict$1" --key "$key" >/dev/null
}
