# tests/e2e/71-reviews.sh - a reviewer's own decision about a package: kept beside the verifier's word,
# never in its place; who may say it and of what; and whatever else is put on that branch is refused.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key P=$BIN/dryproof-pack
cp -r "$GOLDEN/evidence" "$W/r"
repo=$W/r
id=$(jq -r .package "$GOLDEN/run.json") tip=$(git -C "$repo" rev-parse main)
for n in one two; do "$P" key new --role reviewer --out "$W/$n" >/dev/null; done
policy() { # FILE ROLE KEY..: the packager, and these keys in that role
    p_file=$1 p_role=$2; shift 2
    for p in "$@"; do jq -n --rawfile pem "$p.pub" --arg role "$p_role" '{public_key: $pem, role: $role}'; done |
        jq -s --rawfile pem "$pub" '{schema: "dryproof.policy/1", governed: [], plans: [], required_claims: [],
            keys: ([{public_key: $pem, role: "packager"}] + .)}' >"$W/$p_file"
}
policy both.json reviewer "$W/one" "$W/two"
policy one.json reviewer "$W/one"
policy wrong.json verifier "$W/one" "$W/two"
record() { "$BIN/dryproof" review record --repo "$repo" --package "$id" --key "$W/one.key" "$@"; }
verify() { by_workers timeout 20 "$BIN/dryproof-verify" --repo "${R:-$repo}" --reviews --policy "$W/${POLICY:-both.json}" "$@"; }

# ---- nobody has said anything ----
exits 3 "a repository without reviews" verify --json
is "has nothing to check" '[.findings[] | [.code, .path]] == [["E_REPO_MISSING", "refs/heads/reviews"]] and .reviews == [] and .commit == null'
exits 0 "show" "$BIN/dryproof" show "$repo" 1 --policy "$W/both.json" --json
is "is as it was" '.reviews == [] and .reviews_findings == [] and .status == "PASS"'

# ---- decisions ----
exits 0 "a decision" record --decision CONFIRM --json
is "is the first" '.schema == "dryproof.review-record/1" and .sequence == 1 and .was_there == false and .decision == "CONFIRM"'
exits 0 "again" record --decision CONFIRM --json
is "was there already" '.sequence == 1 and .was_there and .commit == null'
printf '{"code":"E_X","path":"steps/001","text":"a \\u001b[2J\\u202e b"}\n\n{"text":"second"}\n' >"$W/lines"
exits 0 "another mind, with findings, one a line" record --decision REJECT --findings "$W/lines"
jq -s . "$W/lines" >"$W/list"
exits 0 "the same findings as a list" record --decision REJECT --findings "$W/list" --json
is "were there already" '.sequence == 2 and .was_there'
exits 0 "somebody else's" "$BIN/dryproof" review record --repo "$repo" --package "$id" --key "$W/two.key" --decision HOLD
exits 0 "and the first mind again" record --decision CONFIRM --json
is "is said anew" '.sequence == 4 and .was_there == false'
t "main did not move" test "$(git -C "$repo" rev-parse main)" = "$tip"
exits 0 "each is its author's" verify --json
is "in order, with what was found" '.schema == "dryproof.reviews/1" and .status == "PASS" and .exit_status == 0 and .findings == [] and
    [.reviews[].decision] == ["CONFIRM", "REJECT", "HOLD", "CONFIRM"] and [.reviews[].sequence] == [1, 2, 3, 4] and
    .reviews[0].keyid == .reviews[3].keyid and .reviews[0].keyid != .reviews[2].keyid and (.reviews[1].findings | length) == 2'
