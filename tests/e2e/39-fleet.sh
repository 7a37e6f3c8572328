# tests/e2e/39-fleet.sh - one run over several databases: two shards, and a coordinator that joins
# them by postgres_fdw and a table whose partitions are theirs.
. tests/lib.sh
root=/dev/shm; [ -d $root ] && [ -w $root ] || root=/tmp
UP=$root/dryproof-$(id -u)-$LANE
cleanup() { for n in one two all; do "$BIN/dryproof" sandbox down --name "$LANE-$n"; done >/dev/null 2>&1; }
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
F=$W/fleet
SELECT='SELECT count(*) FROM whole'

# what a fleet's command is given, and what is kept
same() { [ "$(jq -r "$1" "$F"/targets/*/"$2" | sort -u | wc -l)" -eq 1 ]; } # JQ FILE: every target says the same
exits 0 "a command over three targets" collect "$F" --json --timeout 60 -- \
    sh -c 'psql -XAtqc "$1" "$DATABASE_URL_ALL"; printf "%s|%s|%s\n" "$PGHOST" "$PGAPPNAME" "$DATABASE_URL" >&2; exit 4' - "$SELECT"
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
exits 0 "targets of a file" "$BIN/dryproof-collect" fleet --targets "$W/targets" --target "two=$(DB two)" --out "$W/file" -- sh -c 'psql -XAtqc "$1" "$DATABASE_URL_ALL"' - "$SELECT"
t "are targets as any" jq -e '[.targets[].name] == ["all", "one", "two"]' "$W/file/fleet.json"

# a secret of one target is masked in what is kept of all
PGPASSWORD=tell-no-0ne collect "$W/secret" -- sh -c 'echo $PGPASSWORD; echo "$DATABASE_URL_ONE"' >/dev/null 2>&1
t "a password is nowhere in the fleet" sh -c "[ -e '$W/secret/fleet.json' ] && ! grep -rqF tell-no-0ne '$W/secret'"

# signals are the command's, and the fleet is finished
sh -c 'exec "$@"' - "$BIN/dryproof-collect" fleet --target "one=$(DB one)" --target "two=$(DB two)" --out "$W/signal" --timeout 20 -- \
    sh -c "trap 'exit 7' INT TERM; : >'$W/ready'; while :; do sleep 0.05; done" >"$W/log" 2>&1 &
collector=$!
while [ ! -e "$W/ready" ] && kill -0 "$collector" 2>/dev/null; do sleep 0.05; done
kill -TERM "$collector" $(cat /proc/"$collector"/task/*/children) # as a terminal does: the command has a group of its own
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
refused "not found in PATH" "an unknown program" --target "$A" -- no-such-program
says 5 "target b:" "a target that does not answer" "$BIN/dryproof-collect" fleet --out "$W/none" --target "$A" --target "b=host=$W dbname=x" -- true
t "nothing is written" [ ! -e "$W/none" ]

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
