#!/bin/sh
# tests/faults/stages.sh DIR N|FROM-TO [CONNINFO] - what DIR lacks of two key pairs (signer, log), a policy
# that trusts them, and stages 1 (or FROM) to N, ready to be committed: packages of one bracketed command,
# each with a run_id of its own.  CONNINFO is needed for the first.  JOBS at a time.
set -eu
export LC_ALL=C
dir=$1 bin=${BIN:-build/bin}
one() { # NUMBER: made beside its place, so that what stands there is whole
    [ ! -e "$dir/stage$1" ] || return 0
    work=$(mktemp -d "$dir/making-XXXXXX")
    cp -r "$dir/run" "$work/run"
    sed -i "s/$(cat "$dir/run_id")/$(printf %032x "$1")/" "$work/run/run.json" "$work/run/started.json"
    "$bin/dryproof-pack" pack "$work/run" --key "$dir/signer.key" --out "$work/stage" >/dev/null
    "$bin/dryproof-verify" "$work/stage/package.tar" --attestations "$work/stage/attestations.intoto.jsonl" \
        --key "$dir/signer.pub" --json >"$work/verdict.json"
    "$bin/dryproof-pack" review "$work/stage" --verdict "$work/verdict.json" --key "$dir/signer.key" >/dev/null
    mv -T "$work/stage" "$dir/stage$1" 2>/dev/null || [ -e "$dir/stage$1" ] # or somebody was faster
    rm -rf "$work"
}
if [ "${2#+}" != "$2" ]; then one "${2#+}"; exit; fi # one of the JOBS

mkdir -p "$dir"
if [ ! -e "$dir/run_id" ]; then
    for key in signer:packager log:log; do "$bin/dryproof-pack" key new --role "${key#*:}" --out "$dir/${key%:*}" >/dev/null; done
    jq -n --rawfile a "$dir/signer.pub" --rawfile b "$dir/log.pub" '{governed: [], keys: [{public_key: $a, role: "packager"},
        {public_key: $b, role: "log"}], plans: [], required_claims: [], schema: "dryproof.policy/1"}' >"$dir/policy.json"
    "$bin/dryproof" run --db "$3" -o "$dir/run" --json -- psql -XAtc 'SELECT pg_sleep(0.2)' >"$dir/run.json" 2>"$dir/run.log" ||
        { cat "$dir/run.log" >&2; exit 1; }
    jq -r .run_id "$dir/run/run.json" >"$dir/run_id"
fi
case $2 in *-*) from=${2%-*} ;; *) from=1 ;; esac
seq "$from" "${2#*-}" | while read -r i; do [ -e "$dir/stage$i" ] || echo "+$i"; done | xargs -r -n 1 -P "${JOBS:-$(nproc)}" sh "$0" "$dir"
