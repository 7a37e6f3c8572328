# tests/e2e/60-second-opinions.sh - what other people's tools say of our files.  Each check
# has a twin that must fail: a tool that accepts everything has no opinion.
. tests/lib.sh
f() { t_name=$1; shift; if "$@" >"$W/log" 2>&1; then not_ok "$t_name"; else ok "$t_name"; fi; } # must fail

git clone -q "$GOLDEN/evidence" "$W/clone"
packet=$(dirname "$(ls "$W"/clone/packages/*/*/*/package.tar)")
mkdir "$W/x" "$W/gnu" "$W/bsd" "$W/bad"
tar -xf "$packet/package.tar" -C "$W/x"
pub=$GOLDEN/signer.pub
"$BIN/dryproof-pack" key new --role packager --out "$W/foreign" >/dev/null

# ---- the archive and the bag ----
head -c 100000 "$packet/package.tar" >"$W/cut.tar"
t "GNU tar and bsdtar list the same" sh -c 'tar -tf "$1" >"$2/gnu.list" && bsdtar -tf "$1" >"$2/bsd.list" && cmp "$2/gnu.list" "$2/bsd.list"' - "$packet/package.tar" "$W"
t "GNU tar and bsdtar extract the same" sh -c 'tar -xf "$1" -C "$2/gnu" && bsdtar -xf "$1" -C "$2/bsd" && diff -r "$2/gnu" "$2/bsd"' - "$packet/package.tar" "$W"
f "GNU tar refuses a cut archive" tar -tf "$W/cut.tar"
f "bsdtar refuses a cut archive" bsdtar -tf "$W/cut.tar"
t "sha256sum agrees with both manifests" sh -c 'cd "$1/bag" && sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt' - "$W/x"
cp -r "$W/x/bag" "$W/bad/bag"
echo >>"$W/bad/bag/data/run.json"
f "sha256sum refuses a longer payload file" sh -c 'cd "$1/bag" && sha256sum -c --strict --quiet manifest-sha256.txt' - "$W/bad"
echo 'Payload-Oxum: 1.1' >"$W/bad/bag/bag-info.txt"
f "sha256sum refuses another bag-info.txt" sh -c 'cd "$1/bag" && sha256sum -c --strict --quiet tagmanifest-sha256.txt' - "$W/bad"
t "the package's SHA-256 is its name" test "$(sha256sum <"$packet/package.tar" | cut -c1-64)" = "${packet##*/}"
t "Python's json: every document is canonical" python3 tests/tools/opinions.py canonical "$W/x/bag/data"
f "Python's json refuses a longer one" python3 tests/tools/opinions.py canonical "$W/bad/bag/data"
t "Python's hashlib: every table digest" python3 tests/tools/opinions.py tables "$W/x/bag/data"
sed -i 's/"real_run_enabled","false"/"real_run_enabled","true"/' "$W/bad/bag/data/after/tables/000012.ndjson"
f "Python's hashlib refuses a changed row" python3 tests/tools/opinions.py tables "$W/bad/bag/data"

# ---- the signatures, by openssl and printf ----
dsse() { # FILE LINE PUB
    sed -n "$2p" "$1" >"$W/line"
    jq -r .payload "$W/line" | base64 -d >"$W/body"
    jq -r '.signatures[0].sig' "$W/line" | base64 -d >"$W/sig"
    type=$(jq -r .payloadType "$W/line")
    { printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$W/body")"; cat "$W/body"; } >"$W/pae"
    openssl pkeyutl -verify -pubin -inkey "$3" -rawin -in "$W/pae" -sigfile "$W/sig"
}
jq -c '.payload |= (@base64d | sub("sandbox|PASSED|packet"; "other") | sub("C1"; "C2") | @base64)' "$packet/attestations.intoto.jsonl" >"$W/edited"
for line in 1 2 3; do
    t "openssl verifies line $line" dsse "$packet/attestations.intoto.jsonl" "$line" "$pub"
    f "openssl refuses line $line edited" dsse "$W/edited" "$line" "$pub"
    f "openssl refuses line $line by another key" dsse "$packet/attestations.intoto.jsonl" "$line" "$W/foreign.pub"
done
t "the ledger entry's signature" dsse "$W/clone/ledger/000/001.json" 1 "$pub"
f "the ledger entry by another key" dsse "$W/clone/ledger/000/001.json" 1 "$W/foreign.pub"

