# tests/e2e/37-secrets.sh - canaries wherever a database or its user keeps secrets: none
# reaches run directory, package, repository, messages or a command line, in any form.
# (A captured row that no plan redacts, and the text of a function, are evidence by design.)
. tests/lib.sh
D=$BIN/dryproof C=$BIN/dryproof-collect
# $$: nothing of a second run beside this one is taken for ours
canary() { echo "$1+7d1f$$/s3cret?"; }
for name in pgpassword passfile service primary archive database-setting role-setting dsn role-password \
    subscription wrapper server mapping foreign-table excluded redacted uncaptured query application conninfo; do canary "$name"; done >"$W/list"
nowhere() { python3 tests/tools/canaries.py "$W/list" "$@"; }

new_database secrets >"$W/log" 2>&1
as_superuser -o /dev/null -d secrets >>"$W/log" 2>&1 <<SQL
ALTER SYSTEM SET primary_conninfo = 'host=x password=$(canary primary)';
ALTER SYSTEM SET archive_command = 'curl -u u:$(canary archive) x';
SELECT pg_reload_conf();
ALTER DATABASE secrets SET app.jwt_secret = '$(canary database-setting)';
ALTER DATABASE secrets SET app.peer = 'host=x password=$(canary dsn)';
ALTER DATABASE secrets SET app.url = 'postgresql://u:$(canary dsn)@h/d';
ALTER ROLE dryproof_observer IN DATABASE secrets SET app.password = '$(canary role-setting)';
CREATE ROLE secrets_role PASSWORD '$(canary role-password)';
CREATE SUBSCRIPTION secrets_sub CONNECTION 'host=x password=$(canary subscription)' PUBLICATION p WITH (connect = false);
CREATE FOREIGN DATA WRAPPER secrets_fdw OPTIONS (password '$(canary wrapper)');
CREATE SERVER secrets_server FOREIGN DATA WRAPPER secrets_fdw OPTIONS (password '$(canary server)');
CREATE USER MAPPING FOR PUBLIC SERVER secrets_server OPTIONS (password '$(canary mapping)');
CREATE FOREIGN TABLE public.secrets_foreign (a text OPTIONS (password '$(canary foreign-table)')) SERVER secrets_server OPTIONS (token '$(canary foreign-table)');
CREATE TABLE public.secrets_excluded AS SELECT '$(canary excluded)'::text AS a;
CREATE TABLE public.secrets_uncaptured AS SELECT '$(canary uncaptured)'::text AS a;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dryproof_observer;
UPDATE c1.governance_build_authorization SET request_ref = '$(canary redacted)' WHERE auth_code = 'G_VALID';
SQL
t "the canaries are set" test "$(as_superuser -d secrets -Atc "SELECT count(*) FROM pg_subscription, pg_user_mapping, public.secrets_uncaptured, pg_file_settings WHERE name = 'primary_conninfo'")" = 1
cp -r carriers/c1 "$W/c1" && chmod -R u+w "$W/c1"
jq '.scope.exclude = [{"relation": "public.secrets_excluded", "reason": "secret"}] |
    (.captured[] | select(.relation == "c1.governance_build_authorization").redacted) = ["request_ref"]' carriers/c1/plan.json >"$W/c1/plan.json"
head -c 32 /dev/urandom >"$W/redaction.key" && chmod 600 "$W/redaction.key"
od -An -v -tx1 "$W/redaction.key" | tr -d ' \n' >"$W/key-hex"
"$BIN/dryproof-pack" key new --role packager --out "$W/signer" >"$W/log"
mkdir "$W/home"
echo "*:*:*:*:$(canary passfile)" >"$W/home/passfile" && chmod 600 "$W/home/passfile"
printf '[secrets]\nhost=%s\nport=5432\ndbname=secrets\nuser=dryproof_observer\npassword=%s\n' "$SOCKET" "$(canary service)" >"$W/home/services"

