# tests/e2e/72-log.sh - the transparency log of a repository: what the packager keeps is what
# C2SP's pages say (tests/tools/tlog.py), and no lie about it passes: dropped, rewritten, forked.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key log=$W/log.key
for who in log other; do "$BIN/dryproof-pack" key new --role log --out "$W/$who" >/dev/null; done
policy() { # NAME LOG-KEY...: a policy of the packager and these, the last member as in $more
    name=$1; shift
    { jq -n --rawfile k "$pub" '{public_key: $k, role: "packager"}'
      for file; do jq -n --rawfile k "$file" "{public_key: \$k, role: \"log\" ${more:-}}"; done; } |
        jq -s '{governed: [], keys: ., plans: [], required_claims: [], schema: "dryproof.policy/1"}' >"$W/$name.json"
}
policy trust "$W/log.pub"; policy none; policy wrong "$W/other.pub"; policy both "$W/other.pub" "$W/log.pub"
more=', revoked: true' policy revoked "$W/log.pub"
more=', valid_until: "2001-01-01T00:00:00.000000Z"' policy expired "$W/log.pub"
more=', valid_from: "2999-01-01T00:00:00.000000Z"' policy early "$W/log.pub"
unset more

commit() { "$BIN/dryproof-pack" commit "$W/stage$1" --repo "$2" --key "$key" --log-key "${3:-$log}"; }
stages() { for n in 1 2 3 4 5; do stage "$n" || return 1; done; }
commits() { # REPO N...
    to=$1; shift
    for n; do commit "$n" "$to" || return 1; done
}
id() { jq -r .package.sha256 "$W/verdict$1"; }
folder() { i=$(id "$1"); echo "packages/$(echo "$i" | cut -c1-2)/$(echo "$i" | cut -c3-4)/$i"; }
kept() { git -C "$1" show "main:log/checkpoint" >"$W/$2"; }
repo=$W/r
run_of=$W/small
t "a small run" small "$run_of"
t "five stages" stages
t "two packages with a log" commits "$repo" 1 2
cp -r "$repo" "$W/two" && kept "$repo" kept2
t "and two more" commits "$repo" 3 4
kept "$repo" kept4
git -C "$repo" show "main:$(folder 2)/package.tlog-proof" >"$W/proof2"

# ---- honest: the oracle, and every way to ask ----
t "tiles, root, proofs and signatures are the oracle's" python3 -B tests/tools/tlog.py check "$repo" main "$W/log.pub"
t "and were at size 2" python3 -B tests/tools/tlog.py check "$repo" main~2 "$W/log.pub"
verify() { by_workers timeout 20 "$BIN/dryproof-verify" --repo "${R:-$repo}" --policy "$W/${P:-trust}.json" "$@"; }
j() { test -s "$W/log" && jq -er "$1" "$W/log" >/dev/null; }
exits 0 "--all" verify --all --json
is "nothing is unobserved of the log" '[.verdicts[].not_observed[] | select(contains("log"))] == []'
exits 0 "--package" verify --package "$(id 3)"
exits 0 "--log" verify --log --json
is "with its size, root, origin and signer" '.schema == "dryproof.log/1" and .size == 4 and .packages == 4 and .status == "PASS" and (.signed_by | length == 64) and .not_observed == []'
is "the root as in the checkpoint" ".root == \"$(sed -n 3p "$W/kept4")\" and .origin == \"$(sed -n 1p "$W/kept4")\""
t "of the form that is published" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/said"
exits 0 "--log as text" verify --log
t "the verdict first" sh -c '"$@" | head -n 1 | grep "^PASS: "' - "$BIN/dryproof-verify" --repo "$repo" --policy "$W/trust.json" --log
P=none; exits 0 "no log key: the rest is checked" verify --all --json
is "and what was not is said of each package" '.verdicts | length == 4 and all(.[]; any(.not_observed[]; . == "the log'"'"'s signature: no log key is trusted"))'
exits 0 "no log key, --log" verify --log --json
is "and said there" '.signed_by == null and (.not_observed | length == 1)'
exits 0 "and in the text" verify --log
exits 0 "--key is a policy without one" "$BIN/dryproof-verify" --repo "$repo" --all --key "$pub"
P=both; exits 0 "one of two log keys" verify --all
jq -c '.keys |= reverse' "$W/trust.json" >"$W/reverse.json"
jq -c --arg none "$(printf '%064d' 0)" '.plans = [$none]' "$W/trust.json" >"$W/plans.json"
P=plans; exits 3 "packages whose plan nobody accepted prove nothing together" verify --all --json
is "and none of them alone" '.status == "HOLD" and .repository.findings == [] and all(.verdicts[]; .status == "HOLD")'
P=reverse; exits 0 "the log key first" verify --log --json
is "signed by it as well" '.signed_by | length == 64'
unset P
for file in kept2 kept4 proof2; do exits 0 "against $file" verify --log --against-checkpoint "$W/$file"; done
exits 0 "against an older one, with --all" verify --all --against-checkpoint "$W/kept2"
exits 0 "and with --package" verify --package "$(id 1)" --against-checkpoint "$W/kept2"
says 2 "need --repo" "--against-checkpoint without a repository" "$BIN/dryproof-verify" x.tar --attestations x --key "$pub" --against-checkpoint "$W/kept2"
says 2 "give one of" "--log and --all" verify --log --all
exits 5 "a checkpoint that is not there" verify --log --against-checkpoint "$W/nowhere"

