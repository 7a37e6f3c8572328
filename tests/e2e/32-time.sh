# tests/e2e/32-time.sh - trusted time: timestamps (RFC 3161) by authorities of our own, which are
# openssl behind HTTP on loopback; what they prove of a key's validity, and every way in which
# one is worth nothing.
. tests/lib.sh
. tests/second/both.sh
ask_both
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub
mkdir "$W/tsa"

# ---- authorities ----
day() { date -u -d "$1" +%y%m%d%H%M%SZ; }
# authority NAME [KEY OPTIONS]: a root and, two levels below it, who signs timestamps
authority() {
    a=$W/tsa/$1; shift
    [ $# -gt 0 ] || set -- -algorithm EC -pkeyopt ec_paramgen_curve:P-256
    mkdir "$a" && : >"$a/index.txt" && echo 01 >"$a/serial" && echo 01 >"$a/serials" || return 1
    cat >"$a/tsa.cnf" <<END
[ tsa ]
default_tsa = one
[ one ]
serial = ./serial
signer_cert = ./tsa.crt
signer_key = ./tsa.key
certs = ./chain.crt
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
tsa_name = yes
[ ca ]
default_ca = d
[ d ]
database = $a/index.txt
serial = $a/serials
new_certs_dir = $a
default_md = sha256
policy = p
email_in_dn = no
unique_subject = no
[ p ]
commonName = supplied
[ req ]
distinguished_name = p
prompt = no
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[ signs ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ uncritical ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
[ another ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,codeSigning
END
    openssl genpkey "$@" -out "$a/root.key" && certify root.key "${a##*/} root" root "now -1 day" "now +3650 days" root.crt -selfsign -keyfile "$a/root.key" &&
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$a/middle.key" &&
        certify middle.key "${a##*/} middle" root "now -1 day" "now +3650 days" middle.crt -keyfile "$a/root.key" -cert "$a/root.crt" &&
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$a/tsa.key" && signer signs "now -1 hour" "now +365 days" && cat "$a/middle.crt" >"$a/chain.crt"
}
# certify KEY NAME EXTENSIONS FROM UNTIL OUT CA-ARGS...: a certificate of $a
certify() {
    c_key=$1 c_name=$2 c_ext=$3 c_from=$(day "$4") c_until=$(day "$5") c_out=$6; shift 6
    openssl req -new -config "$a/tsa.cnf" -key "$a/$c_key" -subj "/CN=$c_name" -out "$a/csr" &&
        openssl ca -batch -notext -config "$a/tsa.cnf" -extensions "$c_ext" -startdate "$c_from" -enddate "$c_until" -in "$a/csr" -out "$a/$c_out" "$@"
}
# signer EXTENSIONS FROM UNTIL: who signs timestamps for $a
signer() { certify tsa.key "${a##*/}" "$1" "$2" "$3" tsa.crt -keyfile "$a/middle.key" -cert "$a/middle.crt"; }
t "an authority" authority good
t "another" authority other
t "one whose root has an RSA key" authority rsa -algorithm RSA -pkeyopt rsa_keygen_bits:2048
good=$W/tsa/good other=$W/tsa/other

mkfifo "$W/alive"
python3 "$ROOT/tests/tools/tsa.py" serve "$W/tsa" "$W/port" <"$W/alive" >"$W/server" 2>&1 &
server=$!
exec 9>"$W/alive"
trap 'exec 9>&-; kill "$server" 2>/dev/null' EXIT
for _ in $(seq 100); do [ ! -e "$W/port" ] || break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$W/port")

# ---- getting them ----
# fresh NAME: the golden package with its packet, without timestamps
package=$(sha256sum <"$GOLDEN/stage/package.tar" | cut -c1-64)
mkdir "$W/x"; git --git-dir="$GOLDEN/evidence" archive main packages | tar -xf - -C "$W/x"
fresh() { rm -rf "$W/$1"; cp -r "$W"/x/packages/*/*/"$package" "$W/$1"; }
stamp() { "$BIN/dryproof-pack" timestamp "$@"; }
fresh s
stage=$W/s stamps=$W/s/timestamps.jsonl
exits 0 "timestamps from an authority" stamp "$stage" --tsa "$url/good"
t "one for each line" test "$(wc -l <"$stamps")" -eq 3
cp "$stamps" "$W/once"
exits 0 "asked again" stamp "$stage" --tsa "$url/good"
t "it has what it needs" cmp "$stamps" "$W/once"
fresh by-hand
exits 0 "requests for somebody else to send" stamp "$W/by-hand" --query "$W/q"
by_hand() { # as FORMAT.md says
    curl -sf -H 'Content-Type: application/timestamp-query' --data-binary "@$W/q.$1.tsq" "$url/good" >"$W/q.$1.tsr"
}
for n in 1 2 3; do by_hand "$n"; done
exits 0 "and their answers" stamp "$W/by-hand" --token "$W/q.1.tsr" --token "$W/q.2.tsr" --token "$W/q.3.tsr"
t "as good as those that were fetched" test "$(wc -l <"$W/by-hand/timestamps.jsonl")" -eq 3
t "openssl ts makes the same request" sh -c 'sed -n 1p "$1/attestations.intoto.jsonl" | sed "s/.*\"sig\":\"//; s/\".*//" | base64 -d >"$2/sig" && openssl ts -query -data "$2/sig" -sha256 -cert -no_nonce | cmp - "$2/q.1.tsq"' - "$stage" "$W"
# somebody else's verifier, by the command that FORMAT.md prints
somebody_else() { # LINE ROOT FILE
    sed -n "$1p" "$stage/attestations.intoto.jsonl" | sed 's/.*"sig":"//; s/".*//' | base64 -d >"$W/sig"
    sed -n "$1p" "$3" | sed 's/.*"signedTimestamp":"//; s/".*//' | base64 -d >"$W/tsr"
    openssl ts -verify -data "$W/sig" -in "$W/tsr" -CAfile "$2" -attime "$(date -d "$(openssl ts -reply -in "$W/tsr" -text | sed -n 's/^Time stamp: //p')" +%s)"
}
for n in 1 2 3; do t "openssl ts -verify accepts the one of line $n" somebody_else "$n" "$good/root.crt" "$stamps"; done
exits 1 "and not as another authority's" somebody_else 1 "$other/root.crt" "$stamps"

# ---- the network's ways ----
# refused STATUS TEXT NAME URL ARGS...: nothing is kept
refused() {
    r_status=$1 r_text=$2 r_name=$3 r_url=$4; shift 4
    fresh net
    says "$r_status" "$r_text" "$r_name" stamp "$W/net" --tsa "$r_url" "$@"
    t "and nothing is kept" test ! -e "$W/net/timestamps.jsonl"
}
refused 5 "no answer" "nobody listens" http://127.0.0.1:1/
refused 5 "no answer" "an answer that does not come" "$url/slow" --timeout 1
refused 5 "HTTP status 500" "an authority that fails" "$url/500"
refused 5 "redirects are not followed" "one that points elsewhere" "$url/moved"
refused 5 "no RFC 3161 response" "garbage" "$url/garbage"
refused 5 "more than 65536 bytes" "a huge answer" "$url/huge"
cp "$W/q.2.tsr" "$W/tsa/old"
refused 5 "over something else" "somebody else's timestamp" "$url/replay/old"
refused 2 "http:// or https://" "a file for an authority" "file:///etc/hostname"
refused 2 "http:// or https://" "another protocol" "ftp://127.0.0.1/"
says 2 "one of --tsa URL" "two ways at once" stamp "$stage" --tsa "$url/good" --query "$W/q"
printf 'junk' >"$W/junk"
says 2 "no RFC 3161 response" "a file that is no answer" stamp "$W/net" --token "$W/junk"

# ---- the verifier ----
# policy FILE JQ: the golden signer, and the good authority, changed by a filter
policy() {
    jq -n --rawfile a "$pub" --rawfile g "$good/root.crt" --rawfile o "$other/root.crt" --rawfile r "$W/tsa/rsa/root.crt" \
        '{governed: [], plans: [], required_claims: [], schema: "dryproof.policy/1", keys: [{public_key: $a, role: "packager"}],
          timestamps: {authorities: [{certificate: $g}], required: true}} | '"$2" >"$W/$1"
}
# judged STATUS FINDING|- NAME POLICY STAMPS|- ARGS...
judged() {
    j_status=$1 j_finding=$2 j_name=$3 j_policy=$4 j_stamps=$5; shift 5
    [ "$j_stamps" = - ] || set -- --timestamps "$j_stamps" "$@"
    "$BIN/dryproof-verify" "$stage/package.tar" --attestations "$stage/attestations.intoto.jsonl" --policy "$W/$j_policy" --json "$@" \
        >"$W/v.json" 2>"$W/log"; j_got=$?
    # +FINDING: it may not be the first: a clock set back may say that the run is yet to come
    if [ "$j_got" = "$j_status" ] && jq -e --arg code "$j_finding" 'if $code[0:1] == "+" then any(.findings[]; "+" + .code == $code)
        else (.findings[0].code // "-") == $code end' "$W/v.json" >/dev/null; then ok "$j_name"
    else { echo "status $j_got, expected $j_status $j_finding"; jq -c '.findings' "$W/v.json"; } >>"$W/log"; not_ok "$j_name"; fi
}
at() { date -u -d "@$(($(date -u -d "$time" +%s) + $1))" +%Y-%m-%dT%H:%M:%S.000000Z; } # SECONDS from the timestamps
# line RESPONSE: as a file of timestamps has it
line() { printf '{"signedTimestamp":"%s"}\n' "$(base64 -w 0 <"$1")"; }

policy good.json .
judged 0 - "timestamps that are required" good.json "$stamps"
t "the verdict tells when each line was signed" jq -e '[.signed_by[].timestamp | test("^20[0-9-]{8}T[0-9:]{8}\\.000000Z$")] == [true, true, true]' "$W/v.json"
time=$(jq -r '[.signed_by[].timestamp] | max' "$W/v.json")
t "and no claim or count is another" sh -c '"$1/dryproof-verify" "$2/package.tar" --attestations "$2/attestations.intoto.jsonl" --key "$3" --json | jq -c "[.claims, .checks, .levels]" >"$4/plain" && jq -c "[.claims, .checks, .levels]" "$4/v.json" | cmp - "$4/plain"' - "$BIN" "$stage" "$pub" "$W"
judged 0 - "by hand as well" good.json "$W/by-hand/timestamps.jsonl"
judged 0 - "in 2046" good.json "$stamps" --now 2046-01-01T00:00:00.000000Z
judged 3 E_TIMESTAMP_MISSING "none" good.json -
sed -n 1,2p "$stamps" >"$W/lines-1-2"
judged 3 E_TIMESTAMP_MISSING "none of line 3" good.json "$W/lines-1-2"
t "which is named" jq -e '[.findings[].path] == ["attestations.intoto.jsonl:3"]' "$W/v.json"
: >"$W/empty"
judged 3 E_TIMESTAMP_MISSING "a file of none" good.json "$W/empty"
judged 5 E_IO "a file that is not there" good.json "$W/nowhere"
policy optional.json '.timestamps.required = false'
judged 0 - "none, and none required" optional.json -
policy nobody.json 'del(.timestamps)'
judged 0 - "timestamps, and nobody to vouch for them" nobody.json "$stamps"
t "is said" jq -e '(.not_observed | any(contains("no authority is trusted"))) and ([.signed_by[] | has("timestamp")] | any | not)' "$W/v.json"

# a key's time is that of the timestamp
policy until.json ".keys[0].valid_until = \"$(at 60)\""
judged 0 - "a key that has expired since, in 2046" until.json "$stamps" --now 2046-01-01T00:00:00.000000Z
t "the clock can be moved" cc -shared -fPIC -O2 -o "$W/later.so" tests/tools/later.c -ldl
LD_PRELOAD=$W/later.so LATER_YEARS=20 judged 0 - "the same 20 years later, by the clock" until.json "$stamps"
judged 3 E_KEY_EXPIRED "the same without them" until.json - --now 2046-01-01T00:00:00.000000Z
t "and they are missing" jq -e '[.findings[].code] | contains(["E_TIMESTAMP_MISSING"])' "$W/v.json"
policy until-optional.json ".keys[0].valid_until = \"$(at 60)\" | .timestamps.required = false"
judged 3 E_KEY_EXPIRED "an expired key and no timestamp" until-optional.json - --now 2046-01-01T00:00:00.000000Z
judged 3 E_KEY_EXPIRED "one line without" until-optional.json "$W/lines-1-2" --now 2046-01-01T00:00:00.000000Z
policy then.json ".keys[0].valid_until = \"$(at -1)\""
judged 3 E_KEY_EXPIRED "it had expired before" then.json "$stamps"
judged 3 +E_KEY_EXPIRED "a clock set back does not help it" then.json "$stamps" --now "$(at -1)"
policy from.json ".keys[0].valid_from = \"$(at 60)\""
judged 4 E_KEY_NOTYET "it was not valid yet, whatever the clock says" from.json "$stamps" --now 2046-01-01T00:00:00.000000Z
policy nobody-until.json ".keys[0].valid_until = \"$(at 60)\" | del(.timestamps)"
judged 3 E_KEY_EXPIRED "nobody vouches for the time" nobody-until.json "$stamps" --now 2046-01-01T00:00:00.000000Z
# revocation has a time now
policy lost.json ".keys[0].revoked_at = \"$(at 60)\""
judged 0 - "a key that was lost afterwards" lost.json "$stamps"
judged 4 E_KEY_REVOKED "it is not known to have signed before" lost.json -
judged 4 E_KEY_REVOKED "of one line it is not known" lost.json "$W/lines-1-2"
judged 4 +E_KEY_REVOKED "a clock set back does not help that either" lost.json - --now "$(at -1)"
policy lost-then.json ".keys[0].revoked_at = \"$(at 0)\""
judged 4 E_KEY_REVOKED "a key that was lost at that very second" lost-then.json "$stamps"
policy lost-ever.json '.keys[0].revoked = true'
judged 4 E_KEY_REVOKED "a key that is revoked whenever" lost-ever.json "$stamps"
# age is not helped
policy age.json '.max_age = 60'
judged 3 E_STALE "an old run stays old" age.json "$stamps" --now 2046-01-01T00:00:00.000000Z

# whose it is
policy other.json '.timestamps.authorities[0].certificate = $o'
judged 4 E_TIMESTAMP_UNTRUSTED "another authority is trusted" other.json "$stamps"
policy both.json '.timestamps.authorities = [{certificate: $o}, {certificate: $g}]'
judged 0 - "both are" both.json "$stamps"
policy authority-until.json ".timestamps.authorities[0].valid_until = \"$(at -60)\""
judged 4 E_TIMESTAMP_UNTRUSTED "the authority was trusted until a minute before" authority-until.json "$stamps"
policy authority-from.json ".timestamps.authorities[0].valid_from = \"$(at 60)\""
judged 4 E_TIMESTAMP_UNTRUSTED "and from a minute later on" authority-from.json "$stamps"
policy authority-in.json ".timestamps.authorities[0] += {valid_from: \"$(at -60)\", valid_until: \"$(at 60)\"}"
judged 0 - "and around it" authority-in.json "$stamps"
fresh rsa
t "timestamps below an RSA root" stamp "$W/rsa" --tsa "$url/rsa"
policy rsa.json '.timestamps.authorities[0].certificate = $r'
judged 0 - "hold" rsa.json "$W/rsa/timestamps.jsonl"
mkdir "$W/system"; cp "$other/root.crt" "$W/system/$(openssl x509 -in "$good/root.crt" -noout -hash).0"; cp "$good/root.crt" "$W/system/ca.pem"
SSL_CERT_DIR=$W/system SSL_CERT_FILE=$W/system/ca.pem judged 4 E_TIMESTAMP_UNTRUSTED "the system's trust store is no trust" other.json "$stamps"

# what it is over, and its bytes
sed -n 1p "$stamps" | sed 's/.*:"//; s/".*//' | base64 -d >"$W/r1"
sed -n 2,3p "$stamps" >"$W/rest"
# token STATUS FINDING NAME RESPONSE: it in place of line 1's
token() { { line "$4"; cat "$W/rest"; } >"$W/tokens"; judged "$1" "$2" "$3" good.json "$W/tokens"; }
token 0 - "the same response" "$W/r1"
printf 'somebody else signed this' >"$W/elsewhere"
openssl ts -query -data "$W/elsewhere" -sha256 -cert -no_nonce -out "$W/elsewhere.tsq" 2>"$W/log"
(cd "$good" && openssl ts -reply -config tsa.cnf -queryfile "$W/elsewhere.tsq" -out "$W/elsewhere.tsr") 2>"$W/log"
line "$W/elsewhere.tsr" >"$W/elsewhere.jsonl"
fresh net
says 2 "something else than a signature" "an answer about another package is not taken" stamp "$W/net" --token "$W/elsewhere.tsr"
judged 1 E_TIMESTAMP_MISMATCH "the timestamp of another package" good.json "$W/elsewhere.jsonl"
sed -n 1p "$stamps" | cat "$stamps" - >"$W/twice"
judged 1 E_TIMESTAMP_INVALID "one twice" good.json "$W/twice"
judged 1 E_TIMESTAMP_MISMATCH "another's, and nobody to vouch" nobody.json "$W/elsewhere.jsonl"
openssl ts -query -data "$W/sig" -sha1 -cert -no_nonce -out "$W/sha1.tsq" 2>"$W/log"
sed 's/^digests = .*/digests = sha1/' "$good/tsa.cnf" >"$good/sha1.cnf"
(cd "$good" && openssl ts -reply -config sha1.cnf -queryfile "$W/sha1.tsq" -out "$W/sha1.tsr") 2>"$W/log"
token 1 E_TIMESTAMP_INVALID "an imprint by SHA-1" "$W/sha1.tsr"
sed -n 1p "$stage/attestations.intoto.jsonl" | sed 's/.*"sig":"//; s/".*//' | base64 -d >"$W/sig"
openssl ts -query -data "$W/sig" -sha512 -cert -out "$W/sha512.tsq" 2>"$W/log"
(cd "$good" && openssl ts -reply -config tsa.cnf -queryfile "$W/sha512.tsq" -out "$W/sha512.tsr") 2>"$W/log"
token 0 - "an imprint by SHA-512, and a nonce" "$W/sha512.tsr"
openssl ts -query -data "$W/sig" -sha256 -no_nonce -out "$W/bare.tsq" 2>"$W/log"
(cd "$good" && openssl ts -reply -config tsa.cnf -queryfile "$W/bare.tsq" -out "$W/bare.tsr") 2>"$W/log"
token 1 E_TIMESTAMP_INVALID "no certificate in it" "$W/bare.tsr"
says 2 "ask it with certReq" "which the packager does not take" stamp "$W/net" --token "$W/bare.tsr"
for what in status trailing ber signature time; do
    python3 "$ROOT/tests/tools/tsa.py" edit "$W/r1" "$W/edited" "$what"
    token 1 E_TIMESTAMP_INVALID "edited: $what" "$W/edited"
done
head -c 200 "$W/r1" >"$W/cut"
token 1 E_TIMESTAMP_INVALID "cut off" "$W/cut"
head -c 65537 /dev/zero >"$W/long"
token 6 E_LIMIT_SIZE "larger than one may be" "$W/long"
for n in $(seq 6); do cat "$stamps"; done >"$W/many"
judged 1 E_TIMESTAMP_INVALID "many" good.json "$W/many"
tr -d '\n' <"$W/once" >"$W/bent";           judged 1 E_TIMESTAMP_INVALID "no LF" good.json "$W/bent"
sed '1s/{/{ /' "$stamps" >"$W/bent";        judged 1 E_TIMESTAMP_INVALID "a space" good.json "$W/bent"
sed '1s/}/,"x":1}/' "$stamps" >"$W/bent";   judged 1 E_TIMESTAMP_INVALID "a member more" good.json "$W/bent"
sed '1s/signedTimestamp":"./&_/' "$stamps" >"$W/bent"; judged 1 E_TIMESTAMP_INVALID "bent base64" good.json "$W/bent"

# certificates at that time
sed -n 1p "$W/rsa/timestamps.jsonl" | sed 's/.*:"//; s/".*//' | base64 -d >"$W/r1"
a=$W/tsa/rsa
# forged STATUS FINDING NAME EXTENSIONS FROM UNTIL: the rsa authority's, by such a signer
forged() {
    signer "$4" "$5" "$6" 2>"$W/log"
    python3 "$ROOT/tests/tools/tsa.py" forge "$W/r1" "$a/tsa.key" "$a/tsa.crt" "$a/middle.crt" "$W/forged" 2>"$W/log"
    line "$W/forged" >"$W/forged.jsonl"
    judged "$1" "$2" "$3" rsa-optional.json "$W/forged.jsonl"
}
policy rsa-optional.json '.timestamps = {authorities: [{certificate: $r}], required: false}'
forged 0 - "the control" signs "now -1 hour" "now +1 day"
forged 1 E_TIMESTAMP_INVALID "an authority that is for signing code" another "now -1 hour" "now +1 day"
t "for that reason" jq -e '.findings[0].message | contains("purpose")' "$W/v.json"
forged 1 E_TIMESTAMP_INVALID "timestamping that is not critical" uncritical "now -1 hour" "now +1 day"
forged 1 E_TIMESTAMP_INVALID "a certificate that had expired" signs "now -1 day" "now -1 hour"
t "for that reason" jq -e '.findings[0].message | contains("expired")' "$W/v.json"
forged 1 E_TIMESTAMP_INVALID "a certificate that was not valid yet" signs "now +1 hour" "now +1 day"
signer signs "now -1 hour" "now +3 seconds" 2>"$W/log"
fresh short
t "timestamps by one that expires in a moment" stamp "$W/short" --tsa "$url/rsa"
while [ "$(openssl x509 -in "$a/tsa.crt" -noout -checkend 0)" = "Certificate will not expire" ]; do sleep 0.5; done
sleep 1
judged 0 - "hold when it has expired since" rsa.json "$W/short/timestamps.jsonl"

# two clocks
policy early.json .
early() { # SECONDS: the run finished so long after its timestamps
    cp -r "$GOLDEN/run" "$W/late"; finished=$(at "$1")
    jq -c --arg f "$finished" '.finished_at = $f' "$W/late/run.json" >"$W/run.json" && cp "$W/run.json" "$W/late/run.json"
    rm -rf "$W/early"; "$BIN/dryproof-pack" pack "$W/late" --key "$key" --out "$W/early" && stamp "$W/early" --tsa "$url/good"; rm -rf "$W/late"
}
time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
t "a run that says it ended in two minutes" early 120
stage=$W/early
judged 3 E_TIMESTAMP_EARLY "its signature is older" early.json "$stage/timestamps.jsonl"
time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
t "one of in half a minute" early 30
judged 0 - "is that of another clock" early.json "$stage/timestamps.jsonl"
stage=$W/s

# the policy itself
bad_policy() { policy bad.json "$3"; judged 2 "$1" "$2" bad.json "$stamps"; }
bad_policy E_POLICY_INVALID "no authority" '.timestamps.authorities = []'
bad_policy E_POLICY_INVALID "one twice" '.timestamps.authorities = [{certificate: $g}, {certificate: $g}]'
bad_policy E_POLICY_INVALID "a member more" '.timestamps.authorities[0].url = "x"'
bad_policy E_POLICY_INVALID "required is missing" 'del(.timestamps.required)'
bad_policy E_POLICY_INVALID "seventeen" '.timestamps.authorities = [range(17) | {certificate: $g}]'
bad_policy E_POLICY_INVALID "a key for a certificate" '.timestamps.authorities[0].certificate = $a'
bad_policy E_POLICY_INVALID "two certificates" '.timestamps.authorities[0].certificate = $g + $o'
bad_policy E_POLICY_INVALID "a validity that ends before it begins" '.timestamps.authorities[0] += {valid_from: "2026-06-22T10:11:12.000001Z", valid_until: "2026-06-22T10:11:12.000000Z"}'
bad_policy E_POLICY_INVALID "revoked twice" '.keys[0] += {revoked: false, revoked_at: "2026-06-22T10:11:12.000001Z"}'
bad_policy E_POLICY_INVALID "revoked_at of a log" '.keys[0] += {role: "log", revoked_at: "2026-06-22T10:11:12.000001Z"}'
jq -n --rawfile c "$good/middle.crt" '$c' >"$W/middle.json"
bad_policy E_POLICY_INVALID "a certificate that somebody else signed" ".timestamps.authorities[0].certificate = $(cat "$W/middle.json")"
# root STATUS FINDING NAME KEY EXTENSIONS: a root with this key
root() {
    a=$other c_key=${4##*/}
    [ "$4" = "$a/$c_key" ] || cp "$4" "$a/$c_key"
    certify "$c_key" "$3" "$5" "now -1 day" "now +3650 days" root2.crt -selfsign -keyfile "$a/$c_key" 2>"$W/log"
    jq -n --rawfile c "$a/root2.crt" '$c' >"$W/root.json"
    policy bad.json ".timestamps.authorities[0].certificate = $(cat "$W/root.json")"
    judged "$1" "$2" "$3" bad.json "$stamps"
}
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/new.key" 2>"$W/log"
root 4 E_TIMESTAMP_UNTRUSTED "a root of ours, for control" "$W/new.key" root
root 2 E_POLICY_INVALID "a root that is no CA" "$W/new.key" signs
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$W/weak.key" 2>"$W/log"
root 2 E_KEY_WEAK "a root with a short key" "$W/weak.key" root
grep -v '^dryproof' "$key" >"$W/packager.key"; chmod 600 "$W/packager.key"
root 2 E_POLICY_INVALID "a root with the packager's key" "$W/packager.key" root
grep -v '^dryproof' "$ROOT/tests/vectors/keys/packager.key" >"$W/published.key"
root 4 E_KEY_UNTRUSTED "a root with a published key" "$W/published.key" root

# ---- countersignatures ----
"$BIN/dryproof-pack" key new --role packager --out "$W/second" >"$W/log" 2>&1
"$BIN/dryproof-pack" countersign "$stage" --key "$W/second.key" --out "$W/second.jsonl" >"$W/log" 2>&1
exits 0 "timestamps of a countersignature" stamp "$W/second.jsonl" --tsa "$url/good" --out "$W/second.stamps"
cat "$stamps" "$W/second.stamps" >"$W/all-stamps"
jq -n --rawfile b "$W/second.pub" '$b' >"$W/second.json"
policy second.json ".thresholds = {packager: 2} | .keys += [{public_key: $(cat "$W/second.json"), role: \"packager\", valid_until: \"$(at 60)\"}]"
judged 0 - "its key expired since" second.json "$W/all-stamps" --attestations "$W/second.jsonl" --now 2046-01-01T00:00:00.000000Z
judged 3 E_KEY_EXPIRED "without its own timestamps" second.json "$stamps" --attestations "$W/second.jsonl" --now 2046-01-01T00:00:00.000000Z
judged 1 E_TIMESTAMP_MISMATCH "its timestamps, and not itself" good.json "$W/all-stamps"

# ---- in a repository ----
from_repository() { "$BIN/dryproof-verify" --repo "$W/evidence" --package "$package" --json "$@" >"$W/v.json"; }
exits 0 "a stage with timestamps is committed" "$BIN/dryproof-pack" commit "$stage" --repo "$W/evidence" --key "$key"
exits 0 "and verified from there" from_repository --policy "$W/good.json"
t "with its timestamps" jq -e '[.signed_by[] | has("timestamp")] == [true, true, true]' "$W/v.json"
exits 0 "as a whole" "$BIN/dryproof-verify" --repo "$W/evidence" --all --policy "$W/good.json"
lost() { # the file of timestamps is named, and not there
    cp -r "$W/evidence" "$W/lost" && l_oid=$(git -C "$W/lost" ls-tree -r main | awk '/\/timestamps.jsonl$/ { print $3 }') &&
        rm -f "$W/lost/objects/$(echo "$l_oid" | cut -c 1-2)/$(echo "$l_oid" | cut -c 3-)"
}
t "a repository that has lost them" lost
exits 1 "is not whole" "$BIN/dryproof-verify" --repo "$W/lost" --package "$package" --key "$pub"
exits 0 "by its key alone" from_repository --key "$pub"
exits 0 "in 2046, by a key that has expired since" from_repository --policy "$W/until.json" --now 2046-01-01T00:00:00.000000Z
exits 4 "by a policy of another authority" from_repository --policy "$W/other.json"
exits 4 "nothing tells when a commit was signed" from_repository --policy "$W/lost.json"
exits 1 "a second set of them" from_repository --policy "$W/good.json" --timestamps "$W/by-hand/timestamps.jsonl"
fresh damaged; cp "$W/elsewhere.jsonl" "$W/damaged/timestamps.jsonl"
says 2 "no signature of these attestations" "another package's are not committed" "$BIN/dryproof-pack" commit "$W/damaged" --repo "$W/new.git" --key "$key"
exits 3 "a repository without them" "$BIN/dryproof-verify" --repo "$GOLDEN/evidence" --package "$package" --policy "$W/good.json"
exits 0 "and the caller's" "$BIN/dryproof-verify" --repo "$GOLDEN/evidence" --package "$package" --policy "$W/good.json" --timestamps "$stamps"
exits 2 "timestamps and --all" "$BIN/dryproof-verify" --repo "$W/evidence" --all --policy "$W/good.json" --timestamps "$stamps"

# VERIFY.sh: the same with a shell and openssl
opinion() { # STATUS WORD ARGS...
    o_status=$1 o_word=$2; shift 2
    sh "$stage/VERIFY.sh" "$pub" "$@" >"$W/log" 2>&1; [ $? -eq "$o_status" ] && tail -n 1 "$W/log" | grep -qx "$o_word"
}
says_word() { if opinion "$@"; then ok "$o_name"; else not_ok "$o_name"; fi; }
o_name="VERIFY.sh knows the file of timestamps" says_word 0 VERIFIED
o_name="and finds them good" says_word 0 VERIFIED - "$good/root.crt"
t "each of them" test "$(grep -c '^ok .* says when line' "$W/log")" -eq 3
o_name="and not another authority's" says_word 1 REFUSED - "$other/root.crt"
cp "$stamps" "$W/kept"; cp "$W/lines-1-2" "$stamps"
o_name="nor two of three" says_word 1 REFUSED - "$good/root.crt"
rm "$stamps"
o_name="nor none" says_word 1 REFUSED - "$good/root.crt"
cp "$W/kept" "$stamps"

# ---- the whole road ----
t "a database" new_database time
road() { "$BIN/dryproof" run --db "$(observer time)" --repo "$W/road.git" --key "$key" --policy "$W/good.json" --json "$@" -- psql -X -q -o /dev/null -c "SELECT 1"; }
exits 0 "a bracket with timestamps, by a policy that requires them" road --tsa "$url/good"
is "is DRY, and its verdict has them" '.verdict.verdict == "DRY" and ([.verdict.signed_by[] | has("timestamp")] == [true, true, true])'
exits 2 "without them nothing is committed" road
cp "$W/log" "$W/said"
t "for that reason" grep -q 'error: .*E_TIMESTAMP_MISSING' "$W/said"
exits 5 "an authority that does not answer" road --tsa http://127.0.0.1:1/
says 2 "--tsa needs --repo" "timestamps of what is not kept" "$BIN/dryproof" run --db "$(observer time)" --tsa "$url/good" -- true

# verdicts that were staged under rules of time, with timestamps or without, are derived again
# staged NAME POLICY|KEY STAMP ARGS...: reviewed and committed from a verdict of lines 1 and 2
staged() {
    s_name=$1 s_trust=$2 s_stamp=$3
    rm -rf "$W/again" "$W/again.git"; mkdir "$W/again"; cp "$GOLDEN/stage/package.tar" "$W/again/"
    sed -n 1,2p "$GOLDEN/stage/attestations.intoto.jsonl" >"$W/again/attestations.intoto.jsonl"
    set --
    if [ "$s_stamp" = yes ]; then stamp "$W/again" --tsa "$url/good" || return 1; set -- --timestamps "$W/again/timestamps.jsonl"; fi
    "$BIN/dryproof-verify" "$W/again/package.tar" --attestations "$W/again/attestations.intoto.jsonl" $s_trust --json "$@" >"$W/again.json" &&
        "$BIN/dryproof-pack" review "$W/again" --verdict "$W/again.json" --key "$key" || return 1
    [ "$s_stamp" = no ] || stamp "$W/again" --tsa "$url/good" || return 1
    "$BIN/dryproof-pack" commit "$W/again" --repo "$W/again.git" --key "$key" || return 1
    for s_reader in "--policy $W/both.json" "--key $pub" "--policy $W/nobody.json"; do
        [ "$s_stamp$s_reader" != "no--policy $W/both.json" ] || continue
        "$BIN/dryproof-verify" --repo "$W/again.git" --package "$package" $s_reader || return 1
    done
}
policy bounds.json ".keys[0] += {valid_from: \"2020-01-01T00:00:00.000000Z\", valid_until: \"2046-01-01T00:00:00.000000Z\"} | .max_age = 9007199254740991 | .timestamps.required = false"
t "staged with timestamps that the policy requires" staged required "--policy $W/good.json" yes
t "staged with timestamps that nobody vouched for" staged unseen "--key $pub" yes
t "staged under rules of time, without timestamps" staged bounds "--policy $W/bounds.json" no
t "staged under rules of time, with timestamps" staged both "--policy $W/bounds.json" yes
# whoever signs line 3 may tell another time; the timestamps do not
sed -i 's/"timestamp":"20/"timestamp":"19/' "$W/again.json"
t "a staged verdict that tells another time" sh -c 'rm -r "$4/again.git" "$4/again/timestamps.jsonl"; "$1/dryproof-pack" review "$4/again" --verdict "$4/again.json" --key "$3" && "$1/dryproof-pack" timestamp "$4/again" --tsa "$2/good" && "$1/dryproof-pack" commit "$4/again" --repo "$4/again.git" --key "$3"' - "$BIN" "$url" "$key" "$W"
exits 1 "is none that the package gives" "$BIN/dryproof-verify" --repo "$W/again.git" --package "$package" --key "$pub"

both_agree "policies and timestamps" 15 50
