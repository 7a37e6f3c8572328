# tests/e2e/33-bracket.sh - one command between two snapshots: what it is given, what is kept
# of it, who may run it, and what doctor says of the observer's role.
. tests/lib.sh
DB=$(observer bracket)
RUN=$W/run
STEP=$RUN/steps/001-command
bracket() { rm -rf "$RUN"; "$BIN/dryproof-collect" bracket --db "$DB" --out "$RUN" "$@"; }
sql() { as_superuser -d bracket "$@"; }
command_is() { jq -e "$1" "$STEP/command.json"; } # JQ

# ran STATUS JQ NAME ARGS...: the collector's status, and command.json
ran() {
    r_want=$1; r_filter=$2; r_name=$3; shift 3
    bracket "$@" >"$W/out" 2>"$W/err"; r_got=$?
    cp "$W/err" "$W/log"
    if [ "$r_got" = "$r_want" ] && command_is "$r_filter" >>"$W/log" 2>&1; then ok "$r_name"
    else echo "status $r_got, expected $r_want with $r_filter" >>"$W/log"; not_ok "$r_name"; fi
}
# refused TEXT NAME ARGS...: status 2, one line with TEXT, and no run directory
refused() {
    r_text=$1; r_name=$2; shift 2
    says 2 "$r_text" "$r_name" bracket "$@"
    [ ! -e "$RUN" ] || not_ok "$r_name: nothing is written"
}

t "a database" new_database bracket
t "a table, and a role that may write it" sql -c 'CREATE TABLE c1.b(a int PRIMARY KEY); INSERT INTO c1.b VALUES (1)' \
    -c 'CREATE ROLE bracket_writer LOGIN; GRANT USAGE ON SCHEMA c1 TO bracket_writer; GRANT ALL ON c1.b TO bracket_writer'

# what the command is given
ran 0 '.exit == 0 and .signal == null and .role == "dryproof_observer" and .timed_out == false' \
    "a command runs" -- sh -c 'printf "%s|%s|%s|%s\n" "$PGHOST" "$PGPORT" "$PGUSER" "$PGDATABASE"; printf "%s" "$PGAPPNAME" >&2'
t "PG variables name the database" grep -qxF "$SOCKET|5432|dryproof_observer|bracket" "$STEP/stdout"
t "PGAPPNAME is a random name" grep -qxE 'dryproof-[0-9a-f]{32}' "$STEP/stderr"
cp "$STEP/stderr" "$W/name"
bracket -- sh -c 'printf "%s" "$PGAPPNAME" >&2' >/dev/null 2>&1
t "another one each time" sh -c "! cmp -s '$W/name' '$STEP/stderr'"
ran 0 '.exit == 0' "DATABASE_URL alone reaches the database" -- \
    sh -c 'env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE -u PGAPPNAME psql -XAt "$DATABASE_URL" -c "SELECT current_database(), session_user, inet_server_addr() IS NULL, current_setting('"'application_name'"') ~ '"'^dryproof-[0-9a-f]{32}$'"'"'
t "as this role, in this database, under the random name" grep -qxF 'bracket|dryproof_observer|t|t' "$STEP/stdout"
t "PGSERVICE stays where nothing contradicts it" sh -c "printf '[b]\nhost=%s\nport=5432\nuser=dryproof_observer\ndbname=bracket\n' '$SOCKET' >'$W/services' &&
    PGSERVICEFILE='$W/services' '$BIN/dryproof-collect' bracket --db service=b --out '$W/s1' -- sh -c 'printf \"%s \" \"\${PGSERVICE-none}\"; psql -XAtc \"SELECT current_database()\"' | grep -qx 'b bracket'"
t "PGSERVICE goes where it would lead elsewhere" sh -c "PGSERVICEFILE='$W/services' PGSERVICE=b '$BIN/dryproof-collect' bracket --db dbname=c1 --out '$W/s2' \
    -- sh -c 'printf \"%s \" \"\${PGSERVICE-none}\"; psql -XAtc \"SELECT current_database()\"' | grep -qx 'none c1'"