finds() { # STATUS CODE NAME ARGUMENT...: of the repository in $R; "-" no finding of the log
    fs=$1 fc=$2 fn=$3; shift 3
    DRYPROOF_EXPECTED=+$fc verify "${@:---all}" ${against:+--against-checkpoint "$W/$against"} --json >"$W/log" 2>&1; got=$?
    if [ "$got" = "$fs" ] && j "[.. | objects | select(has(\"code\")) | .code] | if \"$fc\" == \"-\" then all(.[]; startswith(\"E_LOG\") | not) else any(.[]; . == \"$fc\") end"; then ok "$fn"
    else
        [ "$got" = 124 ] || jq -r '.. | objects | select(has("code")) | .code + " " + .path + ": " + .message' "$W/log" >"$W/log2" 2>&1
        [ "$got" = 124 ] || mv "$W/log2" "$W/log"
        echo "status $got, expected $fs with $fc" >>"$W/log"; not_ok "$fn"
    fi
}
judged() { finds "$@"; } # the repository as it is
tampered() { # STATUS CODE NAME OPERATION...: by an insider with the packager's key, in $P and against $against
    R=$W/t ts=$1 tc=$2 tn=$3; shift 3
    rm -rf "$R"; cp -r "$repo" "$R"
    if python3 -B tests/tools/forge_repo.py "$R" "$key" "$@" >"$W/log" 2>&1; then finds "$ts" "$tc" "$tn"; else not_ok "$tn"; fi
    unset R
}
tampered 0 - "control: the same commit, signed again" edit log/checkpoint dryproof dryproof
tampered 0 - "control: the log made anew is the same" relog "$log" -- reprove 4 "$log"

# ---- whose log ----
P=wrong; judged 4 E_LOG_KEY "another log key is trusted"
P=revoked; judged 4 E_KEY_REVOKED "the log key is revoked"
P=expired; judged 3 E_KEY_EXPIRED "the log key has expired"
judged 3 E_KEY_EXPIRED "and is asked for the log alone" --log
against=kept2; judged 3 E_KEY_EXPIRED "and signed what was kept" --log; unset against
P=early; judged 4 E_KEY_NOTYET "the log key is not valid yet"
P=none; against=kept2; judged 4 E_LOG_KEY "an older checkpoint, and no log key is trusted" --log
unset against P
tampered 4 E_LOG_KEY "checkpoint and proof signed by another key" relog "$W/other.key" -- reprove 4 "$W/other.key"
tampered 1 E_LOG_SIGNATURE "the checkpoint of another tree, its signature kept" ledger 4 verdict '"X"' -- relog -
tampered 4 E_LOG_KEY "checkpoint and proof signed by the packager" relog "$key" -- reprove 4 "$key"

