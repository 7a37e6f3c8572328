# tests/e2e/31-trust.sh - what a policy may ask for beyond a key: validity, revocation, age,
# several signers; and that age never changes what integrity says.
. tests/lib.sh
. tests/second/both.sh
ask_both
stage=$GOLDEN/stage
finished=$(tar -xOf "$stage/package.tar" bag/data/run.json | jq -r .finished_at)
for who in second third; do "$BIN/dryproof-pack" key new --role packager --out "$W/$who" >"$W/log" 2>&1; done
"$BIN/dryproof-pack" key new --role reviewer --out "$W/reviewer" >"$W/log" 2>&1

# at SECONDS: that long after the run finished, microseconds kept
at() {
    at_whole=$(date -u -d "@$(($(date -u -d "${finished%.*}Z" +%s) + $1))" +%Y-%m-%dT%H:%M:%S)
    echo "$at_whole.${finished##*.}"
}
# policy FILE JQ: the golden signer's, then the second's and third's key, changed by a filter
policy() {
    jq -n --rawfile a "$GOLDEN/signer.pub" --rawfile b "$W/second.pub" --rawfile c "$W/third.pub" \
        '{governed: [], plans: [], required_claims: [], schema: "dryproof.policy/1",
          keys: [{public_key: $a, role: "packager"}, {public_key: $b, role: "packager"}, {public_key: $c, role: "packager"}]}
         | '"$2" >"$W/$1"
}
# judged STATUS FINDING|- NAME POLICY ARGS...
judged() {
    j_status=$1 j_finding=$2 j_name=$3 j_policy=$4; shift 4
    "$BIN/dryproof-verify" "$stage/package.tar" --attestations "$stage/attestations.intoto.jsonl" --policy "$W/$j_policy" --json "$@" \
        >"$W/v.json" 2>"$W/log"; j_got=$?
    if [ "$j_got" = "$j_status" ] && [ "$(jq -r '.findings[0].code // "-"' "$W/v.json")" = "$j_finding" ]; then ok "$j_name"
    else { echo "status $j_got, expected $j_status $j_finding"; jq -c '.findings' "$W/v.json"; } >>"$W/log"; not_ok "$j_name"; fi
}

# validity: both bounds belong to it
policy from.json ".keys[0].valid_from = \"$(at 10)\""
judged 0 - "valid from the very microsecond on" from.json --now "$(at 10)"
judged 4 E_KEY_NOTYET "a second before that" from.json --now "$(at 9)"
policy until.json ".keys[0].valid_until = \"$(at 10)\""
judged 0 - "valid up to the very microsecond" until.json --now "$(at 10)"
judged 3 E_KEY_EXPIRED "a second behind that, and no timestamp" until.json --now "$(at 11)"
t "an expired key leaves every claim as it was" jq -e '[.claims[] | select(.required and .status != "PASS")] == []' "$W/v.json"
policy past.json ".keys[0].valid_until = \"$(at -1)\""
judged 3 E_KEY_EXPIRED "without --now the clock is read" past.json
t "and the verdict tells which time it was" jq -e '.now | test("^20[0-9-]{8}T[0-9:]{8}\\.[0-9]{6}Z$")' "$W/v.json"
policy none.json .
judged 0 - "a policy without rules about time reads no clock" none.json
t "and tells no time" jq -e 'has("now") | not' "$W/v.json"
policy backwards.json ".keys[0] += {valid_from: \"$(at 10)\", valid_until: \"$(at 9)\"}"
judged 2 E_POLICY_INVALID "a validity that ends before it begins" backwards.json
policy date.json '.keys[0].valid_until = "2026-06-22"'
judged 2 E_POLICY_INVALID "a date is no time" date.json
policy century.json '.keys[0].valid_until = "2045-01-01T00:00:00.000000Z"'
t "the clock can be moved" cc -shared -fPIC -O2 -o "$W/later.so" tests/tools/later.c -ldl
LD_PRELOAD=$W/later.so LATER_YEARS=20 judged 3 E_KEY_EXPIRED "20 years later, by the clock" century.json
LD_PRELOAD=$W/later.so LATER_YEARS=-46 judged 3 E_FUTURE "46 years ago, by the clock" century.json