t "of the form that is published" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/said"
exits 0 "no verdict changes for it" "$BIN/dryproof-verify" --repo "$repo" --all --key "$pub"
as_git() { "$P" allowed-signers --key "$W/one.pub" >"$W/allowed" && git -C "$repo" -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$W/allowed" verify-commit reviews; }
if command -v ssh-keygen >/dev/null; then t "git verifies the newest commit" as_git; else skip "git verifies the newest commit" "no ssh-keygen here"; fi

# ---- show ----
shown() { "$BIN/dryproof" show "$repo" 1 "$@" >"$W/out" 2>"$W/log"; }
exits 0 "show, verified" shown --policy "$W/both.json"
t "has the verifier's word" grep -q '^PASS: the dry run ran' "$W/out"
t "and the reviewers'" grep -qx 'reviews (each signed by the reviewer whose key it names)' "$W/out"
t "each" test "$(grep -cE '^  00[1-4] (CONFIRM|REJECT|HOLD), 20' "$W/out")" -eq 4
t "what was found acts on no terminal" sh -c "! LC_ALL=C grep -q '[^ -~]' '$W/out' && grep -q 'u{1b}' '$W/out'"
exits 0 "show, recorded" shown
t "says that nobody checked" grep -qx 'reviews (as recorded; no signature was checked)' "$W/out"
t "nor does that act on a terminal" sh -c "! LC_ALL=C grep -q '[^ -~]' '$W/out'"
exits 0 "show, with the packager's key alone" "$BIN/dryproof" show "$repo" 1 --key "$pub" --json
is "trusts no reviewer" '.reviews == [] and .status == "PASS" and ([.reviews_findings[].code] | unique) == ["E_KEY_UNTRUSTED"]'

# ---- who may say what of which package ----
none=0000000000000000000000000000000000000000000000000000000000000000
other() { "$P" review record --repo "$repo" --decision HOLD "$@"; }
says 2 "has no package $none" "a package that the ledger has not" other --package $none --key "$W/one.key"
says 2 "64 lower-case hex" "no digest" other --package 1 --key "$W/one.key"
says 2 "is a packager key" "the packager's key" other --package "$id" --key "$key"
says 2 "public" "a public key" other --package "$id" --key "$W/one.pub"
says 2 "expected CONFIRM, REJECT or HOLD" "another word" record --decision PASS
says 2 "does not exist" "no repository" "$P" review record --repo "$W/none" --package "$id" --decision HOLD --key "$W/one.key"
findings() { printf "$1" >"$W/f"; says "${3:-2}" "$2" "findings: $2" record --decision HOLD --findings "$W/f"; }
findings '{"code":"E_X"}' "expected an object with a text"
findings '["x"]' "finding 1: expected an object with a text"
findings '{"text":"x","mood":"good"}' "mood: expected code, path and text"
findings '{"text":"x","path":7}' "path: expected code, path and text"
findings '{"text":"x"' "f: "
jq -n '[range(201) | {text: "x"}]' >"$W/f"
says 6 "MAX_REVIEW_FINDINGS" "more findings than the limit" record --decision HOLD --findings "$W/f"
head -c 200000 /dev/zero | tr '\0' x >"$W/f"
exits 6 "a file of findings beyond the limit" record --decision HOLD --findings "$W/f"
t "nothing of that was kept" test "$(git -C "$repo" rev-list --count reviews)" -eq 4
POLICY=one.json exits 4 "one of two reviewers is trusted" verify --json
is "his stand, the other's does not" '[.reviews[].sequence] == [1, 2, 4] and [.findings[].code] == ["E_KEY_UNTRUSTED"]'
POLICY=wrong.json exits 4 "keys of another role" verify --json
is "review nothing" '.reviews == [] and ([.findings[].code] | unique) == ["E_KEY_ROLE"]'

# ---- forged, rewritten, put somewhere else ----
judged() { # STATUS CODE NAME KEY OPERATION...
    R=$W/t ts=$1 tc=$2 tn=$3 tk=$4; shift 4
    rm -rf "$R"; cp -r "$repo" "$R"
    python3 -B tests/tools/forge_review.py "$R" "$tk" "$@" >"$W/log" 2>&1 || { not_ok "$tn"; unset R; return; }
    expected=+$tc
    [ "$tc" != - ] || expected=-
    DRYPROOF_EXPECTED=$expected verify --json >"$W/log" 2>&1; got=$?
    if [ "$got" = "$ts" ] && jq -e "[.findings[].code] | if \"$tc\" == \"-\" then . == [] else index(\"$tc\") != null end" "$W/log" >/dev/null; then ok "$tn"
    else echo "status $got, expected $ts with $tc" >>"$W/log"; not_ok "$tn"; fi
    unset R
}
f=reviews/$id one=$W/one.key two=$W/two.key
judged 0 - "control: the newest, signed again" "$one" review $f/004.dsse.json decision '"CONFIRM"'
judged 1 E_SIG_MISSING "the commit without a signature" - reword Review Review
judged 4 E_KEY_ROLE "the commit by the packager" "$key" reword Review Review
judged 1 E_REPO_MISMATCH "committed by another reviewer" "$two" reword Review Review
judged 4 E_KEY_ROLE "an envelope by the packager" "$one" review $f/004.dsse.json decision '"CONFIRM"' "$key"
judged 1 E_DSSE_NONCANONICAL "an envelope that was edited" "$one" edit $f/004.dsse.json '"payload"' ' "payload"'
judged 1 E_REPO_MISMATCH "of other attestations" "$one" review $f/004.dsse.json attestations "\"$none\""
judged 1 E_REPO_MISMATCH "of another package" "$one" review $f/004.dsse.json package "\"$none\""
judged 1 E_REPO_MISMATCH "of another number" "$one" review $f/004.dsse.json sequence 3
judged 1 E_REPO_HISTORY "after another one" "$one" review $f/004.dsse.json previous "\"$none\""
judged 1 E_JSON_SCHEMA "with another word" "$one" review $f/004.dsse.json decision '"PASS"'
judged 1 E_JSON_SCHEMA "with a member more" "$one" review $f/004.dsse.json approved true
judged 1 E_REPO_MISMATCH "trailers that say something else" "$one" reword 'Decision: CONFIRM' 'Decision: REJECT'
judged 1 E_REPO_HISTORY "an earlier one edited" "$one" review $f/002.dsse.json decision '"CONFIRM"'
judged 1 E_REPO_HISTORY "an earlier one gone" "$one" rm $f/002.dsse.json
judged 1 E_REPO_HISTORY "two at once" "$one" copy $f/004.dsse.json $f/005.dsse.json
judged 1 E_REPO_HISTORY "a gap" "$one" copy $f/004.dsse.json $f/006.dsse.json -- rm $f/004.dsse.json -- review $f/006.dsse.json sequence 6
judged 1 E_REPO_MISMATCH "a number that is none" "$one" copy $f/004.dsse.json $f/0x4.dsse.json -- rm $f/004.dsse.json
judged 1 E_DSSE_NONCANONICAL "without its LF" "$one" edit $f/004.dsse.json '}
' '}'
judged 6 E_LIMIT_COUNT "more findings than the limit" "$one" review $f/004.dsse.json findings "$(jq -n '[range(201) | {code: null, path: null, text: "x"}]')"
judged 1 E_REPO_HISTORY "a commit without its history" "$one" descend none
judged 1 E_REPO_HISTORY "a commit that adds nothing" "$one" descend on-top
judged 1 E_REPO_HISTORY "a merge" "$one" descend twice
n=reviews/$none/001.dsse.json
judged 1 E_REPO_MISMATCH "of a package that the ledger has not" "$one" copy $f/004.dsse.json $n -- rm $f/004.dsse.json -- review $n package "\"$none\"" -- \
    review $n sequence 1 -- review $n previous null -- reword "Package: $id" "Package: $none"