# ---- no log ----
commit() { "$BIN/dryproof-pack" commit "$W/stage$1" --repo "$2" --key "$key"; }
t "a repository without a log" commits "$W/bare" 1 2
R=$W/bare
judged 3 E_LOG_MISSING "no log, and a log key is trusted"
judged 3 E_LOG_MISSING "no log, of one package" --package "$(id 1)"
against=kept2; judged 3 E_LOG_MISSING "no log, and one was kept" --log; unset against
P=none; judged 0 - "no log, and no log key"
judged 3 E_LOG_MISSING "no log, and it is asked for" --log
unset R P
tampered 1 E_LOG_MISSING "the log folder removed" rm log/
P=none; tampered 1 E_REPO_MISMATCH "removed where no log key is trusted: proofs are left" rm log/; unset P
R=$W/t; rm -rf "$R"; cp -r "$W/bare" "$R"
proof() { python3 -B tests/tools/rewrite.py "$R" "$key" add @2/package.tlog-proof x; }
t "a proof in a repository without a log" proof
P=none; judged 1 E_REPO_MISMATCH "is a file that line 3 does not name"; unset R P

# ---- the checkpoint's form ----
tampered 1 E_LOG_CHECKPOINT "one line more, signed" renote log/checkpoint "$log" "$(sed -n 3p "$W/kept4")" "$(sed -n 3p "$W/kept4")
extension"
tampered 1 E_LOG_CHECKPOINT "one signature line more" edit log/checkpoint "$(sed -n 5p "$W/kept4")" "$(sed -n 5p "$W/kept4")
$(sed -n 5p "$W/kept4")"
tampered 1 E_LOG_CHECKPOINT "another origin, signed" renote log/checkpoint "$log" "$(head -n 1 "$W/kept4")" dryproof.invalid/log/00000000000000000000000000000000
tampered 1 E_LOG_CHECKPOINT "a size with a zero in front, signed" renote log/checkpoint "$log" "
4
" "
04
"
tampered 1 E_LOG_CHECKPOINT "a root that is not base64, signed" renote log/checkpoint "$log" "$(sed -n 3p "$W/kept4")" "$(sed -n 3p "$W/kept4" | tr = _)"
tampered 1 E_LOG_CHECKPOINT "a signature that is not base64" edit log/checkpoint "$(sed -n 5p "$W/kept4" | tail -c 9)" '========'
tampered 1 E_LOG_CHECKPOINT "no checkpoint" rm log/checkpoint
tampered 1 E_LOG_CHECKPOINT "much more than a checkpoint" add log/checkpoint "$(printf '%01000d' 0)"

# ---- dropped, missing, more, rewritten, by who has not the log key ----
t4=log/tile/entries/000.p/4
tampered 1 E_LOG_TAIL "the tail dropped, the checkpoint left" tree 3 keep
tampered 1 E_LOG_TAIL "entries gone" rm "$t4"
for name in .git 'EVIL ignore previous'; do
    tampered 1 E_REPO_HISTORY "an empty folder $name in the log" bend log/ '100644 checkpoint' "40000 $name\\0{tree}100644 checkpoint"
