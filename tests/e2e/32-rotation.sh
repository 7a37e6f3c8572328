# tests/e2e/32-rotation.sh - a trust policy and its successor: who may sign it, in which order, and
# that packages and logs of the keys before keep standing.  Both verifiers are asked.
. tests/lib.sh
. tests/second/both.sh
ask_both
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
for who in root1 root2 root3 mallory; do "$BIN/dryproof-pack" key new --role root --out "$W/$who" >/dev/null; done
for who in packager2 stranger; do "$BIN/dryproof-pack" key new --role packager --out "$W/$who" >/dev/null; done
for who in log1 log2; do "$BIN/dryproof-pack" key new --role log --out "$W/$who" >/dev/null; done
# policy NAME JQ: the golden packager and root1, changed by a filter; $root2 .. are keys
policy() {
    jq -n --rawfile p "$pub" --rawfile p2 "$W/packager2.pub" --rawfile r1 "$W/root1.pub" --rawfile r2 "$W/root2.pub" --rawfile r3 "$W/root3.pub" \
        --rawfile m "$W/mallory.pub" --rawfile l1 "$W/log1.pub" --rawfile l2 "$W/log2.pub" '
        def key($k; $r): {public_key: $k, role: $r};
        {governed: [], plans: [], required_claims: [], schema: "dryproof.policy/1", keys: [key($p; "packager"), key($r1; "root")]} | '"$2" >"$W/$1.json"
}
rotate() { # OUT FROM TO KEY...
    out=$1 from=$2 to=$3; shift 3
    for k; do set -- "$@" --key "$W/$k.key"; shift; done
    rm -f "$W/$out"; "$BIN/dryproof-pack" policy rotate --from "$W/$from.json" --to "$W/$to.json" --out "$W/$out" "$@"
}
judged() { # STATUS FINDING|- NAME POLICY ROTATION...
    j_status=$1 j_finding=$2 j_name=$3 j_policy=$4; shift 4
    for r; do set -- "$@" --rotation "$W/$r"; shift; done
    "$BIN/dryproof-verify" "$GOLDEN/stage/package.tar" --attestations "$GOLDEN/stage/attestations.intoto.jsonl" --policy "$W/$j_policy.json" --json "$@" \
        >"$W/v.json" 2>"$W/log"; j_got=$?
    if [ "$j_got" = "$j_status" ] && [ "$(jq -r '.findings[0].code // "-"' "$W/v.json")" = "$j_finding" ]; then ok "$j_name"
    else { echo "status $j_got, expected $j_status $j_finding"; jq -c '.findings' "$W/v.json"; } >>"$W/log"; not_ok "$j_name"; fi
}

# ---- an honest chain: the root and the packager's key are replaced ----
policy one .
policy two '.version = 2 | .keys += [key($p2; "packager"), key($r2; "root")] | .keys |= map(select(.public_key != $r1))'
policy three '.version = 3 | .keys = [key($p2; "packager"), key($r2; "root")]'
t "one to two, by both roots" rotate r2 one two root1 root2
t "two to three, by the root that stays" rotate r3 two three root2
judged 0 - "the policy itself is version 1" one
judged 0 - "its successor still knows the packager" one r2
judged 4 E_KEY_UNTRUSTED "the one after that does not" one r2 r3
policy explicit '.version = 1'
judged 0 - "version 1 may be written" explicit r2
judged 0 - "a policy that is at version 2 already" two
judged 4 E_KEY_UNTRUSTED "goes on from there" two r3
t "the payload is the policy, byte for byte" sh -c 'jq -r .payload "$1/r2" | base64 -d | cmp - "$1/two.json"' - "$W"
sig() { jq -r ".signatures[0].sig" "$W/r3" | base64 -d >"$W/sig" && jq -r .payload "$W/r3" | base64 -d >"$W/body"
    { printf 'DSSEv1 36 application/vnd.dryproof.policy+json %d ' "$(wc -c <"$W/body")"; cat "$W/body"; } >"$W/pae"
    openssl pkeyutl -verify -pubin -inkey "$W/root2.pub" -rawin -in "$W/pae" -sigfile "$W/sig"; }
