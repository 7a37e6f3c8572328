#!/bin/sh
# VERIFY.sh PUBKEY [LOGKEY|- [ROOT]] - check this folder with sh, coreutils, findutils, diffutils,
# sed, grep, tar and openssl alone; with LOGKEY, in a clone of the repository, also that its log has
# it and is whole (a second for a hundred packages); with ROOT, a timestamping authority's root
# certificate, also when it was signed.  With awk or jq it does a little more, and says so.
# Prints one line a check, then what was not done, then VERIFIED (exit 0) or REFUSED (exit 1);
# exit 2: not run.
# It checks integrity: signatures, digests, completeness.  It does not judge the run.
set -u
LC_ALL=C
export LC_ALL

[ $# -ge 1 ] && [ $# -le 3 ] && [ -f "$1" ] && { [ $# -eq 1 ] || [ "$2" = - ] || [ -f "$2" ]; } && { [ $# -lt 3 ] || [ -f "$3" ]; } ||
    { echo "usage: sh VERIFY.sh PUBKEY [LOGKEY|- [ROOT]]" >&2; exit 2; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
pub=$(absolute "$1") log=${2:+$(absolute "$2")} root=${3:+$(absolute "$3")}
[ "${2:-}" != - ] || log=
cd "$(dirname "$0")" || exit 2
for tool in openssl tar sha256sum base64 sed grep cmp find xargs; do
    command -v "$tool" >/dev/null || { echo "VERIFY.sh needs $tool" >&2; exit 2; }
done
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
refused=0
: >"$work/last"

check() { # check TEXT COMMAND...: one line, and remember a failure
    text=$1
    shift
    if "$@"; then echo "ok       $text"; else echo "NOT OK   $text"; refused=1; fi
}
not_done() { echo "not done $1" >>"$work/last"; }
stop_if_refused() {
    [ "$refused" -eq 0 ] || { echo REFUSED; exit 1; }
}
sha() { sha256sum <"$1" | cut -c1-64; }
same() { [ "$1" = "$2" ] && [ -n "$1" ]; }
empty() { [ ! -s "$1" ]; }

# --- the envelopes: canonical DSSE, one signature each, by the given key ---
openssl pkey -pubin -in "$pub" -outform DER -out "$work/pub.der" 2>/dev/null ||
    { echo "VERIFY.sh: $1 is no public key; expected the packager's, in PEM, as dryproof key new writes it (KEY.pub)" >&2; exit 2; }
keyid=$(sha "$work/pub.der")
type=application/vnd.in-toto+json
shape='^{"payload":"\([A-Za-z0-9+/]*=*\)","payloadType":"application/vnd.in-toto+json","signatures":\[{"keyid":"\([0-9a-f]*\)","sig":"\([A-Za-z0-9+/]*=*\)"}\]}$'

signed() { # signed N: line N is an envelope, signed by the key; its payload goes to $work/N
    sed -n "$1p" attestations.intoto.jsonl >"$work/line"
    sed -n "s|$shape|\\1|p" "$work/line" | base64 -d >"$work/$1" 2>/dev/null || return 1
    sed -n "s|$shape|\\3|p" "$work/line" | base64 -d >"$work/sig" 2>/dev/null || return 1
    { printf '{"payload":"'; base64 -w 0 <"$work/$1"; printf '","payloadType":"%s","signatures":[{"keyid":"%s","sig":"' "$type" "$keyid"
      base64 -w 0 <"$work/sig"; printf '"}]}\n'; } >>"$work/again"
    [ -s "$work/$1" ] && [ "$(sed -n "s|$shape|\\2|p" "$work/line")" = "$keyid" ] || return 1
    { printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$work/$1")"; cat "$work/$1"; } >"$work/pae"
    openssl pkeyutl -verify -pubin -inkey "$pub" -rawin -in "$work/pae" -sigfile "$work/sig" >/dev/null 2>&1
}
ends() { # ends N TYPE SUBJECTS: statement N has this type and exactly these subjects
    case $(cat "$work/$1") in
        '{"_type":"https://in-toto.io/Statement/v1",'*"\"predicateType\":\"$2\",\"subject\":[$3]}") return 0 ;;
        *) return 1 ;;
    esac
}
whose_role() { # whose_role FILE ROLE: what a key file says of itself, where that is not ROLE
    sed -n "s/^dryproof role: \\([a-z]*\\)$/ (it says that it is a key for the role \\1)/p" "$1" | grep -v "role $2)"
}
by=$(sed -n "1s|$shape|\\2|p" attestations.intoto.jsonl)
[ -z "$by" ] || same "$by" "$keyid" ||
    { echo "NOT OK   they are signed by $by, and you gave the key $keyid: another packager's, or another packager$(whose_role "$pub" packager)"; refused=1; }