judged 1 E_REPO_HISTORY "an empty folder beside" "$one" bend '' '40000 reviews' '40000 EVIL\0{tree}40000 reviews'
judged 1 E_REPO_MISMATCH "a file of another name" "$one" add $f/notes.txt hello
judged 1 E_REPO_MISMATCH "a log of its own" "$one" add log/checkpoint hello
judged 1 E_REPO_MISMATCH "an executable one" "$one" mode $f/004.dsse.json 100755
R=$W/t; rm -rf "$R"; cp -r "$repo" "$R"
other_order() { # the third is committed behind the fourth
    GIT_INDEX_FILE=$W/index; export GIT_INDEX_FILE
    git -C "$R" ls-tree -r reviews | grep -v 003.dsse.json | git -C "$R" update-index --index-info || return
    before=$(git -C "$R" commit-tree "$(git -C "$R" write-tree)" -p reviews~2 -m x) &&
        git -C "$R" update-ref refs/heads/reviews "$(git -C "$R" commit-tree 'reviews^{tree}' -p "$before" -m x)"
}
t "reviews in another order" eval '(export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x; other_order)'
exits 1 "are refused" verify --json
is "and the one behind is named" '.findings[0].code == "E_REPO_HISTORY" and (.findings[0].message | contains("older"))'
# ---- what is not there is no forgery; a reviewer's key has a time, too ----
git -C "$repo" config uploadpack.allowFilter true
for filter in blob:none tree:0; do
    R=$W/partial; rm -rf "$R"
    t "a clone with $filter" git clone -q --bare --filter=$filter "file://$repo" "$R"
    exits 3 "has them not" timeout 60 "$BIN/dryproof-verify" --repo "$R" --reviews --policy "$W/both.json" --json
    is "and says so" 'any(.findings[]; .code == "E_REPO_PARTIAL") and .reviews == []'
    t "with all that main has" sh -c "git -C '$repo' rev-list --objects main | cut -d ' ' -f 1 | git -C '$repo' pack-objects -q --stdout | git -C '$R' unpack-objects -q"
    exits 3 "reviews alone are lacking" timeout 60 "$BIN/dryproof-verify" --repo "$R" --reviews --policy "$W/both.json" --json
    is "that is said, too" 'any(.findings[]; .code == "E_REPO_PARTIAL") and .reviews == []'
