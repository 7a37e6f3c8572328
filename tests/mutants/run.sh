#!/bin/sh
# tests/mutants/run.sh - mutation testing of the verifier: is every change of its source noticed
# by a test?  The corpus is recorded once from the e2e scripts (RECORD names those to record
# again), then replayed against every mutant.  Knobs: see judge.py.
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
CORPUS=$ROOT/build/mutants/corpus BIN=$ROOT/build/mutants/bin
SCRIPTS='00-golden 10-mutations 12-vectors 20-sabotage 21-sabotage 25-edited-run 30-governed 31-executor 31-trust 32-rotation 32-time 33-bracket 34-was-it-dry 35-positions 39-fleet 40-bad-input 50-determinism 70-repository 71-reviews 72-log 73-remotes 75-repository-lies 76-elsewhere 76-oci'
[ -e "$CORPUS" ] || RECORD=$SCRIPTS
if [ -n "${RECORD:-}" ]; then
    mkdir -p "$CORPUS" "$BIN"
    cp build/bin/dryproof build/bin/dryproof-collect build/bin/dryproof-pack "$BIN/"
    # a limit of memory that fits the verifier does not fit the recorder
    cat >"$BIN/dryproof-verify" <<WRAPPER
#!/bin/sh
[ "\$(ulimit -v)" = unlimited ] || exec "$ROOT/build/bin/dryproof-verify" "\$@"
exec python3 -B "$ROOT/tests/mutants/record.py" "$ROOT/build/bin/dryproof-verify" "$CORPUS" "\$@"
WRAPPER
    chmod +x "$BIN/dryproof-verify"
    for script in $RECORD; do rm -rf "$CORPUS/$script"-*; done
    # shellcheck disable=SC2086 # several names
    DRYPROOF_TEST_BIN=$BIN sh tests/run.sh $RECORD || echo "(what failed under the recorder is judged by what it recorded)"
fi
[ -z "${RECORD_ONLY:-}" ] || exit 0
exec python3 -B tests/mutants/judge.py "$@"
