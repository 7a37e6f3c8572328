# tests/e2e/34-was-it-dry.sh - dryproof run --db CONNINFO -- COMMAND: one line and a status that
# answer whether the command was dry; the package that is kept, and the one that is not.
. tests/lib.sh
DB=$(observer dry)
WRITER="host=$SOCKET port=5432 user=dry_writer dbname=dry"
TMPDIR=$W/tmp; export TMPDIR
mkdir "$TMPDIR"
sql() { as_superuser -d dry "$@"; }

# answers STATUS PATTERN NAME ARGS...: the status, and the last line of standard output
answers() {
    a_want=$1; a_pattern=$2; a_name=$3; shift 3
    "$BIN/dryproof" run --db "$DB" "$@" >"$W/out" 2>"$W/log"; a_got=$?
    if [ "$a_got" = "$a_want" ] && tail -n 1 "$W/out" | grep -qE "$a_pattern"; then ok "$a_name"
    else { echo "status $a_got, expected $a_want and a line like $a_pattern, got:"; tail -n 1 "$W/out"; } >>"$W/log"; not_ok "$a_name"; fi
}
does() { d_want=$1; d_pattern=$2; d_name=$3; shift 3; answers "$d_want" "$d_pattern" "$d_name" --command-db "$WRITER" -- psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
dry() { d_name=$1; shift; does 0 '^DRY$' "dry: $d_name" "$@"; }
wet() { d_name=$1; d_pattern=$2; shift 2; does 1 "^NOT_DRY: .*$d_pattern" "not dry: $d_name" "$@"; }

t "a database with a writer" sh -c ". tests/lib.sh; new_database dry"
t "its tables" sql -c 'CREATE ROLE dry_writer LOGIN' -c 'CREATE SCHEMA d AUTHORIZATION dry_writer' -c 'SET ROLE dry_writer' \
    -c 'CREATE TABLE d.t(a int PRIMARY KEY, b int); INSERT INTO d.t SELECT i, i FROM generate_series(1, 500) AS i; UPDATE d.t SET b = -b WHERE a < 50' \
    -c 'CREATE SEQUENCE d.s' -c 'RESET ROLE' -c 'VACUUM d.t' -c 'UPDATE d.t SET b = 0 WHERE a > 400' -c CHECKPOINT

dry "a query" -c 'SELECT count(*) FROM d.t'
dry "a query that prunes and sets hint bits" -c 'SELECT sum(b) FROM d.t' -c 'SET enable_seqscan = off' -c 'SELECT * FROM d.t WHERE a = 450'
dry "advisory locks and settings" -c 'SELECT pg_advisory_lock(1)' -c 'SET work_mem = 100' -c 'SELECT pg_advisory_unlock(1)'
dry "a transaction that only reads" -c 'BEGIN' -c 'SELECT * FROM d.t' -c 'ROLLBACK'
dry "a row lock that nobody could take" -c 'SELECT * FROM d.t WHERE a = -1 FOR UPDATE'
wet "a row" 'table d\.t: \+1 row' -c 'INSERT INTO d.t VALUES (1000, 1)'
wet "a row rolled back" 'transaction id' -c 'BEGIN' -c 'INSERT INTO d.t VALUES (1001, 1)' -c 'ROLLBACK'
wet "net zero" 'd\.t' -c 'INSERT INTO d.t VALUES (1002, 1)' -c 'DELETE FROM d.t WHERE a = 1002'
wet "the same value again" 'd\.t' -c 'UPDATE d.t SET b = b WHERE a = 1'
wet "a sequence" 'd\.s' -c "SELECT nextval('d.s')"
wet "a sequence in a transaction rolled back" 'd\.s' -c 'BEGIN' -c "SELECT nextval('d.s')" -c 'ROLLBACK'
wet "a row lock" 'transaction id' -c 'SELECT * FROM d.t WHERE a = 1 FOR UPDATE'
wet "an id and nothing else" 'transaction id' -c 'SELECT pg_current_xact_id()'
wet "a table made and dropped" 'transaction id' -c 'CREATE TABLE d.x()' -c 'DROP TABLE d.x'
wet "a table made" 'd\.made' -c 'CREATE TABLE d.made()'
wet "a function" 'd\.f' -c "CREATE FUNCTION d.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"
wet "a large object" '.' -c 'SELECT lo_create(0)'
wet "a notification" 'transaction id' -c 'NOTIFY x'
wet "a setting of a role" '.' -c "ALTER ROLE dry_writer SET work_mem = '1MB'"
wet "TRUNCATE of an empty table" '.' -c 'TRUNCATE d.made'
wet "a message in the WAL" 'WAL' -c "SELECT pg_logical_emit_message(false, 'p', 'x')"
does 1 '^NOT_DRY' "not dry: a write before a failure" -c 'INSERT INTO d.t VALUES (1003, 1)' -c 'SELECT no_such'
does 3 '^HOLD_NOT_MEASURABLE' "hold: a failure that wrote nothing" -c 'SELECT no_such'
answers 1 '^NOT_DRY' "not dry: a transaction left open" --command-db "$WRITER" -- \
    sh -c '{ echo "BEGIN; INSERT INTO d.t VALUES (1004, 1);"; sleep 30; } | psql -Xq >/dev/null 2>&1 & until psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL" | grep -qx 1; do :; done'
as_superuser -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dry_writer'" >/dev/null

answers 3 '^HOLD_NOT_MEASURABLE: .*not over' "hold: a session left behind that only read" --command-db "$WRITER" -- \
    sh -c '{ echo "SELECT 1;"; sleep 30; } | psql -Xq >/dev/null 2>&1 & until psql -XAtc "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user" | grep -qx 2; do :; done'
as_superuser -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dry_writer'" >/dev/null

answers 0 '^DRY \(.*as "dryproof_sandbox", whose capabilities were not judged\)$' "dry, but it logged in as somebody else" \
    --command-db "$WRITER" -- psql -XAtc 'SELECT pg_sleep(0.3)' -U dryproof_sandbox
answers 3 '^HOLD_NOT_MEASURABLE: HOLD_CAPABILITY: it logged in as "dryproof_sandbox" too' "hold: it logged in as somebody else, a strict role wanted" \
    --strict-role --command-db "$WRITER" -- psql -XAtc 'SELECT pg_sleep(0.3)' -U dryproof_sandbox
answers 0 '^DRY$' "an expected status" --expect-exit 3 -- sh -c 'psql -XAtc "SELECT 1"; exit 3'
answers 3 '^HOLD_NOT_MEASURABLE' "another status than expected" --expect-exit 3 -- psql -XAtc 'SELECT 1'
answers 3 '^HOLD_NOT_MEASURABLE: .*no session' "a command that never connected" -- true
answers 3 '^HOLD_NOT_MEASURABLE' "a command whose time was up" --timeout 1 -- psql -Xc 'SELECT pg_sleep(60)'
# the reader waits for the command's end, which is only that of its time
mkfifo "$W/stalled"
"$BIN/dryproof" run --db "$DB" --timeout 1 -- sh -c 'echo $$ >"$0"; exec yes' "$W/stalled-pid" >"$W/stalled" 2>"$W/log" &
run=$!
exec 7<"$W/stalled"
while [ ! -s "$W/stalled-pid" ] || kill -0 "$(cat "$W/stalled-pid")" 2>/dev/null; do kill -0 "$run" 2>/dev/null || break; sleep 0.1; s_n=$((${s_n:-0} + 1)); [ "$s_n" -lt 300 ] || break; done
t "a reader that has stopped reading does not stop the clock" test "${s_n:-0}" -lt 300
cat <&7 >"$W/out"; exec 7<&-
wait "$run"; status=$?
t "and there is an answer when it reads on" sh -c "[ $status -eq 3 ] && tail -n 1 '$W/out' | grep -q '^HOLD_NOT_MEASURABLE'"
answers 0 '^DRY$' "a short session" -- psql -XAtc 'SELECT 1'
answers 0 '^DRY$' "by DATABASE_URL alone" -- sh -c 'u=$DATABASE_URL; env -i PATH="$PATH" psql -XAt "$u" -c "SELECT 1"'
answers 0 '^DRY \(in this cluster; .*superuser' "a superuser that read: it could have acted outside" --command-db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=dry" -- psql -XAtc 'SELECT 1'
answers 3 '^HOLD' "the same, strictly" --strict-role --command-db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=dry" -- psql -XAtc 'SELECT 1'
t "nothing is left in the temporary folder" sh -c "[ -z \"\$(ls -A '$TMPDIR')\" ]"
"$BIN/dryproof" run --db "$DB" -- sh -c 'psql -XAtc "SELECT 1" >&2; echo out' >"$W/out" 2>"$W/err"
t "the command's output, then one line" sh -c "printf 'out\nDRY\n' | cmp - '$W/out'"
"$BIN/dryproof" run --db "$DB" --quiet -- sh -c 'psql -XAtc "SELECT 1" >&2; echo out' >"$W/out" 2>"$W/err"
t "--quiet: one line" sh -c "echo DRY | cmp - '$W/out' && grep -qx out '$W/err'"

# the one who wrote cannot be told while others are there
mkfifo "$W/fifo"
psql -Xq -h "$SOCKET" -p 5432 -U dryproof_sandbox -d dry <"$W/fifo" >"$W/other" 2>&1 &
exec 8>"$W/fifo"
echo 'SELECT 1;' >&8
until as_superuser -d postgres -Atc "SELECT 1 FROM pg_stat_activity WHERE datname = 'dry' AND application_name = 'psql'" | grep -qx 1; do sleep 0.1; done
answers 0 '^DRY' "a session beside it that does nothing" -- psql -XAtc 'SELECT 1'
echo "SELECT pg_sleep(60);" >&8
until as_superuser -d postgres -Atc "SELECT 1 FROM pg_stat_activity WHERE datname = 'dry' AND state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()" | grep -qx 1; do sleep 0.1; done
does 3 '^HOLD_NOT_MEASURABLE' "hold: a write while others were active" -c 'INSERT INTO d.t VALUES (1005, 1)'
as_superuser -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dry'" >/dev/null
exec 8>&-

# a signal for dryproof is the command's, and there is an answer all the same
"$BIN/dryproof" run --db "$DB" --timeout 20 -- sh -c "psql -XAtc 'SELECT 1'; trap 'exit 9' TERM; : >'$W/ready'; while :; do sleep 0.05; done" >"$W/out" 2>"$W/log" &
run=$!
while [ ! -e "$W/ready" ] && kill -0 "$run" 2>/dev/null; do sleep 0.05; done
kill -TERM "$run"
wait "$run"; status=$?
t "a signal for dryproof is passed on to the command" sh -c "[ $status -eq 3 ] && tail -n 1 '$W/out' | grep -q '^HOLD_NOT_MEASURABLE: .*status 9, expected'"

# what is kept
"$BIN/dryproof" run --db "$DB" --json -- sh -c 'psql -XAtc "SELECT 1"; exit 0' >"$W/json" 2>"$W/log"
t "--json: the result object" jq -e '.schema == "dryproof.run-result/1" and .command == {"exit": 0, "signal": null, "timed_out": false} and .package == null
    and .repository == null and .run_dir == null and .verdict.headline == "DRY" and .verdict.verdict == "DRY" and .verdict.status == "PASS"' "$W/json"
"$BIN/dryproof" run --db "$DB" --json -- sh -c 'psql -XAtc "SELECT 1"; psql -XAt -d postgres -c "SELECT 1"' >"$W/json" 2>"$W/log"
t "what cannot be seen of another database is told" jq -e '.verdict.headline == "DRY" and any(.verdict.not_observed[]; startswith("sequences of database postgres,"))' "$W/json"
wet "what is not kept" 'table d' -c 'UPDATE d.t SET b = 7 WHERE a = 7'
cp "$W/log" "$W/told"
t "is said to be gone" grep -qx "the run directory was not kept; -o DIR keeps it, for dryproof diff DIR" "$W/told"
answers 0 '^DRY$' "-o keeps the run directory" -o "$W/kept" -- psql -XAtc 'SELECT 1'
t "which can be packed and verified" sh -c "'$BIN/dryproof-pack' pack '$W/kept' --key '$GOLDEN/signer.key' --out '$W/stage' &&
    '$BIN/dryproof-verify' '$W/stage/package.tar' --attestations '$W/stage/attestations.intoto.jsonl' --key '$GOLDEN/signer.pub'"
t "its facts have the step and empty lists" sh -c "tar -xOf '$W/stage/package.tar' bag/data/facts.json | jq -e '.steps == [{\"code\": \"EXIT_0\", \"fields\": {}, \"name\": \"command\"}]
    and .harness == [] and .manifests == [] and .readback == [] and .carrier == \"command\" and .plan_ref == \"psql\"'"
for run in 1 2; do
    answers 0 '^DRY$' "--repo keeps the package, run $run" --repo "$W/evidence" --key "$GOLDEN/signer.key" --name nightly -- psql -XAtc 'SELECT 1'
done
answers 1 '^NOT_DRY' "a run that was not dry is kept too" --repo "$W/evidence" --key "$GOLDEN/signer.key" --name nightly --command-db "$WRITER" -- \
    psql -XAtqc "INSERT INTO d.t VALUES (1006, 1)" -c "SELECT '<b>|\`hm\`' AS \"\$(id)\""
cp "$W/log" "$W/told"
t "its digest is named, and where it is" grep -qx "package $(git -C "$W/evidence" log -1 --format='%(trailers:key=Dryproof-Package,valueonly)' main | head -n 1) in $W/evidence" "$W/told"
exits 0 "the repository holds" "$BIN/dryproof-verify" --repo "$W/evidence" --all --key "$GOLDEN/signer.pub"
for n in 1 2 3; do git -C "$W/evidence" show "main:ledger/000/00$n.json" | jq -r .payload | base64 -d; echo; done >"$W/ledger"
t "its ledger tells carrier, name and what each replaces" sh -c "jq -es 'map([.carrier, .plan_ref, .verdict]) == [[\"command\", \"nightly\", \"DRY\"], [\"command\", \"nightly\", \"DRY\"], [\"command\", \"nightly\", \"NOT_DRY\"]]
    and .[0].supersedes == null and .[1].supersedes == .[0].package' '$W/ledger'"
package=$(jq -rs '.[2].package' "$W/ledger")
mkdir "$W/x" && git -C "$W/evidence" archive "main:packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package" | tar -x -C "$W/x"
t "the packet says what was run and that it was not dry" sh -c "head -n 1 '$W/x/REVIEW.md' | grep -q '^# .NOT_DRY.\$' && sed -n 4,12p '$W/x/REVIEW.md' | grep -q 'reason.. .E_EVIDENCE_CHANGED' && grep -q '^- .psql.\$' '$W/x/REVIEW.md' && grep -q 'EXIT_0' '$W/x/REVIEW.md' &&
    grep -q 'cost, .snapshot before.: [0-9]* ms' '$W/x/REVIEW.md' && ! grep -qE 'Part A|dot-dot-register|N-A.,' '$W/x/REVIEW.md' && ! grep -q '<b>' '$W/x/review.html' && grep -q 'The command, without secrets' '$W/x/review.html'"
exits 0 "VERIFY.sh accepts it" sh "$W/x/VERIFY.sh" "$GOLDEN/signer.pub"
exits 3 "RERUN.sh runs no command again" sh "$W/x/RERUN.sh" "$GOLDEN/signer.pub"
t "nothing but evidence is left" sh -c "[ -z \"\$(ls -A '$TMPDIR')\" ]"

# wrong command lines: status 2, one line, nothing done
wrong() { w_text=$1; w_name=$2; shift 2; says 2 "$w_text" "$w_name" "$BIN/dryproof" run "$@"; }
wrong "a command is missing" "-- without a command" --db "$DB" --
wrong "--db CONNINFO is missing" "no database" -- true
wrong "go together" "--repo without --key" --db "$DB" --repo "$W/r" -- true
wrong "go together" "--key without --repo" --db "$DB" --key "$GOLDEN/signer.key" -- true
wrong "--policy needs" "--policy without --repo" --db "$DB" --policy x -- true
wrong "give one" "a carrier and a command" --db "$DB" --carrier carriers/c1 -- true
wrong "unknown option --stepsdb" "a mistyped option" --db "$DB" --stepsdb x -- true
wrong "command no-such-program not found" "a mistyped command" --db "$DB" -- no-such-program
wrong "-- COMMAND" "neither carrier nor command" --db "$DB"
wrong "does not exist" "a key that is not there" --db "$DB" --repo "$W/r" --key "$W/absent.key" -- true
wrong "plan of a bracket" "the plan of a bracket is no carrier" --carrier "$W/kept/carrier" --out "$W/none"
t "and nothing was made" test ! -e "$W/r"
