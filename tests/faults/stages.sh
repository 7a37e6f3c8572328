#!/bin/sh
# tests/faults/stages.sh DIR N CONNINFO - two key pairs (signer, log) and stages 1..N of N bracketed
# commands, ready to be committed.
set -eu
dir=$1 n=$2 db=$3
bin=${BIN:-build/bin}
mkdir -p "$dir"
for key in signer:packager log:log; do "$bin/dryproof-pack" key new --role "${key#*:}" --out "$dir/${key%:*}" >/dev/null; done
for i in $(seq "$n"); do
    "$bin/dryproof" run --db "$db" -o "$dir/run$i" --json -- true >"$dir/run.json" 2>"$dir/run.log" || [ $? -eq 3 ] || { cat "$dir/run.log" >&2; exit 1; }
    "$bin/dryproof-pack" pack "$dir/run$i" --key "$dir/signer.key" --out "$dir/stage$i" >/dev/null
    "$bin/dryproof-verify" "$dir/stage$i/package.tar" --attestations "$dir/stage$i/attestations.intoto.jsonl" \
        --key "$dir/signer.pub" --json >"$dir/verdict.json" || [ $? -eq 3 ]
    "$bin/dryproof-pack" review "$dir/stage$i" --verdict "$dir/verdict.json" --key "$dir/signer.key" >/dev/null
done
