#!/bin/sh
# tests/interop/run.sh - other people's tools judge a package of ours: each must accept the golden
# artefact, and refuse its twin, in which one byte is another, for that byte.  A tool that cannot
# see the damage is shown as such, with the reason, and its twin counts as no refusal.  The golden
# package is that of tests/vectors, packed, reviewed, committed and logged anew under fresh keys;
# no PostgreSQL is needed.  The last line is "N passed, N failed, N skipped, N twins not seen".
# Debian's and npm's packages are installed, and said; npm's into build/interop.
# Knobs: NO_INSTALL=1  install nothing: the tools that are missing are skipped, visibly
#        RECORD=1      write the table into tests/interop/README.md, and its line of tests/RESULTS.md, if nothing failed
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
BIN=$ROOT/build/bin
CACHE=$ROOT/build/interop
DEBIAN="tar libarchive-tools busybox coreutils hashdeep mtree-netbsd diffoscope-minimal python3-securesystemslib python3-nacl python3-jsonschema
    python3-junitparser openssl signify-openbsd minisign jq git openssh-client golang-go golang-golang-x-mod-dev tidy chromium docker-registry skopeo curl"
NPM="@sigstore/verify@3.1.1 @sigstore/bundle@4.0.0 @sigstore/core@3.2.1 canonicalize@4.0.0 ajv@8.20.0 ctrf@0.3.0
    html-validate@9.7.1 axe-core@4.14.1 puppeteer-core@24.43.1 @modelcontextprotocol/client@2.4.0"
PYTHON=/usr/bin/python3 # Debian's, which has Debian's modules
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 GIT_CONFIG_GLOBAL=/dev/null
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-interop-XXXXXX") || exit 1
passed=0 failed=0 skipped=0 unseen=0 registry= began=$(date +%s)
finish() { [ -z "$registry" ] || { kill "$registry"; wait "$registry"; } 2>/dev/null; rm -rf "$W"; }
trap finish EXIT
trap 'exit 130' INT TERM
stop() { echo "interop: $1" >&2; [ ! -s "$W/log" ] || tail -n 5 "$W/log" >&2; echo "$passed passed, $((failed + 1)) failed, $skipped skipped, $unseen twins not seen"; exit 1; }

# ---- install ----
installed() { dpkg-query -W -f='${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'; }
missing=
for p in $DEBIAN; do [ -n "$(installed "$p")" ] || missing="$missing $p"; done
if [ -n "$missing" ] && [ -z "${NO_INSTALL:-}" ]; then
    echo "interop: installing$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq >"$W/apt" 2>&1
    # one at a time: a package that cannot be had must not take the others with it
    for p in $missing; do DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$p" >>"$W/apt" 2>&1; done
fi
NPM=$(echo $NPM)
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$NPM" ] && [ -z "${NO_INSTALL:-}" ] && command -v npm >/dev/null; then
    echo "interop: installing $NPM"
    rm -rf "$CACHE"
    mkdir -p "$CACHE"
    echo '{ "private": true }' >"$CACHE/package.json"
    # shellcheck disable=SC2086
    timeout 300 npm install --prefix "$CACHE" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error $NPM >"$CACHE/log" 2>&1 </dev/null &&
        echo "$NPM" >"$CACHE/installed"
fi
mkdir -p "$CACHE"

