# tests/e2e/39-fleet.sh - one run over several databases: two shards, and a coordinator that joins
# them by postgres_fdw and a table whose partitions are theirs.
. tests/lib.sh
root=/dev/shm; [ -d $root ] && [ -w $root ] || root=/tmp
UP=$root/dryproof-$(id -u)-$LANE
cleanup() { [ ! -s "$W/stopped" ] || kill -CONT $(cat "$W/stopped") 2>/dev/null; for n in one two all cold warm c1 c2 c3; do "$BIN/dryproof" sandbox down --name "$LANE-$n"; done >/dev/null 2>&1; }
trap cleanup EXIT
trap 'exit 143' INT TERM
DB() { echo "host=$UP-$1 port=5432 user=dryproof_sandbox dbname=sandbox"; }
sql() { s_at=$1; shift; psql -X -q -v ON_ERROR_STOP=1 "$(DB "$s_at")" "$@"; }
shard() { "$BIN/dryproof" sandbox up --name "$LANE-$1" && sql "$1" -c 'CREATE TABLE public.part(k int, v text)' -c "INSERT INTO part SELECT i, 'x' FROM generate_series(1, 50) AS i" -c VACUUM -c CHECKPOINT; }
coordinator() {
    "$BIN/dryproof" sandbox up --name "$LANE-all" && sql all -c 'CREATE EXTENSION postgres_fdw' -c 'CREATE TABLE public.whole(k int, v text) PARTITION BY LIST (v)' || return 1
    for n in one two; do
        sql all -c "CREATE SERVER $n FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$UP-$n', port '5432', dbname 'sandbox')" \
            -c "CREATE USER MAPPING FOR dryproof_sandbox SERVER $n OPTIONS (user 'dryproof_sandbox', password_required 'false')" \
            -c "CREATE FOREIGN TABLE public.part_$n PARTITION OF whole FOR VALUES IN ('$n') SERVER $n OPTIONS (table_name 'part')" || return 1
    done
    sql all -c CHECKPOINT
}
collect() { # OUT ARGS...
    c_out=$1; shift; rm -rf "$c_out"
    "$BIN/dryproof-collect" fleet --target "two=$(DB two)" --target "all=$(DB all)" --target "one=$(DB one)" --out "$c_out" "$@"
}

t "a shard" shard one
t "another" shard two
t "their coordinator" coordinator

# a server process that stops answering in mid-run: it is looked at again at the end
t "a shard that will be stopped" shard cold
t "and one beside it" shard warm
"$BIN/dryproof-collect" fleet --target "cold=$(DB cold)" --target "warm=$(DB warm)" --out "$W/stuck" --timeout 5 --quiet -- sh -c 'psql -XAtqc "$1" "$DATABASE_URL_COLD" >"$2"; kill -STOP $(cat "$2"); sleep 300' - \
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'dryproof-collect' AND datname = current_database()" "$W/stopped" >"$W/stuck.log" 2>&1 &
stuck=$!

F=$W/fleet
SELECT='SELECT count(*) FROM whole'

# what a fleet's command is given, and what is kept
same() { [ "$(jq -r "$1" "$F"/targets/*/"$2" | sort -u | wc -l)" -eq 1 ]; } # JQ FILE: every target says the same
exits 0 "a command over three targets" collect "$F" --json --timeout 60 -- \
    sh -c 'psql -XAtqc "$1" -c "SELECT pg_sleep(2)" "$DATABASE_URL_ALL"; printf "%s|%s|%s\n" "$PGHOST" "$PGAPPNAME" "$DATABASE_URL" >&2; exit 4' - "$SELECT"
t "PG* and DATABASE_URL are those of the first, under the fleet's random name" grep -qE "^$UP-two\|dryproof-[0-9a-f]{32}\|postgres://.*-two$" "$F/targets/one/steps/001-command/stderr"
t "every target is named, in order" jq -e '[.targets[] | [.name, .state, .reason]] == [["all", "collected", null], ["one", "collected", null], ["two", "collected", null]]
    and .command.exit == 4 and .schema == "dryproof.fleet/1"' "$F/fleet.json"
t "what the command did is told by each the same" same 'del(.role) | tojson' steps/001-command/command.json
t "and by the fleet" sh -c "jq -cS 'del(.role, .schema)' '$F/targets/all/steps/001-command/command.json' >'$W/a'; jq -cS .command '$F/fleet.json' | cmp - '$W/a'"
t "its output too" cmp "$F/targets/one/steps/001-command/stdout" "$F/targets/two/steps/001-command/stdout"
t "every plan is the same" same .plan_sha256 run.json
t "a run_id is of the fleet and the name" sh -c "[ \"\$(jq -r .run_id '$F/targets/one/run.json')\" = \"\$(printf '%s/one' \"\$(jq -r .fleet_id '$F/fleet.json')\" | sha256sum | cut -c1-32)\" ]"
t "first edges lie before the command, second ones behind it" sh -c "jq -en --slurpfile f '$F/fleet.json' '[inputs.taken_at] | (.[:3] | max) <= \$f[0].command.started_at and (.[3:] | min) >= \$f[0].command.finished_at' \
    '$F'/targets/*/before/identity.json '$F'/targets/*/after/identity.json"