t "PGOPTIONS is the command's own" sh -c "PGOPTIONS='-c search_path=c1' '$BIN/dryproof-collect' bracket --db '$DB' --out '$W/s3' -- psql -XAtc 'SHOW search_path' | grep -qx c1"
t "standard input is the command's" sh -c "echo from outside | '$BIN/dryproof-collect' bracket --db '$DB' --out '$W/s4' -- cat | grep -qx 'from outside'"
t "a command on a terminal may read it" python3 - "$BIN" "$DB" "$W/tty" <<'PYTHON'
import os, pty, signal, sys
signal.alarm(60)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1] + "/dryproof", ["dryproof", "run", "--db", sys.argv[2], "--out", sys.argv[3], "--", "sh", "-c",
             "psql -XAtc 'SELECT 1'; echo ready; read line; echo got $line; [ $line = hello ]"])
seen = b""
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    if b"ready" in seen + data and b"ready" not in seen:
        os.write(terminal, b"hello\n")
    seen += data
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if b"got hello" in seen else "the command did not read: %r" % seen)
PYTHON
printf 'echo script\n' >"$W/no-shebang"; chmod +x "$W/no-shebang"
ran 0 '.exit == 0' "a script without #! runs as in a shell" -- "$W/no-shebang"

# what is kept of it
ran 0 '.stdout == {"bytes": 4, "kept": 4} and .stderr == {"bytes": 4, "kept": 4} and .exit == 3' "its output and its status are kept" \
    --expect-exit 3 --name a.name -- sh -c 'echo out; echo err >&2; exit 3'
t "its output goes through to the user" sh -c "grep -qx out '$W/out' && grep -qx err '$W/err' && grep -qx out '$STEP/stdout' && grep -qx err '$STEP/stderr'"
t "the plan is what was asked for" jq -e '. == {"accept_basis": [], "carrier": "command", "command": ["sh", "-c", "echo out; echo err >&2; exit 3"],
    "expect_exit": 3, "plan_ref": "a.name", "readonly_role": null, "schema": "dryproof.bracket/1", "scope": {"exclude": []}, "strict_role": false, "timeout": 0}' "$RUN/carrier/plan.json"
ran 0 '.exit == 0' "the rest of the plan" --strict-role --accept-basis ids --timeout 99 --exclude c1.b=why --exclude 'c1."x=y"=because' -- true
t "as asked for" jq -e '.accept_basis == ["ids"] and .strict_role and .timeout == 99 and .plan_ref == "true"
    and .scope.exclude == [{"reason": "why", "relation": "c1.b"}, {"reason": "because", "relation": "c1.\"x=y\""}]' "$RUN/carrier/plan.json"
t "an excluded table is not read" jq -e 'all(.tables[]; .relation != "c1.b") and any(.excluded[]; .relation == "c1.b")' "$RUN/before/tables.json"
bracket --quiet -- sh -c 'echo out; echo err >&2' >"$W/out" 2>"$W/err"
t "--quiet: standard output stays empty" sh -c "[ ! -s '$W/out' ] && grep -qx out '$W/err' && grep -qx err '$W/err'"
bracket --json -- sh -c 'echo out; exit 5' >"$W/out" 2>"$W/err"
t "--json: one object, the command's output beside it" sh -c "jq -e '.exit == 5 and .status == \"collected\"' '$W/out' && grep -qx out '$W/err'"
ran 0 '.stdout == {"bytes": 3000000, "kept": 1048576}' "more output than is kept" -- sh -c 'head -c 3000000 /dev/zero | tr "\0" x'
t "all of it goes through, its beginning is kept" sh -c "[ \$(wc -c <'$W/out') -eq 3000000 ] && [ \$(wc -c <'$STEP/stdout') -eq 1048576 ]"

# secrets
export PGPASSWORD='pa ss/w%rd'
encoded=$(printf %s "$PGPASSWORD" | base64); hex=$(printf %s "$PGPASSWORD" | od -An -tx1 | tr -d ' \n')
ran 0 '.exit == 0' "a command that tells secrets" -- sh -c 'for w in "$PGPASSWORD" "pa%20ss%2Fw%25rd" "$1" "$2" "$DATABASE_URL" in-uri in%2duri setting; do printf "[%s]\n" "$w"; done | tee /dev/stderr' \
    "$encoded" "$encoded" "$hex" postgres://u:in-uri@h/db 'host=h password=setting'
