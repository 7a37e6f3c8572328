# tests/e2e/74-drill.sh - in twenty years: somebody with a clone, two public keys and a bare Debian
# (no awk, nothing of ours) checks one package and the log by the commands that REVIEW.md prints.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key jail=$W/jail repo=$W/evidence
"$BIN/dryproof-pack" key new --role log --out "$W/log" >/dev/null
publish() { for n; do stage "$n" && "$BIN/dryproof-pack" commit "$W/stage$n" --repo "$repo" --key "$key" --log-key "$W/log.key" || return 1; done; }
t "two packages with a log are published" publish 1 2
id=$(jq -r .package.sha256 "$W/verdict1")

# ---- the bare root: these programs, the libraries that ldd names, and nothing else ----
TOOLS="sh git openssl tar sed grep find xargs cmp
    sha256sum base64 cat cut cp date dirname echo env head ln ls mkdir mktemp mv paste printf rm sort tail test tr touch uname wc"
bare_root() {
    mkdir -p "$jail/bin" "$jail/dev" "$jail/tmp" "$jail/home" || return 1
    for tool in $TOOLS; do
        from=$(command -v "$tool") && case $from in /*) ;; *) from=/usr/bin/$tool ;; esac
        cp -L "$from" "$jail/bin/$tool" || return 1
        ldd "$from" | sed -n 's/^[^/]*\(\/[^ ]*\) (.*/\1/p'
    done | sort -u >"$W/libraries"
    while read -r library; do mkdir -p "$jail${library%/*}" && cp -L "$library" "$jail$library" || return 1; done <"$W/libraries"
    for alias in git-upload-pack git-receive-pack; do ln -s git "$jail/bin/$alias"; done
    # a device where that is possible; else a file does, as long as nobody reads it
    { mknod "$jail/dev/null" c 1 3 && echo x >"$jail/dev/null"; } 2>/dev/null || { rm -f "$jail/dev/null"; : >"$jail/dev/null"; }
    cp "$pub" "$jail/pub" && cp "$W/log.pub" "$jail/logpub"
}
t "a bare root" bare_root
inside() { # COMMAND...: in it, with nothing of our environment
    $enter chroot "$jail" /bin/env -i PATH=/bin HOME=/home TMPDIR=/tmp ${later:+LD_PRELOAD=/later.so LATER_LOG=/tmp/asked} "$@"
}
enter=
inside /bin/sh -c : 2>/dev/null || enter="unshare -r"
later=
if ! inside /bin/sh -c : 2>"$W/log"; then
    skip "the auditor's drill" "neither chroot nor user namespaces are allowed here"
    exit 0
fi
t "it has no awk, no python, nothing of ours" sh -c '! ls "$1/bin" | grep -E "awk|python|perl|jq|dryproof"' - "$jail"
t "the clock can be moved" cc -shared -fPIC -O2 -o "$jail/later.so" tests/tools/later.c -ldl
later=1
year=$(date +%Y)
t "and is twenty years ahead there" [ "$(inside /bin/date +%Y)" -ge $((year + 20)) ]

