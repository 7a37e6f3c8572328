# tests/e2e/70-repository.sh - the evidence repository: what is current, what was tampered
# with, who may write at once, and what a hostile configuration may not do.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
"$BIN/dryproof-pack" key new --role packager --out "$W/foreign" >/dev/null
cp -r "$GOLDEN/evidence" "$W/r"
repo=$W/r
verify() { by_workers timeout 20 "$BIN/dryproof-verify" --repo "${R:-$repo}" --key "$pub" "$@"; }
j() { test -s "$W/log" && jq -er "$1" "$W/log" >/dev/null; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }

# ---- a second run supersedes; a failed and a held one are kept and change nothing ----
lie() { # DATABASE STATUS SQL: a run of a surface that was changed before it
    new_database "$1" && as_superuser -d "$1" -c "$3" || return 1
    "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer "$1")" --repo "$repo" --key "$key" --quiet
    got=$?
    [ "$got" -eq "$2" ] || { echo "status $got"; return 1; }
}
t "a second honest run" lie second 0 'SELECT 1'
t "a run that fails" lie failing 1 "UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'execute_enabled'"
t "a run that holds" lie holding 3 "UPDATE c1.dot_catalog SET recorded_count = 15 WHERE code = 'CAT-006'"
exits 0 "all of them: the failed and the held one are no fault of the repository" verify --all --json
cp "$W/log" "$W/all"
is "four packages, in ledger order, the current one last" '[.verdicts[].repository.sequence] == [1, 3, 4, 2]'
is "only the newest that passed is current" '[.verdicts[] | select(.repository.current)] | length == 1 and .[0].status == "PASS"'
is "each as what it is" '[.verdicts[].status] == ["PASS", "FAIL", "HOLD", "PASS"]'
is "the failed one says why" '.verdicts[1] | .exit_status == 1 and any(.findings[]; .code == "E_GATE_OPEN")'
is "the held one says why" '.verdicts[2] | .exit_status == 3 and .verdict == "HOLD_CATALOG_NOT_RECONCILED"'
t "current by dryproof-pack" same "$(jq -r '.verdicts[-1].package.sha256' "$W/all")" "$("$BIN/dryproof-pack" current --repo "$repo" --carrier C1 --plan-ref LEGO1-C1-PLAN --environment sandbox)"
i=0
for status in 0 1 3 0; do
    exits "$status" "--package gives its own status, $status" verify --package "$(jq -r ".verdicts[$i].package.sha256" "$W/all")"
    i=$((i + 1))
done
exits 3 "a package that is not there" verify --package 0000000000000000000000000000000000000000000000000000000000000000
"$BIN/dryproof" log --repo "$repo" >"$W/history"
t "log: newest first" same "4 3 2 1" "$(sed -n 's/^[* ] 00000\([0-9]\)  .*/\1/p' "$W/history" | tr '\n' ' ' | sed 's/ $//')"
t "log: the current one is the newest that passed" same "* 000002  PASS" "$(grep '^[*] 0' "$W/history" | cut -c1-14)"
t "log: what failed and what was held are called so" same "FAIL HOLD PASS" "$(sed -n 's/^[* ] 00000[0-9]  \([A-Z]*\) .*/\1/p' "$W/history" | sort -u | tr '\n' ' ' | sed 's/ $//')"
t "log: the same in JSON, the newest two" same "[[4,false],[3,false]]" "$("$BIN/dryproof" log --repo "$repo" --limit 2 --json | jq -c '[.entries[] | [.sequence, .current]]')"
exits 2 "log: of nothing" "$BIN/dryproof" log --repo "$W/none"
supersedes() { git -C "$repo" show "main:ledger/000/${1#000}.json" | jq -r '.payload | @base64d | fromjson | .supersedes'; }
t "the second names the first" same "$(supersedes 000002)" "$(jq -r '.verdicts[0].package.sha256' "$W/all")"
t "the failed one names the second" same "$(supersedes 000003)" "$(jq -r '.verdicts[3].package.sha256' "$W/all")"

