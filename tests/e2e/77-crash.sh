# tests/e2e/77-crash.sh - a package is published or not, whatever happens meanwhile: a few of the
# faults of `make faults`, a packager that holds the repository, and that invariant.sh can say no.
. tests/lib.sh
S=$W/stages
t "eight small packages" sh tests/faults/stages.sh "$S" 8 "host=$SOCKET port=5432 user=dryproof_sandbox dbname=postgres"
for part in kill error signal short gone full cache race crowd remotes; do
    name="faults: $part" knobs="POINTS=6 ERRORS=8 ROUNDS=1 OPS=64"
    [ $part != full ] || knobs="SHARD=1/30"
    if env STAGES="$S" $knobs sh tests/faults/run.sh $part >"$W/log" 2>&1; then
        sed -n 's/^skip - [a-z]*: //p' "$W/log" | while read -r reason; do skip "$name" "$reason"; done
        grep -q '^skip - ' "$W/log" || ok "$name ($(tail -n 1 "$W/log"))"
    else
        not_ok "$name"
    fi
done

commit() { "$BIN/dryproof-pack" commit "$S/stage$1" --repo "$2" --key "$S/signer.key" --log-key "$S/log.key" --wait 1; }
invariant() { sh tests/faults/invariant.sh "$S" "$@"; }
r=$W/r
t "a first package" commit 1 "$r"
old=$(git -C "$r" rev-parse main)

# ---- who waits is told for whom ----
flock "$r/dryproof.lock" sleep 3 & holder=$!
sleep 0.2
says 5 "waited 1 s in vain for a lock that is not ours: $r/dryproof.lock, " "a held repository is named" commit 2 "$r"
wait $holder
t "nothing was added" test "$(git -C "$r" rev-parse main)" = "$old"

# ---- two begin a repository: one of them looks while the other has not begun, and asks again when it has ----
slow() { timeout 60 strace -f -o "$W/trace" -P "$W/young" -e trace=openat -e inject=openat:delay_exit=800000 "$BIN/dryproof-pack" commit "$S/stage1" --repo "$W/young" --key "$S/signer.key" --log-key "$S/log.key"; }
both() { slow & slow_pid=$!; sleep 0.4; commit 2 "$W/young" && wait $slow_pid && [ "$(git -C "$W/young" rev-list --count main)" -eq 2 ]; }
if strace -o "$W/trace" true 2>/dev/null; then t "two who begin one repository" both; else skip "two who begin one repository" "strace may not trace here"; fi

# ---- a disk that tells nothing any more, from the first object on that is given its place: not one is taken for there ----
if strace -o "$W/trace" true 2>/dev/null; then
    cp -r "$r" "$W/dim"
    strace -f -o "$W/trace" "$BIN/dryproof-pack" commit "$S/stage2" --repo "$W/dim" --key "$S/signer.key" --log-key "$S/log.key" >"$W/log" 2>&1
    first=$(sed 's/^[0-9]* *//' "$W/trace" | awk '/^newfstatat/ { n++ } /^link.*refs\/heads\/main.lock/ { print n; exit }')
    for more in 1 5 11 17; do
        rm -rf "$W/dim"; cp -r "$r" "$W/dim"
        strace -f -o "$W/trace" -e trace=newfstatat -e "inject=newfstatat:error=EIO:when=$((first + more))+" "$BIN/dryproof-pack" \
            commit "$S/stage2" --repo "$W/dim" --key "$S/signer.key" --log-key "$S/log.key" >"$W/log" 2>&1; status=$?
        t "nothing can be looked at from $more calls behind the lock on" invariant "$W/dim" "$old" $status "$S/stage2" "$S/stage3"
    done
else skip "a disk that tells nothing any more" "strace may not trace here"; fi

# ---- where a package stands is the ledger's to say, not the proof's ----
cp -r "$r" "$W/lied"
is_second() { commit 2 "$W/lied" | grep -x 'ledger  000002'; }
t "a second package" commit 2 "$W/lied"
t "its proof is made to name the first" python3 -B tests/tools/rewrite.py "$W/lied" "$S/signer.key" edit @2/package.tlog-proof 'index 1' 'index 0'
t "the second is number 2 all the same" is_second
t "it is made to name one that is not there" python3 -B tests/tools/rewrite.py "$W/lied" "$S/signer.key" edit @2/package.tlog-proof 'index 0' 'index 18446744073709551615'
t "the second is number 2 still" is_second