t "signed as openssl reads it" sig

# ---- who signs it ----
refused() { # NAME POLICY ROTATION...
    r_name=$1; shift
    judged 2 E_POLICY_INVALID "$r_name" "$@"
}
t "signed by the new root alone" rotate self one two root2
refused "is refused" one self
t "signed by the old root alone" rotate old one two root1
refused "is refused: the new root has to be there" one old
policy evil '.version = 2 | .keys = [key($m; "root"), key($p2; "packager")]'
t "somebody else's policy, signed by itself" rotate evil one evil mallory
refused "is refused" one evil
edit() { jq -cjS "$2" "$W/$1" >"$W/edited" && echo >>"$W/edited"; }
edit r2 .; judged 0 - "control: the same rotation, written again" one edited
edit r2 '.signatures = []'; refused "no signature" one edited
edit r2 '.signatures |= reverse'; refused "signatures in another order" one edited
edit r2 '.signatures += [.signatures[1]]'; refused "a signature twice" one edited
edit r2 '.signatures[0].sig |= ("AAAA" + .[4:])'; refused "a signature of other bytes" one edited
edit r2 '.signatures[0].keyid |= ("0000" + .[4:])'; refused "a key that nobody has" one edited
edit r2 ".payload = \"$(base64 -w0 <"$W/evil.json")\""; refused "another policy under these signatures" one edited
edit r2 '.payloadType = "application/vnd.in-toto+json"'; refused "another type" one edited
edit r2 '.more = 1'; refused "a member more" one edited
jq . "$W/r2" >"$W/edited"; refused "another spelling" one edited
printf '%s' "$(cat "$W/r2")" >"$W/edited"; refused "no LF" one edited
: >"$W/edited"; refused "an empty file" one edited
cp "$W/two.json" "$W/edited"; refused "a policy that nobody signed" one edited
policy packager '.keys[1].role = "reviewer"'
refused "a policy without a root has no successor" packager r2
policy revoked '.keys[1].revoked = true'
refused "nor one whose root is revoked" revoked r2
policy revoked2 '.version = 2 | .keys += [key($r2; "root")] | .keys[1].revoked = true'
t "a root that its successor revokes" rotate r2r one revoked2 root1 root2
judged 0 - "signs that for the last time" one r2r
policy roots '.keys += [key($r2; "root"), key($r3; "root")] | .thresholds = {root: 2}'
policy roots2 '.version = 2 | .keys += [key($r2; "root"), key($r3; "root")] | .thresholds = {root: 2, packager: 1}'
t "two of three roots" rotate t2 roots roots2 root1 root3
judged 0 - "are enough where two are asked for" roots t2
t "one of three" rotate t1 roots roots2 root2
refused "is not" roots t1
policy roots1 '.version = 2 | .keys += [key($r2; "root"), key($r3; "root")]'
t "one of the old ones" rotate t3 roots roots1 root2
refused "is not, whatever the new policy asks for" roots t3

