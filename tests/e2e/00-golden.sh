# tests/e2e/00-golden.sh - the honest run that all other scripts start from.
. tests/lib.sh
mkdir -p "$GOLDEN"
t "a packager key pair" "$BIN/dryproof-pack" key new --role packager --out "$GOLDEN/signer"
t "a copy of the surface" new_database golden
exits 0 "the honest run, from surface to repository" "$BIN/dryproof" run --carrier carriers/c1 \
    --db "$(observer golden)" --repo "$GOLDEN/evidence" --key "$GOLDEN/signer.key" --out "$GOLDEN/run" --json
[ ! -s "$W/log" ] || cp "$W/log" "$GOLDEN/run.json"
mkdir "$GOLDEN/stage"
package=$(jq -r .package "$GOLDEN/run.json")
for f in package.tar attestations.intoto.jsonl verdict.json REVIEW.md; do
    git -C "$GOLDEN/evidence" show "main:packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package/$f" >"$GOLDEN/stage/$f"
done
cp "$GOLDEN/stage/verdict.json" "$GOLDEN/verdict.json"
t "its verdict is the sandbox word" jq -e '.verdict == "C1_LOCAL_SANDBOX_DRYRUN_LOGIC_PROVEN_GOVERNED_DOT_RUNTIME_NOT_READY" and .status == "PASS"' "$GOLDEN/verdict.json"