# ---- the table ----
tab=$(printf '\t')
row() { # ACCEPTED TWIN REFUSED
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$version" "$artefact" "$1" "$2" "$3" | tr '|' '/' >>"$W/rows"
}
# tool NAME debian|npm PACKAGE...: whose the next rows are; all packages are needed, the first has its version
tool() {
    name=$1 from=$2 version='' lacking=''
    shift 2
    for p; do
        case $from in
        debian) v=$(installed "$p") ;;
        npm) v=$(jq -r .version "$CACHE/node_modules/$p/package.json" 2>/dev/null) ;;
        esac
        [ -n "$v" ] || lacking="$lacking $p"
        version=${version:-$v}
    done
    [ "$from" = debian ] || [ "$(cat "$CACHE/installed" 2>/dev/null)" = "$NPM" ] || lacking=${lacking:-" $*"}
    [ "$from" = debian ] || command -v node >/dev/null || lacking=" node$lacking"
    [ -z "$lacking" ] || lacking="not installed:$lacking"
}
skip() { # ARTEFACT REASON
    artefact=$1
    skipped=$((skipped + 1))
    row skipped - "$2"
}
good() { passed=$((passed + 1)); }
bad() { # WHAT: with what the tool said
    failed=$((failed + 1))
    echo "not ok - $name: $artefact: $1"
    tail -n 6 "$W/log" | sed 's/^/    /'
}
accepts() { # GOOD COMMAND...
    a_good=$1; shift
    if timeout 200 "$@" "$a_good" >"$W/log" 2>&1 </dev/null; then good; accepted=yes; else bad "not accepted"; accepted=NO; fi
}
# sees ARTEFACT GOOD TWIN WHICH PATTERN COMMAND...: the command, with the artefact behind it, accepts GOOD
# and refuses TWIN, whose change WHICH tells, saying something that PATTERN (grep -E) finds
sees() {
    artefact=$1 s_good=$2 s_twin=$3 s_which=$4 s_pattern=$5; shift 5
    [ -z "$lacking" ] || { skip "$artefact" "$lacking"; return; }
    accepts "$s_good" "$@"
    if timeout 200 "$@" "$s_twin" >"$W/log" 2>&1 </dev/null; then bad "the twin was accepted"; refused=NO
    elif ! grep -qE -- "$s_pattern" "$W/log"; then bad "the twin was refused for something else"; refused=NO
    else good; refused=yes; fi
    row "$accepted" "$s_which" "$refused"
}
# blind ARTEFACT GOOD TWIN WHICH REASON COMMAND...: it accepts both, and why
blind() {
    artefact=$1 s_good=$2 s_twin=$3 s_which=$4 s_reason=$5; shift 5
    [ -z "$lacking" ] || { skip "$artefact" "$lacking"; return; }
    accepts "$s_good" "$@"
    if timeout 200 "$@" "$s_twin" >"$W/log" 2>&1 </dev/null; then unseen=$((unseen + 1)); row "$accepted" "$s_which" "not seen: $s_reason"
    else bad "the twin is seen after all: say so"; row "$accepted" "$s_which" "yes, unexpectedly"; fi
}
twin() { # FROM TO AT [N]: tests/interop/twin.py; $at tells which byte
    at=$(python3 tests/interop/twin.py "$@" 2>"$W/log") && ! cmp -s "$1" "$2" || stop "no twin of $1"
}

# ---- the golden package, its packet, a repository of three with a log, timestamps, reports ----
pack() { "$BIN/dryproof-pack" "$@" >"$W/log" 2>&1 || stop "dryproof-pack $1"; }
pack key new --role packager --out "$W/k"
pack key new --role log --out "$W/log-key"
pub=$W/k.pub
mkdir "$W/x" && tar -xf tests/vectors/golden/package.tar -C "$W/x" || stop "no golden package"
for n in 1 2 3; do
    run=$W/run$n stage=$W/s$n
    cp -r "$W/x/bag/data" "$run"
    # these are the packager's; a run stands in one package, so that the others are other runs
    rm -r "$run/facts.json" "$run/assertions.json" "$run/harness"
    id=$(jq -r .run_id "$run/run.json")
    [ $n = 1 ] || grep -rlZ "$id" "$run" | xargs -0 sed -i "s/$id/$(printf '%032x' $n)/g"
    pack pack "$run" --key "$W/k.key" --out "$stage"
    "$BIN/dryproof-verify" "$stage/package.tar" --attestations "$stage/attestations.intoto.jsonl" --key "$pub" --json >"$W/v$n" || stop "run $n is not accepted by ourselves"
    pack review "$stage" --verdict "$W/v$n" --key "$W/k.key"
    pack commit "$stage" --repo "$W/r" --key "$W/k.key" --log-key "$W/log-key.key"