t "the session at the coordinator is seen by its name" sh -c "jq -es 'any(.[]; .named)' '$F/targets/all/steps/001-command/sessions.ndjson'"
t "those at the shards are seen" sh -c "for n in one two; do jq -es 'any(.[]; .type == \"client backend\" and (.named | not))' '$F'/targets/\$n/steps/001-command/sessions.ndjson || exit 1; done"
printf '# more\nall\t%s\n\none\t%s\n' "$(DB all)" "$(DB one)" >"$W/targets"
rm -rf "$W/file"
exits 0 "targets of a file" "$BIN/dryproof-collect" fleet --events "$W/events" --targets "$W/targets" --target "two=$(DB two)" --out "$W/file" -- sh -c 'psql -XAtqc "$1" "$DATABASE_URL_ALL"' - "$SELECT"
t "its events" python3 tests/tools/events.py "$W/events" 0 'begin stage:open( target:[a-z]+){3} stage:before( target:[a-z]+){3} command:/\S*/sh stage:settle( target:[a-z]+){3} stage:after( target:[a-z]+){3} end'
t "are targets as any" jq -e '[.targets[].name] == ["all", "one", "two"]' "$W/file/fleet.json"

# a secret of one target is masked in what is kept of all
PGPASSWORD=tell-no-0ne collect "$W/secret" -- sh -c 'echo $PGPASSWORD; echo "$DATABASE_URL_ONE"' >/dev/null 2>&1
t "a password is nowhere in the fleet" sh -c "[ -e '$W/secret/fleet.json' ] && ! grep -rqF tell-no-0ne '$W/secret'"

# signals are the command's, and the fleet is finished
sh -c 'exec "$@"' - "$BIN/dryproof-collect" fleet --target "one=$(DB one)" --target "two=$(DB two)" --out "$W/signal" --timeout 20 -- \
    sh -c "trap 'exit 7' INT TERM; : >'$W/ready'; while :; do sleep 0.05; done" >"$W/log" 2>&1 &
