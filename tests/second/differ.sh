#!/bin/sh
# tests/second/differ.sh - make differ: a fresh package in a private cluster, and differ.py on
# its mutants.  Knobs are differ.py's.
set -eu
cd "$(dirname "$0")/../.."
BIN=build/bin LC_ALL=C
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-differ-XXXXXX")
export W LC_ALL
trap 'rm -rf "$W"' EXIT
trap 'exit 130' INT TERM
"$BIN/dryproof-pack" key new --role packager --out "$W/signer" >/dev/null
"$BIN/dryproof" run --carrier carriers/c1 --repo "$W/evidence" --key "$W/signer.key" --out "$W/run" --json >"$W/run.json"
mkdir "$W/stage"
package=$(jq -r .package "$W/run.json")
for f in package.tar attestations.intoto.jsonl; do
    git -C "$W/evidence" show "main:packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package/$f" >"$W/stage/$f"
done
python3 tests/second/differ.py "$W" "$BIN"