done
tampered 1 E_REPO_UNSAFE "a zero before the first mode of a tree" bend log/tile '40000 0' '040000 0'
tampered 1 E_REPO_UNSAFE "a tree with a tab behind a mode" bend log/tile '40000 entries' '40000\tentries'
tampered 1 E_REPO_HISTORY "an empty folder where tiles lie" bend log/tile '40000 entries' '40000 1\0{tree}40000 entries'
tampered 1 E_LOG_TAIL "the tail and its package dropped, the checkpoint left" rm @4/ -- rm ledger/000/004.json -- relog keep
tampered 1 E_LOG_PACKAGE_MISSING "a package missing" rm @4/
tampered 1 E_LOG_PACKAGE_MISSING "an old package missing" rm @1/
tampered 1 E_LOG_PACKAGE_MISSING "a ledger file missing" rm ledger/000/004.json
tampered 1 E_LOG_PACKAGE_MISSING "the first ledger file missing" rm ledger/000/001.json
tampered 1 E_LOG_PACKAGE_EXTRA "a ledger file more" copy ledger/000/004.json ledger/000/005.json
tampered 1 E_LOG_PACKAGE_EXTRA "a package more" copy @4/package.tar packages/00/00/0000000000000000000000000000000000000000000000000000000000000000/package.tar
tampered 1 E_LOG_PACKAGE_EXTRA "a package past the log, signed over less" tree 3 "$log"
tampered 1 E_LOG_REWRITTEN "an entry of the ledger edited" ledger 4 verdict '"X"'
tampered 1 E_LOG_REWRITTEN "rewritten and hashed again, the checkpoint left" ledger 4 verdict '"X"' -- relog keep
tampered 1 E_LOG_REWRITTEN "two entries exchanged, as in the ledger" copy ledger/000/003.json x -- copy ledger/000/004.json ledger/000/003.json -- copy x ledger/000/004.json -- rm x
tampered 1 E_LOG_CHECKPOINT "another first ledger file" ledger 1 verdict '"X"' -- relog keep
tampered 1 E_LOG_REWRITTEN "a ledger file that is no document" add ledger/000/004.json x
tampered 1 E_LOG_REWRITTEN "a ledger file without a payload" add ledger/000/004.json '{}x'
tampered 6 E_LIMIT_SIZE "a ledger file longer than one can be" add ledger/000/004.json "$(printf '%070000d' 0)"
tampered 1 E_LOG_REWRITTEN "a bundle longer than one can be" add "$t4" "$(printf '%010000d' 0)"
tampered 1 E_LOG_REWRITTEN "an entry of another length" bytes "$t4" '\0\x20' '\0\x21'
tampered 6 E_LIMIT_COUNT "more entries than a repository has files" bundles 3907
tampered 1 E_LOG_REWRITTEN "a partial tile of another" copy "$t4" log/tile/0/000.p/4
tampered 1 E_LOG_REWRITTEN "no partial tile" rm log/tile/0/000.p/4
tampered 1 E_LOG_REWRITTEN "a bundle of another" copy log/tile/0/000.p/4 "$t4"
tampered 1 E_LOG_REWRITTEN "a tile too many" copy log/tile/0/000.p/4 log/tile/1/000.p/1
tampered 1 E_LOG_REWRITTEN "the old partial left" copy log/tile/0/000.p/4 log/tile/0/000.p/3
tampered 1 E_LOG_REWRITTEN "more entries than the checkpoint, signed over less" copy "$t4" x -- tree 3 "$log" -- copy x "$t4" -- rm x
tampered 1 E_REPO_MISMATCH "a file beside checkpoint and tiles" add log/note x

# ---- and by who has it: only what somebody kept tells ----
tampered 1 E_REPO_HISTORY "the newest commit rewrites the log's past" ledger 3 verdict '"X"' -- relog "$log" -- reprove 3 "$log" -- reprove 4 "$log"
tampered 1 E_REPO_HISTORY "a commit that leaves the log where it was" descend on-top
tampered 1 E_REPO_HISTORY "a commit without the ones before" descend none
R=$W/two
judged 0 - "a dropped tail, history and all, is a smaller repository"
against=kept4; judged 1 E_LOG_TAIL "but not against a checkpoint that somebody kept" --log
R=$W/fork; cp -r "$W/two" "$R"
commit() { "$BIN/dryproof-pack" commit "$W/stage$1" --repo "$2" --key "$key" --log-key "$log"; }
t "another story after the second package" commits "$R" 3 5
unset against; judged 0 - "is a log of its own"
against=kept4; judged 1 E_LOG_FORK "and a fork against what was kept of the first" --log
judged 1 E_LOG_FORK "with --all too"
judged 1 E_LOG_FORK "and with --package" --package "$(id 1)"
against=kept2; judged 0 - "their common past is no fork" --log
R=$W/elsewhere
t "a repository of its own" commits "$R" 5 4
against=kept2; judged 1 E_LOG_FORK "a checkpoint of another repository" --log
against=kept4; judged 1 E_LOG_FORK "and one that is larger: of another, not a dropped tail" --log
R=$repo against=
sed 1s/log/LOG/ "$W/kept2" >"$W/form"; against=form; judged 1 E_LOG_CHECKPOINT "a file that is no checkpoint" --log
sed 's/^index 1$/index 01/' "$W/proof2" >"$W/form"; judged 1 E_LOG_CHECKPOINT "a file that is no proof" --log
sed 2s/2/3/ "$W/kept2" >"$W/form"; judged 1 E_LOG_SIGNATURE "a kept checkpoint that was edited" --log
P=wrong; against=kept2; judged 4 E_LOG_KEY "a kept checkpoint of a key that is not trusted" --log; unset P R against

