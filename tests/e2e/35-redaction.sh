# tests/e2e/35-redaction.sh - a redacted column never leaves the collector; the rest is
# still proven.
. tests/lib.sh
cp -r carriers/c1 "$W/c1" && chmod -R u+w "$W/c1"
sed -i 's|{"relation": "c1.governance_build_authorization", "redacted": \[\]|{"relation": "c1.governance_build_authorization", "redacted": ["request_ref"]|' "$W/c1/plan.json"
canary="canary-7d1f-secret"
new_database redaction
as_superuser -d redaction -c "UPDATE c1.governance_build_authorization SET request_ref = '$canary' WHERE auth_code = 'G_VALID'"
head -c 32 /dev/urandom >"$W/redaction.key" && chmod 600 "$W/redaction.key"
"$BIN/dryproof-pack" key new --role packager --out "$W/signer" >/dev/null

says 2 "redaction" "a redacted column without a key is refused" \
    "$BIN/dryproof" collect --carrier "$W/c1" --db "$(observer redaction)" --out "$W/none"
t "and leaves no run directory" test ! -e "$W/none"
exits 0 "with a key the run stands" "$BIN/dryproof" run --carrier "$W/c1" --db "$(observer redaction)" \
    --redaction-key "$W/redaction.key" --repo "$W/evidence" --key "$W/signer.key" --out "$W/run" --json
package=$(jq -r .package "$W/log")
git -C "$W/evidence" archive main | tar -x -C "$W"
mkdir "$W/x" && tar -xf "$W/packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package/package.tar" -C "$W/x"

found() { grep -rlF -e "$1" "$W/run" "$W/x" "$W/packages" "$W/ledger"; }
for form in "$canary" "$(printf %s "$canary" | base64)" "$(printf %s "$canary" | od -An -v -tx1 | tr -d ' \n')"; do
    exits 1 "the value is nowhere in run, package or packet ($(printf %.8s "$form")...)" found "$form"
done
t "its HMAC stands in its place" grep -q 'hmac-sha256:[0-9a-f]\{64\}' "$W/run/before/tables/000009.ndjson"
t "the search finds what is there" found LEGO1-C1-PLAN
exits 1 "the key is nowhere" found "$(od -An -v -tx1 "$W/redaction.key" | tr -d ' \n')"