stop_if_refused
check "three attestations" same "$(wc -l <attestations.intoto.jsonl | tr -d ' ')" 3
for n in 1 2 3; do check "line $n is signed by $keyid" signed "$n"; done
check "the attestations are these lines, in their one spelling, and no more" cmp -s attestations.intoto.jsonl "$work/again"
stop_if_refused

[ -f package.tar ] || { echo "VERIFY.sh: package.tar is not here; where package.oci.json is, put the file of its sha256 beside it" >&2; exit 2; }
package=$(sha package.tar)
[ ! -f package.oci.json ] || check "package.oci.json names this package" grep -qF "\"sha256\":\"$package\"" package.oci.json
subject="{\"digest\":{\"sha256\":\"$package\"},\"name\":\"package.tar\"}"
case $PWD in
    */packages/[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*) check "the folder is named after its package" same "${PWD##*/packages/}" "$(echo "$package" | sed 's|^\(..\)\(..\)|\1/\2/&|')" ;;
esac
check "line 1 signs package.tar, $package" ends 1 urn:dryproof:attestation:dry-run-evidence:v1 "$subject"
check "line 2 signs the same package" ends 2 https://in-toto.io/attestation/test-result/v0.1 "$subject"
subjects=
for f in * .*; do
    case $f in
        . | .. | '.*' | package.tar | package.oci.json | attestations.intoto.jsonl | timestamps.jsonl | package.tlog-proof) continue ;;
        *[!A-Za-z0-9._-]*) check "a file's name is plain" false; continue ;;
    esac
    subjects="$subjects${subjects:+,}{\"digest\":{\"sha256\":\"$(sha "$f")\"},\"name\":\"$f\"}"
done
check "line 3 signs every other file here, and no more" ends 3 urn:dryproof:attestation:review-packet:v1 "$subjects"
[ "$refused" -eq 0 ] || for f in * .*; do
    [ ! -f "$f" ] || grep -qF "\"$(sha "$f")\"},\"name\":\"$f\"}" "$work/1" "$work/3" || case $f in
        *[!A-Za-z0-9._-]* | package.oci.json | attestations.intoto.jsonl | timestamps.jsonl | package.tlog-proof) ;;
        *) echo "         not as it was signed: $f" ;;
    esac
done
stop_if_refused