# somebody at work: what they ask, and under what name
{ echo "SET application_name = '$(canary application)'; SELECT pg_sleep(300), '$(canary query)';"; } >"$W/home/query"
as_superuser -o /dev/null -d secrets -f "$W/home/query" 2>"$W/home/query.log" & busy=$!
# every command line while the runs last
( while [ ! -e "$W/watched" ]; do cat /proc/[0-9]*/cmdline 2>/dev/null; sleep 0.1; done >"$W/cmdlines" ) & watch=$!

run() { # NAME ENVIRONMENT... -- ARGUMENTS...
    name=$1; shift
    exits 0 "a run with $name" env PGSERVICEFILE="$W/home/services" "$@" --redaction-key "$W/redaction.key" --carrier "$W/c1" --out "$W/$name" --quiet
    cat "$W/log" >>"$W/messages"
}
as_superuser -o /dev/null -d secrets -c "UPDATE c1.governance_build_authorization SET scope = scope" 2>"$W/log"
run PGPASSWORD PGPASSWORD="$(canary pgpassword)" "$D" run --db "$(observer secrets)" --repo "$W/evidence" --key "$W/signer.key"
run passfile PGPASSFILE="$W/home/passfile" "$C" run --db "$(observer secrets)"
run service "$C" run --db service=secrets
sh -c 'sleep 1; :' "the watch sees this, $$"
: >"$W/watched"; wait $watch
as_superuser -d secrets -Atc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'" >"$W/ended"
wait $busy
t "somebody was at work all the time" grep -q t "$W/ended"
says 2 "a password in a connection string" "a password in a connection string" "$C" run --carrier carriers/c1 --db "$(observer secrets) password=$(canary conninfo)" --out "$W/none"
cat "$W/log" >>"$W/messages"
as_superuser -o /dev/null -d secrets -c "ALTER SUBSCRIPTION secrets_sub DISABLE" -c "ALTER SUBSCRIPTION secrets_sub SET (slot_name = NONE)" -c "DROP SUBSCRIPTION secrets_sub" \
    -c "ALTER SYSTEM RESET primary_conninfo" -c "ALTER SYSTEM RESET archive_command" -c "SELECT pg_reload_conf()" -c "DROP ROLE secrets_role" >"$W/log" 2>&1

for where in PGPASSWORD passfile service; do t "no canary in the run with $where" nowhere "$W/$where"; done
t "none in the evidence repository" nowhere "$W/evidence"
t "none in messages" nowhere "$W/messages"
t "none in command lines" nowhere "$W/cmdlines"
git -C "$W/evidence" archive main | tar -x -C "$W"
mkdir "$W/x" && find "$W/packages" -name package.tar -exec tar -xf {} -C "$W/x" \;
t "none in the package" nowhere "$W/packages" "$W/x" "$W/ledger"
t "the rows are there, redacted" grep -q 'hmac-sha256:' "$W/x/bag/data/before/tables/000009.ndjson"
t "the settings are there, withheld" sh -c "grep -F app.jwt_secret '$W/x/bag/data/before/cluster.ndjson' | grep -q withheld && grep -F primary_conninfo '$W/x/bag/data/before/cluster.ndjson' | grep -q withheld"
t "no password verifier is there" sh -c "! grep -rq 'SCRAM-SHA-256\\\$' '$W/x' '$W/PGPASSWORD'"
t "the redaction key is nowhere" python3 tests/tools/canaries.py "$W/key-hex" "$W/x" "$W/PGPASSWORD" "$W/evidence"
# a search that cannot find proves nothing
mkdir "$W/found"
i=0
for form in "$(canary query)" "$(canary query | tr -d '\n' | base64)" "$(printf 'xy%s' "$(canary query)" | base64)" "$(canary query | tr -d '\n' | od -An -v -tx1 | tr -d ' \n')" \
    "query%2B7d1f$$%2Fs3cret%3F" "query%2b7d1f$$%2fs3cret%3f"; do
    i=$((i + 1)); printf 'before %s behind' "$form" >"$W/found/file"
    exits 1 "the search finds form $i" nowhere "$W/found"
done
t "the watch sees command lines" grep -aq "the watch sees this, $$" "$W/cmdlines"