done
R=$W/partial; rm -rf "$R"; cp -r "$repo" "$R"; : >"$R/objects/pack/pack-1.promisor"
t "a clone without a folder that the reviews had" sh -c 'cd "$1" && rm "$(git rev-parse "reviews~1:$2" | sed "s|..|objects/&/|")"' - "$R" "$f"
exits 3 "has not all of them" timeout 60 "$BIN/dryproof-verify" --repo "$R" --reviews --policy "$W/both.json" --json
is "and says so of that branch" 'any(.findings[]; .code == "E_REPO_PARTIAL")'
# one that cannot be read is nothing against the one behind it
rm -rf "$R"; cp -r "$repo" "$R"; : >"$R/objects/pack/pack-1.promisor"
t "a clone without a review" sh -c 'cd "$1" && rm "$(git rev-parse "reviews:$2/002.dsse.json" | sed "s|..|objects/&/|")"' - "$R" "$f"
exits 3 "has the others" timeout 60 "$BIN/dryproof-verify" --repo "$R" --reviews --policy "$W/both.json" --json
is "and names that one" "[.findings[] | [.code, .path]] == [[\"E_REPO_PARTIAL\", \"$f/002.dsse.json\"]] and [.reviews[].sequence] == [1, 3, 4]"
# somebody fetches a package and a review of it while the clone is read: what was there, or what came
cp -r "$GOLDEN/evidence" "$W/newer"; cp -r "$GOLDEN/evidence" "$W/older"
second() {
    "$BIN/dryproof" run --db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=postgres" --repo "$W/newer" --key "$key" -- \
        psql -h "$SOCKET" -U dryproof_sandbox -d postgres -XAtc 'SELECT pg_sleep(0.2)'
}
t "a second package" second
newest=$(git -C "$W/newer" log -1 --format='%(trailers:key=Dryproof-Package,valueonly)' main | head -n 1)
for in in older newer; do t "$in: a review" "$P" review record --repo "$W/$in" --package "$id" --key "$one" --decision HOLD; done
t "and one of the second package" "$P" review record --repo "$W/newer" --package "$newest" --key "$one" --decision HOLD
fetched() {
    for n in 1 2 3 4 5 6 8 10 12 14 16 20 24 32 40 60; do
        rm -rf "$W/t"; cp -r "$W/older" "$W/t"
        LD_PRELOAD=$ROOT/build/tools/faults.so FAULT=run:$n FAULT_RUN="cd '$W/t' && git fetch -q -f '$W/newer' main:main reviews:reviews" \
            "$BIN/dryproof-verify" --repo "$W/t" --reviews --policy "$W/both.json" --json >"$W/log" 2>&1 || { echo "before read $n: status $?"; return 1; }
    done
    git -C "$W/t" rev-parse reviews && test "$(git -C "$W/t" rev-parse reviews)" = "$(git -C "$W/newer" rev-parse reviews)"
}
t "fetched into while it is read" fetched
unset R
jq '.keys[1] += {valid_from: "2999-01-01T00:00:00.000000Z"}' "$W/both.json" >"$W/later.json"
POLICY=later.json exits 4 "a reviewer of a later time" verify --json --now 2026-01-01T00:00:00.000000Z
is "is told" 'any(.findings[]; .code == "E_KEY_NOTYET")'
POLICY=later.json exits 0 "and then is one" verify --json --now 2999-01-01T00:00:00.000000Z
R=$W/t; rm -rf "$R"; cp -r "$repo" "$R"; git -C "$R" update-ref refs/heads/reviews main
exits 1 "the branch of packages in its place" verify
rm -rf "$R"; cp -r "$repo" "$R"; git -C "$R" update-ref refs/heads/main "$(git -C "$R" rev-parse reviews)"
exits 1 "and the other way round" verify
rm -rf "$R"; cp -r "$repo" "$R"; git -C "$R" gc -q; git -C "$R" pack-refs --all
exits 0 "packed objects and references" verify
unset R
python3 -B tests/tools/forge_review.py "$W/t" "$one" review $f/002.dsse.json decision '"CONFIRM"' >"$W/log" 2>&1
exits 1 "show of a package whose reviews were rewritten" "$BIN/dryproof" show "$W/t" 1 --policy "$W/both.json" --json
is "has the verifier's word, and what is wrong with theirs" '.status == "PASS" and .reviews == [] and [.reviews_findings[].code] == ["E_REPO_HISTORY"]'

