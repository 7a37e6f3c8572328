#!/bin/sh
# tests/clients/run.sh - other people's programs read what is made for them: the official MCP client
# (@modelcontextprotocol/client) in each of its modes, and CTRF's own validator.  They come from
# npm into build/clients.  The last line is "N passed, N failed, N skipped".
# Knobs: NO_INSTALL=1  install nothing: what is missing is skipped, visibly
#        DRYPROOF=...  the program under test (default: build/bin/dryproof)
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
DRYPROOF=${DRYPROOF:-$ROOT/build/bin/dryproof}
CACHE=$ROOT/build/clients
PACKAGES='@modelcontextprotocol/client@2.4.0 ctrf@0.3.0 ajv@8.20.0'
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-clients-XXXXXX") || exit 1
trap 'rm -rf "$W"' EXIT
trap 'exit 130' INT TERM

skip() { # what cannot be done is told, and counted
    echo "skip - $1"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}
command -v node >/dev/null && command -v npm >/dev/null || skip "node or npm is not installed"
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$PACKAGES" ]; then
    [ -z "${NO_INSTALL:-}" ] || skip "not installed: $PACKAGES"
    echo "clients: installing $PACKAGES"
    rm -rf "$CACHE"
    mkdir -p "$CACHE"
    echo '{ "private": true }' >"$CACHE/package.json"
    # shellcheck disable=SC2086
    timeout 300 npm install --prefix "$CACHE" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error $PACKAGES \
        >"$CACHE/log" 2>&1 </dev/null || skip "npm cannot install: $(grep -m 1 'npm error [a-zA-Z]' "$CACHE/log")"
    echo "$PACKAGES" >"$CACHE/installed"
fi

# the corpus under a fresh key, since the published one is trusted by nobody
python3 tests/tools/mkvectors.py "$(dirname "$DRYPROOF")" "$W/corpus" >"$W/log" 2>&1 || { cat "$W/log"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
timeout 300 node tests/clients/clients.mjs "$CACHE" "$DRYPROOF" "$W/corpus" >"$W/out" 2>&1
status=$?
cat "$W/out"
[ "$status" -eq 0 ] || echo "not ok - the clients ended with status $status" | tee -a "$W/out"
failed=$(grep -c '^not ok - ' "$W/out")
echo "$(grep -c '^ok - ' "$W/out") passed, $failed failed, $(grep -c '^skip - ' "$W/out") skipped"
[ "$failed" -eq 0 ] && grep -q '^ok - ' "$W/out"