# revocation has no time
policy revoked.json '.keys[0].revoked = true'
judged 4 E_KEY_REVOKED "a revoked key" revoked.json
judged 4 E_KEY_REVOKED "a revoked key, long before" revoked.json --now 2020-01-01T00:00:00.000000Z
policy not-revoked.json '.keys[0].revoked = false | .keys[1].revoked = true'
judged 0 - "another key is revoked" not-revoked.json

# age
policy age.json '.max_age = 60'
judged 0 - "as old as the policy accepts" age.json --now "$(at 60)"
judged 3 E_STALE "a second older" age.json --now "$(at 61)"
t "age is reported apart: integrity and claims stand" jq -e '.levels.L0 == "PASS" and ([.claims[] | select(.required and .status != "PASS")] == [])' "$W/v.json"
policy age0.json '.max_age = 0'
judged 0 - "no age at all, at that moment" age0.json --now "$finished"
judged 3 E_STALE "and a second later" age0.json --now "$(at 1)"
policy age-huge.json '.max_age = 9007199254740991'
judged 0 - "the greatest age there is" age-huge.json --now 9999-12-31T23:59:59.999999Z
policy age-negative.json '.max_age = -1'
judged 2 E_POLICY_INVALID "a negative age" age-negative.json

# several signers
policy two.json '.thresholds = {packager: 2}'
policy three.json '.thresholds = {packager: 3}'
for who in second third reviewer; do "$BIN/dryproof-pack" countersign "$stage" --key "$W/$who.key" --out "$W/$who.jsonl" >"$W/$who.log" 2>&1; done
t "a reviewer's key countersigns nothing" sh -c "[ ! -e '$W/reviewer.jsonl' ] && grep -q packager '$W/reviewer.log'"
judged 4 E_SIG_THRESHOLD "two signers asked for, one signed" two.json
judged 0 - "two asked for, two signed" two.json --attestations "$W/second.jsonl"
t "both are named" jq -e '[.signed_by[].keyid] | unique | length == 2' "$W/v.json"
judged 4 E_SIG_THRESHOLD "three asked for, two signed" three.json --attestations "$W/second.jsonl"
judged 0 - "three asked for, three signed" three.json --attestations "$W/second.jsonl" --attestations "$W/third.jsonl"
judged 1 E_COUNTERSIGNATURE "one key countersigns twice" three.json --attestations "$W/second.jsonl" --attestations "$W/second.jsonl"
judged 1 E_COUNTERSIGNATURE "the packager countersigns itself" two.json --attestations "$stage/attestations.intoto.jsonl"
sed -n 1,2p "$stage/attestations.intoto.jsonl" >"$W/self.jsonl"
judged 1 E_COUNTERSIGNATURE "the packager's own two lines again" two.json --attestations "$W/self.jsonl"
sed -n 1p "$W/second.jsonl" >"$W/half.jsonl"
judged 1 E_COUNTERSIGNATURE "half a countersignature" two.json --attestations "$W/half.jsonl"
{ sed -n 2p "$W/second.jsonl"; sed -n 1p "$W/second.jsonl"; } >"$W/swapped.jsonl"
judged 1 E_COUNTERSIGNATURE "its lines swapped" two.json --attestations "$W/swapped.jsonl"
{ sed -n 1p "$W/second.jsonl"; sed -n 2p "$W/third.jsonl"; } >"$W/mixed.jsonl"
judged 1 E_COUNTERSIGNATURE "each line by another key" two.json --attestations "$W/mixed.jsonl"
{ cat "$W/second.jsonl"; sed -n 1p "$W/second.jsonl"; } >"$W/more.jsonl"
judged 1 E_COUNTERSIGNATURE "a countersignature of three lines" two.json --attestations "$W/more.jsonl"
# whoever signs one line has a key with bounds of its own
{ sed -n 1p "$stage/attestations.intoto.jsonl"; sed -n 2p "$W/second.jsonl"; sed -n 3p "$stage/attestations.intoto.jsonl"; } >"$W/shared.jsonl"
cp -r "$stage" "$W/shared"; cp "$W/shared.jsonl" "$W/shared/attestations.intoto.jsonl"
own=$stage stage=$W/shared
policy shared.json '.keys |= .[0:2]'
judged 0 - "two keys share the lines, no threshold" shared.json
policy shared-expired.json ".keys |= .[0:2] | .keys[1].valid_until = \"$(at -1)\""
judged 3 E_KEY_EXPIRED "one of the two has expired" shared-expired.json
policy shared-one.json '.keys |= .[0:2] | .thresholds = {packager: 1}'
judged 4 E_SIG_THRESHOLD "neither of them signed both" shared-one.json
sed -n 1,2p "$W/shared.jsonl" >"$W/shared/attestations.intoto.jsonl"
policy shared-two.json '.keys |= .[0:2] | .thresholds = {packager: 1}'
judged 1 E_COUNTERSIGNATURE "who signed the first line countersigns" shared-two.json --attestations "$W/self.jsonl"
stage=$own
head -c 200 "$W/second.jsonl" >"$W/cut.jsonl"
judged 1 E_COUNTERSIGNATURE "a countersignature cut off" two.json --attestations "$W/cut.jsonl"
sed 's/"sig":"./"sig":"_/' "$W/second.jsonl" >"$W/bent.jsonl"
judged 1 E_DSSE_FORMAT "a bent one" two.json --attestations "$W/bent.jsonl"
policy two-revoked.json '.thresholds = {packager: 2} | .keys[1].revoked = true'
judged 4 E_KEY_REVOKED "by a revoked key" two-revoked.json --attestations "$W/second.jsonl"
policy two-expired.json ".thresholds = {packager: 2} | .keys[1].valid_until = \"$(at -1)\""
judged 3 E_KEY_EXPIRED "by an expired key" two-expired.json --attestations "$W/second.jsonl"
policy two-unknown.json '.thresholds = {packager: 2} | .keys |= .[0:1] + .[2:3]'
judged 4 E_KEY_UNTRUSTED "by a stranger" two-unknown.json --attestations "$W/second.jsonl"
for bad in 0 4 -1 4294967297; do
    policy "threshold$bad.json" ".thresholds = {packager: $bad}"
    judged 2 E_POLICY_INVALID "a threshold of $bad, and three keys" "threshold$bad.json"
