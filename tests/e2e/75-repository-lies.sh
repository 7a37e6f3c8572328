# tests/e2e/75-repository-lies.sh - what a packager with the key may not say beside a package,
# and what a folder that is called a repository may not do to its reader.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
repo=$W/r
word=$(jq -r .verdict "$GOLDEN/verdict.json")
verify() { by_workers timeout 20 "$BIN/dryproof-verify" --repo "${R:-$repo}" --key "${K:-$pub}" "$@"; }

stage() { # N: another run's id in every file, and in bad ones a gate that opens
    cp -r "$GOLDEN/run" "$W/run$1" || return 1
    id=$(jq -r .run_id "$W/run$1/run.json")
    [ "$3" = same ] || grep -rlZ "$id" "$W/run$1" | xargs -0 sed -i "s/$id/$(printf '%032x' "$1")/g"
    sed -i "s/\"backend_pid\":[0-9]*/\"backend_pid\":$((100000 + $1))/" "$W/run$1/steps/001-schema-ensure/execution/session.json"
    [ "$2" = 0 ] || sed -i 's/"current_user":"[^"]*"/"current_user":"somebody"/' "$W/run$1/steps/001-schema-ensure/execution/session.json"
    "$BIN/dryproof-pack" pack "$W/run$1" --key "$key" --out "$W/stage$1" >/dev/null || return 1
    "$BIN/dryproof-verify" "$W/stage$1/package.tar" --attestations "$W/stage$1/attestations.intoto.jsonl" --key "$pub" --json >"$W/verdict$1"
    [ $? = "$2" ] || { jq -c '.findings[]' "$W/verdict$1"; return 1; }
    "$BIN/dryproof-pack" review "$W/stage$1" --verdict "$W/verdict$1" --key "$key" >/dev/null || return 1
    "$BIN/dryproof-pack" commit "$W/stage$1" --repo "${R:-$repo}" --key "$key"
}
t "the first entry: HOLD" stage 1 3 new
t "the second entry: PASS" stage 2 0 new
exits 0 "control: as committed" verify --all

lies() { # STATUS CODE NAME OPERATION...: what an insider makes of the repository's newest commit
    R=$W/t ls=$1 lc=$2 ln=$3; shift 3
    rm -rf "$R"; cp -r "$repo" "$R"
    if ! python3 tests/tools/forge_repo.py "$R" "$key" "$@" >"$W/log" 2>&1; then not_ok "$ln"; unset R; return; fi
    finds "$ls" "$lc" "$ln"
    unset R
}
finds() { # STATUS CODE NAME
    DRYPROOF_EXPECTED=+$2 verify --all --json >"$W/log" 2>&1; got=$?
    if [ "$got" = "$1" ] && jq -er "\"$2\" == \"-\" or ([.repository.findings[], .verdicts[].findings[]] | any(.code == \"$2\"))" "$W/log" >/dev/null 2>&1; then ok "$3"
    else echo "status $got, expected $1 with $2" >>"$W/log"; not_ok "$3"; fi
}

# ---- a verdict is what the package gives, whatever else was signed ----
lies 0 - "control: the packet signed again as it is" packet 2
lies 0 - "control: a verdict's value put again" verdict 2 /status '"PASS"'
for lie in '/authority_effect "FULL"' '/registration_effect "REGISTERED"' '/checks/total 999999' '/coverage/declared []' '/flags/sealed "YES"' \
    '/flags/governed_runtime "YES"' '/extra "x"' '/flags/extra "YES"' '/not_observed []' '/levels/L3 "N-A"' '/environment/class "governed"' \
    '/environment/class "unlisted"' '/environment/database "prod"' '/claims/0/required false' '/claims/2/required false' '/claims/5/required false' '/claims/3/detail "0"' \
    '/findings [{"code":"HOLD_PLAN_NOT_IN_POLICY","message":"m","path":"p","suggestion":"s"}]' '/signed_by []' '/repository {}' \
    '/review_readiness "BLOCKED"' '/exit_status 1' '/now "never"' '/run/id "00000000000000000000000000000000"'; do
    lies 1 E_REPO_MISMATCH "verdict.json says ${lie%% *} ${lie#* }" verdict 2 "${lie%% *}" "${lie#* }"