collector=$!
while [ ! -e "$W/ready" ] && kill -0 "$collector" 2>/dev/null; do sleep 0.05; done
# as a terminal does: the command, which is the last child, has a group of its own.  Those of the targets are told first:
# once the command is over a signal is theirs.
kill -TERM $(sed 's/ [0-9]* *$//' /proc/"$collector"/task/*/children) "$collector"
wait "$collector"
t "a signal is the command's alone" jq -e '.command.exit == 7 and all(.targets[]; .state == "collected")' "$W/signal/fleet.json"

# nothing is done for a wrong command line
refused() { # TEXT NAME ARGS...
    r_text=$1; r_name=$2; shift 2
    says 2 "$r_text" "$r_name" "$BIN/dryproof-collect" fleet --out "$W/none" "$@"
    [ ! -e "$W/none" ] || not_ok "$r_name: nothing is written"
}
A="a=$(DB one)"
refused "no target given" "no target" -- true
refused "stands twice" "a name twice" --target "$A" --target "a=$(DB two)" -- true
refused "expected a name" "a name with a slash" --target "../x=$(DB one)" -- true
refused "expected a name" "a reserved name" --target "nul=$(DB one)" -- true
refused "expected a name" "no connection" --target one= -- true
refused "give one" "neither carrier nor command" --target "$A"
refused "--carrier is for" "both" --target "$A" --carrier carriers/c1 -- true
refused "--name is for a command" "an option of the other kind" --target "$A" --carrier carriers/c1 --name x
refused "--timeout is for a command" "a time limit of the other kind" --target "$A" --carrier carriers/c1 --timeout 9
refused "not found in PATH" "an unknown program" --target "$A" -- no-such-program
says 2 "targets a and b are one database" "one database twice" "$BIN/dryproof-collect" fleet --out "$W/none" --target "$A" --target "b=$(DB one)" -- true
says 5 "target b:" "a target that does not answer" "$BIN/dryproof-collect" fleet --out "$W/none" --target "$A" --target "b=host=$W dbname=x" -- true
t "nothing is written" [ ! -e "$W/none" ]

# a process of a target that goes, and the fleet's own
victim='echo $(cat /proc/$PPID/task/*/children) | cut -d" " -f2' # the collector's second process is the target "all"
exits 0 "the process of one target is killed" collect "$W/killed" --json -- sh -c "kill -KILL \$($victim)"
t "that target ended, without a word" jq -e '[.targets[] | [.name, .state, .reason.code]] == [["all", "lost", "ended"], ["one", "collected", null], ["two", "collected", null]]' "$W/killed/fleet.json"
"$BIN/dryproof-collect" fleet --target "one=$(DB one)" --target "two=$(DB two)" --out "$W/orphans" -- sh -c ": >'$W/began'; sleep 20" >"$W/log" 2>&1 &
collector=$!
while [ ! -e "$W/began" ] && kill -0 "$collector" 2>/dev/null; do sleep 0.05; done
children=$(cat /proc/"$collector"/task/*/children)
kill -KILL "$collector"; wait "$collector" 2>/dev/null
t "with the fleet its targets' processes end" sh -c "for i in 1 2 3 4 5 6 7 8 9; do n=0; for p in $children; do tr '\\000' ' ' <\"/proc/\$p/cmdline\" 2>/dev/null | grep -q 'dryproof-collect fleet' && n=1; done; [ \$n -eq 0 ] && exit 0; sleep 0.2; done; exit 1"
t "and nothing of it can be packed" [ ! -e "$W/orphans/fleet.json" ]
for p in $children; do kill "-$p" 2>/dev/null; kill "$p" 2>/dev/null; done # the command that it left

# a server that goes in mid-run: that target is lost, the others go on
stop() { echo "kill -QUIT \$(head -n 1 '$UP-$1/data/postmaster.pid'); while kill -0 \$(head -n 1 '$UP-$1/data/postmaster.pid'); do sleep 0.1; done"; }
exits 0 "a server is stopped at once, in mid-run" collect "$W/lost" --json -- sh -c "psql -XAtqc '$SELECT' \"\$DATABASE_URL_ALL\"; $(stop two)"
t "its target is lost, with a reason" jq -e '[.targets[] | select(.state == "lost")] | length == 1 and .[0].name == "two" and .[0].reason.code == "system"' "$W/lost/fleet.json"
t "the others are complete" sh -c "[ -e '$W/lost/targets/one/run.json' ] && [ -e '$W/lost/targets/all/run.json' ] && [ ! -e '$W/lost/targets/two/run.json' ]"

# the fleet's package
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub
pack() { rm -rf "$2"; "$BIN/dryproof-pack" pack "$1" --key "$key" --out "$2" --json; } # FLEET STAGE
exits 0 "a fleet is packed" pack "$W/file" "$W/stage"
is "and named" '.schema == "dryproof.pack/1" and .facts_sha256 == null and (.package | length) == 64'
t "it is one archive and one attestation" sh -c "[ \"\$(ls '$W/stage' | tr '\n' ' ')\" = 'attestations.intoto.jsonl fleet.tar ' ] && [ \$(wc -l <'$W/stage/attestations.intoto.jsonl') -eq 1 ]"
t "which holds fleet.json, and package and lines of each" sh -c "tar -tf '$W/stage/fleet.tar' | sed -n 's|^bag/data/||p' | tr '\n' ' ' | grep -qxF \
    'fleet.json targets/all/attestations.intoto.jsonl targets/all/package.tar targets/one/attestations.intoto.jsonl targets/one/package.tar targets/two/attestations.intoto.jsonl targets/two/package.tar '"
pack "$W/file" "$W/again" >/dev/null 2>&1
t "packed again it is the same" sh -c "cmp '$W/stage/fleet.tar' '$W/again/fleet.tar' && cmp '$W/stage/attestations.intoto.jsonl' '$W/again/attestations.intoto.jsonl'"
mkdir "$W/open" && tar -xf "$W/stage/fleet.tar" -C "$W/open"
for n in all one two; do
    t "the target $n is a package as any" "$BIN/dryproof-verify" "$W/open/bag/data/targets/$n/package.tar" --attestations "$W/open/bag/data/targets/$n/attestations.intoto.jsonl" --key "$pub"
    t "its digest and database are signed" sh -c "sed 's/.*\"payload\":\"//; s/\".*//' '$W/stage/attestations.intoto.jsonl' | base64 -d | jq -e --arg n $n --arg d \$(sha256sum <'$W/open/bag/data/targets/$n/package.tar' | cut -c1-64) \
        --arg s \$(jq -r .system_identifier '$W/file/targets/$n/before/identity.json') 'any(.predicate.targets[]; . == {name: \$n, package: \$d, system_identifier: \$s, database: \"sandbox\"})'"
done
t "the fleet's digest is the subject" sh -c "sed 's/.*\"payload\":\"//; s/\".*//' '$W/stage/attestations.intoto.jsonl' | base64 -d | jq -e --arg d \$(sha256sum <'$W/stage/fleet.tar' | cut -c1-64) '.subject == [{name: \"fleet.tar\", digest: {sha256: \$d}}]'"
says 2 "exists already" "a stage that is there" "$BIN/dryproof-pack" pack "$W/file" --key "$key" --out "$W/stage"
says 2 "--supersedes" "a fleet supersedes nothing" "$BIN/dryproof-pack" pack "$W/file" --key "$key" --out "$W/none" --supersedes "$(printf '%064d' 0)"
rm -rf "$W/sign"; mkdir "$W/sign"
exits 3 "signatures that are elsewhere" "$BIN/dryproof-pack" pack "$W/file" --key "$pub" --signatures "$W/sign" --out "$W/none"
t "are asked for, of all targets at once" sh -c "[ \$(ls '$W/sign'/*.tbs | wc -l) -eq 6 ] && [ ! -e '$W/none' ]"
sign() { for f in "$W/sign"/*.tbs; do openssl pkeyutl -sign -inkey "$key" -rawin -in "$f" -out "${f%.tbs}.sig" || return 1; done; }
sign 2>/dev/null; "$BIN/dryproof-pack" pack "$W/file" --key "$pub" --signatures "$W/sign" --out "$W/none" >/dev/null 2>&1
sign 2>/dev/null
exits 0 "with them the fleet is packed" "$BIN/dryproof-pack" pack "$W/file" --key "$pub" --signatures "$W/sign" --out "$W/remote"
t "as here" sh -c "cmp '$W/stage/fleet.tar' '$W/remote/fleet.tar' && cmp '$W/stage/attestations.intoto.jsonl' '$W/remote/attestations.intoto.jsonl'"

# what a verifier says of a fleet: one verdict, and that of each
verify() { v_stage=$1; shift; "$BIN/dryproof-verify" "$v_stage/fleet.tar" --attestations "$v_stage/attestations.intoto.jsonl" --key "$pub" "$@"; }
# agree STAGE NAME: the second verifier (tests/second) gives the same status and codes as the verdict in $W/verdict
asked=0
agree() {
    asked=$((asked + 1))
    jq -c '[.exit_status, ([.findings[].code] | unique), [.targets[] | [.name, ([.verdict.findings[]?.code] | unique)] | select(.[1] != [])]]' "$W/verdict" >"$W/first"
    python3 -B tests/second/verify.py "$1/fleet.tar" --attestations "$1/attestations.intoto.jsonl" --key "$pub" --json >"$W/answer" 2>&1
    jq -c '(.findings | map(. + {of: (.path | capture("^(?<name>[a-z0-9_]+): ").name // null)})) as $f |
        [.exit, ([$f[] | select(.of == null).code] | unique), ([$f[] | select(.of != null)] | group_by(.of) | map([.[0].of, (map(.code) | unique)]))]' "$W/answer" >"$W/second" 2>&1
    cmp -s "$W/first" "$W/second" || { echo "$2:"; cat "$W/first" "$W/second"; } >>"$W/differ"
}
judged() { # STATUS JQ NAME FLEET: packed, and the verdict is as JQ wants it, of the form that is published
    pack "$4" "$4.stage" >/dev/null 2>"$W/log" || { not_ok "$3: packed"; return; }
    exits "$1" "$3" verify "$4.stage" --json
    is "$3: the verdict" "$2"
    t "$3: of the form that is published" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/said"
    cp "$W/said" "$W/verdict" && agree "$4.stage" "$3"
}
judged 0 '.status == "PASS" and .verdict == "DRY" and (.headline | startswith("DRY")) and [.targets[] | .verdict.verdict] == ["DRY", "DRY", "DRY"] and .findings == [] and (.signed_by | length) == 1' \
    "a SELECT through the coordinator is dry everywhere" "$W/file"
judged 3 '.verdict == "HOLD_TARGET_LOST" and [.findings[] | [.code, .path]] == [["HOLD_TARGET_LOST", "two"]] and [.targets[] | [.name, .state, .verdict.verdict]] == [["all", "collected", "DRY"], ["one", "collected", "DRY"], ["two", "lost", null]]' \
    "a target lost in mid-run holds the fleet, by its name" "$W/lost"
t "the text says so" sh -c "$BIN/dryproof-verify '$W/lost.stage/fleet.tar' --attestations '$W/lost.stage/attestations.intoto.jsonl' --key '$pub' >'$W/text'; head -n 1 '$W/text' | grep -q '^HOLD_TARGET_LOST: .*target two is lost: system: ' &&
    grep -qx '  HOLD  two  -             lost' '$W/text' && grep -qE '^  PASS  one  [0-9a-f]{12}  DRY' '$W/text' && ! grep -qE '.{81}' '$W/text'"
"$BIN/dryproof" sandbox down --name "$LANE-two" >/dev/null; rm -rf "$UP-two"
t "the shard again" shard two
one_row="INSERT INTO whole VALUES (1, 'one')"
collect "$W/wrote" -- sh -c 'psql -XAtqc "$1" -c "$2" "$DATABASE_URL_ALL"' - "$SELECT" "$one_row" >/dev/null 2>&1
judged 1 '.verdict == "NOT_DRY" and (.headline | startswith("NOT_DRY: one: table public.part: +1 row")) and [.targets[] | [.name, .verdict.verdict]] == [["all", "DRY"], ["one", "NOT_DRY"], ["two", "DRY"]]' \
    "an INSERT through the coordinator names the shard that was written" "$W/wrote"
t "so does the text, with its findings" sh -c "$BIN/dryproof-verify '$W/wrote.stage/fleet.tar' --attestations '$W/wrote.stage/attestations.intoto.jsonl' --key '$pub' >'$W/text'; grep -qE '^  FAIL  one  [0-9a-f]{12}  NOT_DRY: ' '$W/text' && grep -q '^  E_EVIDENCE_CHANGED  one: ' '$W/text' && ! grep -qE '.{81}' '$W/text'"
collect "$W/apart" -- sh -c 'psql -XAtqc "SELECT 1" "$DATABASE_URL_ALL"' >/dev/null 2>&1
judged 3 '.verdict == "HOLD_NOT_MEASURABLE" and (.headline | contains("one: HOLD_NOT_CONNECTED")) and [.targets[].verdict.exit_status] == [0, 3, 3]' \
    "a command that never came to two targets" "$W/apart"
# lies, each with its finding: unsigned, with all hashes written anew, and signed by an insider
twist() { # STATUS CODE NAME STRENGTH PYTHON: CODE of the fleet, or TARGET/CODE of one
    rm -rf "$W/bad"
    python3 -B tests/tools/fleet.py "$W/file.stage" "$W/apart.stage" "$key" "$W/bad" "$4" "$5" >"$W/log" 2>&1 || { not_ok "$3: made"; return; }
    "${DRYPROOF_TEST_BIN:-$SAN}/dryproof-verify" "$W/bad/fleet.tar" --attestations "$W/bad/attestations.intoto.jsonl" --key "$pub" --json >"$W/verdict" 2>"$W/log"; w_got=$?
    if [ "$w_got" = "$1" ] && jq -e --arg c "$2" 'any((.findings[].code), (.targets[] | "\(.name)/\(.verdict.findings[]?.code)"); . == $c)' "$W/verdict" >>"$W/log" 2>&1; then ok "$3"
    else { echo "status $w_got, expected $1 with $2"; jq -c '[.findings[] | [.code, .path, .message]], [.targets[] | [.name, .verdict.findings[]?.code]]' "$W/verdict"; } >>"$W/log"; not_ok "$3"; fi
    agree "$W/bad" "$3"
}
python3 -B tests/tools/fleet.py "$W/file.stage" "$W/apart.stage" "$key" "$W/bad" insider 'predicate["tool"] = "another"' >"$W/log" 2>&1
exits 0 "control: signed again" verify "$W/bad"
twist 1 E_DIGEST_MISMATCH "fleet.json edited, all hashes anew, not signed" repaired 'fleet["finished_at"] = fleet["started_at"]'
twist 1 E_DIGEST_MISMATCH "a target left out, all hashes anew, not signed" repaired 'fleet["targets"].pop(); [files.pop(f"targets/two/{n}") for n in ("package.tar", "attestations.intoto.jsonl")]'
twist 1 E_SIG_INVALID "the statement edited, not signed" unsigned 'predicate["tool"] = "another"'
twist 1 E_BIND_FLEET "a target left out, and signed so" insider 'drop("two")'
twist 1 E_BIND_FLEET "left out, with an id that fits" insider 'drop("two"); fleet["fleet_id"] = predicate["fleet_id"] = forge.sha256((fleet["nonce"] + "\nall\none\n").encode())[:32]'
twist 1 E_BIND_FLEET "a target of another fleet, and signed so" insider 'take("one", "one")'
twist 1 E_BIND_FLEET "a target under another name" insider 'take("one", "two", files)'
twist 1 E_FLEET_TWICE "the same target twice" insider 'take("one", "two", files); predicate["targets"][index("one")]["system_identifier"] = predicate["targets"][index("two")]["system_identifier"]'
twist 1 E_BIND_FLEET "a package that is not the signed one" insider 'predicate["targets"][0]["package"] = "0" * 64'
twist 1 E_BIND_FLEET "a database that is not the signed one" insider 'predicate["targets"][0]["database"] = "other"'
twist 1 E_BIND_FLEET "a cluster that is not the signed one" insider 'predicate["targets"][0]["system_identifier"] = "1"'
twist 1 E_BIND_FLEET "a target more in the statement" insider 'predicate["targets"].append(predicate["targets"][0])'
twist 1 E_BIND_FLEET "a name that is another in the statement" insider 'predicate["targets"][0]["name"] = "alk"'
twist 3 HOLD_TARGET_LOST "a target called lost, and signed so, is HOLD" insider 'fleet["targets"][0].update(state="lost", reason={"code": "ended", "message": "x"}); predicate["targets"][0].update(package=None, database=None, system_identifier=None); [files.pop(f"targets/all/{n}") for n in ("package.tar", "attestations.intoto.jsonl")]'
twist 1 E_BIND_FLEET "another end" insider 'fleet["finished_at"] = predicate["finished_at"] = fleet["command"]["finished_at"]'
twist 1 E_BIND_FLEET "another beginning" insider 'fleet["started_at"] = predicate["started_at"] = fleet["command"]["finished_at"]'
twist 1 E_BIND_FLEET "times that are others in the statement" insider 'predicate["started_at"] = fleet["finished_at"]'
twist 1 E_BIND_FLEET "it ends before it begins" insider 'fleet["finished_at"] = predicate["finished_at"] = "2000-01-01T00:00:00.000000Z"'
twist 1 E_BIND_FLEET "no command at all" insider 'fleet["command"] = None'
twist 1 E_BIND_FLEET "another fleet_id" insider 'fleet["fleet_id"] = predicate["fleet_id"] = "0" * 32'
twist 1 E_BIND_FLEET "another nonce" insider 'fleet["nonce"] = "0" * 32'
for member in 'argv"] = ["true"]' 'duration_ms"] += 1' 'exit"] = 9' 'finished_at"] = fleet["finished_at"]' 'signal"] = 9' 'started_at"] = fleet["command"]["finished_at"]' \
    'stderr"]["bytes"] += 1' 'stdout"]["kept"] += 1' 'timed_out"] = True'; do
    twist 1 E_BIND_FLEET "told otherwise of the command: ${member%%\"*}" insider "fleet[\"command\"][\"$member"
done
LOSE='fleet["targets"][0].update(state="lost", reason={"code": "ended", "message": "x"}); [files.pop(f"targets/all/{n}") for n in ("package.tar", "attestations.intoto.jsonl")]; t = predicate["targets"][0]; '
twist 1 E_BIND_FLEET "a lost target of which the database is signed" insider "$LOSE t.update(package=None, system_identifier=None)"
twist 1 E_BIND_FLEET "a lost target of which the cluster is signed" insider "$LOSE t.update(package=None, database=None)"
twist 1 E_BIND_FLEET "a lost target of which the package is signed" insider "$LOSE t.update(database=None, system_identifier=None)"
twist 1 E_BIND_FLEET "all lost, and one more is signed" insider 'none = dict(package=None, database=None, system_identifier=None); [t.update(state="lost", reason={"code": "ended", "message": "x"}) for t in fleet["targets"]]; [t.update(none) for t in predicate["targets"]]
predicate["targets"].append(dict(none, name="zero")); [files.pop(n) for n in list(files) if n != "fleet.json"]'
twist 3 E_EVIDENCE_INCOMPLETE "no target at all" insider '[drop(n) for n in ("all", "one", "two")]'
twist 1 E_MANIFEST_MISSING "a collected target without its package" insider 'del files["targets/one/package.tar"]'
twist 1 E_MANIFEST_MISSING "or without its lines" insider 'del files["targets/one/attestations.intoto.jsonl"]'
twist 1 E_MANIFEST_MISSING "no fleet.json" insider 'raw = True; del files["fleet.json"]'
twist 1 E_MANIFEST_EXTRA "a file that no target has" insider 'files["targets/three/package.tar"] = b""'
twist 1 E_MANIFEST_EXTRA "the package of a lost target" insider 'fleet["targets"][0].update(state="lost", reason={"code": "ended", "message": "x"})'
twist 1 E_MANIFEST_MISMATCH "a package edited in the bag" insider 'import forge as g; f = files["targets/one/package.tar"]; refresh = g.refresh_tags; g.refresh_tags = lambda bag: (refresh(bag), bag.update({"data/targets/one/package.tar": f[:-1] + b"x"}))'
twist 1 one/E_DIGEST_MISMATCH "a package edited, all else anew" insider 'f = files["targets/one/package.tar"]; files["targets/one/package.tar"] = f[:-1] + b"x"; rebind("one")'
twist 1 one/E_ATTESTATION_SET "a target without its second line" insider 'n = "targets/one/attestations.intoto.jsonl"; files[n] = files[n].split(b"\n")[0] + b"\n"'
twist 1 E_JSON_SCHEMA "targets in another order" insider 'fleet["targets"].reverse(); predicate["targets"].reverse()'
twist 1 E_JSON_SCHEMA "a target twice in the list" insider 'fleet["targets"].insert(0, fleet["targets"][0])'
twist 1 E_JSON_SCHEMA "a lost target without a reason" insider 'fleet["targets"][0]["state"] = "lost"'
twist 1 E_JSON_SCHEMA "an id that is a terminal's command" insider 'fleet["fleet_id"] = "\x1b[2J"'
t "reaches no terminal" sh -c "'$BIN/dryproof-verify' '$W/bad/fleet.tar' --attestations '$W/bad/attestations.intoto.jsonl' --key '$pub' >'$W/text'; ! grep -q '[^ -~]' '$W/text'"
twist 1 E_JSON_SCHEMA "a member more" insider 'fleet["more"] = 1'
twist 1 E_JSON_NONCANONICAL "fleet.json laid out for people" insider 'raw = True; files["fleet.json"] = b" " + files["fleet.json"]'
twist 1 E_JSON_NONCANONICAL "fleet.json without its LF" insider 'raw = True; files["fleet.json"] = files["fleet.json"][:-1]'
twist 1 E_PATH_UNSAFE "a name that is no name" insider 'fleet["targets"][0]["name"] = "All"'
twist 1 E_PATH_UNSAFE "a name that is reserved" insider 'fleet["targets"][0]["name"] = "aux"'
twist 1 E_PATH_UNSAFE "a name that is too long" insider 'fleet["targets"][0]["name"] = "a" * 41'
twist 6 E_FORMAT_VERSION "another version" insider 'fleet["schema"] = "dryproof.fleet/2"'
twist 6 E_LIMIT_COUNT "more targets than there may be" insider 'fleet["targets"] = [dict(fleet["targets"][0], name="a%03d" % i) for i in range(65)]'
twist 6 E_LIMIT_SIZE "attestations of a target that are too long" insider 'files["targets/one/attestations.intoto.jsonl"] = bytes(4194305)'
twist 1 E_STMT_SUBJECT "another name of the subject" insider 'subject = False; signed["subject"][0]["name"] = "package.tar"'
twist 1 E_STMT_VERSION "another profile" insider 'predicate["profile"] = 2'
twist 1 E_DIGEST_MISMATCH "the statement of another archive" insider 'subject = False; fleet["collector"] = "x"'
cat "$W/file.stage/attestations.intoto.jsonl" "$W/file.stage/attestations.intoto.jsonl" >"$W/lines"
exits 1 "a second line" "$BIN/dryproof-verify" "$W/file.stage/fleet.tar" --attestations "$W/lines" --key "$pub" --json
is "is not a fleet's" '.findings[0].code == "E_ATTESTATION_SET"'
exits 1 "the lines of one target for the fleet" "$BIN/dryproof-verify" "$W/file.stage/fleet.tar" --attestations "$W/open/bag/data/targets/one/attestations.intoto.jsonl" --key "$pub"
exits 1 "the line of the fleet for one target" "$BIN/dryproof-verify" "$W/open/bag/data/targets/one/package.tar" --attestations "$W/file.stage/attestations.intoto.jsonl" --key "$pub"
"$BIN/dryproof" key new --role packager --out "$W/other" >/dev/null
exits 4 "a key that is not the signer's" "$BIN/dryproof-verify" "$W/file.stage/fleet.tar" --attestations "$W/file.stage/attestations.intoto.jsonl" --key "$W/other.pub"
exits 2 "timestamps of a fleet" verify "$W/file.stage" --timestamps "$W/lines"
jq -n --rawfile k "$pub" '{schema: "dryproof.policy/1", governed: [], keys: [{public_key: $k, role: "packager", valid_until: "2001-01-01T00:00:00.000000Z"}], plans: [], required_claims: []}' >"$W/policy"
exits 3 "a key that has ended" "$BIN/dryproof-verify" "$W/file.stage/fleet.tar" --attestations "$W/file.stage/attestations.intoto.jsonl" --policy "$W/policy" --json
is "of the fleet and of each target" '.status == "HOLD" and .findings[0].code == "E_KEY_EXPIRED" and all(.targets[]; .verdict.findings[0].code == "E_KEY_EXPIRED")'

# a target whose plan is another, before the real packager seals it
cp -r "$W/file" "$W/plan"
other_plan() {
    jq -cS '.timeout = 61' "$W/file/targets/one/carrier/plan.json" >"$W/plan/targets/one/carrier/plan.json" || return 1
    sum=$(echo "$(sha256sum <"$W/plan/targets/one/carrier/plan.json" | cut -c1-64)  plan.json" | sha256sum | cut -c1-64)
    sed -i "s/\"plan_sha256\":\"[0-9a-f]*\"/\"plan_sha256\":\"$sum\"/" "$W/plan/targets/one/run.json" "$W/plan/targets/one/started.json"
}
t "another plan" other_plan
judged 1 '[.findings[] | [.code, .path]] == [["E_BIND_FLEET", "one"]] and all(.targets[]; .verdict.status == "PASS")' "is another plan than the first's" "$W/plan"

cp "$W/differ" "$W/log" 2>/dev/null || : >"$W/log"
if [ -e "$W/differ" ]; then not_ok "the second verifier says the same of $asked fleets"; else ok "the second verifier says the same of $asked fleets"; fi
t "which are many" [ "$asked" -ge 50 ]

# the whole road in one command
run() { "$BIN/dryproof" run --target "all=$(DB all)" --target "one=$(DB one)" --target "two=$(DB two)" "$@"; }
TMPDIR=$W/tmp; export TMPDIR; mkdir "$TMPDIR"
run -- psql -XAtqc "$SELECT" >"$W/out" 2>"$W/log"; got=$?
t "run: a SELECT is dry" sh -c "[ $got -eq 0 ] && sed -n 2p '$W/out' | grep -q '^DRY' && [ \$(grep -cE '^  PASS  (all|one|two)  DRY' '$W/out') -eq 3 ]"
run -- psql -XAtqc "$SELECT" -c "INSERT INTO whole VALUES (2, 'two')" >"$W/out" 2>"$W/err"; got=$?
t "run: an INSERT is not, and who was written is told" sh -c "[ $got -eq 1 ] && grep -q '^NOT_DRY: two: table public.part: +1 row' '$W/out' && grep -q '^  FAIL  two  NOT_DRY: ' '$W/out' && grep -q '^  PASS  one  DRY' '$W/out'"
t "run: its rows too" sh -c "grep -qx two: '$W/err' && grep -q '2.*two' '$W/err'"
run --quiet -- psql -XAtqc "$SELECT" >"$W/out" 2>"$W/log"
t "run --quiet: one line" sh -c "[ \$(wc -l <'$W/out') -eq 1 ] && grep -q ^DRY '$W/out'"
t "run: nothing is left behind" sh -c "[ -z \"\$(ls '$TMPDIR')\" ]"
run --json -o "$W/kept" --key "$key" -- psql -XAtqc "$SELECT" >"$W/out" 2>/dev/null
cp "$W/out" "$W/log"
is "run --json -o: it is kept, and says where" '(.stage | endswith("/kept/stage")) and (.run_dir | endswith("/kept/fleet")) and .verdict.verdict == "DRY" and (.package | length) == 64 and .repository == null'
t "of the form that is published" python3 tests/tools/opinions.py schema schemas/answers.schema.json "$W/said"
t "what is kept verifies" verify "$W/kept/stage"
run --quiet --trust-positions -o "$W/trusting" -- psql -XAtqc "$SELECT" >"$W/out" 2>"$W/log"; got=$?
t "run --trust-positions: of a role that could act unseen both edges are read all the same" sh -c "[ $got -eq 0 ] && grep -q ^DRY '$W/out' && [ -d '$W/trusting/fleet/targets/one/after' ] && ! ls '$W'/trusting/fleet/targets/*/after/answered.json"
says 2 "--repo is for one database" "run --repo of a fleet is refused" run --repo "$W/repo" --key "$key" -- true
says 2 "--db is for one database" "run --db beside targets is refused" run --db "$(DB one)" -- true
says 2 "--key needs --out" "run --key without a place" run --key "$key" -- true
says 2 "--policy needs --key" "run --policy without a key" run --policy "$W/policy" -- true
says 2 "--carrier is for a carrier" "run of both" run --carrier carriers/c1 -- true
t "an observer that may not read all" sql two -c 'CREATE ROLE weak LOGIN'
"$BIN/dryproof" run --target "a=$(DB one)" --target "b=$(DB two | sed 's/user=[^ ]*/user=weak/')" -- touch "$W/was-run" >"$W/out" 2>"$W/weak"; got=$?
t "run: a target that is lost at its first edge ends it" sh -c "[ $got -eq 5 ] && grep -q 'error: target b (the command was not run)' '$W/weak'"
t "then nothing is run" test ! -e "$W/was-run"
printf 'a host=x password=SEKRIT\n' >"$W/spaced"
says 2 "expected a name" "run: a targets file without a tab" "$BIN/dryproof" run --targets "$W/spaced" -- true
t "shows no password" sh -c "! grep -q SEKRIT '$W/log' '$W/out'"
says 5 "target b:" "run: a target that does not answer" "$BIN/dryproof" run --target "a=$(DB one)" --target "b=host=$W dbname=x" -- true
unset TMPDIR

for format in junit ctrf github codex-review html; do
    t "the verdict as $format" sh -c "'$BIN/dryproof' verify '$W/lost.stage/fleet.tar' --attestations '$W/lost.stage/attestations.intoto.jsonl' --key '$pub' --format $format >'$W/out'; [ \$? -eq 3 ] && grep -q two '$W/out' && grep -q HOLD_TARGET_LOST '$W/out'"
done
exits 0 "unpack of a fleet" "$BIN/dryproof" unpack "$W/file.stage/fleet.tar" --into "$W/look"
t "has its packages" cmp "$W/look/data/targets/one/package.tar" "$W/open/bag/data/targets/one/package.tar"
"$BIN/dryproof" key new --role verifier --out "$W/verifier" >/dev/null
says 2 "it is no dryproof.verdict/2" "a fleet's verdict is not signed as a package's" "$BIN/dryproof-pack" attest --verdict "$W/verdict" --key "$W/verifier.key" --out "$W/none"
says 2 "dry-run-evidence" "a fleet is not committed" "$BIN/dryproof-pack" commit "$W/file.stage" --repo "$W/repo" --key "$key"

wait "$stuck"
t "a target that does not answer holds nobody: it is lost" sh -c "[ $? -eq 0 ] && jq -e '[.targets[] | [.name, .state, .reason.code]] == [[\"cold\", \"lost\", \"system\"], [\"warm\", \"collected\", null]]' '$W/stuck/fleet.json'"
t "with a reason" grep -q "cold is lost: .*no answer from the server: time-out after 35 s" "$W/stuck.log"
t "and the command was ended in its own time" jq -e '.command.timed_out and .command.duration_ms < 15000' "$W/stuck/fleet.json"

# more findings of one target than there is room for
"$BIN/dryproof-collect" fleet --target "one=$(DB one)" --target "two=$(DB two)" --out "$W/crowd" -- \
    sh -c 'psql -XAtqc "SELECT 1" "$DATABASE_URL_TWO"; psql -XAtqc "$1" "$DATABASE_URL_ONE"' - "DO \$\$ BEGIN FOR i IN 1..220 LOOP EXECUTE format('CREATE TABLE t%s()', i); END LOOP; END \$\$" >"$W/log" 2>&1
judged 1 '.verdict == "NOT_DRY" and [.targets[].verdict.exit_status] == [1, 0] and (.targets[0].verdict.findings | length) == 200' "220 tables that one target has now" "$W/crowd"
"$BIN/dryproof-verify" "$W/crowd.stage/fleet.tar" --attestations "$W/crowd.stage/attestations.intoto.jsonl" --key "$pub" >"$W/text" 2>&1
t "the text counts what it has no room for" grep -qE '^  one: and [1-9][0-9]* more$' "$W/text"

# a carrier on three clusters at a time
cleanup
for n in c1 c2 c3; do t "a sandbox of C1" "$BIN/dryproof" sandbox up --name "$LANE-$n" --carrier carriers/c1; done
C1() { echo "host=$UP-$1 port=5432 user=dryproof_observer dbname=c1"; }
exits 0 "C1 on three clusters" "$BIN/dryproof" run --carrier carriers/c1 --target "c=$(C1 c3)" --target "a=$(C1 c1)" --target "b=$(C1 c2)" --json --key "$key" -o "$W/c1"
is "is PASS of each" '.verdict.status == "PASS" and .verdict.verdict == .verdict.targets[0].verdict.verdict and [.verdict.targets[] | [.name, .verdict.status]] == [["a", "PASS"], ["b", "PASS"], ["c", "PASS"]]
    and ([.verdict.targets[].verdict.run.facts_sha256] | unique | length) == 1'
t "of the form that is published" python3 tests/tools/opinions.py schema schemas/answers.schema.json "$W/said"
t "they ran at the same time" sh -c "jq -en '[inputs] | (map(.started_at) | max) < (map(.finished_at) | min)' '$W'/c1/fleet/targets/*/run.json"
jq -c .verdict "$W/said" >"$W/verdict"
t "its verdict is of the form that is published" python3 tests/tools/opinions.py schema schemas/verdict.schema.json "$W/verdict"
t "fleet.json says that it was a carrier" jq -e '.command == null' "$W/c1/fleet/fleet.json"
"$BIN/dryproof-verify" "$W/c1/stage/fleet.tar" --attestations "$W/c1/stage/attestations.intoto.jsonl" --key "$pub" >"$W/text" 2>&1
t "the text lines up" sh -c "grep -qE '^  PASS  a  [0-9a-f]{12}  [A-Z0-9_]+SANDBOX' '$W/text' && head -n 1 '$W/text' | grep -q '^PASS: '"
t "what nobody looked at is told of each" sh -c "sed -n '/^not observed$/,\$p' '$W/text' | tr '\n' ' ' | grep -qE -e '- a: .* - b: .* - c: '"
# one of them goes in mid-run: when its first edge is taken; a grant is good for one run
for n in c1 c3; do "$BIN/dryproof" sandbox down --name "$LANE-$n" >/dev/null; t "the sandbox again" "$BIN/dryproof" sandbox up --name "$LANE-$n" --carrier carriers/c1; done
"$BIN/dryproof-collect" fleet --carrier carriers/c1 --target "a=$(C1 c1)" --target "b=$(C1 c2)" --target "c=$(C1 c3)" --out "$W/c1lost" >"$W/log" 2>&1 &
collector=$!
while [ ! -e "$W/c1lost/targets/b/before/identity.json" ] && kill -0 "$collector" 2>/dev/null; do sleep 0.02; done
sh -c "$(stop c2)" 2>/dev/null
wait "$collector"
judged 3 '.verdict == "HOLD_TARGET_LOST" and [.targets[] | [.name, .state, .verdict.status]] == [["a", "collected", "PASS"], ["b", "lost", null], ["c", "collected", "PASS"]]' \
    "a cluster that goes in mid-run of a carrier" "$W/c1lost"
( W=$W/carrier; mkdir "$W"; cp -r "$W/../c1/stage" "$W/file.stage"; cp -r "$W/../apart.stage" "$W"
twist 1 E_BIND_FLEET "a bracket among a carrier's targets" insider 'take("a", "one")'
twist 1 E_BIND_FLEET "a command that no target of a carrier has" insider 'import json; fleet["command"] = json.loads(theirs["fleet.json"])["command"]' )