done
cmp -s "$W/s1/package.tar" tests/vectors/golden/package.tar || stop "the golden package packed again is another"
S=$W/s1 bag=$W/x/bag lines=$W/s1/attestations.intoto.jsonl package=$W/s1/package.tar
git clone -q "$W/r" "$W/c" || stop "no clone"
pack allowed-signers --key "$pub"
cp "$W/log" "$W/allowed"
for f in junit ctrf; do "$BIN/dryproof" verify "$package" --attestations "$lines" --key "$pub" --format $f >"$W/$f" || stop "no $f"; done
mkdir "$W/answers"
"$BIN/dryproof" explain E_IO --json >"$W/answers/explain" && "$BIN/dryproof" show "$W/r" --json >"$W/answers/show" &&
    "$BIN/dryproof" diff "$package" "$W/s2/package.tar" --json >"$W/answers/diff"
"$BIN/dryproof" unpack "$package" --into "$W/unpacked" --json >"$W/answers/unpack"
[ "$(cat "$W"/answers/* | wc -l)" -eq 4 ] || stop "no answers"
"$BIN/dryproof-pack" pack "$W/run1" --key "$W/k.key" --out "$W/told" --events "$W/events" >"$W/log" 2>&1 && tail -n 1 "$W/events" >"$W/event" || stop "no events"
bagtwin() { rm -rf "$W/bad"; cp -r "$bag" "$W/bad"; }

# ---- the archive ----
archive() { # PATTERN REASON COMMAND...: REASON if it does not see a bad header behind the first
    r_pattern=$1 r_reason=$2; shift 2
    twin "$package" "$W/t.tar" bag/bag-info.txt
    sees "package.tar" "$package" "$W/t.tar" "$at: name of the first member" "$r_pattern" "$@"
    twin "$package" "$W/t.tar" bag/data/run.json
    if [ -n "$r_reason" ]; then blind "package.tar" "$package" "$W/t.tar" "$at: name of a later member" "$r_reason" "$@"
    else sees "package.tar" "$package" "$W/t.tar" "$at: name of a later member" "$r_pattern" "$@"; fi
    twin "$package" "$W/t.tar" '"finished_at"' 1
    blind "package.tar" "$package" "$W/t.tar" "$at: inside a member" "a header has a checksum, contents have none" "$@"
}
tool "GNU tar" debian tar
archive 'Skipping to next header|does not look like a tar' '' tar -tf
tool bsdtar debian libarchive-tools
archive 'Unrecognized archive format' "it says 'Damaged tar archive', goes on, and its status is 0" bsdtar -tf
tool "busybox tar" debian busybox
archive 'invalid tar header checksum|invalid tar magic' '' busybox tar -tf
tool "Python tarfile" debian python3
archive 'bad checksum|invalid header' "it takes a bad header for the end" $PYTHON tests/interop/debian.py tar
tool diffoscope debian diffoscope-minimal
twin "$package" "$W/t.tar" '"finished_at"' 1
sees "package.tar packed again" "$W/s1/package.tar" "$W/t.tar" "$at: inside a member" 'finished_at' diffoscope --no-progress --text - tests/vectors/golden/package.tar

# ---- the bag ----
tool sha256sum debian coreutils
sums='cd "$1" && sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt'
bagtwin; twin "$bag/data/run.json" "$W/bad/data/run.json" '"finished_at"' 1
sees "bag" "$bag" "$W/bad" "data/run.json, $at" 'data/run.json: FAILED' sh -c "$sums" -
cp -r "$W/bad" "$W/changed"; changed=$at
bagtwin; twin "$bag/bag-info.txt" "$W/bad/bag-info.txt" Payload-Oxum 14
sees "bag's tag files" "$bag" "$W/bad" "bag-info.txt, $at" 'bag-info.txt: FAILED' sh -c "$sums" -
bagtwin; echo x >"$W/bad/data/more"; cp -r "$W/bad" "$W/added"
blind "bag" "$bag" "$W/added" "data/more, a file added" "it asks for the files that are listed" sh -c "$sums" -
tool hashdeep debian hashdeep
# our manifest in hashdeep's form: hashes are ours, sizes the files'
{ printf '%%%%%%%% HASHDEEP-1.0\n%%%%%%%% size,sha256,filename\n'
  while read -r sum file; do printf '%d,%s,%s\n' "$(wc -c <"$bag/$file")" "$sum" "$file"; done <"$bag/manifest-sha256.txt"; } >"$W/known"