# ---- tampering: rewritten by somebody who may push (-), or by an insider (the key) ----
finds() { # STATUS CODE NAME: of the repository in $R
    DRYPROOF_EXPECTED=+$2 verify --all --json >"$W/log" 2>&1; got=$?
    if [ "$got" = "$1" ] && j "[.repository.findings[], .verdicts[].findings[]] | any(.code == \"$2\")"; then ok "$3"
    else
        [ "$got" != 124 ] || echo "it did not end" >"$W/log"
        [ "$got" = 124 ] || jq -r '([.repository.findings[], (.verdicts[] | select(.status != "PASS") | .findings[])][] | .code + " " + .path + ": " + .message)' "$W/log" >"$W/log2" 2>&1
        [ "$got" = 124 ] || mv "$W/log2" "$W/log"
        echo "status $got, expected $1 with $2" >>"$W/log"; not_ok "$3"
    fi
}
tampered() { # STATUS CODE NAME KEY OPERATION...
    R=$W/t ts=$1 tc=$2 tn=$3 tk=$4; shift 4
    rm -rf "$R"; cp -r "$repo" "$R"
    if python3 tests/tools/rewrite.py "$R" "$tk" "$@" >"$W/log" 2>&1; then finds "$ts" "$tc" "$tn"; else not_ok "$tn"; fi
    unset R
}
tampered 0 E_GATE_OPEN "control: the same commit, signed again" "$key" edit ledger/000/001.json '"' '"'
tampered 1 E_SIG_MISSING "the same commit without a signature" - edit ledger/000/001.json '"' '"'
tampered 4 E_KEY_UNTRUSTED "the same commit by a foreign key" "$W/foreign.key" edit ledger/000/001.json '"' '"'
tampered 1 E_REPO_MISMATCH "insider: a packet file edited" "$key" edit @4/REVIEW.md HOLD PASS
tampered 1 E_REPO_MISMATCH "insider: a packet file gone" "$key" rm @4/REVIEW.md
tampered 1 E_REPO_MISMATCH "insider: a file more in a packet" "$key" add @4/APPROVED.md yes
tampered 1 E_REPO_MISMATCH "insider: a packet file executable" "$key" mode @4/VERIFY.sh 100755
tampered 1 E_REPO_MISMATCH "insider: a packet file as a link" "$key" mode @4/VERIFY.sh 120000
tampered 1 E_REPO_MISMATCH "insider: a submodule" "$key" mode @4/VERIFY.sh 160000
tampered 1 E_REPO_HISTORY "insider: an old package edited" "$key" edit @1/REVIEW.md PASS Pass
tampered 1 E_REPO_MISMATCH "insider: an old package gone" "$key" rm @1/
tampered 1 E_REPO_MISMATCH "insider: a package without an entry" "$key" copy @4/package.tar packages/00/00/0000000000000000000000000000000000000000000000000000000000000000/package.tar
tampered 1 E_REPO_MISMATCH "insider: a file beside the packages" "$key" add README.md hello
tampered 1 E_REPO_MISMATCH "insider: .gitattributes" "$key" add .gitattributes '* filter=x'
tampered 1 E_DIGEST_MISMATCH "insider: the failed package in the place of the current" "$key" copy @3/package.tar @2/package.tar
tampered 1 E_REPO_HISTORY "insider: an entry gone" "$key" rm ledger/000/002.json
tampered 1 E_REPO_MISMATCH "insider: the last entry gone" "$key" rm ledger/000/004.json
tampered 1 E_REPO_HISTORY "insider: an entry twice" "$key" copy ledger/000/004.json ledger/000/005.json
tampered 1 E_SIG_INVALID "an entry edited" - ledger 4 status '"PASS"'
tampered 1 E_REPO_MISMATCH "insider: a held package entered as passed" "$key" ledger 4 status '"PASS"'
tampered 1 E_REPO_MISMATCH "insider: another verdict entered" "$key" ledger 4 verdict '"C1_GOVERNED_DRYRUN_READY"' -- reword 'Dryproof-Verdict: HOLD_CATALOG_NOT_RECONCILED' 'Dryproof-Verdict: C1_GOVERNED_DRYRUN_READY'
tampered 1 E_REPO_MISMATCH "insider: a sandbox run entered as governed" "$key" ledger 4 environment '"pg:1/prod"'
tampered 1 E_REPO_MISMATCH "insider: supersedes nothing" "$key" ledger 4 supersedes null
tampered 1 E_REPO_HISTORY "insider: supersedes what never was" "$key" ledger 4 supersedes '"0000000000000000000000000000000000000000000000000000000000000000"'
tampered 1 E_REPO_HISTORY "insider: the chain is broken" "$key" ledger 4 previous '"0000000000000000000000000000000000000000000000000000000000000000"'
tampered 1 E_REPO_HISTORY "insider: an earlier entry rewritten, the chain mended" "$key" ledger 2 verdict '"X"'
tampered 1 E_JSON_SCHEMA "insider: an entry with a member more" "$key" ledger 4 approved true
tampered 1 E_REPO_MISMATCH "insider: another trailer" "$key" reword 'Dryproof-Ledger: 000004' 'Dryproof-Ledger: 000005'
tampered 1 E_REPO_MISMATCH "insider: a trailer twice" "$key" reword 'Dryproof-Ledger' 'Dryproof-Verdict: X\nDryproof-Ledger'
tampered 1 E_REPO_HISTORY "insider: a commit without its history" "$key" descend none
tampered 1 E_REPO_HISTORY "insider: a commit that adds nothing" "$key" descend on-top
tampered 1 E_REPO_HISTORY "insider: a merge" "$key" descend twice