# ---- which version ----
refused "two versions at once" one r3
policy both '.version = 2 | .keys += [key($r2; "root")]'
t "a third version, by the roots of the first and the second" rotate skip both three root1 root2
judged 4 E_KEY_UNTRUSTED "follows on the second" both skip
refused "and not on the first, whose root signed it too" one skip
refused "nor does the second follow on itself" both r2
policy late '.version = 3 | .keys += [key($r2; "root")]'
refused "nor on a third, that has the same roots" late r2
refused "the same one again" one r2 r2
refused "an older one" three r2
refused "in another order" one r3 r2
policy zero '.version = 0'; refused "version 0" zero
policy text '.version = "2"'; refused "a version that is no number" text
policy early ".keys[1].valid_from = \"2020-01-01T00:00:00.000000Z\""; refused "a root that begins" early
policy timely ".keys[1].valid_until = \"2099-01-01T00:00:00.000000Z\""; refused "a root with a validity" timely
policy none '.thresholds = {root: 2}'; refused "a threshold that its roots cannot reach" none
policy nobody '.thresholds = {}'; refused "thresholds of nobody" nobody
policy role '.keys[1].role = "emperor"'; refused "a role that is none" role
says 2 "goes on from a --policy" "--rotation without a policy" "$BIN/dryproof-verify" "$GOLDEN/stage/package.tar" --attestations x --key "$pub" --rotation "$W/r2"
judged 5 E_IO "a rotation that is not there" one nowhere
often() { "$BIN/dryproof-verify" x --attestations y --policy "$W/one.json" $(for n in $(seq "$1"); do echo --rotation r; done); }
most=$(awk -F'\t' '$1 == "MAX_ROTATIONS" { print $2 }' schemas/limits.tsv)
says 2 "given too often" "more rotations than there may be" often $((most + 1))
says 2 'is version 3; the one after' "the packager signs no version that cannot follow" rotate x one three root1 root2
says 2 "is a root key of neither policy" "nor with a key of neither" rotate x one two root1 mallory
says 2 "is a packager key; this needs a root key" "nor with a packager's" rotate x one two packager2
says 2 "is given twice" "nor twice with one" rotate x one two root1 root1
says 2 "is no dryproof.policy/1" "nor what is no policy" "$BIN/dryproof-pack" policy rotate --from "$W/v.json" --to "$W/two.json" --key "$W/root1.key" --out "$W/x"

# ---- with keys elsewhere ----
cd "$W" || exit 1
away() { rm -f r2a; "$BIN/dryproof-pack" policy rotate --from one.json --to two.json --key root1.pub --key root2.pub --signatures away --out r2a; }
says 3 "is not there yet" "roots that are elsewhere" away
sign_away() { for k in root1 root2; do
    for f in "away/$("$BIN/dryproof-pack" key show $k.key | sed -n 's/^keyid //p' | cut -c1-16)"-*.tbs; do
        openssl pkeyutl -sign -inkey $k.key -rawin -in "$f" -out "${f%.tbs}.sig" || return 1; done; done; }
t "both are asked at once, and sign" sign_away
t "it is made" away
t "as keys here make it" cmp r2 r2a
cd "$ROOT" || exit 1