done
policy threshold-revoked.json '.thresholds = {packager: 3} | .keys[2].revoked = true'
judged 2 E_POLICY_INVALID "a threshold that revoked keys cannot reach" threshold-revoked.json
policy threshold-empty.json '.thresholds = {}'
judged 2 E_POLICY_INVALID "thresholds of nobody" threshold-empty.json

# the same from a repository
package=$(sha256sum <"$stage/package.tar" | cut -c1-64)
from_repository() { "$BIN/dryproof-verify" --repo "$GOLDEN/evidence" --package "$package" --json "$@" >"$W/v.json"; }
exits 4 "a repository, two signers asked for" from_repository --policy "$W/two.json"
exits 0 "with the countersignature at hand" from_repository --policy "$W/two.json" --attestations "$W/second.jsonl"
exits 4 "its commits by a revoked key" from_repository --policy "$W/revoked.json"
t "that is the finding" jq -e '.findings[0].code == "E_KEY_REVOKED"' "$W/v.json"
exits 3 "its key expired" from_repository --policy "$W/until.json" --now "$(at 11)"
t "and its staged verdict still stands" jq -e '[.findings[].code] == ["E_KEY_EXPIRED"]' "$W/v.json"
exits 2 "countersignatures and --all" "$BIN/dryproof-verify" --repo "$GOLDEN/evidence" --all --policy "$W/two.json" --attestations "$W/second.jsonl"

# a verdict that is only so today is not committed
cp -r "$stage" "$W/stage"; rm -f "$W/stage/verdict.json"
sed -n 1,2p "$stage/attestations.intoto.jsonl" >"$W/stage/attestations.intoto.jsonl"
find "$W/stage" -type f ! -name package.tar ! -name attestations.intoto.jsonl -delete
"$BIN/dryproof-verify" "$W/stage/package.tar" --attestations "$W/stage/attestations.intoto.jsonl" --policy "$W/age.json" --now "$(at 61)" --json >"$W/stale.json"
t "a stale verdict is staged" "$BIN/dryproof-pack" review "$W/stage" --verdict "$W/stale.json" --key "$GOLDEN/signer.key"
exits 2 "and not committed" "$BIN/dryproof-pack" commit "$W/stage" --repo "$W/new.git" --key "$GOLDEN/signer.key"
t "nothing was made" [ ! -e "$W/new.git" ]

both_agree "policies and countersignatures" 5 19