unset PGPASSWORD
t "they are nowhere in the run directory" sh -c "! grep -rqF -e 'pa ss/w%rd' -e pa%20ss -e '${encoded%%=*}' -e '$hex' -e in-uri -e in%2duri -e setting '$STEP' '$RUN/carrier'"
t "a mask stands for each" sh -c "[ \$(grep -c '\[MASKED\]' '$STEP/stdout') -eq 8 ] && [ \$(grep -c '\[MASKED\]' '$STEP/stderr') -eq 8 ]"
t "the user sees the output as it is" sh -c "grep -qF '[pa ss/w%rd]' '$W/out' && grep -qF '[in-uri]' '$W/out'"
t "arguments are masked in plan and command" jq -e -s '.[0].command == .[1].argv and (.[1].argv[-2:] == ["postgres://u:[MASKED]@h/db", "host=h password=[MASKED]"])' "$RUN/carrier/plan.json" "$STEP/command.json"

# signals, time, exit
"$BIN/dryproof-collect" bracket --db "$DB" --out "$W/s5" --timeout 20 -- sh -c "trap 'exit 7' TERM; : >'$W/ready'; while :; do sleep 0.05; done" >"$W/log" 2>&1 &
collector=$!
while [ ! -e "$W/ready" ] && kill -0 "$collector" 2>/dev/null; do sleep 0.05; done
kill -TERM "$collector"
t "SIGTERM is the command's, and the bracket is finished" sh -c "wait_for() { while kill -0 $collector 2>/dev/null; do sleep 0.05; done; }; wait_for; jq -e '.exit == 7 and .timed_out == false' '$W/s5/steps/001-command/command.json' && [ -e '$W/s5/run.json' ]"
wait "$collector"
ran 0 '.timed_out and .signal == 15 and .exit == null' "--timeout ends it" --timeout 1 -- sleep "600.0$$"
ran 0 '.timed_out and .signal == 9' "--timeout kills it, and all its group" --timeout 1 -- sh -c 'trap "" TERM; sleep "600.1$1" & while :; do sleep 1; done' - $$
alive() { cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\000' ' ' | grep -q "sleep 600[.][01]$$ "; }
t "nothing of the group is left" eval '! alive'
ran 0 '.signal == 9 and (.timed_out | not)' "a signal of its own" -- sh -c 'kill -KILL $$'

# who was seen
ran 0 '.exit == 0' "a session of the command" -- psql -Xqc 'SELECT pg_sleep(0.5)'
t "is seen by its name" sh -c "jq -es 'map(select(.named)) | length == 1 and .[0].type == \"client backend\" and .[0].user == \"dryproof_observer\"
    and .[0].first_seen <= .[0].last_seen and .[0].xids == []' '$STEP/sessions.ndjson'"
t "in its database" sh -c "[ \"\$(jq -rs 'map(select(.named))[0].database' '$STEP/sessions.ndjson')\" = \"\$(jq -r .database_oid '$RUN/before/identity.json')\" ]"
ran 0 '.exit == 0' "a session that writes" --command-db "${DB%user=*} user=bracket_writer dbname=bracket" -- \
    psql -XAtqc 'BEGIN' -c 'INSERT INTO c1.b VALUES (2)' -c 'SELECT pg_current_xact_id()' -c 'SELECT pg_sleep(0.5)' -c 'ROLLBACK'
t "is seen with its transaction id" sh -c "jq -es --arg id \"\$(grep -x '[0-9]*' '$STEP/stdout')\" 'any(.[]; .named and .user == \"bracket_writer\" and .xids == [\$id])' '$STEP/sessions.ndjson'"
t "the command's role is known" jq -e '.step.name == "bracket_writer" and .observer.name == "dryproof_observer"' "$RUN/environment.json"
ran 0 '.exit == 0' "no lock of ours makes the command wait" --command-db "${DB%user=*} user=dryproof_sandbox dbname=bracket" -- \
    psql -Xqc "SET lock_timeout = '5s'" -c 'ALTER TABLE c1.b ADD COLUMN c int'
ran 0 '.exit == 0' "a session that outlives the command" -- sh -c 'psql -Xqc "SELECT pg_sleep(1)" >/dev/null 2>&1 & while ! psql -XAtc "SELECT query FROM pg_stat_activity WHERE application_name = '"'\$PGAPPNAME'"'" | grep -q pg_sleep; do :; done'
t "is waited for" jq -e --arg oid "$(jq -r .database_oid "$RUN/before/identity.json")" \
    '[.sessions[] | select(.database == $oid and (.observer | not))] == []' "$RUN/after/activity.json"

# nothing is done for a wrong command line
refused "command no-such-program not found" "an unknown program" -- no-such-program
refused "there is no program ./no-such" "a program that is not there" -- ./no-such
refused "is not a program" "a file that is no program" -- "$W/name"
refused "is not a program" "a folder" -- "$W"
refused "behind --" "no command behind --" --
refused "-- COMMAND" "no -- at all" --quiet
refused "--timeout" "a timeout that is no number" --timeout soon -- true
refused "--expect-exit" "a status beyond 255" --expect-exit 256 -- true
refused "expected ids" "an unknown basis" --accept-basis wal -- true
refused "--name" "a name with a slash" --name a/b -- true
refused "RELATION=REASON" "an exclusion without a reason" --exclude c1.b -- true
refused "excluded twice" "an exclusion twice" --exclude c1.b=x --exclude c1.b=y -- true
refused "there is no role" "a role that is not there" --readonly-role nobody_such -- true
says 2 "password" "a password in --db" "$BIN/dryproof-collect" bracket --db "$DB password=x" --out "$RUN" -- true
rm -rf "$RUN"; mkdir "$RUN"
says 2 "exists" "a run directory that is there" "$BIN/dryproof-collect" bracket --db "$DB" --out "$RUN" -- true
rmdir "$RUN"

# --readonly-role
readonly_is() { refused "$1" "a read-only role that $2" --readonly-role "$3" -- true; }
t "roles of every kind" sql -c 'CREATE ROLE ro_good LOGIN; GRANT USAGE ON SCHEMA c1 TO ro_good; GRANT SELECT ON c1.b TO ro_good' \
    -c 'CREATE ROLE ro_super LOGIN SUPERUSER; CREATE ROLE ro_roles LOGIN CREATEROLE; CREATE ROLE ro_db LOGIN CREATEDB; CREATE ROLE ro_repl LOGIN REPLICATION; CREATE ROLE ro_rls LOGIN BYPASSRLS' \
    -c 'CREATE ROLE ro_member LOGIN NOINHERIT IN ROLE bracket_writer; CREATE ROLE ro_data LOGIN IN ROLE pg_write_all_data' \
    -c 'CREATE ROLE ro_column LOGIN; GRANT UPDATE (a) ON c1.b TO ro_column; CREATE ROLE ro_schema LOGIN; GRANT CREATE ON SCHEMA c1 TO ro_schema' \
    -c 'CREATE ROLE ro_database LOGIN; GRANT CREATE ON DATABASE bracket TO ro_database; CREATE SEQUENCE c1.s; CREATE ROLE ro_sequence LOGIN; GRANT USAGE ON SEQUENCE c1.s TO ro_sequence' \
    -c 'CREATE ROLE ro_owner LOGIN; CREATE SCHEMA owned AUTHORIZATION ro_owner; CREATE ROLE ro_definer LOGIN; GRANT USAGE ON SCHEMA c1 TO ro_definer' \
    -c "CREATE FUNCTION c1.by_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION c1.by_owner() FROM PUBLIC; GRANT EXECUTE ON FUNCTION c1.by_owner() TO ro_definer" \
    -c 'REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA c1 FROM ro_good, PUBLIC'
ran 0 '.role == "ro_good" and .exit == 0' "a read-only role is the login role" --readonly-role ro_good -- sh -c 'psql -XAtc "SELECT session_user" && [ "$PGUSER" = ro_good ]'
t "the plan tells it" jq -e '.readonly_role == "ro_good"' "$RUN/carrier/plan.json"
readonly_is "superuser" "is a superuser" ro_super
readonly_is "create roles" "may create roles" ro_roles
readonly_is "create databases" "may create databases" ro_db
readonly_is "replicate" "may replicate" ro_repl
readonly_is "row security" "bypasses row security" ro_rls
readonly_is "DELETE c1.b (as a member of bracket_writer)" "could SET ROLE to a writer" ro_member
readonly_is "pg_write_all_data" "is in pg_write_all_data" ro_data
readonly_is "UPDATE c1.b" "may update one column" ro_column
readonly_is "CREATE in the schema c1" "may create in a schema" ro_schema
readonly_is "CREATE schemas" "may create schemas" ro_database
readonly_is "sequence c1.s" "may move a sequence" ro_sequence
readonly_is "owns schema owned" "owns something" ro_owner
readonly_is "c1.by_owner(), a SECURITY DEFINER" "may act as the owner of a function" ro_definer
sql -c 'ALTER ROLE ro_good NOLOGIN' >"$W/log" 2>&1
readonly_is "cannot log in" "cannot log in" ro_good

# a client that has gone, and whose server process has not ended yet, is not one of the others
mkfifo "$W/lines"
as_superuser -At -d bracket <"$W/lines" >"$W/leaver" &
exec 3>"$W/lines"
echo "SELECT pg_backend_pid();" >&3
while [ ! -s "$W/leaver" ]; do sleep 0.01; done
leaver=$(cat "$W/leaver")
kill -STOP "$leaver"
exec 3>&-
wait
bracket -- true >"$W/log" 2>&1 &
as_superuser -d postgres -c "DO \$\$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'bracket' AND usename = 'dryproof_observer') LOOP
        PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
    END LOOP;
    PERFORM pg_sleep(0.1);
END \$\$"
kill -CONT "$leaver"
wait
t "who is leaving is waited for" jq -e --argjson pid "$leaver" '.sessions | length > 0 and all(.pid != $pid)' "$RUN/before/activity.json"

# doctor
doctor() { "$BIN/dryproof" doctor --db "host=$SOCKET port=5432 user='poor Röle' dbname=bracket" "$@"; }
t "a poor role" sql -c 'CREATE ROLE "poor Röle" LOGIN' -c 'CREATE SCHEMA "Öd ""x"; CREATE TABLE "Öd ""x".t(a serial)' \
    -c 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC' -c 'ALTER TABLE c1.b ENABLE ROW LEVEL SECURITY'
exits 3 "doctor: something is missing" doctor
cp "$W/log" "$W/doctor"
missing=$(grep -cE '^[a-zA-Z].* (partly|no)$' "$W/doctor")
t "doctor: what is missing has its witness" sh -c "[ $missing -eq 7 ] && grep -q '^transaction ids  *yes' '$W/doctor' && grep -q '^capability of a role  *yes' '$W/doctor'"
doctor --json >"$W/doctor.json" 2>"$W/log"
t "doctor --json says the same" jq -e ".status == \"HOLD\" and ([.witnesses[] | select(.status != \"yes\")] | length) == $missing and (.statements | length) > 6 and .role == \"poor Röle\"" "$W/doctor.json"
sed -n '/^-- a superuser/,$p' "$W/doctor" >"$W/grants.sql"
if as_superuser -d postgres -Atc "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_walinspect'" | grep -qx 1; then
    t "doctor: its statements are SQL" sql -f "$W/grants.sql"
    exits 0 "doctor: then nothing is missing" doctor
    cp "$W/log" "$W/doctor"
    t "doctor: every witness is there" sh -c "[ \$(grep -c ' yes\$' '$W/doctor') -eq 9 ] && [ \$(wc -l <'$W/doctor') -eq 9 ]"
else
    skip "doctor: its statements give the rest" "this server has no pg_walinspect"
fi
exits 5 "doctor: a server that is not there" "$BIN/dryproof" doctor --db "host=/nonexistent dbname=x"
exits 2 "doctor: no database named" "$BIN/dryproof" doctor
as_superuser -d postgres -c 'GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC' >/dev/null