# ---- proofs ----
tampered 1 E_LOG_PROOF "a package without its proof" rm @4/package.tlog-proof
tampered 1 E_LOG_PROOF "a proof longer than one can be" add @4/package.tlog-proof "$(printf '%05000d' 0)"
tampered 1 E_LOG_PROOF "a proof of another form" edit @4/package.tlog-proof tlog-proof@v1 tlog-proof@v2
tampered 1 E_LOG_PROOF "the proof of another package" copy @3/package.tlog-proof @4/package.tlog-proof
tampered 1 E_LOG_PROOF "at another index" edit @4/package.tlog-proof 'index 3' 'index 2'
tampered 1 E_LOG_PROOF "without a hash" edit @4/package.tlog-proof "$(git -C "$repo" show "main:$(folder 4)/package.tlog-proof" | sed -n 3p)
" ""
tampered 1 E_LOG_PROOF "with another hash" edit @4/package.tlog-proof "$(git -C "$repo" show "main:$(folder 4)/package.tlog-proof" | sed -n 3p)" "$(git -C "$repo" show "main:$(folder 4)/package.tlog-proof" | sed -n 4p)"
tampered 1 E_LOG_PROOF "with a hash more than leads to the root" edit @4/package.tlog-proof "

" "
$(git -C "$repo" show "main:$(folder 4)/package.tlog-proof" | sed -n 3p)

"
tampered 1 E_LOG_PROOF "with a checkpoint of another size, signed" renote @4/package.tlog-proof "$log" "
4
" "
5
"
tampered 1 E_LOG_PROOF "with a checkpoint of another root, signed" renote @4/package.tlog-proof "$log" "$(sed -n 3p "$W/kept4")" "$(sed -n 3p "$W/kept2")"
tampered 1 E_LOG_PROOF "with a checkpoint that is not its commit's" renote @4/package.tlog-proof "$W/other.key" dryproof dryproof
tampered 1 E_LOG_PROOF "with an edited signature" edit @4/package.tlog-proof "$(sed -n 5p "$W/kept4" | tail -c 9)" 'AAAAAAA='
tampered 1 E_LOG_PROOF "one line more at its end" edit @4/package.tlog-proof "$(sed -n 5p "$W/kept4")" "$(sed -n 5p "$W/kept4")
"