# ---- references and objects ----
broken 0 E_GATE_OPEN "control: packed objects and references" 'git gc -q --prune=now && git pack-refs --all'
broken 3 E_REPO_MISSING "no branch main" 'git update-ref -d refs/heads/main'
broken 1 E_REPO_MISMATCH "main is a symbolic reference" 'git update-ref refs/heads/other main && git symbolic-ref refs/heads/main refs/heads/other'
broken 1 E_REPO_UNSAFE "main names no commit" 'rm -f packed-refs && git rev-parse "main^{tree}" >refs/heads/main.new && mv refs/heads/main.new refs/heads/main'
broken 1 E_REPO_UNSAFE "main names nothing" 'rm -f packed-refs && echo 1234567890123456789012345678901234567890 >refs/heads/main'
loose='f=objects/$(echo "$o" | cut -c1-2)/$(echo "$o" | cut -c3-); chmod u+w "$f"'
broken 1 E_REPO_UNSAFE "a commit object gone" 'o=$(git rev-parse main~1); '"$loose"'; rm "$f"'
broken 1 E_REPO_UNSAFE "and no folder of packs" 'o=$(git rev-parse main~1); '"$loose"'; rm -r "$f" objects/pack'
broken 3 E_REPO_PARTIAL "the same where git says that it left some out" 'o=$(git rev-parse main~1); '"$loose"'; rm "$f"; mkdir -p objects/pack; : >objects/pack/pack-1.promisor'
broken 3 E_REPO_PARTIAL "and where it says that it cut history" 'o=$(git rev-parse main~1); '"$loose"'; rm "$f"; echo "$o" >shallow'
broken 1 E_REPO_UNSAFE "damaged, not absent, in a partial clone" 'o=$(git rev-parse main~1); '"$loose"'; : >"$f"; echo "$o" >shallow'
broken 1 E_REPO_UNSAFE "of another type, not absent, in a partial clone" 'rm -f packed-refs && git rev-parse "main^{tree}" >refs/heads/main.new && mv refs/heads/main.new refs/heads/main; mkdir -p objects/pack; : >objects/pack/pack-1.promisor'
broken 1 E_SIG_MISSING "the signature stands in the message" 'o=$(git cat-file commit main | awk '"'"'/^gpgsig / { s = 1 } s && (/^gpgsig / || /^ /) { b = b $0 "\n"; next } { s = 0; print } END { printf "%s", b }'"'"' | git hash-object -t commit -w --stdin --literally) && git update-ref refs/heads/main "$o"'
# what is not there hides nothing of what is
lacks() { # STATUS CODE OBJECT NAME OPERATION...: an insider's lie, in a partial clone without that object
    ls=$1 lc=$2 lo=$3 ln="in a clone without $4"; shift 4
    R=$W/t; rm -rf "$R"; cp -r "$repo" "$R"
    python3 tests/tools/rewrite.py "$R" "$key" "$@" >"$W/log" 2>&1 || { not_ok "$ln"; unset R; return; }
    at=${lo%%:*}
    o=$(git -C "$R" rev-parse "$(echo "$lo" | sed "s,@,$(git -C "$R" log -1 --format='%(trailers:key=Dryproof-Package,valueonly)' "$at" | sed -n '1s,^\(..\)\(..\),packages/\1/\2/&,p'),")")
    if rm "$R/objects/$(echo "$o" | cut -c1-2)/$(echo "$o" | cut -c3-)" 2>"$W/log" && mkdir -p "$R/objects/pack" && : >"$R/objects/pack/pack-1.promisor"; then finds "$ls" "$lc" "$ln"
    else not_ok "$ln"; fi
    unset R
}
lacks 1 E_REPO_MISMATCH main:@/REVIEW.md "a packet file" ledger 4 status '"PASS"'
lacks 1 E_REPO_MISMATCH main:@/verdict.json "the staged verdict" ledger 4 supersedes null
lacks 1 E_REPO_MISMATCH main:@/package.tar "the archive" ledger 4 status '"PASS"'
lacks 1 E_DIGEST_MISMATCH main~2:@/attestations.intoto.jsonl "the attestations" copy @3/package.tar @2/package.tar
lacks 1 E_REPO_HISTORY main~1:ledger "an old folder" edit @1/REVIEW.md PASS Pass
broken 1 E_REPO_UNSAFE "a tree object empty" 'o=$(git rev-parse "main^{tree}"); '"$loose"'; : >"$f"'
broken 1 E_REPO_UNSAFE "a package object cut" 'o=$(git ls-tree -r main | grep -m 1 package.tar | cut -c13-52); '"$loose"'; truncate -s 1000 "$f"'
broken 1 E_REPO_UNSAFE "another object under its name" 'o=$(git rev-parse main:ledger/000/001.json); '"$loose"'; p=$(git rev-parse main:ledger/000/002.json); cp "objects/$(echo "$p" | cut -c1-2)/$(echo "$p" | cut -c3-)" "$f"'
R=$W/nowhere; exits 5 "no repository there" verify --all; unset R; cp "$W/log" "$W/said"
t "and nothing of that name" grep -qxF "    there is nothing of that name" "$W/said"
R=$W; exits 5 "another folder" verify --all; unset R; cp "$W/log" "$W/said"
t "no repository is in it" grep -qxF "    no bare git repository is there" "$W/said"
git clone -q "$repo" "$W/tree"; R=$W/tree; exits 5 "a working tree" verify --all; unset R; cp "$W/log" "$W/said"
t "its .git is one" grep -qF "name its .git" "$W/said"
exits 2 "a private key" timeout 20 "$BIN/dryproof-verify" --repo "$repo" --all --key "$key"; cp "$W/log" "$W/said"
t "its public half is asked for, and the file named" sh -c 'grep -qF "E_POLICY_INVALID  $2" "$1" && grep -qF "    a private key; give its public half" "$1"' - "$W/said" "$key"
sed 's/END PUBLIC/END PUBLIK/' "$pub" >"$W/cut.pub"
exits 2 "a file that is no key" timeout 20 "$BIN/dryproof-verify" --repo "$repo" --all --key "$W/cut.pub"; cp "$W/log" "$W/said"
t "is named too" grep -qF "E_POLICY_INVALID  $W/cut.pub" "$W/said"
exits 4 "another packager's key" timeout 20 "$BIN/dryproof-verify" --repo "$repo" --all --key "$W/foreign.pub"; cp "$W/log" "$W/said"
t "nothing else was judged" grep -qx "FAIL: no key that was given signed this: nothing else of it was judged" "$W/said"
superseded=$(jq -r '.verdicts[0].package.sha256' "$W/all") current=$(jq -r '.verdicts[-1].package.sha256' "$W/all")
verify --package "$superseded" >"$W/said"; t "a superseded package is called so" grep -qx 'ledger  entry 1 of 4, SUPERSEDED: .*' "$W/said"
verify --package "$current" >"$W/said"; t "and the current one" grep -qx 'ledger  entry 2 of 4, the current one' "$W/said"
R=$W/old; rm -rf "$R"; git clone -q --bare "$repo" "$R" && git -C "$R" update-ref refs/heads/main main~1
exits 0 "an older clone verifies, with fewer packages" verify --all --json
is "and says which commit that was" '.repository.packages == 3 and (.repository.commit | length == 40)'
unset R