# ---- what was dropped, by whoever kept a commit ----
at_least() { exits "$1" "$2" verify --json --against-reviews "$3"; }
newest=$(git -C "$repo" rev-parse reviews) older=$(git -C "$repo" rev-parse reviews~2)
at_least 0 "the newest is there" "$newest"
is "and worth keeping" ".commit == \"$newest\""
at_least 0 "it goes on from an older one" "$older"
verify >"$W/out" 2>&1
t "people are told which to keep" grep -qx "4 reviews; to keep elsewhere: $newest" "$W/out"
rm -rf "$W/d"; cp -r "$repo" "$W/d"; R=$W/d
git -C "$R" update-ref refs/heads/reviews "$older"
exits 0 "the newest two dropped: unseen" verify
DRYPROOF_EXPECTED=+E_REPO_HISTORY; export DRYPROOF_EXPECTED
at_least 1 "but by who kept the newest" "$newest"
is "what stands is told" '[.findings[] | [.code, .path]] == [["E_REPO_HISTORY", "refs/heads/reviews"]] and (.reviews | length) == 2'
at_least 1 "a commit that is none of it" "$(git -C "$R" rev-parse main)"
at_least 1 "a commit of nobody's" "$(printf '%040d' 0)"
git -C "$R" update-ref -d refs/heads/reviews
exits 3 "all dropped: a repository without reviews" verify
at_least 1 "but by who kept one" "$older"
is "is told" '[.findings[] | [.code, .path]] == [["E_REPO_HISTORY", "refs/heads/reviews"]] and .reviews == [] and .commit == null'
unset R DRYPROOF_EXPECTED
says 2 "is not 40 lower-case hex digits" "no commit" verify --against-reviews HEAD
says 2 "goes with --reviews" "without --reviews" "$BIN/dryproof-verify" --repo "$repo" --all --key "$pub" --against-reviews "$newest"
says 2 "need --repo" "without a repository" "$BIN/dryproof-verify" x.tar --attestations x --key "$pub" --against-reviews "$newest"

