#!/bin/sh
# driver/demo.sh - the whole road for C1: a dry run on a private PostgreSQL, its signed
# package in a git repository, verified.  Run again it keeps key and repository, and the
# new package supersedes the old one.
set -eu
bin=build/bin/dryproof
out=build/demo
mkdir -p "$out"
rm -rf "$out/run"
[ -e "$out/signer.key" ] || "$bin" key new --role packager --not-for-use --out "$out/signer" >/dev/null

"$bin" run --carrier carriers/c1 --repo "$out/evidence" --key "$out/signer.key" --out "$out/run" --json >"$out/result.json"
package=$(sed -n 's/.*"package":"\([0-9a-f]*\)","repository".*/\1/p' "$out/result.json")
folder=packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package
git -C "$out/evidence" show "main:$folder/REVIEW.md" >"$out/REVIEW.md"

echo "package     $package"
echo "evidence    $out/evidence ($(git -C "$out/evidence" rev-list --count main) in the ledger)"
echo "to read     $out/REVIEW.md"
echo "check it    build/bin/dryproof-verify --repo $out/evidence --all --key $out/signer.pub"
echo
"$bin" verify --repo "$out/evidence" --package "$package" --key "$out/signer.pub" | head -n 2
