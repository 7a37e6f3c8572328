# tests/e2e/78-pages.sh - the review packet as people read it: review.html and REVIEW.md are well
# formed, load and run nothing, say first what matters, and are built the same whatever the
# data says.  `make pages` asks a browser and other people's parsers.
. tests/lib.sh
check() { python3 -B tests/pages/check.py "$@"; }
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub

# ---- an honest run, a run that was not dry, a run that is held ----
new_database pages >"$W/log" 2>&1
"$BIN/dryproof" run --db "$(observer pages)" --command-db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=pages" --repo "$W/evidence" --key "$key" -- \
    psql -XAtqc 'CREATE TABLE left_behind (i int)' >"$W/said" 2>&1
"$BIN/dryproof" run --db "$(observer pages)" --repo "$W/held" --key "$key" -- true >"$W/said" 2>&1
as_superuser -d postgres -c 'DROP DATABASE pages'
packet() { git clone -q "$1" "$2.git" && mv "$2.git"/packages/*/*/* "$2"; }
packet "$GOLDEN/evidence" "$W/good" && packet "$W/evidence" "$W/wet" && packet "$W/held" "$W/hold"
t "the page of an honest run" check page PASS "$W/good"
t "the page of a command that wrote" check page FAIL "$W/wet"
t "the page of a command that never connected" check page HOLD "$W/hold"

# order FILE TEXT...: the texts stand in this order
order() { python3 -B -c 'import sys; s = open(sys.argv[1]).read(); at = [s.find(t) for t in sys.argv[2:]]; print(at); sys.exit(-1 in at or at != sorted(at))' "$@"; }
t "the verdict, its numbers, phases, claims, A, B, C, in this order" order "$W/good/review.html" '>PASS</code>' '<h1>' 'class="numbers"' 'id="phases"' 'id="claims"' \
    'id="part-a"' 'id="tables"' 'id="codes"' 'id="part-b"' 'id="part-c"' 'id="timeline"' 'id="cost"' 'id="files"' 'id="numbers"' 'id="not-observed"' 'id="not-proven"' 'id="recheck"'
t "P0 to P7, the last the reviewer's" sh -c 'test "$(grep -c "<th scope=\"row\">P[0-7]</th>" "$1/review.html")" -eq 8 && grep "<th scope=\"row\">P7</th>" "$1/review.html" | grep -q OPEN' - "$W/good"
t "a sandbox rehearses P0 to P5" sh -c 'test "$(grep "<th scope=\"row\">P[0-7]</th>" "$1/review.html" | grep -c rehearsed)" -eq 6' - "$W/good"
t "reasons first, with code and evidence, where it was not dry" order "$W/wet/review.html" '>FAIL</code>' 'E_EVIDENCE_CHANGED' 'class="numbers"' 'id="reasons"' 'left_behind' 'id="claims"'
t "and in REVIEW.md" order "$W/wet/REVIEW.md" 'Status: `FAIL`' '**reason** `E_EVIDENCE_CHANGED`' 'left_behind' '| number |' '## Claims'
t "and where it is held" order "$W/hold/review.html" '>HOLD</code>' 'HOLD_NOT_CONNECTED' 'class="numbers"' 'id="reasons"'
t "no reasons where there are none" sh -c '! grep -q "id=\"reasons\"" "$1/review.html"' - "$W/good"
mkdir "$W/bag" && tar -xf "$W/good/package.tar" -C "$W/bag"
# digests COLUMN: every path of these tables has its digest, as sha256sum has it
digests() { # FOLDER BAG
    grep -E '<tr id="(file|from)-' "$1/review.html" | sed -E 's/&#61;/=/g; s/.*<code>([^<]*)<\/code><\/t[hd]>.*<code>([0-9a-f]{64})<\/code>.*/\1 \2/' >"$W/listed"
    [ "$(wc -l <"$W/listed")" -ge 30 ] || return 1
    while read -r path hex; do
        case $path in
        verdict.json) real=$(sha256sum <"$1/verdict.json") ;;
        */) real=$(grep "  data/$path" "$2/bag/manifest-sha256.txt" | sha256sum) ;;
        *) real=$(sha256sum <"$2/bag/data/$path") ;;
        esac
        [ "${real%% *}" = "$hex" ] || { echo "$path: $hex, not $real"; return 1; }
    done <"$W/listed"
}
t "each evidence file and each number's source has its digest" digests "$W/good" "$W/bag"
# which case met which code: by facts.json, and by the page
t "the matrix has one mark for each case that met its code" sh -c '
    jq -r ".harness[].code" "$2/bag/data/facts.json" | sort >"$3/codes"
    sed -n "/id=\"t-primary\"/,/<.table>/p" "$1/review.html" | awk -F "[<>]" "/class=\"x\">x</ { n = gsub(/class=\"x\">x</, \"&\"); for (; n > 0; n--) print \$7 }" | sort >"$3/marks"
    test -s "$3/marks" && diff "$3/codes" "$3/marks"' - "$W/good" "$W/bag" "$W"
t "the timeline has every step, in order" sh -c '
    sed -n "/id=\"t-time\"/,/<.table>/p" "$1/review.html" | grep -o "steps/[0-9]*" >"$3/times"; ls "$2/bag/data/steps" | sed "s|^\([0-9]*\).*|steps/\1|" | diff - "$3/times"' - "$W/good" "$W/bag" "$W"

# ---- what the checks above would notice ----
python3 -B tests/pages/check.py twins "$W/good" >"$W/log" 2>&1 || not_ok "the twins were all made"
grep -E '^(ok|not ok) - ' "$W/log"

# ---- data that would like to be more ----
# hostile NAME STATUS TEXT WHERE STAGE: the packet of a stage in which every string is that text
hostile() { python3 -B tests/pages/hostile.py "$5" "$key" "$W/$1" "$2" "$3" "$4" && "$BIN/dryproof-pack" review "$W/$1" --verdict "$W/$1/v.json" --key "$key"; }
for one in good:FAIL:first wet:PASS:last; do
    kind=${one%%:*} where=${one##*:} status=${one#*:} status=${status%:*}
    t "every string of a packet, $kind, $status" hostile "$kind-lies" "$status" all "$where" "$W/$kind"
    t "and harmless ones" hostile "$kind-harmless" "$status" all harmless "$W/$kind"
    t "nothing of it runs or loads" check page "$status" "$W/$kind-lies"
    t "their texts alone differ" check same "$W/$kind-lies" "$W/$kind-harmless"
done
t "a text that nobody can read is cut" hostile long PASS 5 first "$W/wet"
t "and the page holds" check page PASS "$W/long"
t "and is built the same" check same "$W/long" "$W/wet-harmless"
exits 1 "two packets that are built otherwise are told apart" check same "$W/good-harmless" "$W/wet-harmless"
mkdir "$W/bold"; cp "$W/wet-harmless/REVIEW.md" "$W/wet-harmless/review.html" "$W/bold"; sed -i '0,/x00001/s/x00001/<strong>x00001<\/strong>/' "$W/bold/review.html"
exits 1 "and so is one tag" check same "$W/wet-harmless" "$W/bold"