# ---- to and fro with git, which refuses what does not go on ----
git init -q --bare "$W/origin" && git -C "$repo" remote add origin "$W/origin" && git -C "$repo" push -q origin main reviews
t "a clone has them" git clone -q --bare "$W/origin" "$W/clone"
R=$W/clone exits 0 "as they were" verify
exits 0 "one more here" record --decision HOLD
git -C "$repo" push -q origin reviews
t "comes there" sh -c "git -C '$W/clone' fetch -q origin reviews:reviews && [ \$(git -C '$W/clone' rev-list --count reviews) -eq 5 ]"
git -C "$W/origin" update-ref refs/heads/reviews "$(git -C "$W/t" rev-parse reviews~1)"
exits 1 "what was rewritten there does not" git -C "$W/clone" fetch -q origin reviews:reviews

# ---- with main, by dryproof push and fetch ----
at() { git -C "$1" rev-parse -q --verify refs/heads/reviews; }
machine() { rm -rf "$W/$1"; cp -r "$GOLDEN/evidence" "$W/$1"; git -C "$W/$1" remote add origin "$W/shared"; }
says_of() { "$P" review record --repo "$W/$1" --package "$id" --decision "$2" --key "$W/$3.key" >/dev/null; } # MACHINE WORD KEY
goes() { exits "$1" "$2" "$BIN/dryproof" "$3" --repo "$W/$4" --json; }
refuses() { says "$1" "$2" "$3" "$BIN/dryproof" "$4" --repo "$W/$5"; }
git init -q --bare "$W/shared"; machine ma; machine mb
goes 0 "push, of none" push ma
is "says so" '.reviews == null and .packages == 1'
goes 0 "fetch, of a remote without" fetch mb
is "says so" '.reviews == null'
t "one here" says_of ma CONFIRM one
goes 0 "push" push ma
is "tells the tip" ".reviews == \"$(at "$W/ma")\""
t "it is there" test "$(at "$W/shared")" = "$(at "$W/ma")"
goes 0 "fetch" fetch mb
is "tells it" ".reviews == \"$(at "$W/ma")\""
R=$W/mb exits 0 "and as it was" verify
unset R
t "the other machine goes on" says_of mb REJECT two
goes 0 "fetch does not send it" fetch mb
t "it is not there" test "$(at "$W/shared")" = "$(at "$W/ma")"
goes 0 "push does" push mb
goes 0 "again: there is nothing to send" push mb
goes 0 "push of who is behind brings it" push ma
t "both have both" test "$(at "$W/shared") $(at "$W/mb")" = "$(at "$W/ma") $(at "$W/ma")"
says_of ma HOLD one; t "two at once, on two machines" says_of mb HOLD two
goes 0 "the first is sent" push ma
was=$(at "$W/mb") there=$(at "$W/shared")
for verb in push fetch; do
    refuses 1 "here, their reviews are not: E_REPO_HISTORY: each has reviews that the other never had" "$verb of the second is refused" $verb mb
    t "nothing is lost, nothing merged" test "$(at "$W/mb") $(at "$W/shared")" = "$was $there"