# ---- the repository, by git ----
"$BIN/dryproof-pack" allowed-signers --key "$pub" >"$W/allowed"
"$BIN/dryproof-pack" allowed-signers --key "$W/foreign.pub" >"$W/others"
t "git verifies the commit" git -C "$W/clone" -c "gpg.ssh.allowedSignersFile=$W/allowed" verify-commit HEAD
f "git refuses it by another key" git -C "$W/clone" -c "gpg.ssh.allowedSignersFile=$W/others" verify-commit HEAD
t "git fsck" git -C "$GOLDEN/evidence" fsck --full --strict --no-dangling
cp -r "$GOLDEN/evidence" "$W/damaged"
object=$(git -C "$W/damaged" rev-parse 'main^{tree}')
object=$W/damaged/objects/$(echo "$object" | cut -c1-2)/$(echo "$object" | cut -c3-)
chmod u+w "$object" && printf x | dd of="$object" bs=1 seek=20 conv=notrunc 2>/dev/null
f "git fsck refuses a damaged object" git -C "$W/damaged" fsck --full --strict

# ---- the packet's own scripts ----
bare() { env -i PATH=/usr/bin:/bin "$@"; } # a reviewer's shell, with nothing of ours
twin() { rm -rf "$W/twin"; cp -r "$packet" "$W/twin"; }
verdict_of() { # STATUS WORD KEY: VERIFY.sh in $W/twin
    bare sh "$W/twin/VERIFY.sh" "$3" >"$W/said"; got=$?
    cat "$W/said"
    [ "$got" = "$1" ] && [ "$(tail -n 1 "$W/said")" = "$2" ]
}
twin; t "VERIFY.sh says VERIFIED" verdict_of 0 VERIFIED "$pub"
t "VERIFY.sh by a relative path, in its own folder" sh -c 'cd "$1" && cp "$2" "$3/k.pub" && env -i PATH=/usr/bin:/bin sh VERIFY.sh ../k.pub' - "$W/twin" "$pub" "$W"
t "VERIFY.sh refuses another key" verdict_of 1 REFUSED "$W/foreign.pub"
t "and says whose the signature is, and which key was given" grep -qE '^NOT OK   they are signed by [0-9a-f]{64}, and you gave the key [0-9a-f]{64}:' "$W/said"
sed 's/^dryproof role: .*/dryproof role: log/' "$W/foreign.pub" >"$W/role.pub"
t "and what a key says that it is for" sh -c '! sh "$1" "$2" >"$3" && grep -qF "a key for the role log" "$3"' - "$W/twin/VERIFY.sh" "$W/role.pub" "$W/said"
t "VERIFY.sh says what is no key" sh -c 'bad=$(sh "$1" "$2" 2>&1); [ $? -eq 2 ] && case $bad in *"is no public key; expected the packager"*) ;; *) exit 1 ;; esac' - "$W/twin/VERIFY.sh" "$W/twin/verdict.json"
twin; printf x | dd of="$W/twin/package.tar" bs=1 seek=5000 conv=notrunc 2>/dev/null
t "VERIFY.sh refuses a changed package" verdict_of 1 REFUSED "$pub"
twin; echo x >>"$W/twin/REVIEW.md"; t "VERIFY.sh refuses a changed review" verdict_of 1 REFUSED "$pub"
t "and names it, and nothing else" sh -c 'grep "not as it was signed" "$1" | grep -qxF "         not as it was signed: REVIEW.md" && [ "$(grep -c "not as it was signed" "$1")" = 1 ]' - "$W/said"
twin; echo x >"$W/twin/extra.md"; t "VERIFY.sh refuses a file more" verdict_of 1 REFUSED "$pub"
twin; echo x >"$W/twin/.hidden"; t "VERIFY.sh refuses a hidden file more" verdict_of 1 REFUSED "$pub"
twin; rm "$W/twin/verdict.json"; t "VERIFY.sh refuses a file less" verdict_of 1 REFUSED "$pub"
twin; sed -i 3d "$W/twin/attestations.intoto.jsonl"; t "VERIFY.sh refuses a line less" verdict_of 1 REFUSED "$pub"
twin; sed -i '1{h;d};2G' "$W/twin/attestations.intoto.jsonl"; t "VERIFY.sh refuses lines exchanged" verdict_of 1 REFUSED "$pub"

