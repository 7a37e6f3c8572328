#!/bin/sh
# driver/demo.sh - the whole road for C1: two dry runs, each on a private PostgreSQL, their
# signed packages in a git repository with a log, verified under a trust policy.  Run again it
# keeps keys and repository; a new package supersedes the one before.
set -eu
bin=build/bin/dryproof
out=build/demo
mkdir -p "$out"
rm -rf "$out/run"
say() { [ ! -t 2 ] || echo "$*" >&2; }
# a repository has a log from its first package on: one without is of an older release
[ ! -e "$out/evidence" ] || git -C "$out/evidence" cat-file -e main:log/checkpoint 2>/dev/null || rm -rf "$out/evidence"
for key in signer:packager log:log; do
    [ -e "$out/${key%:*}.key" ] || "$bin" key new --role "${key#*:}" --not-for-use --out "$out/${key%:*}" >/dev/null
done
pem() { awk '{ printf "%s\\n", $0 }' "$1"; }
printf '{"governed":[],"keys":[{"public_key":"%s","role":"packager"},{"public_key":"%s","role":"log"}],"plans":[],"required_claims":[],"schema":"dryproof.policy/1"}\n' \
    "$(pem "$out/signer.pub")" "$(pem "$out/log.pub")" >"$out/policy.json"

for n in 1 2; do
    say "dry run $n of 2: a private PostgreSQL, both snapshots, 16 steps, 20 bad inputs, package, commit"
    rm -rf "$out/run"
    "$bin" run --carrier carriers/c1 --repo "$out/evidence" --key "$out/signer.key" --log-key "$out/log.key" \
        --policy "$out/policy.json" --out "$out/run" --json >"$out/result.json"
done
package=$(sed -n 's/.*"package":"\([0-9a-f]*\)","repository".*/\1/p' "$out/result.json")
folder=packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package
for f in REVIEW.md review.html; do git -C "$out/evidence" show "main:$folder/$f" >"$out/$f"; done

echo "package     $package"
echo "evidence    $out/evidence ($(git -C "$out/evidence" rev-list --count main) in the ledger)"
echo "to read     $out/review.html, or REVIEW.md beside it"
echo "check it    build/bin/dryproof-verify --repo $out/evidence --all --policy $out/policy.json"
echo "keys        $out/signer.pub and $out/log.pub, for VERIFY.sh of the packet (NOT FOR USE elsewhere)"
echo
# not behind a pipe, which would forget its status
say "verifying it under the policy"
status=0
"$bin" verify --repo "$out/evidence" --package "$package" --policy "$out/policy.json" >"$out/verdict.txt" || status=$?
head -n 2 "$out/verdict.txt"
exit $status