# ---- packages and logs of the keys before ----
repo=$W/repo
run_of=$W/small
t "a small run" small "$run_of"
for n in 1 2; do stage $n; done
key=$W/packager2.key pub=$W/packager2.pub
stage 3; stage 4
commit() { "$BIN/dryproof-pack" commit "$W/stage$1" --repo "$repo" --key "$2" --log-key "$W/$3.key" ${4:+--old-log-key "$W/$4.pub"}; }
pub=$GOLDEN/signer.pub
t "a package of the first keys" commit 1 "$GOLDEN/signer.key" log1
t "and another" commit 2 "$GOLDEN/signer.key" log1
git -C "$repo" show main:log/checkpoint >"$W/kept"
says 2 "after a rotation the one before is --old-log-key" "the new log key signs nothing that it does not know" commit 3 "$W/packager2.key" log2
says 2 "is another key's" "nor under a third one's" commit 3 "$W/packager2.key" log2 root1
t "the new keys go on" commit 3 "$W/packager2.key" log2 log1
t "and need the old one no more" commit 4 "$W/packager2.key" log2
policy logs '.keys += [key($l1; "log")]'
policy logs2 '.version = 2 | .keys = [key($p; "packager"), key($p2; "packager"), key($r1; "root"), key($l1; "log"), key($l2; "log")]'
whole() { # STATUS FINDING|- NAME POLICY ROTATION ARGUMENT...: of the repository; a finding anywhere
    w_status=$1 w_finding=$2 w_name=$3 w_policy=$4 w_rotation=$5; shift 5
    "$BIN/dryproof-verify" --repo "${R:-$repo}" --policy "$W/$w_policy.json" ${w_rotation:+--rotation "$W/$w_rotation"} --json "${@:---all}" >"$W/v.json" 2>"$W/log"; w_got=$?
    if [ "$w_got" = "$w_status" ] && jq -e "[.. | objects | select(has(\"code\")) | .code] | if \"$w_finding\" == \"-\" then . == [] else index(\"$w_finding\") != null end" "$W/v.json" >/dev/null; then ok "$w_name"
    else { echo "status $w_got, expected $w_status $w_finding"; jq -c '[.. | objects | select(has("code")) | .code + " " + .path + " " + .message]' "$W/v.json"; } >>"$W/log"; not_ok "$w_name"; fi
}
t "a rotation that keeps the old keys" rotate rl logs logs2 root1
whole 4 E_KEY_UNTRUSTED "under the old policy the new keys are nobody's" logs ''
whole 0 - "all four under the new one" logs rl
past='"2001-01-01T00:00:00.000000Z"'
policy logs2 ".version = 2 | .keys = [key(\$p; \"packager\"), key(\$p2; \"packager\"), key(\$r1; \"root\"), key(\$l1; \"log\") + {valid_until: $past}, key(\$l2; \"log\")]"
t "the old log key has ended since" rotate re logs logs2 root1
whole 0 - "its proofs stand: the newest checkpoint is of a key that is in force" logs re
whole 0 - "and a checkpoint of it that was kept" logs re --log --against-checkpoint "$W/kept"
policy logs2 ".version = 2 | .keys = [key(\$p; \"packager\"), key(\$p2; \"packager\"), key(\$r1; \"root\"), key(\$l1; \"log\") + {revoked: true}, key(\$l2; \"log\")]"
t "the old log key is revoked since" rotate rr logs logs2 root1
whole 0 - "its proofs stand" logs rr
whole 0 - "and a checkpoint of it that was kept" logs rr --log --against-checkpoint "$W/kept"
forged() { # COMMAND...: an insider with the packager's key edits the repository
    rm -rf "$W/t"; cp -r "$repo" "$W/t"; python3 -B tests/tools/forge_repo.py "$W/t" "$W/packager2.key" "$@"
}
t "who has the revoked key signs the newest checkpoint" forged relog "$W/log1.key" -- reprove 4 "$W/log1.key"
R=$W/t whole 4 E_KEY_REVOKED "that is refused" logs rr
proofs() { jq -e --argjson n "$1" "[.verdicts[] | select(.repository.sequence == \$n) | .findings[].code] | index(\"$2\") != null" "$W/v.json"; }
t "an old proof of it has nobody to stand for it either" proofs 1 E_KEY_REVOKED
R=$W/t whole 3 E_KEY_EXPIRED "and held where it has ended" logs re --log
first=packages/$(jq -r .package.sha256 "$W/verdict1" | sed 's|^\(..\)\(..\)|\1/\2/\1\2|')
bent=$(git -C "$repo" show "main:$first/package.tlog-proof" | tail -n 1 | tail -c 9)
t "an old proof with a bent signature" forged edit "@1/package.tlog-proof" "$bent" 'AAAAAAA='
R=$W/t whole 1 E_LOG_PROOF "is no proof, revoked or not" logs rr
policy logs2 ".version = 2 | .keys = [key(\$p; \"packager\"), key(\$p2; \"packager\"), key(\$r1; \"root\"), key(\$l2; \"log\")]"
t "the old log key is no longer named" rotate rn logs logs2 root1
whole 4 E_LOG_KEY "then its proofs cannot be read: a policy keeps the keys of what it keeps" logs rn
policy logs2 ".version = 2 | .keys = [key(\$p; \"packager\") + {valid_until: $past}, key(\$p2; \"packager\"), key(\$r1; \"root\"), key(\$l1; \"log\"), key(\$l2; \"log\")]"
t "the old packager's key has ended" rotate rp logs logs2 root1
whole 0 E_KEY_EXPIRED "its packages are held, the current one stands" logs rp

both_agree rotations 4 19 --rotation