# ---- eight packages to be committed ----
commit() { "$BIN/dryproof-pack" commit "$W/stage$1" --repo "${R:-$repo}" --key "$key" --wait "${2:-60}"; }
tip() { git -C "${R:-$repo}" rev-parse main; }
stages() { for n in 1 2 3 4 5 6 7 8; do stage "$n" || return 1; done; }
t "eight stages" stages
R=$W/new
t "a commit makes the repository" commit 1
first=$(tip)
t "committed again" commit 1
t "nothing was added" same "$(tip)" "$first"
t "the same package by the whole command again adds nothing either" sh -c '"$1/dryproof-pack" commit "$2/stage1" --repo "$2/new" --key "$3" --json | jq -e ".was_there"' - "$BIN" "$W" "$key"
cp -r "$W/stage2" "$W/tampered"; echo x >>"$W/tampered/REVIEW.md"
exits 2 "a stage that is not what line 3 signed is not committed" "$BIN/dryproof-pack" commit "$W/tampered" --repo "$R" --key "$key"
exits 2 "a stage of another key is not committed" "$BIN/dryproof-pack" commit "$W/stage2" --repo "$R" --key "$W/foreign.key"
t "nothing was added by either" same "$(tip)" "$first"

: >"$R/refs/heads/main.lock"
says 5 "$R/refs/heads/main.lock" "a foreign lock is named" commit 2 1
t "and left alone" test -f "$R/refs/heads/main.lock"
t "nothing was added under it" same "$(tip)" "$first"
rm "$R/refs/heads/main.lock"
t "without it the commit lands" commit 2