# what VERIFY.sh builds again: its functions alone, over the evidence, which a thief of the key could alter
twin; t "VERIFY.sh builds the manifest's rows again" sh -c 'env -i PATH=/usr/bin:/bin sh "$1/twin/VERIFY.sh" "$2" | grep -F "ok       its list of rows is that of the rows which came"' - "$W" "$pub"
t "VERIFY.sh builds all of the manifest again, with jq" sh -c 'env -i PATH=/usr/bin:/bin sh "$1/twin/VERIFY.sh" "$2" | grep -F "give all its bytes (jq)"' - "$W" "$pub"
mkdir "$W/functions" && tar -xf "$packet/package.tar" -C "$W/functions"
sed -n '/^rows() {/,/^}/p; /^is_plain() {/p; /^rebuilt() {/,/^}/p; /^whole() {/,/^}/p' "$packet/VERIFY.sh" >"$W/functions.sh"
function_says() { (cd "$W/functions/bag" && sh -c '. "$1"; work=$2; shift 2; "$@"' - "$W/functions.sh" "$W" "$@"); }
came=$W/functions/bag/data/manifests/c1/rep-1.rows.ndjson bytes=$W/functions/bag/data/manifests/c1/rep-1.pg.bytes
for tool in "rebuilt c1 operations operation_code" "whole c1"; do
    cp "$came" "$W/came"; cp "$bytes" "$W/bytes"
    t "${tool%% *}: as it was" function_says $tool
    sed -i '2s/"c1\./"c1.x/' "$came"; f "${tool%% *}: another value in a row" function_says $tool; cp "$W/came" "$came"
    sed -i 2d "$came"; f "${tool%% *}: a row less" function_says $tool; cp "$W/came" "$came"
    sed -i '2{p;p}' "$came"; f "${tool%% *}: a row more" function_says $tool; cp "$W/came" "$came"
    sed -i '2{h;d};3G' "$came"; t "${tool%% *}: rows in another order are the same" function_says $tool; cp "$W/came" "$came"
    sed -i 's/c1\./c2./' "$bytes"; f "${tool%% *}: other bytes" function_says $tool; cp "$W/bytes" "$bytes"
done
echo '["\u00e9"]' >>"$came"; f "text with an escape is not judged" function_says is_plain c1
printf '["\303\251"]\n' >"$came"; f "text beyond ASCII is not judged" function_says is_plain c1

commands() { (cd "$packet" && PATH=$BIN:/usr/bin:/bin sh commands.sh "$1"); }
t "commands.sh agrees" commands "$pub"
cp "$W/log" "$W/commands"
f "commands.sh disagrees with another key" commands "$W/foreign.pub"
t "commands.sh had git check the commit" grep -q '^commit [0-9a-f]* is signed by the allowed signer' "$W/commands"
# each line that it printed, on its own
grep '^\$ ' "$W/commands" | cut -c3- >"$W/printed"
t "commands.sh printed its commands" test "$(wc -l <"$W/printed")" -ge 5
while IFS= read -r command; do
    t "as printed: ${command%% /*}" sh -c 'cd "$1" && PATH=$2:/usr/bin:/bin sh -c "$3"' - "$packet" "$BIN" "$command"
done <"$W/printed"
# commands in the packet's texts, PUB being the reader's key
cat "$packet"/*.md | grep -o '`[^`]* PUB[^`]*`' | tr -d '\140' | sort -u >"$W/printed"
t "the texts name commands" test -s "$W/printed"
while IFS= read -r command; do
    t "as written: $command" sh -c 'cd "$1" && PATH=$2:/usr/bin:/bin PUB=$3 sh -c "$(echo "$4" | sed "s/PUB/\"\$PUB\"/")"' - "$packet" "$BIN" "$pub" "$command"
done <"$W/printed"
t "RERUN.sh gets the same facts" env PATH="$BIN:/usr/bin:/bin" sh "$packet/RERUN.sh" "$pub" carriers/admissions/c1.sql
f "RERUN.sh without the admissions does not" env PATH="$BIN:/usr/bin:/bin" sh "$packet/RERUN.sh" "$pub"

# ---- the verifier alone: its build, its libraries, what it does to the system ----
mkdir "$W/alone"
cp -r Makefile verifier schemas "$W/alone"
t "the verifier builds from Makefile, verifier/ and schemas/ alone" make -s -C "$W/alone" build/bin/dryproof-verify
f "from less it does not" sh -c 'rm -r "$1/schemas" "$1/build"; make -s -C "$1" build/bin/dryproof-verify' - "$W/alone"
needed() { readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\.so.*/\1/p' | sort | tr '\n' ' '; }
t "it links libc, libcrypto, libgit2, libutf8proc and libz" test "$(needed "$BIN/dryproof-verify")" = "libc libcrypto libgit2 libutf8proc libz "
f "the packager links more" test "$(needed "$BIN/dryproof-pack")" = "libc libcrypto libgit2 libutf8proc "
f "no libpq, libarchive or jansson behind it" sh -c 'ldd "$1" | grep -E "libpq|libarchive|jansson"' - "$BIN/dryproof-verify"