# ---- the commands as they are printed, one by one; the first that fails ends the drill ----
printed() {
    git -C "$repo" show "main:packages/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-4)/$id/REVIEW.md" >"$W/REVIEW.md"
    sed -n '/^## Recheck it/,$p' "$W/REVIEW.md" | sed -n '/^```sh$/,/^```$/p' | sed '/^```/d' >"$W/printed"
}
printed
awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md >"$W/in-readme"
t "README.md has the same" cmp "$W/printed" "$W/in-readme"
t "they are fewer than ten" sh -c 'n=$(grep -cvE "^( |done|[()])" "$1"); [ "$n" -ge 5 ] && [ "$n" -lt 10 ]' - "$W/printed"
drill() { # LOGPUB: of $jail/evidence
    rm -rf "$jail/work" "$jail/tmp"; mkdir -p "$jail/work" "$jail/tmp" && cp "$W/printed" "$jail/printed" || return 1
    inside REPO=/evidence ID="$id" PUB=/pub LOGPUB="$1" /bin/sh -c 'cd /work && . /printed'
}
published() { rm -rf "$jail/evidence"; cp -r "${1:-$repo}" "$jail/evidence"; }
published
t "one package and the log, with nothing but these" drill /logpub
cp "$W/log" "$W/said"
t "VERIFIED is its last word" [ "$(tail -n 1 "$W/said")" = VERIFIED ]
t "the log was made again" grep -qx 'ok       which is that of every file of the ledger, and so are all tiles' "$W/said"
t "what takes awk is said not to be done" grep -q '^not done manifest c1: its list of rows, made again: there is no awk' "$W/said"
t "the tree pin is the printed one" grep -q "$(grep -o 'tree pin that it prints must be `[0-9a-f]\{64\}' "$W/REVIEW.md" | tail -c 65)" "$W/said"
t "git, tar and find asked for the clock, to stamp and to compare files; openssl and the rest did not" \
    sh -c 'test -s "$1" && ! grep -vxE "git|git-upload-pack|tar|find" "$1"' - "$jail/tmp/asked"
later=; t "today it is the same" drill /logpub; later=1
t "without the log's key" drill ''

# ---- and it fails when anything is not as it was published; packages that are small do for that ----
repo=$W/little run_of=$W/small
t "a small run" small "$run_of"
t "two packages of it" publish 3 4
id=$(jq -r .package.sha256 "$W/verdict3")
printed
published
t "the drill of one of them" drill /logpub
folder=packages/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-4)/$id
refuses() { # NAME OPERATION...: somebody who may push
    r_name=$1; shift
    rm -rf "$W/bad"; cp -r "$repo" "$W/bad"
    if ! python3 -B tests/tools/rewrite.py "$W/bad" - "$@" >"$W/log" 2>&1; then not_ok "$r_name"; return; fi
    published "$W/bad"
    if drill /logpub >"$W/log" 2>&1; then not_ok "$r_name"
    elif grep -qE "^(REFUSED|package.tar: FAILED|Signature Verification Failure)" "$W/log"; then ok "$r_name"
    else not_ok "$r_name"; fi
}
signature=$(git -C "$repo" show "main:$folder/attestations.intoto.jsonl" | sed -n '1s/.*"sig":"\(........\).*/\1/p')
note=$(git -C "$repo" show main:log/checkpoint | sed -n 5p | tail -c 9)
root=$(git -C "$repo" show main:log/checkpoint | sed -n 3p)
# who rewrites VERIFY.sh says whatever he likes in it: the drill ends before it runs
forged() {
    rm -rf "$W/bad"; cp -r "$repo" "$W/bad"
    python3 -B tests/tools/rewrite.py "$W/bad" - add @1/VERIFY.sh 'echo VERIFIED' && published "$W/bad" || return 1
    ! drill /logpub >"$W/said" 2>&1 && ! grep -qE '^(ok|VERIFIED|REFUSED)' "$W/said" && [ "$(tail -n 1 "$W/said")" = "this VERIFY.sh was not signed" ]
}
t "a forged VERIFY.sh is not run" forged
exits 128 "nor is what an older clone left there taken for this one" inside REPO=/evidence ID="$id" PUB=/pub LOGPUB= /bin/sh -c 'mkdir -p /work && cd /work && rm -rf evidence && mkdir evidence && : >evidence/x && . /printed'
# a whole folder, all of it signed, under another package's name
moved() {
    published && rm -rf "$jail/work" && mkdir "$jail/work" && inside /bin/sh -c 'cd /work && git clone -q /evidence evidence' || return 1
    other=$(jq -r .package.sha256 "$W/verdict4") && here=$jail/work && from=$(echo "$here"/evidence/packages/*/*/"$other") && rm -rf "$here/evidence/$folder" && cp -r "$from" "$here/evidence/$folder" || return 1
    ! inside /bin/sh -c "cd /work && sh evidence/$folder/VERIFY.sh /pub" >"$W/said" 2>&1 && grep -q '^NOT OK   the folder is named after its package' "$W/said" && [ "$(tail -n 1 "$W/said")" = REFUSED ]
}
t "another package's folder under this one's name" moved
refuses "an edited package" add "@1/package.tar" x
refuses "an edited signature" edit @1/attestations.intoto.jsonl "\"sig\":\"$signature" '"sig":"AAAAAAAA'
refuses "an edited page" add @1/REVIEW.md x
refuses "an edited checkpoint: its signature" edit log/checkpoint "$note" 'AAAAAAA='
refuses "an edited checkpoint: its root" edit log/checkpoint "$root" "$(git -C "$repo" show main~1:log/checkpoint | sed -n 3p)"
refuses "an edited tile" copy log/tile/entries/000.p/2 log/tile/0/000.p/2
refuses "a tile of entries" copy log/tile/0/000.p/2 log/tile/entries/000.p/2
refuses "a tile too many" copy log/tile/0/000.p/2 log/tile/1/000.p/1
refuses "no tile" rm log/tile/0/000.p/2
refuses "an edited ledger" copy ledger/000/001.json ledger/000/002.json
refuses "a ledger file more" copy ledger/000/002.json ledger/000/003.json
refuses "an edited proof" edit @1/package.tlog-proof 'index 0' 'index 1'
published
cp "$jail/logpub" "$jail/kept" && "$BIN/dryproof-pack" key new --role log --out "$W/other" >/dev/null && cp "$W/other.pub" "$jail/logpub"
exits 1 "another log's key" drill /logpub
cp "$jail/kept" "$jail/logpub"; cp "$W/other.pub" "$jail/pub"
exits 1 "another packager's key" drill /logpub
cp "$pub" "$jail/pub"
damaged() { # one byte of the object that holds package.tar, behind git's back
    published
    blob=$(git -C "$repo" rev-parse "main:$folder/package.tar")
    object=$jail/evidence/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)
    chmod u+w "$object" && printf '\377' | dd of="$object" bs=1 seek=2000 conv=notrunc 2>/dev/null
}
t "one byte of an object is damaged" damaged
if drill /logpub >"$W/log" 2>&1; then not_ok "a damaged object"; else ok "a damaged object"; fi