done
lies 1 E_REPO_MISMATCH "sandbox evidence staged, entered and committed as governed" \
    verdict 2 /environment/class '"governed"' -- verdict 2 /verdict '"C1_GOVERNED_DRYRUN_READY"' -- ledger 2 verdict '"C1_GOVERNED_DRYRUN_READY"' -- \
    reword "Dryproof-Verdict: $word" 'Dryproof-Verdict: C1_GOVERNED_DRYRUN_READY'
lies 1 E_REPO_MISMATCH "a ledger entry for another database" ledger 2 environment '"pg:1/prod"'

# ---- the packet: its files, all of them, no others ----
for file in REVIEW.md VERIFY.sh exit_codes.json; do
    lies 1 E_STMT_SUBJECT "signed without $file" rm "@2/$file" -- packet 2
done
lies 1 E_STMT_SUBJECT "signed with a file more" add @2/APPROVED.md yes -- packet 2

# ---- history: nothing is rewritten, not even for a while; a run is one package ----
lies 1 E_REPO_HISTORY "rewritten by one commit, restored by the next" restore @1/REVIEW.md
R=$W/twice; rm -rf "$R"; cp -r "$repo" "$R"; t "the same run in another package" stage 3 0 same && finds 0 - "control: once"
cp -r "$GOLDEN/evidence" "$W/once"; R=$W/once; t "the golden run again in another package" stage 4 0 same
finds 1 E_REPO_HISTORY "one run in two packages"
# who asks for one of them is told; or that the run of the other, which nobody judges then, cannot be known
id_of() { git -C "$R" log --reverse --format='%(trailers:key=Dryproof-Package,valueonly)' main | sed '/^$/d' | sed -n "$1p"; }
first=$(id_of 1) second=$(id_of 2)
lines=$R/objects/$(git -C "$R" rev-parse "main:packages/$(echo "$first" | sed 's,^\(..\)\(..\),\1/\2/&,')/attestations.intoto.jsonl" | sed 's,..,&/,')
alone() { # STATUS CODE NAME OPTION...
    as=$1 ac=$2 an=$3; shift 3
    DRYPROOF_EXPECTED=+$ac verify "$@" --json >"$W/log" 2>&1; got=$?
    if [ "$got" = "$as" ] && jq -e ".findings | any(.code == \"$ac\")" "$W/log" >/dev/null 2>&1; then ok "$an"
    else echo "status $got, expected $as with $ac" >>"$W/log"; not_ok "$an"; fi
}
alone 1 E_REPO_HISTORY "the run of the one asked for stands in another" --package "$second"
cp "$lines" "$W/lines"; rm -f "$lines"
alone 1 E_REPO_UNSAFE "whose attestations are gone" --package "$second"
alone 1 E_REPO_UNSAFE "the log, where some are gone" --log
alone 1 E_REPO_UNSAFE "reviews, where some are gone" --reviews
mkdir -p "$R/objects/pack"; : >"$R/objects/pack/pack-1.promisor"
alone 3 E_REPO_PARTIAL "or were left out" --package "$second"
rm "$R/objects/pack/pack-1.promisor"; printf x >"$lines"
alone 1 E_REPO_UNSAFE "or are damaged" --package "$second"
rm "$lines"; cp "$W/lines" "$lines"
"$BIN/dryproof-pack" key new --role packager --out "$W/stranger" >/dev/null
t "an insider's package with a stranger's attestations" python3 tests/tools/forge_repo.py "$R" "$key" resign 2 "$W/stranger.key"
alone 4 E_KEY_UNTRUSTED "is told to who asks for another one" --package "$first"
alone 4 E_KEY_UNTRUSTED "and to who asks for that, once" --package "$second"
t "which is no finding of the repository, too" jq -e '[.findings[] | select(.code == "E_KEY_UNTRUSTED")] | length == 1' "$W/log"
unset R