audit="cd \"\$1\" && hashdeep -r -l -a -vv -k '$W/known' data"
sees "bag" "$bag" "$W/changed" "data/run.json, $changed" 'data/run.json' sh -c "$audit" -
sees "bag" "$bag" "$W/added" "data/more, a file added" 'data/more: No match' sh -c "$audit" -
tool mtree debian mtree-netbsd
{ echo '#mtree'; (cd "$bag/data" && find . -type d | sed 's/$/ type=dir/')
  sed 's|^\([0-9a-f]*\)  data/\(.*\)|./\2 type=file sha256=\1|' "$bag/manifest-sha256.txt"; } >"$W/mtree"
# its status is 0 for a file more: that it prints nothing is the answer
silent='said=$(mtree -f "$1" -p "$2/data" 2>&1); status=$?; echo "$said"; [ "$status" -eq 0 ] && [ -z "$said" ]'
sees "bag" "$bag" "$W/changed" "data/run.json, $changed" '^run.json: *$' sh -c "$silent" - "$W/mtree"
sees "bag" "$bag" "$W/added" "data/more, a file added" '^extra: more$' sh -c "$silent" - "$W/mtree"

# ---- envelopes ----
dsse='n=0
while read -r line; do
    n=$((n + 1)) type=$(echo "$line" | jq -r .payloadType)
    echo "$line" | jq -r .payload | base64 -d >"$2/body" && echo "$line" | jq -r ".signatures[0].sig" | base64 -d >"$2/sig" || exit 1
    { printf "DSSEv1 %d %s %d " "${#type}" "$type" "$(wc -c <"$2/body")"; cat "$2/body"; } >"$2/pae"
    sh "$1" "$2/pae" "$2/sig" || { echo "envelope $n"; exit 1; }
done <"$3"
[ "$n" -gt 0 ]'
envelopes() { # PATTERN COMMAND...
    e_pattern=$1; shift
    twin "$lines" "$W/t.jsonl" '"payload":"' 60
    sees "DSSE envelopes (attestations)" "$lines" "$W/t.jsonl" "$at: payload of line 1" "$e_pattern" "$@"
    twin "$lines" "$W/t.jsonl" '"sig":"' 20
    sees "DSSE envelopes (attestations)" "$lines" "$W/t.jsonl" "$at: signature of line 1" "$e_pattern" "$@"
    twin "$W/c/ledger/000/003.json" "$W/t.json" '"payload":"' 60
    sees "DSSE envelope (ledger entry)" "$W/c/ledger/000/003.json" "$W/t.json" "$at: payload" "$e_pattern" "$@"
}
cat >"$W/sslib" <<END
#!/bin/sh
exec $PYTHON tests/interop/debian.py dsse "\$1" '$pub'
END
cat >"$W/sigstore" <<END
#!/bin/sh
exec node tests/interop/npm.mjs build/interop dsse "\$@"
END
# a signature and what is signed, by each; the form of the two is made here, of the signature's 64 bytes
printf 'openssl pkeyutl -verify -pubin -inkey "%s" -rawin -in "$1" -sigfile "$2"\n' "$pub" >"$W/by-openssl"
cat >"$W/by-signify" <<END
form() { echo "untrusted comment: x"; { printf Ed12345678; cat; } | base64 -w 0; echo; }
openssl pkey -pubin -in '$pub' -outform DER | tail -c 32 | form >'$W/form.pub'
form <"\$2" >"\$2.form"
case \${MINISIGN:-} in
'') signify-openbsd -V -p '$W/form.pub' -x "\$2.form" -m "\$1" ;;
*) # its signature over the other one and a comment is ours
    { cat "\$2"; printf x; } >"\$2.all"; openssl pkeyutl -sign -inkey '$W/k.key' -rawin -in "\$2.all" -out "\$2.more"
    { echo "trusted comment: x"; base64 -w 0 "\$2.more"; echo; } >>"\$2.form"
    minisign -V -p '$W/form.pub' -x "\$2.form" -m "\$1" ;;