race() {
    R=$W/race
    pids=
    for n in 1 2 3 4 5 6 7 8; do commit "$n" & pids="$pids $!"; done
    for pid in $pids; do wait "$pid" || return 1; done
}
t "eight packagers at once, into no repository yet" race
R=$W/race
t "linear: eight commits, no merge" test "$(git -C "$R" rev-list --count main) $(git -C "$R" rev-list --count --merges main)" = "8 0"
t "eight packages" test "$(git -C "$R" ls-tree -r --name-only main | grep -c 'package.tar$')" -eq 8
exits 0 "and it verifies" verify --all
t "git fsck" git -C "$R" fsck --full --strict --no-dangling
t "nothing is left but the file that packagers lock" sh -c '[ "$(find "$1" -name "*.lock" -o -name "tmp_*" -o -name "dryproof.*")" = "$1/dryproof.lock" ]' - "$R"

# in a partial clone, too, what may not be read is not left out
lacking() (
    cp -r "$W/race" "$R" && cd "$R" && : >objects/pack/pack-1.promisor || return 1
    for o in $(git ls-tree -r main | grep -E '/[A-Z]|commands|exit_codes|manifest|review|verdict' | cut -c13-52); do rm -f "objects/$(echo "$o" | sed 's,..,&/,')"; done
    o=$(git ls-tree -r main | grep "$(git show main:ledger/000/008.json | jq -r '.payload | @base64d | fromjson | .package')/attestations" | cut -c13-52)
    echo "$o" | git pack-objects -q objects/pack/pack >"$W/log" && git prune-packed -q
)
R=$W/lacking
t "most files of packets left out, the newest attestations in a pack" lacking
exits 3 "is a partial clone" verify --all
chmod 000 "$R"/objects/pack/*.idx
exits 5 "whose index may not be read" powerless "$BIN/dryproof-verify" --repo "$R" --all --key "$pub"

# ---- a hostile repository: its configuration, hooks and attributes start nothing ----
R=$W/hostile
cp -r "$W/new" "$R"
cat >"$W/evil" <<'EVIL'
#!/bin/sh
echo "$0 $*" >>"$(dirname "$0")/started"
EVIL
chmod +x "$W/evil"
cat >>"$R/config" <<CONFIG
[core]
	fsmonitor = $W/evil
	sshCommand = $W/evil
	hooksPath = $R/hooks
	attributesFile = $R/info/attributes
	pager = $W/evil
[filter "evil"]
	clean = $W/evil
	smudge = $W/evil
	required = true
[gpg "ssh"]
	program = $W/evil
[commit]
	gpgSign = true
[include]
	path = $R/more
CONFIG
printf '[core]\n\teditor = %s\n' "$W/evil" >"$R/more"
mkdir -p "$R/info" "$R/hooks"
echo '* filter=evil text eol=crlf ident' >"$R/info/attributes"
for hook in pre-commit post-commit reference-transaction update pre-receive post-receive post-update; do cp "$W/evil" "$R/hooks/$hook"; done
exits 0 "it verifies" verify --all
t "a commit into it lands" commit 3
exits 0 "and verifies" verify --all
t "no process of its was started" sh -c '! cat "$1/started" "$2/hooks/started"' - "$W" "$R"
t "git itself would have started one (the trap works)" sh -c 'git -C "$1" update-ref refs/heads/other main; test -e "$1/hooks/started"' - "$R"
rm -f "$R/hooks/started"
env GIT_DIR=/nowhere GIT_OBJECT_DIRECTORY=/nowhere GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor GIT_CONFIG_VALUE_0="$W/evil" "$BIN/dryproof-verify" --repo "$R" --key "$pub" --all >"$W/log" 2>&1
t "GIT_* variables change nothing" test $? -eq 0