# ---- what stands beside a package in another form ----
nl='
'
lies 1 E_ATTESTATION_SET "a package with two lines" lines 2 2
lies 1 E_REPO_MISMATCH "a ledger that names other attestations" ledger 2 attestations "\"$(printf '%064d' 0)\"" -- careless
lies 6 E_FORMAT_VERSION "a verdict of a later version" verdict 2 /schema '"dryproof.verdict/9"'
lies 1 E_JSON_NONCANONICAL "a verdict without its LF" edit @2/verdict.json "}$nl" '}' -- packet 2
lies 1 E_JSON_NONCANONICAL "a verdict with a space" edit @2/verdict.json '{' '{ ' -- packet 2
lies 6 E_FORMAT_VERSION "an entry of a later version" ledger 2 schema '"dryproof.ledger/9"'
lies 1 E_DSSE_NONCANONICAL "an entry without its LF" edit ledger/000/002.json "}$nl" '}'
lies 1 E_REPO_HISTORY "an entry once more, in its place in the chain" copy ledger/000/002.json ledger/000/003.json -- ledger 3 sequence 3 -- ledger 2 sequence 2
lies 1 E_REPO_HISTORY "a file of the commit before, taken out" earlier add @1/more x -- rm @1/more
R=$W/alone; rm -rf "$R"; cp -r "$GOLDEN/evidence" "$R"
t "one package upon a commit without files" python3 tests/tools/forge_repo.py "$R" "$key" onto-nothing
finds 1 E_REPO_HISTORY "has a commit too many"
unset R

# ---- trees that git would not write, and that others read in another way ----
lies 0 - "control: a tree written once more" bend @2/ '' ''
lies 1 E_REPO_UNSAFE "a tree with a mode written otherwise" bend @2/ '100644 REVIEW.md' '0100644 REVIEW.md'
lies 1 E_REPO_UNSAFE "a tree in another order" bend '' '40000 ledger' '40000 zedger'
for name in '' . .. RE/IEW.md; do lies 1 E_REPO_UNSAFE "a tree with the name '$name'" bend @2/ '100644 REVIEW.md' "100644 $name"; done
lies 1 E_REPO_UNSAFE "a tree with a file twice" bend @2/ '100644 REVIEW.md' '100644 REVIEW.md\0{blob}100644 REVIEW.md'
lies 1 E_REPO_UNSAFE "a tree cut short" bend @2/ '100644 verdict.json' '10064'
lies 1 E_REPO_UNSAFE "a tree that is a file" bend packages '40000 ' '40000 0\0{blob}40000 '
R=$W/t
t "all of it packed" sh -c 'cd "$1" && git cat-file --batch-all-objects --batch-check="%(objectname)" | git pack-objects -q objects/pack/pack && git prune-packed -q' - "$R"
finds 1 E_REPO_UNSAFE "is what it was"
unset R
lies 6 E_LIMIT_COUNT "a million files of two trees" bend '' '40000 ledger' '40000 bomb\0{bomb}40000 ledger'
lies 6 E_LIMIT_COUNT "a million files taken out" earlier bend '' '40000 packages' '40000 log\0{bomb}40000 packages'
lies 6 E_LIMIT_DEPTH "a path of 201 bytes" add "packages/$(printf '%0192d' 0)" x
lies 1 E_REPO_MISMATCH "a path of 200 bytes" add "packages/$(printf '%0191d' 0)" x
lies 6 E_LIMIT_DEPTH "a path of 201 bytes that the newest commit takes out" earlier add "packages/$(printf '%0192d' 0)" x -- rm "packages/$(printf '%0192d' 0)"
lies 6 E_LIMIT_DEPTH "folders of 201 bytes taken out" earlier add "packages/$(printf '%0191d' 0)/x" x -- rm "packages/$(printf '%0191d' 0)/"