esac
END
tool "openssl and jq" debian openssl jq
envelopes 'Signature Verification Failure' sh -c "$dsse" - "$W/by-openssl" "$W"
tool signify debian signify-openbsd openssl jq
envelopes 'signature verification failed' sh -c "$dsse" - "$W/by-signify" "$W"
tool minisign debian minisign openssl jq
envelopes 'Signature verification failed' env MINISIGN=1 sh -c "$dsse" - "$W/by-signify" "$W"
tool securesystemslib debian python3-securesystemslib python3-nacl
envelopes 'UnverifiedSignatureError' sh "$W/sslib"
tool "@sigstore/verify" npm @sigstore/verify @sigstore/bundle @sigstore/core
envelopes 'signature verification failed' sh -c "sh '$W/sigstore' \"\$1\" '$pub'" -

# ---- timestamps, by an authority of our own ----
tsa() {
    mkdir "$W/tsa" && cd "$W/tsa" || return 1
    printf '[tsa]\ndefault_tsa=one\n[one]\nserial=./serial\nsigner_cert=./tsa.crt\nsigner_key=./tsa.key\ncerts=./root.crt\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\ness_cert_id_alg=sha256\n[signs]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n' >tsa.cnf
    echo 01 >serial
    openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -subj "/CN=root" -days 30 -set_serial 1 -addext keyUsage=critical,keyCertSign &&
        openssl req -new -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj "/CN=tsa" &&
        openssl x509 -req -in tsa.csr -CA root.crt -CAkey root.key -set_serial 2 -days 20 -extfile tsa.cnf -extensions signs -out tsa.crt || return 1
    "$BIN/dryproof-pack" timestamp "$S" --query q || return 1
    for n in 1 2 3; do openssl ts -reply -config tsa.cnf -queryfile q.$n.tsq -out q.$n.tsr || return 1; done
    "$BIN/dryproof-pack" timestamp "$S" --token q.1.tsr --token q.2.tsr --token q.3.tsr && cat tsa.crt root.crt >chain.crt
    sed -n 1p "$lines" | jq -r '.signatures[0].sig' | base64 -d >sig
    sed -n 1p "$S/timestamps.jsonl" | jq -r .signedTimestamp | base64 -d >tsr
}
(tsa) >"$W/log" 2>&1 || stop "no timestamps"
tool "openssl ts" debian openssl
twin "$W/tsa/tsr" "$W/tsa/bad" "$(date -u +20%y%m)" 13
sees "RFC 3161 token" "$W/tsa/tsr" "$W/tsa/bad" "$at: its time" 'Verification: FAILED|digest failure|verify error' \
    openssl ts -verify -data "$W/tsa/sig" -CAfile "$W/tsa/root.crt" -in
tool "@sigstore/verify" npm @sigstore/verify @sigstore/bundle @sigstore/core
printf '{"signedTimestamp":"%s"}\n' "$(base64 -w 0 <"$W/tsa/bad")" | cat - "$S/timestamps.jsonl" | sed 2d >"$W/tsa/bad.jsonl"
sees "RFC 3161 tokens and envelopes" "$S/timestamps.jsonl" "$W/tsa/bad.jsonl" "$at of token 1: its time" 'TIMESTAMP|timestamp' \
    sh -c "sh '$W/sigstore' '$lines' '$pub' \"\$1\" '$W/tsa/chain.crt'" -

# ---- git, and the signature of a commit ----
tool "git verify-commit" debian git
git -C "$W/c" cat-file commit HEAD >"$W/commit"
twin "$W/commit" "$W/commit.bad" 'Dryproof-Ledger: ' 21
bad=$(git -C "$W/c" hash-object -t commit -w "$W/commit.bad")
sees "signed commit" HEAD "$bad" "$at of the commit: its ledger number" 'Could not verify signature|incorrect signature' \
    git -C "$W/c" -c "gpg.ssh.allowedSignersFile=$W/allowed" verify-commit
tool "ssh-keygen -Y verify" debian openssh-client
sed -n '/^gpgsig /,/END SSH/p' "$W/commit" | sed 's/^gpgsig //; s/^ //' >"$W/commit.sig"
sed '/^gpgsig /,/END SSH/d' "$W/commit" >"$W/commit.tbs"
# where the signature stands in a commit, a line with a space follows it
sed -i '0,/^ $/{/^ $/d}' "$W/commit.tbs"
twin "$W/commit.tbs" "$W/commit.bad" 'Dryproof-Ledger: ' 21
who=$(cut -d ' ' -f 1 "$W/allowed")
sees "SSHSIG of the commit" "$W/commit.tbs" "$W/commit.bad" "$at of what is signed" 'Could not verify signature|incorrect signature' \
    sh -c "ssh-keygen -Y verify -f '$W/allowed' -I '$who' -n git -s '$W/commit.sig' <\"\$1\"" -