# ---- the log of any size, made again by the functions of VERIFY.sh alone; the oracle makes them ----
git -C "$repo" show "main:$folder/VERIFY.sh" >"$W/VERIFY.sh"
sed -n '/^hash() {/p; /^# The log as it is now/,/^if /p' "$W/VERIFY.sh" | sed '/^if /,$d' >"$W/functions.sh"
sizes="1 2 7 257"
mkdir "$W/sizes" "$W/check"
t "logs of several sizes" python3 -B tests/tools/tlog.py make "$W/sizes" $sizes
whole() { # SIZE [SCRIPT]
    rm -rf "$W/check"; mkdir -p "$W/check/a/b/c/d" "$W/check/work" && git -C "$W/sizes/$1" archive main log ledger | tar -x -C "$W/check" || return 1
    cp "$W/check/log/checkpoint" "$W/check/work/checkpoint"
    (cd "$W/check/a/b/c/d" && work=$W/check/work && eval "${2:-:}" && . "$W/functions.sh" && whole_log)
}
for size in $sizes; do t "a log of $size" whole "$size"; done
exits 1 "of 257, the hash of the second tile exchanged" whole 257 'f=../../../../log/tile/0/001.p/1; { head -c 32 $f | tr "[\000-\177]" "[\200-\377]"; tail -c +33 $f; } >x && mv x $f'
exits 1 "of 257, another hash of the first 256" whole 257 'f=../../../../log/tile/1/000.p/1; tr "[\000-\177]" "[\200-\377]" <$f >x && mv x $f'
exits 1 "of 257, the last entry gone" whole 257 'rm ../../../../ledger/000/257.json'