# ---- a folder that is no repository of files ----
broken 1 E_REPO_UNSAFE "the reference is a FIFO" 'rm -f packed-refs refs/heads/main; mkfifo refs/heads/main'
broken 1 E_REPO_UNSAFE "the reference is no SHA-1" 'rm -f packed-refs refs/heads/main; echo main >refs/heads/main'
broken 1 E_REPO_UNSAFE "packed-refs is a FIFO" 'rm -f packed-refs refs/heads/main; mkfifo packed-refs'
broken 1 E_REPO_UNSAFE "an object is a FIFO" 'f=$(find objects -type f | head -n 1); rm -f "$f"; mkfifo "$f"'
broken 1 E_REPO_UNSAFE "an object is a link" 'f=$(find objects -type f | head -n 1); ln -sf /dev/zero "$f"'
broken 1 E_REPO_UNSAFE "a pack is a FIFO" 'mkdir -p objects/pack; mkfifo objects/pack/pack-1.idx'
broken 1 E_REPO_UNSAFE "objects is a link" 'mv objects elsewhere; ln -s elsewhere objects'
broken 1 E_REPO_UNSAFE "alternates is a FIFO" 'mkdir -p objects/info; mkfifo objects/info/alternates'
broken 1 E_REPO_UNSAFE "objects of elsewhere" 'mv objects elsewhere; mkdir -p objects/info; echo "$PWD/elsewhere" >objects/info/alternates'
pack='f=$(git ls-tree -r main | grep -m 1 package.tar | cut -c13-52 | sed "s|..|objects/&/|")'
broken 1 E_REPO_UNSAFE "a package cut short ends" "$pack"'; truncate -s 1000 "$f"'
broken 1 E_REPO_UNSAFE "a package that is empty" "$pack"'; : >"$f"'
broken 1 E_REPO_UNSAFE "a package with a byte after it" "$pack"'; printf x >>"$f"'
broken 1 E_REPO_UNSAFE "a blob longer than it says" "$pack"'; python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.compress(b\"blob 12\0\" + b\"x\" * 50))" >"$f"'
broken 1 E_REPO_UNSAFE "a blob shorter than it says" "$pack"'; python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.compress(b\"blob 99\0xyz\"))" >"$f"'
broken 1 E_REPO_UNSAFE "a blob of something else" "$pack"'; python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.compress(b\"blob 3\0xyz\"))" >"$f"'
broken 6 E_LIMIT_SIZE "a blob that says it has 900 GB" "$pack"'; python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.compress(b\"blob 900000000000\0xyz\"))" >"$f"'
broken 1 E_REPO_UNSAFE "a tree that says it has 900 GB" 'f=$(git rev-parse "main^{tree}" | sed "s|..|objects/&/|"); rm "$f"; python3 -c "import sys, zlib; sys.stdout.buffer.write(zlib.compress(b\"tree 900000000000\0xyz\"))" >"$f"'
broken 3 E_REPO_PARTIAL "a partial clone without a staged verdict" 'o=$(git ls-tree -r main | grep -m 1 verdict.json | cut -c13-52 | sed "s|..|objects/&/|"); rm "$o"; mkdir -p objects/pack; : >objects/pack/pack-1.promisor'
broken 0 - "control: all of it packed" 'git gc -q --prune=now'
broken 0 - "a configuration that is a FIFO is not looked at" 'rm config HEAD; mkfifo config HEAD'
broken 0 - "nor what it includes" 'mkfifo f; printf "[include]\n\tpath = %s/f\n" "$PWD" >>config'