innocent() { # COMMAND...: one program, nothing written, nobody called
    strace -f -o "$W/trace" -e trace=file,network,process "$@" >/dev/null || return 1
    grep -c ' execve(' "$W/trace" | grep -qx 1 || { echo "more than one execve"; return 1; }
    ! grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE| (socket|connect|bind|sendto|fork|vfork|clone3?|creat|mkdir|mkdirat|unlink|unlinkat|rename|renameat2?|link|linkat|symlink|symlinkat|chmod|fchmodat|chown|truncate|mknod|mknodat|utimensat)\(' "$W/trace"
}
package_check() { "$@" "$packet/package.tar" --attestations "$packet/attestations.intoto.jsonl" --key "$pub"; }
if strace -o /dev/null true 2>"$W/log"; then
    t "strace: verifying a package" package_check innocent "$BIN/dryproof-verify"
    t "strace: verifying a repository" innocent "$BIN/dryproof-verify" --repo "$GOLDEN/evidence" --all --key "$pub"
    f "strace sees a write" innocent sh -c 'echo x >"$1"' - "$W/written"
    f "strace sees another program" innocent sh -c '/bin/true; :'
    f "strace sees a connection" innocent python3 -c 'import socket; socket.socket().connect_ex(("127.0.0.1", 9))'
else
    skip "strace" "it may not trace here"
fi
closed=$(mktemp -d /tmp/dryproof-closed-XXXXXX)
cp "$BIN/dryproof-verify" "$packet/package.tar" "$packet/attestations.intoto.jsonl" "$pub" "$closed"
chmod -R a+rX,a-w "$closed"
as_nobody() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
t "as nobody, in a folder that cannot be written, with no environment" as_nobody env -i sh -c 'cd "$1" && ./dryproof-verify package.tar --attestations attestations.intoto.jsonl --key signer.pub' - "$closed"
f "nobody cannot write there" as_nobody sh -c 'echo x >"$1/x"' - "$closed"
chmod -R u+w "$closed" && rm -r "$closed"

# ---- reports and pages ----
data=$W/x/bag/data
cases=$(jq '.harness.cases | length' carriers/c1/plan.json)
t "JUnit by Python's XML parser" python3 tests/tools/opinions.py junit "$data/harness/junit.xml" "$cases"
sed 's|</testsuites*>||' "$data/harness/junit.xml" >"$W/bad.xml"
f "JUnit left open is refused" python3 tests/tools/opinions.py junit "$W/bad.xml" "$cases"
f "JUnit with a case less is refused" python3 tests/tools/opinions.py junit "$data/harness/junit.xml" 19
t "CTRF" python3 tests/tools/opinions.py ctrf "$data/harness/ctrf.json" "$cases"
sed 's/"passed"/"failed"/' "$data/harness/ctrf.json" >"$W/bad.json"
f "CTRF with a failure is refused" python3 tests/tools/opinions.py ctrf "$W/bad.json" "$cases"
if [ ! -f schemas/verdict.schema.json ]; then
    skip "the verdict against its schema" "no schemas/verdict.schema.json"
elif python3 -c 'import jsonschema' 2>/dev/null; then
    t "the verdict by python3-jsonschema" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$packet/verdict.json"
    jq -c '.extra = 1' "$packet/verdict.json" >"$W/bad.json"
    f "a verdict with a member more is refused" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/bad.json"
    jq -c 'del(.claims[0].basis)' "$packet/verdict.json" >"$W/bad.json"
    f "a claim without its basis is refused" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/bad.json"
else
    skip "the verdict against its schema" "python3-jsonschema is not installed"
fi