tool "git fsck" debian git
cp -r "$W/r" "$W/damaged"
object=$(git -C "$W/r" ls-tree -r main | sed -n 's/.* \([0-9a-f]*\)\t.*package.tar$/\1/p' | head -n 1)
object=objects/$(echo "$object" | cut -c1-2)/$(echo "$object" | cut -c3-)
chmod u+w "$W/damaged/$object"
twin "$W/r/$object" "$W/damaged/$object" @1000
sees "repository" "$W/r" "$W/damaged" "$at of the object of a package.tar" 'corrupt|mismatch|inflate' sh -c 'git -C "$1" fsck --full --strict --no-dangling' -

# ---- the log ----
tool "golang.org/x/mod/sumdb" debian golang-golang-x-mod-dev golang-go
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$CACHE/go go build -o "$W/note" tests/interop/note.go 2>"$W/log" || lacking=${lacking:-"go build: $(tail -n 1 "$W/log")"}
log_key=$(openssl pkey -pubin -in "$W/log-key.pub" -outform DER | tail -c 32 | base64)
twin "$W/c/log/checkpoint" "$W/checkpoint" "$(sed -n 3p "$W/c/log/checkpoint")" 5
sees "log: checkpoint" "$W/c/log/checkpoint" "$W/checkpoint" "$at: the root" 'invalid signature|no verifiable signatures' "$W/note" checkpoint "$log_key"
cp -r "$W/c/log" "$W/tile"
twin "$W/c/log/tile/0/000.p/3" "$W/tile/tile/0/000.p/3" @40
sees "log: tiles" "$W/c/log" "$W/tile" "tile/0/000.p/3, $at" 'inconsistent' "$W/note" tiles "$log_key"
cp -r "$W/c/log" "$W/bundle"
twin "$W/c/log/tile/entries/000.p/3" "$W/bundle/tile/entries/000.p/3" @40
sees "log: entries" "$W/c/log" "$W/bundle" "tile/entries/000.p/3, $at" 'entry 1 is not' "$W/note" tiles "$log_key"
proof=$(grep -lx 'index 2' "$W"/c/packages/*/*/*/package.tlog-proof)
twin "$proof" "$W/proof" "$(sed -n 3p "$proof")" 5
sees "log: proof of a package" "$proof" "$W/proof" "$at: a hash of the proof" 'invalid transparency proof' \
    "$W/note" proof "$log_key" "$(sha256sum <"$W/c/ledger/000/003.json" | cut -c1-64)"

# ---- documents ----
# document NAME FILE MEMBER CHANGED COMMAND...: by its schema, and with that member's first letter changed
document() {
    d_file=$2 d_name=$1 d_member=$3 d_changed=$4; shift 4
    twin "$d_file" "$W/t.json" "\"$d_member\":" 1
    sees "$d_name" "$d_file" "$W/t.json" "$at: a member's name" "missingProperty\":\"$d_member\"|'$d_changed'" "$@"
}
documents() { # COMMAND...
    document "verdict.schema.json: verdict" "$S/verdict.json" verdict werdict "$@" schemas/verdict.schema.json
    document "answers.schema.json: explain" "$W/answers/explain" advice bdvice "$@" schemas/answers.schema.json
    document "answers.schema.json: show" "$W/answers/show" carrier darrier "$@" schemas/answers.schema.json
    document "answers.schema.json: diff" "$W/answers/diff" catalog datalog "$@" schemas/answers.schema.json
    document "answers.schema.json: unpack" "$W/answers/unpack" tree_pin uree_pin "$@" schemas/answers.schema.json
    document "event.schema.json: the end" "$W/event" exit_status fxit_status "$@" schemas/event.schema.json
    document "plan.schema.json: C1's plan" carriers/c1/plan.json phase qhase "$@" schemas/plan.schema.json
}
tool ajv npm ajv
documents node tests/interop/npm.mjs build/interop schema
tool python3-jsonschema debian python3-jsonschema
documents $PYTHON tests/tools/opinions.py schema
tool canonicalize npm canonicalize
twin "$S/verdict.json" "$W/t.json" '"checks"' 1
sees "canonical JSON: verdict" "$S/verdict.json" "$W/t.json" "$at: a name, now out of order" 'ERR_ASSERTION' node tests/interop/npm.mjs build/interop canonical
all='find "$2" -name "*.json" ! -path "*/carrier/*" ! -name ctrf.json -print0 | xargs -0 node tests/interop/npm.mjs build/interop canonical "$1"'
bagtwin; twin "$bag/data/run.json" "$W/bad/data/run.json" '"carrier"' 1
sees "canonical JSON: every document of the bag" "$bag" "$W/bad" "data/run.json, $at: a name, now out of order" 'run.json' sh -c "$all" - "$lines"