# --- the log: the ledger names this package, the log has the ledger file, its key signed that ---
hash() { openssl dgst -sha256 -binary | base64; }
logged() { # the root that the proof gives is the checkpoint's
    at=$(sed -n '2s/^index \([0-9]*\)$/\1/p' package.tlog-proof)
    [ -n "$at" ] && [ "$(sed -n 1p package.tlog-proof)" = c2sp.org/tlog-proof@v1 ] || return 1
    ledger=$(printf '../../../../ledger/%03d/%03d.json' $(((at + 1) / 1000)) $(((at + 1) % 1000)))
    [ -f "$ledger" ] || { echo "no $ledger: run this in a clone" >&2; return 1; }
    own=$ledger kind=$(whose "$ledger") kind=${kind#* }
    body "$ledger" >"$work/entry"
    grep -qF "\"package\":\"$package\"" "$work/entry" && grep -qF "\"attestations\":\"$(sha attestations.intoto.jsonl)\"" "$work/entry" || return 1
    sed '1,/^$/d' package.tlog-proof >"$work/checkpoint"
    [ "$(sed -n 2p "$work/checkpoint")" = $((at + 1)) ] || return 1
    # the newest entry: whatever stands beside its path stands on the left
    node=$({ printf '\000'; openssl dgst -sha256 -binary "$ledger"; } | hash)
    for left in $(sed -e 1,2d -e '/^$/,$d' package.tlog-proof); do
        node=$({ printf '\001'; echo "$left" | base64 -d; echo "$node" | base64 -d; } | hash)
    done
    [ "$(sed -n 3p "$work/checkpoint")" = "$node" ]
}
noted() { # noted CHECKPOINT: it is the log key's
    origin=$(sed -n 1p "$1")
    openssl pkey -pubin -in "$log" -outform DER 2>/dev/null | tail -c 32 >"$work/log.raw"
    sed -n "5s|^\xe2\x80\x94 $origin ||p" "$1" | base64 -d >"$work/note" 2>/dev/null
    { printf '%s\n\001' "$origin"; cat "$work/log.raw"; } | openssl dgst -sha256 -binary | head -c 4 >"$work/id"
    head -c 4 "$work/note" | cmp -s - "$work/id" && tail -c +5 "$work/note" >"$work/sig" || return 1
    sed -n 1,3p "$1" >"$work/signed"
    [ "$(wc -l <"$1")" -eq 5 ] && openssl pkeyutl -verify -pubin -inkey "$log" -rawin -in "$work/signed" -sigfile "$work/sig" >/dev/null 2>&1
}
# The log as it is now, made again from the ledger: one hash a line, level by level; a hash that
# has no other beside it goes up as it is.
bytes() { while read -r one; do echo "$one" | base64 -d; done; }
leaves() {
    for ledger in ../../../../ledger/*/*.json; do
        { printf '\000'; openssl dgst -sha256 -binary "$ledger"; } | hash
    done
}
entries() {
    for ledger in ../../../../ledger/*/*.json; do printf '\000\040'; openssl dgst -sha256 -binary "$ledger"; done
}
upwards() { # upwards <LEVEL: the level above
    while read -r left; do
        if read -r right; then { printf '\001'; echo "$left" | base64 -d; echo "$right" | base64 -d; } | hash
        else echo "$left"; fi
    done
}
tiles() { # tiles FOLDER WIDTH FILE: FILE is what the tiles of one level hold, WIDTH bytes a hash
    n=$(($(wc -c <"$3") / $2)) at=0
    while [ $((at * 256)) -lt "$n" ]; do
        left=$((n - at * 256)) name=$(printf %03d $((at % 1000)))
        [ "$at" -lt 1000 ] || name=$(printf 'x%03d/%s' $((at / 1000)) "$name")
        [ "$left" -ge 256 ] && left=256 || name=$name.p/$left
        tail -c +$((at * 256 * $2 + 1)) "$3" | head -c $((left * $2)) | cmp -s - "$1/$name" || { echo "$1/$name" >&2; return 1; }
        echo "$1/$name" >>"$work/tiles"
        at=$((at + 1))
    done
}
whole_log() {
    top=../../../../log
    : >"$work/tiles"
    entries >"$work/level" && tiles $top/tile/entries 34 "$work/level" || return 1
    leaves >"$work/hashes"
    size=$(wc -l <"$work/hashes" | tr -d ' ') depth=0 complete=$(wc -l <"$work/hashes")
    while :; do
        if [ $((depth % 8)) -eq 0 ] && [ "$complete" -gt 0 ]; then
            head -n "$complete" "$work/hashes" | bytes >"$work/level"
            tiles $top/tile/$((depth / 8)) 32 "$work/level" || return 1
        fi
        [ "$(wc -l <"$work/hashes")" -gt 1 ] || break
        upwards <"$work/hashes" >"$work/above" && mv "$work/above" "$work/hashes"
        depth=$((depth + 1)) complete=$((complete / 2))
    done
    find $top -type f ! -path $top/checkpoint | sort >"$work/found"
    [ "$size" = "$(sed -n 2p $top/checkpoint)" ] && [ "$(cat "$work/hashes")" = "$(sed -n 3p $top/checkpoint)" ] &&
        [ "$(sed -n 1p $top/checkpoint)" = "$(sed -n 1p "$work/checkpoint")" ] && sort "$work/tiles" | cmp -s - "$work/found"
}
body() { sed -n 's|^{"payload":"\([A-Za-z0-9+/]*=*\)".*|\1|p' "$1" | base64 -d; }
whose() { # whose LEDGER: its status, and what it is of: carrier, environment, plan
    body "$1" |
        sed -n 's/^{"attestations":"[0-9a-f]*",\("carrier":.*\),"package":"[0-9a-f]*",\("plan_ref":.*\),"previous":[nul"0-9a-f]*,"schema":.*,"status":"\([A-Z]*\)","supersedes":.*/\3 \1 \2/p'
}
current() { # a last word where it is not this one: the newest of its kind that passed, else the newest
    best= passed=no
    for ledger in ../../../../ledger/*/*.json; do
        is=$(whose "$ledger")
        [ "${is#* }" = "$kind" ] || continue
        case $is in
            PA*) best=$ledger passed=yes ;;
            *) [ "$passed" = yes ] || best=$ledger ;;
        esac
    done
    [ "$best" = "$own" ] ||
        echo "note     SUPERSEDED: the current package of this carrier, plan and environment is $(body "$best" | sed 's/.*"package":"\([0-9a-f]*\)".*/\1/')" >>"$work/last"
}
if [ -n "$log" ]; then
    check "the log has this package" logged
    stop_if_refused
    check "the log key signed its checkpoint of then$(whose_role "$log" log)" noted "$work/checkpoint"
    check "the log key signed its checkpoint of now" noted ../../../../log/checkpoint
    check "which is that of every file of the ledger, and so are all tiles" whole_log
    stop_if_refused
    current
elif [ -f package.tlog-proof ]; then
    not_done "the log, so also whether a newer package supersedes this one: give the log's public key as well"
fi
stop_if_refused

# --- timestamps: the authority says when the signatures were there; checked at that time ---
stamped() { # stamped N: one of them is over the signature of line N
    sed -n "$1p" attestations.intoto.jsonl | sed -n "s|$shape|\\3|p" | base64 -d >"$work/sig"
    while IFS= read -r line; do
        echo "$line" | sed -n 's|^{"signedTimestamp":"\([A-Za-z0-9+/]*=*\)"}$|\1|p' | base64 -d >"$work/tsr" 2>/dev/null || continue
        at=$(openssl ts -reply -in "$work/tsr" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
        seconds=$(date -d "$at" +%s 2>/dev/null) &&
            openssl ts -verify -data "$work/sig" -in "$work/tsr" -CAfile "$root" -attime "$seconds" >/dev/null 2>&1 && return 0
    done <timestamps.jsonl
    return 1
}
if [ -n "$root" ]; then
    [ -f timestamps.jsonl ] || check "there are timestamps" false
    for n in 1 2 3; do [ ! -f timestamps.jsonl ] || check "the authority says when line $n was signed" stamped "$n"; done
elif [ -f timestamps.jsonl ]; then
    not_done "the timestamps: give the root certificate of their authority as well"
fi
stop_if_refused

# --- the bag: regular files only, sorted, each listed once, none unlisted ---
tar -tf package.tar >"$work/names" || refused=1
sort -u "$work/names" >"$work/sorted"
tar -tvf package.tar | grep -v '^-' >"$work/odd"
grep -Ev '^bag/(data/)?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$' "$work/names" >>"$work/odd"
grep -E '(^|/)\.\.?(/|$)' "$work/names" >>"$work/odd"
check "members are regular files with plain names" empty "$work/odd"
check "members are sorted and unique" cmp -s "$work/names" "$work/sorted"
stop_if_refused
mkdir "$work/x" && tar -xf package.tar -C "$work/x" || refused=1
stop_if_refused
size=$(wc -c <package.tar | tr -d ' ')
fits=$(cd "$work/x" && xargs wc -c <"$work/names" | { n=1024; while read -r bytes name; do
    case $name in bag/*) n=$((n + 512 + (bytes + 511) / 512 * 512)) ;; esac
done; echo "$n"; })
check "the archive is its members and two empty blocks, $fits bytes" same "$size" "$fits"
cd "$work/x/bag" || exit 2

printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >"$work/bagit"
check "bagit.txt" cmp -s bagit.txt "$work/bagit"
grep -Ev '^[0-9a-f]{64}  data/[A-Za-z0-9._/-]+$' manifest-sha256.txt >"$work/odd"
check "manifest lines are well formed" empty "$work/odd"
cut -c67- manifest-sha256.txt >"$work/listed"
sed -n 's|^bag/data/|data/|p' "$work/names" | sort >"$work/found"
check "every payload file is listed once, none is unlisted" cmp -s "$work/listed" "$work/found"
printf '%s\n' bag-info.txt bagit.txt manifest-sha256.txt >"$work/tags"
cut -c67- tagmanifest-sha256.txt >"$work/listed"
check "the tag manifest lists the three tag files" cmp -s "$work/listed" "$work/tags"
check "payload digests" sha256sum -c --strict --quiet manifest-sha256.txt
check "tag file digests" sha256sum -c --strict --quiet tagmanifest-sha256.txt
oxum=$(find data -type f -exec cat {} + | wc -c | tr -d ' ').$(wc -l <"$work/found" | tr -d ' ')
check "payload size and count, $oxum" same "$(cat bag-info.txt)" "Payload-Oxum: $oxum"
check "tree pin {{tree_pin}}" same "$(sha tagmanifest-sha256.txt)" {{tree_pin}}
check "facts {{facts_sha256}}" same "$(sha data/facts.json)" {{facts_sha256}}

# --- the plan and the manifests, from their bytes ---
plan=$(cd data/carrier && find . -type f | sed 's|^\./||' | sort | while IFS= read -r f; do
    printf '%s  %s\n' "$(sha "$f")" "$f"
done | sha256sum | cut -c1-64)
check "plan {{plan_sha256}}" same "$plan" {{plan_sha256}}
manifest() { # manifest NAME SHA256: all repetitions, PostgreSQL's bytes and the collector's
    for f in "data/manifests/$1"/rep-*.bytes; do
        [ "$(sha "$f")" = "$2" ] || return 1
    done
}
# The rows as they came, each an object with sorted names, in the order of one member: with
# text that is plain ASCII that needs no library.
rows() { # rows NAME ORDER
    awk -v order="$2" '
        function tokens(s,    n, t) {
            n = 0
            s = substr(s, index(s, "[") + 1)
            while (match(s, /^,?("([^"\\]|\\.)*"|null)/)) {
                t = substr(s, 1, RLENGTH)
                s = substr(s, RLENGTH + 1)
                sub(/^,/, "", t)
                token[++n] = t
            }
            return n
        }
        NR == 1 {
            columns = tokens($0)
            for (i = 1; i <= columns; i++) {
                if (token[i] == "\"" order "\"") by = i
                name[i] = token[i]
                for (k = i; k > 1 && name[place[k - 1]] > token[i]; k--) place[k] = place[k - 1]
                place[k] = i
            }
            next
        }
        tokens($0) == columns && by > 0 {
            row = ""
            for (k = 1; k <= columns; k++) row = row (k > 1 ? "," : "") name[place[k]] ":" token[place[k]]
            print token[by] "\t{" row "}"
        }' "data/manifests/$1/rep-1.rows.ndjson" | sort -s -t "$(printf '\t')" -k 1,1 | cut -f 2- | paste -s -d , -
}
is_plain() { ! grep -q '[^ -~]' "data/manifests/$1/rep-1.rows.ndjson" && ! grep -qF '\' "data/manifests/$1/rep-1.rows.ndjson"; }
rebuilt() { # rebuilt NAME MEMBER ORDER: the hashed bytes hold exactly these rows
    printf '"%s":[%s]\n' "$2" "$(rows "$1" "$3")" >"$work/rows"
    grep -qFf "$work/rows" "data/manifests/$1/rep-1.pg.bytes"
}
whole() { # whole NAME: plan and rows give the hashed bytes
    jq -j -n -c -S --arg name "$1" --slurpfile plan data/carrier/plan.json --slurpfile lines "data/manifests/$1/rep-1.rows.ndjson" '
        ($plan[0].manifests[] | select(.name == $name)) as $m | $lines[0].columns as $columns
        | $m.object + {($m.rows_member): [$lines[1:][] | [$columns, .] | transpose | map({key: .[0], value: .[1]}) | from_entries]
                                          | sort_by(.[$m.order_by])}' | cmp -s - "data/manifests/$1/rep-1.pg.bytes"
}
{{#manifests}}
check "manifest {{name}} {{sha256}}" manifest {{name}} {{sha256}}
if is_plain {{name}}; then
{{#shell}}
    if command -v awk >/dev/null; then check "its list of rows is that of the rows which came" rebuilt {{name}} {{rows_member}} {{order_by}}
    else not_done "manifest {{name}}: its list of rows, made again: there is no awk"; fi
{{/shell}}
    ! command -v jq >/dev/null || check "the plan's members and these rows give all its bytes (jq)" whole {{name}}
else
    not_done "manifest {{name}}: its list of rows: its text needs Unicode normalisation or JSON escapes"
fi
{{/manifests}}
stop_if_refused
cat "$work/last"
echo VERIFIED