# ---- the same in a commit before the newest, which every later one builds on ----
git -C "$repo" show main~1:log/checkpoint >"$W/kept3"
last=$(sed -n 5p "$W/kept3" | tail -c 9) root=$(sed -n 3p "$W/kept3")
tampered 0 - "control: an old commit signed again" earlier edit log/checkpoint dryproof dryproof
tampered 1 E_LOG_PROOF "an old checkpoint and its proof, the signature edited" earlier edit log/checkpoint "$last" AAAAAAA= -- earlier edit @3/package.tlog-proof "$last" AAAAAAA=
tampered 4 E_LOG_KEY "an old checkpoint and its proof, of another key" earlier renote log/checkpoint "$W/other.key" dryproof dryproof -- earlier renote @3/package.tlog-proof "$W/other.key" dryproof dryproof
tampered 1 E_REPO_HISTORY "an old checkpoint of another root, signed" earlier renote log/checkpoint "$log" "$root" "$(sed -n 3p "$W/kept2")"
tampered 1 E_REPO_HISTORY "of another size" earlier renote log/checkpoint "$log" "
3
" "
4
"
tampered 1 E_REPO_HISTORY "an old checkpoint without its form" earlier edit log/checkpoint "$last" =
tampered 1 E_REPO_HISTORY "an old checkpoint longer than one can be" earlier add log/checkpoint "$(printf '%01000d' 0)"
tampered 1 E_REPO_HISTORY "an old tile of another" earlier copy log/tile/entries/000.p/3 log/tile/0/000.p/3
tampered 1 E_REPO_HISTORY "an old tile too many" earlier copy log/tile/0/000.p/3 log/tile/1/000.p/1 -- rm log/tile/1/000.p/1
tampered 1 E_REPO_HISTORY "no old tile" earlier rm log/tile/0/000.p/3
tampered 1 E_REPO_HISTORY "an old log that was not there" earlier rm log/
R=$W/t; rm -rf "$R"; cp -r "$repo" "$R"
old=$R/objects/$(git -C "$R" rev-parse main~1:log/tile/0/000.p/3 | sed 's,..,&/,')
chmod u+w "$old" && printf x >"$old"
judged 1 E_REPO_UNSAFE "an old tile damaged"
rm "$old" && mkdir -p "$R/objects/pack" && : >"$R/objects/pack/pack-1.promisor"
judged 3 E_REPO_PARTIAL "an old tile that a partial clone lacks"; unset R
t "a fifth package goes on" commits "$repo" 5
exits 0 "and the log with it" verify --all --against-checkpoint "$W/kept4"
mkdir "$W/folder" && git -C "$repo" archive main "$(folder 3)" | tar -x -C "$W/folder"
opinion() { sh "$W/folder/$(folder 3)/VERIFY.sh" "$pub" >"$W/said" && tail -n 1 "$W/said" | grep -qx VERIFIED; }
t "VERIFY.sh accepts a folder as the repository has it" opinion
t "and says that it was not asked about the log" grep -q '^not done the log' "$W/said"
git clone -q "$repo" "$W/all-of-it"
here=$W/all-of-it/$(folder 3)
logged() { # STATUS LOGPUB: VERIFY.sh in a clone, with a log key
    sh "$here/VERIFY.sh" "$pub" "$2" >"$W/log" 2>&1; [ $? -eq "$1" ]
}
t "VERIFY.sh finds each package in the log" sh -c 'for d in "$1"/packages/*/*/*; do sh "$d/VERIFY.sh" "$2" "$3" | tail -n 1; done | sort | uniq -c | grep -qx " *5 VERIFIED"' - "$W/all-of-it" "$pub" "$W/log.pub"
t "and which of them were superseded" sh -c 'for d in "$1"/packages/*/*/*; do sh "$d/VERIFY.sh" "$2" "$3" | grep "^note     SUPERSEDED: the current package of this carrier, plan and environment is $5\$" || echo current; done | sort | uniq -c | grep -qx " *$4 current"' - "$W/all-of-it" "$pub" "$W/log.pub" "$(verify --all --json | jq '[.verdicts[] | select(.repository.current)] | length')" "$(verify --all --json | jq -r '.verdicts[] | select(.repository.current).package.sha256')"
t "not under another key" logged 1 "$pub"
spoils() { # NAME SCRIPT: a change in the clone that must be refused
    t "$1" sh -c 'cd "$1" && git checkout -q . && '"$2"'; sh "$2/VERIFY.sh" "$3" "$4" | tail -n 1 | grep -qx REFUSED' - "$W/all-of-it" "$here" "$pub" "$W/log.pub"
}
spoils "a proof at another place" 'sed -i "s/^index 2$/index 1/" "$2/package.tlog-proof"'
spoils "a proof with a hash exchanged" 'sed -i "3s/^./=/" "$2/package.tlog-proof"'
spoils "a proof of another size" 'sed -i "s/^3$/4/" "$2/package.tlog-proof"'
spoils "a checkpoint edited" 'sed -i "s/log\/./log\/x/" "$2/package.tlog-proof"'
spoils "no proof at all" 'rm "$2/package.tlog-proof"'
spoils "another ledger file" 'cp ledger/000/002.json ledger/000/003.json'
spoils "no ledger" 'rm -r ledger'