# ---- reports ----
tool junitparser debian python3-junitparser
twin "$W/junit" "$W/t.xml" '<testsuites' 4
sees "JUnit" "$W/junit" "$W/t.xml" "$at: an opening tag" 'ParseError|XMLSyntaxError' $PYTHON tests/interop/debian.py junit
tool "ctrf's schema, ajv" npm ctrf ajv
twin "$W/ctrf" "$W/t.json" '"passed"' 1
sees "CTRF" "$W/ctrf" "$W/t.json" "$at: a member's name" 'must' node tests/interop/npm.mjs build/interop ctrf

# ---- the page ----
page=$S/review.html
twin "$page" "$W/t.html" '</section>' 4
tool tidy debian tidy
sees "review.html" "$page" "$W/t.html" "$at: a closing tag" 'secti' tidy -quiet -errors -ascii
tool html-validate npm html-validate
sees "review.html" "$page" "$W/t.html" "$at: a closing tag" 'close-order|element' \
    sh -c "cd '$W' && cp \"\$1\" page.html && NODE_PATH='$CACHE/node_modules' '$CACHE/node_modules/.bin/html-validate' -c '$ROOT/tests/pages/htmlvalidate.json' page.html" -
twin "$page" "$W/t.html" 'lang="en"' 3
tool "axe-core in Chromium" npm axe-core puppeteer-core
[ -n "$(installed chromium)" ] || lacking="not installed: chromium"
sees "review.html" "$page" "$W/t.html" "$at: the attribute lang" 'not ok - .*axe-core.*html-has-lang' \
    sh -c "NODE_PATH='$CACHE/node_modules' node tests/pages/browser.cjs \"\$1\" >'$W/browser' 2>&1; cat '$W/browser'; grep -q '^ok .*axe-core' '$W/browser' && ! grep -q '^not ok .*axe-core' '$W/browser'" -

# ---- agents ----
tool "MCP client" npm @modelcontextprotocol/client
asks=$(jq -cn --arg p "$package" --arg a "$lines" --arg k "$pub" '{package_file: $p, attestations: [$a], key: $k}')
cat >"$W/server" <<END
"$BIN/dryproof" mcp | sed -u "\$1"
END
for mode in auto pinned legacy; do # the artefact is what sed does to each answer: nothing, or one letter
    sees "MCP answers, $mode" '' 's/"exit_status":/"exit_statut":/' "a letter: the member exit_status" "does not match the tool's output schema.*exit_status" \
        node tests/interop/npm.mjs build/interop mcp "$mode" "$asks" sh "$W/server"
done

# ---- the registry ----
tool docker-registry debian docker-registry curl
if [ -z "$lacking" ]; then
    printf 'version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:0"}\n' "$W/data" >"$W/registry.yml"
    OTEL_TRACES_EXPORTER=none docker-registry serve "$W/registry.yml" >"$W/registry.log" 2>&1 &
    registry=$!
    for _ in $(seq 100); do
        host=$(sed -n 's/.*listening on \([0-9.]*:[0-9]*\).*/\1/p' "$W/registry.log" | head -n 1)
        [ -z "$host" ] || break
        sleep 0.1
    done
    [ -n "$host" ] || stop "no registry on loopback"
    pack oci push "$S" --to "$host/team/evidence" --json
    manifest=$(jq -r .manifest "$W/log")