# ---- objects that were damaged before: nothing waits for more of them, and nothing new is built on them ----
shorten() { # BYTES OBJECT: that loose object of $W/cut, made anew
    f=$W/cut/objects/$(echo "$2" | cut -c1-2)/$(echo "$2" | cut -c3-); mkdir -p "${f%/*}"
    [ ! -e "$f" ] || chmod u+w "$f"
    : >>"$f"; truncate -s "$1" "$f"
}
refused() { # BYTES OBJECT NAME: by a commit, in no time
    rm -rf "$W/cut"; cp -r "$r" "$W/cut"; shorten "$1" "$2"
    says 5 "is cut short or damaged; take it away" "commit: $3" timeout 20 "$BIN/dryproof-pack" commit "$S/stage2" --repo "$W/cut" --key "$S/signer.key" --log-key "$S/log.key"
    t "main stands where it stood" test "$(git -C "$W/cut" rev-parse main)" = "$old"
}
refused 60 "$old" "the newest commit is cut short"
refused 20 "$(git -C "$r" rev-parse "main^{tree}")" "its tree is cut short"
refused 60 "$(git -C "$r" rev-parse main:ledger/000/001.json)" "the last entry is cut short"
says 5 "is cut short or damaged; take it away" "show: the last entry is cut short" timeout 20 "$BIN/dryproof" show "$W/cut" 1
new=$(git hash-object "$S/stage2/REVIEW.md")
refused 0 "$new" "an empty object has the name of what is to be written"
refused 60 "$new" "zeros have the name of what is to be written"
o=objects/$(echo "$new" | cut -c1-2)/$(echo "$new" | cut -c3-)
half() { rm -rf "$W/cut"; cp -r "$r" "$W/cut"; mkdir -p "$W/cut/${o%/*}" && head -c -10 "$W/lied/$o" >"$W/cut/$o"; }
t "one that lacks its last bytes" half
says 5 "is cut short or damaged; take it away" "commit: it has the name of what is to be written" timeout 20 "$BIN/dryproof-pack" commit "$S/stage2" --repo "$W/cut" --key "$S/signer.key" --log-key "$S/log.key"
t "main stands where it stood" test "$(git -C "$W/cut" rev-parse main)" = "$old"
cp "$W/cut/objects/$(echo "$old" | cut -c1-2)/$(echo "$old" | cut -c3-)" "$f"
exits 5 "commit: another object has the name of what is to be written" timeout 20 "$BIN/dryproof-pack" commit "$S/stage2" --repo "$W/cut" --key "$S/signer.key" --log-key "$S/log.key"
t "main stands where it stood" test "$(git -C "$W/cut" rev-parse main)" = "$old"
rm -f "$f"
t "taken away, the same commit is made" commit 2 "$W/cut"

# ---- the invariant holds where nothing happened, and not where something did ----
says_torn() { # TEXT NAME SCRIPT: run in a copy of the repository, beside $old
    rm -rf "$W/x"; cp -r "$r" "$W/x"
    if (cd "$W/x" && eval "$3") >"$W/log" 2>&1 && ! invariant "$W/x" "$old" "${4:-5}" "$S/stage2" >"$W/log" 2>&1 && grep -qF "$1" "$W/log"
    then ok "torn: $2"; else not_ok "torn: $2"; fi
}
rm -rf "$W/x"; cp -r "$r" "$W/x"
t "untouched it is whole" invariant "$W/x" "$old" 5 "$S/stage2" "$S/stage3"
cp -r "$r" "$W/two" && commit 3 "$W/two" >/dev/null
says_torn 'left over' "a temporary file" ': >objects/tmp_obj_1'
says_torn 'refs/heads/main.lock' "a lock" ': >refs/heads/main.lock'
says_torn 'git fsck' "an object is gone" 'o=$(git rev-parse main:ledger/000/001.json); rm -f "objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)"'
says_torn 'has another package' "another package came" 'git fetch -q ../two main && git update-ref refs/heads/main FETCH_HEAD && rm FETCH_HEAD'
says_torn 'two trees of one size' "two checkpoints of one size" 'git -C ../two show main:log/checkpoint | git hash-object -w --stdin'
says_torn 'nothing was published' "status 0 without a package" : 0
says_torn 'status 139' "it crashed" : 139
says_torn 'commits, ' "an entry without its package" 'git read-tree --index-output="$PWD/i" main && GIT_INDEX_FILE=i git rm -rq --cached packages && c=$(git commit-tree -m "Dryproof-Package: x" -p main "$(GIT_INDEX_FILE=i git write-tree)") && rm i && git update-ref refs/heads/main $c'