# ---- packs: what is in one that cannot be opened is not found, and yet it is there ----
packs() { # a repository of forty packs
    R=$W/many; cp -r "$repo" "$R"
    git -C "$R" rev-list --objects main | cut -d ' ' -f 1 | awk -v w="$W/part" '{ print >(w "." NR % 40) }'
    for part in "$W"/part.*; do git -C "$R" pack-objects -q "$R/objects/pack/pack" <"$part" >/dev/null || return 1; rm "$part"; done
    git -C "$R" prune-packed -q
}
t "forty packs" packs
finds 0 - "control: they are read"
few() { # descriptors
    for n in 40 32 24 16 8; do
        prlimit --nofile="$n" "$BIN/dryproof-verify" --repo "$R" --all --key "$pub" >"$W/log" 2>&1; got=$?
        [ "$got" = 5 ] || { echo "status $got with $n"; return 1; }
    done
}
t "more of them than descriptors is a lack of the system" few
unread() { # KIND: every tenth of that kind may not be read
    for f in $(ls "$R"/objects/pack/*."$1" | awk 'NR % 10 == 1'); do
        chmod 000 "$f"; powerless "$BIN/dryproof-verify" --repo "$R" --all --key "$pub" >"$W/log" 2>&1; got=$?; chmod 444 "$f"
        [ "$got" = 5 ] || { echo "status $got without $f"; return 1; }
    done
}
for kind in idx pack; do t "packs of which one .$kind may not be read" unread $kind; done
f=$(ls "$R"/objects/pack/*.pack | head -n 1) i=${f%.pack}.idx; chmod u+w "$f" "$i"
spoil() { cp "$1" "$W/kept"; printf x | dd of="$1" conv=notrunc status=none; } # the first byte of FILE
: >"$R/objects/pack/pack-1.promisor"
spoil "$f"; finds 1 E_REPO_UNSAFE "a pack that begins as none, in a partial clone"; cp "$W/kept" "$f"
spoil "$i"; finds 1 E_REPO_UNSAFE "an index that begins as none"; cp "$W/kept" "$i"
git -C "$R" index-pack --index-version=1 -o "$W/first.idx" "$f" >"$W/log"
cp "$i" "$W/kept"; cp "$W/first.idx" "$i"; finds 0 - "control: an index of git's first form"
mv "$f" "$W/pack"; mkdir "$f"; finds 1 E_REPO_UNSAFE "a folder in the place of a pack"; rmdir "$f"; mv "$W/pack" "$f"
cp "$W/kept" "$i"; rm "$R/objects/pack/pack-1.promisor"
truncate -s -1 "$f"
finds 1 E_REPO_UNSAFE "a pack cut short"
: >"$R/objects/pack/pack-1.promisor"; finds 1 E_REPO_UNSAFE "and in a partial clone: it is damaged, not elsewhere"
truncate -s 0 "$f"; finds 1 E_REPO_UNSAFE "one that is empty"
rm "$f"; finds 3 E_REPO_PARTIAL "an index alone, there, is of a pack that was left out"
unset R
broken 3 E_REPO_MISSING "an empty folder of objects" 'rm -rf ./*; mkdir objects'

# ---- little memory is no proof of anything ----
starved() { # every limit: out of memory, or not even started
    for kib in $(seq 12000 250 17000); do
        (ulimit -v "$kib"; exec "$BIN/dryproof-verify" --repo "$repo" --all --key "$pub") >/dev/null 2>&1
        case $? in 5 | 127) ;; *) echo "status $? with $kib KiB"; return 1 ;; esac
    done
}
if ldd "$BIN/dryproof-verify" | grep -q libasan; then skip "little memory" "a sanitised verifier needs more"; else t "with too little memory nothing is concluded" starved; fi

# ---- a key's own text ----
for role in log verifier reviewer; do
    sed "s/^dryproof role: .*/dryproof role: $role/" "$pub" >"$W/$role.pub"
    K=$W/$role.pub; exits 4 "a key that says it is a $role's" verify --all; unset K
done

# ---- RERUN.sh runs nothing that is not verified ----
cp -r "$W/stage2" "$W/packet"; echo x >>"$W/packet/REVIEW.md"
mkdir "$W/bin"; printf '#!/bin/sh\necho "$0" >>"$W/started"\nexit 1\n' >"$W/bin/dryproof"; chmod +x "$W/bin/dryproof"
rerun() { PATH=$W/bin:$PATH sh "$@"; }
exits 2 "RERUN.sh wants the key" rerun "$W/stage2/RERUN.sh"
exits 1 "RERUN.sh refuses a changed packet" rerun "$W/packet/RERUN.sh" "$pub"
t "and runs nothing of it" test ! -e "$W/started"
exits 1 "RERUN.sh of a good packet starts dryproof (the trap works)" rerun "$W/stage2/RERUN.sh" "$pub"
t "which was seen" test -e "$W/started"

# ---- VERIFY.sh: each byte of attestations and archive ----
opinion() { # STATUS WORD NAME SCRIPT in a copy of the packet
    rm -rf "$W/packet"; cp -r "$W/stage2" "$W/packet"
    if (cd "$W/packet" && sh -ec "$4") >"$W/log" 2>&1; then :; else not_ok "$3"; return; fi
    sh "$W/packet/VERIFY.sh" "$pub" >"$W/log" 2>&1; got=$?
    if [ "$got $(tail -n 1 "$W/log")" = "$1 $2" ]; then ok "$3"; else not_ok "$3"; fi
}
opinion 0 VERIFIED "VERIFY.sh, control" :
opinion 1 REFUSED "VERIFY.sh refuses bytes after line 3" 'printf x >>attestations.intoto.jsonl'
opinion 1 REFUSED "VERIFY.sh refuses unused bits of base64" 'sed -i "1s/g==\"}\]}/h==\"}]}/; 1s/A==\"}\]}/B==\"}]}/; 1s/Q==\"}\]}/R==\"}]}/; 1s/w==\"}\]}/x==\"}]}/" attestations.intoto.jsonl'