fi
sha=$(sha256sum <"$package" | cut -c1-64)
twin "$package" "$W/t.tar" '"finished_at"' 1
blob='to=$(curl -s -D - -o /dev/null -X POST "http://$1/v2/other/place/blobs/uploads/" | tr -d "\r" | sed -n "s/^Location: //p")
curl -sS -w "\nstatus %{http_code}\n" -X PUT -H "Content-Type: application/octet-stream" --data-binary "@$3" "$to&digest=sha256:$2" | tee "$4"; grep -qx "status 201" "$4"'
sees "OCI blob, pushed" "$package" "$W/t.tar" "$at" 'DIGEST_INVALID' sh -c "set -- '${host:-}' '$sha' \"\$1\" '$W/put'; $blob" -
tool skopeo debian skopeo docker-registry
if [ -z "$lacking" ]; then
    skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$host/team/evidence@sha256:$manifest" "oci:$W/layout:golden" >"$W/log" 2>&1 || stop "skopeo makes no OCI layout"
    cp -r "$W/layout" "$W/layout.bad"
    twin "$W/layout/blobs/sha256/$sha" "$W/layout.bad/blobs/sha256/$sha" '"finished_at"' 1
fi
sees "OCI layout" "$W/layout" "$W/layout.bad" "$at of the blob" 'igest' sh -c "rm -rf '$W/copy' && skopeo --insecure-policy copy -q \"oci:\$1:golden\" 'dir:$W/copy' && cmp '$W/copy/$sha' '$package'" -
disk=$W/data/docker/registry/v2/blobs/sha256/$(echo "$sha" | cut -c1-2)/$sha/data
sees "OCI artefact in the registry" "$package" "$W/t.tar" "$at of the blob on its disk" 'igest' \
    sh -c "cp \"\$1\" '$disk' && rm -rf '$W/copy' && skopeo --insecure-policy copy -q --src-tls-verify=false 'docker://${host:-}/team/evidence@sha256:${manifest:-}' 'dir:$W/copy' && cmp '$W/copy/$sha' '$package'" -

# ---- what is not asked, and why ----
version=-
name=bagit-python skip "bag" "Python's index alone has it, and it was not reachable when this was written"
name="in-toto attestation" skip "in-toto statement" "a Go module, and the proxy of these was not reachable; Debian has no validator of Statement v1"
name="SoftHSM, pkcs11-tool" skip "DSSE envelopes" "pkcs11-tool 0.23 imports no Ed25519 public key (Unsupported key type: 0x43F)"
name=reprotest skip "-" "it varies a build, and reads nothing of ours"
name=cosign skip "DSSE envelopes" "neither Debian 12 nor npm has it; it is said to have no Ed25519"

# ---- the table, and its page ----
table() {
    printf 'tool\tversion\tartefact\taccepted\ttwin: one byte is another\ttwin refused\n' | cat - "$W/rows" | awk -F '\t' '
        { for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
        END { for (r = 1; r <= NR; r++) {
            for (i = 1; i <= 6; i++) printf "| %-" width[i] "s ", cell[r, i]
            print "|"
            if (r == 1) { for (i = 1; i <= 6; i++) { line = "|"; for (k = -2; k < width[i]; k++) line = line "-"; printf "%s", line } print "|" } } }'
}
table
total="$passed passed, $failed failed, $skipped skipped, $unseen twins not seen"
if [ -n "${RECORD:-}" ] && [ "$failed" -eq 0 ]; then
    { sed '/^<!-- /q' tests/interop/README.md && echo && table && echo && echo "$total"; } >"$W/page" && cp "$W/page" tests/interop/README.md
    tools=$(awk -F '\t' '$4 != "skipped" { print $1 }' "$W/rows" | sort -u | wc -l)
    sed -i "/^| .make interop. |/s/| [0-9]* tools\(.*\)| [0-9]* passed[^(]*([^)]*)/| $tools tools\1| $total ($(($(date +%s) - began)) s)/" tests/RESULTS.md
fi
echo "$total"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