done
advice() { git -C "$W/mb" branch mine reviews && git -C "$W/mb" fetch -q -f origin reviews:reviews && says_of mb HOLD two; }
t "as it is told to do" advice
goes 0 "it is sent then" push mb
R=$W/mb exits 0 "and each stands" verify --json
unset R
is "in one line" '[.reviews[].decision] == ["CONFIRM", "REJECT", "HOLD", "HOLD"]'
mkdir -p "$W/shared/hooks"; printf '#!/bin/sh\n! grep -q refs/heads/reviews\n' >"$W/shared/hooks/pre-receive"; chmod +x "$W/shared/hooks/pre-receive"
t "one more" says_of mb CONFIRM two
there=$(at "$W/shared")
refuses 5 "the packages are there, their reviews are not" "a remote that takes no reviews" push mb
t "has none of it" test "$(at "$W/shared")" = "$there"
rm "$W/shared/hooks/pre-receive"
goes 0 "and takes them later" push mb
git -C "$W/shared" update-ref refs/heads/reviews "$(git -C "$W/shared" rev-parse reviews~2)"
goes 0 "a remote that lost some" push mb
t "has them again" test "$(at "$W/shared")" = "$(at "$W/mb")"
t "one more" says_of mb REJECT one
rm -rf "$W/mc"; cp -r "$W/mb" "$W/mc"
t "and one on it" says_of mc CONFIRM one
git -C "$W/mc" push -q origin reviews:first
printf '#!/bin/sh\ngrep -q refs/heads/reviews && mv hooks/pre-receive hooks/done && env -u GIT_QUARANTINE_PATH git update-ref refs/heads/reviews first && exit 1; exit 0\n' >"$W/shared/hooks/pre-receive"; chmod +x "$W/shared/hooks/pre-receive"
goes 0 "somebody is first, between a look and a push" push mb
t "what is there comes here" test "$(at "$W/shared") $(at "$W/mc")" = "$(at "$W/mb") $(at "$W/mb")"
t "it happened" test -e "$W/shared/hooks/done"
git -C "$W/t" push -q -f "$W/shared" reviews:reviews
refuses 1 "E_REPO_HISTORY: " "a remote that rewrote them" fetch mb
t "a run beside it does not ask about reviews" "$BIN/dryproof-pack" probe --repo "$W/mb"

# ---- killed anywhere: there or not, and the next one lands ----
# two of its five objects may share a folder: a point is one that any record comes to
killed() { # CALL N: a record that is killed at the N-th such call
    rm -rf "$W/k"; cp -r "$GOLDEN/evidence" "$W/k"
    timeout 60 strace -f -o "$W/trace" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" "$P" review record --repo "$W/k" --package "$id" --decision CONFIRM --key "$one" >/dev/null 2>&1
}
lands() {
    "$P" review record --repo "$W/k" --package "$id" --decision CONFIRM --key "$one" --wait 2 && R=$W/k verify --json >"$W/v" &&
        [ "$(jq '.reviews | length' "$W/v")" -eq 1 ] && [ "$(git -C "$W/k" rev-parse main)" = "$tip" ] && [ ! -e "$W/k/refs/heads/reviews.lock" ] &&
        [ ! -e "$W/k/dryproof.new" ] && git -C "$W/k" fsck --strict
}
killed rename 1; status=$?
if [ $status -eq 137 ]; then
    for at in 'mkdir 2' 'link 2' 'mkdir 9' 'link 8' 'rename 1' 'link 11' 'rename 2' 'unlink 10' 'unlink 14' 'rmdir 3'; do
        killed $at; status=$?
        [ $status -eq 137 ] && t "killed at $at: the next one lands, and it is one" lands || { echo "status $status" >"$W/log"; not_ok "killed at $at"; }
    done
else
    skip "killed anywhere" "strace may not trace here"
fi
both() { record --decision REJECT & "$BIN/dryproof" review record --repo "$repo" --package "$id" --key "$two" --decision REJECT; both_other=$?; wait $! && [ $both_other -eq 0 ]; }
t "two at once" both
exits 0 "both land" verify --json
is "one after the other" '[.reviews[].sequence] == [1, 2, 3, 4, 5, 6, 7]'
