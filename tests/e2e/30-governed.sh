# tests/e2e/30-governed.sh - what makes a governed run: a policy that names the cluster and
# the database, operators' admissions, and a cluster that is no sandbox.  Nothing in the
# package does.  A `dryproof sandbox` cannot be governed, so the cluster is made by hand.
. tests/lib.sh
CLUSTER=$(mktemp -d /tmp/dryproof-governed-XXXXXX)
SANDBOX_SOCKET=$SOCKET
PG=$(for p in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/bin; do [ -x "$p/initdb" ] && echo "$p"; done | head -n 1)
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$CLUSTER"
    as_owner() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
else
    as_owner() { "$@"; }
fi
as_superuser() { psql -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -p 5432 -U "$SUPERUSER" "$@"; }
cleanup() { as_owner "$PG/pg_ctl" -D "$CLUSTER/data" -m immediate -s stop; rm -rf "$CLUSTER"; }
trap cleanup EXIT
trap 'exit 143' INT TERM

make_cluster() {
    as_owner "$PG/initdb" -D "$CLUSTER/data" -U dba -A trust -E UTF8 --locale=C --no-sync --no-instructions || return 1
    printf "listen_addresses = ''\nunix_socket_directories = '%s'\nautovacuum = off\nfsync = off\n" "$CLUSTER" |
        as_owner tee -a "$CLUSTER/data/postgresql.conf" || return 1
    as_owner "$PG/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -s start || return 1
    SOCKET=$CLUSTER SUPERUSER=dba
    as_superuser -d postgres -c 'CREATE ROLE dryproof_observer LOGIN' \
        -c 'GRANT pg_read_all_data, pg_read_all_settings, pg_read_all_stats TO dryproof_observer'
}

load_governed() { # LABEL: database c1 without a mark, admissions by LABEL; copied by new_database
    as_superuser -d postgres -c 'DROP DATABASE IF EXISTS c1' -c 'CREATE DATABASE c1' || return 1
    set -- -v label="$1"
    for file in carriers/c1/surface/*.sql carriers/admissions/c1.sql; do set -- "$@" -f "$file"; done
    as_superuser -d c1 "$@" -c 'VACUUM (FREEZE)' -c CHECKPOINT
}

policy() { # FILE GOVERNED KEYS PLANS CLAIMS
    jq -n --argjson g "$2" --argjson k "$3" --argjson p "$4" --argjson c "$5" \
        '{schema: "dryproof.policy/1", governed: $g, keys: $k, plans: $p, required_claims: $c}' >"$W/$1"
}

# verdict STATUS JQ NAME COMMAND...: the status, and the filter holds for the verdict printed
verdict() {
    v_want=$1; v_filter=$2; v_name=$3; shift 3
    "$@" >"$W/verdict" 2>"$W/log"; v_got=$?
    if [ "$v_got" = "$v_want" ] && jq -e "(.verdict | if type == \"object\" then . else null end) // . | $v_filter" "$W/verdict" >>"$W/log" 2>&1
    then ok "$v_name"
    else { echo "status $v_got, expected $v_want with $v_filter"; jq -c ".findings" "$W/verdict"; } >>"$W/log"; not_ok "$v_name"; fi
}

run_governed() { # POLICY_OPTION VALUE
    new_database governed && "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer governed)" \
        --repo "$W/evidence" --key "$GOLDEN/signer.key" "$@" --json
}
verify_package() { "$BIN/dryproof-verify" --repo "$W/evidence" --package "$package" "$@" --json; }

t "a cluster that is no sandbox" make_cluster
t "the surface with operators' admissions" load_governed operator
id=$(as_superuser -d postgres -Atc 'SELECT system_identifier FROM pg_control_system()')
sandbox_id=$(jq -r .environment.system_identifier "$GOLDEN/verdict.json")
plan=$(jq -r .run.plan_sha256 "$GOLDEN/verdict.json")
key=$(jq -n --rawfile pem "$GOLDEN/signer.pub" '[{public_key: $pem, role: "packager"}]')
reviewer=$(printf '%s' "$key" | jq '.[0].role = "reviewer"')
here="[{\"database\": \"governed\", \"system_identifier\": \"$id\"}]"
policy named.json "$here" "$key" '[]' '[]'
policy unnamed.json '[]' "$key" '[]' '[]'
policy other-database.json "$(echo "$here" | jq '.[0].database = "governed2"')" "$key" '[]' '[]'
policy other-cluster.json "$(echo "$here" | jq '.[0].system_identifier |= (.[:-1] + (if .[-1:] == "0" then "1" else "0" end))')" "$key" '[]' '[]'
policy plan.json "$here" "$key" "[\"$plan\"]" '[]'
policy other-plan.json "$here" "$key" '["0000000000000000000000000000000000000000000000000000000000000000"]' '[]'
"$BIN/dryproof-pack" key new --role packager --out "$W/stranger" >"$W/log" 2>&1
policy stranger.json "$here" "$(jq -n --rawfile pem "$W/stranger.pub" '[{public_key: $pem, role: "packager"}]')" '[]' '[]'
policy reviewer.json "$here" "$reviewer" '[]' '[]'
policy no-keys.json "$here" '[]' '[]' '[]'
policy two-roles.json "$here" "$(jq -n --argjson a "$key" --argjson b "$reviewer" '$a + $b')" '[]' '[]'
policy sandbox.json "[{\"database\": \"golden\", \"system_identifier\": \"$sandbox_id\"}]" "$key" '[]' '[]'
jq '.mood = "good"' "$W/named.json" >"$W/unknown-member.json"
sed 's/^{/{"schema": "dryproof.policy\/1",/' "$W/named.json" >"$W/twice.json"
jq '.schema = "dryproof.policy/2"' "$W/named.json" >"$W/newer.json"

ready='.status == "PASS" and .verdict == "C1_GOVERNED_DRYRUN_READY" and .environment.class == "governed" and .findings == []'
unlisted='.status == "HOLD" and .environment.class == "unlisted" and (.verdict | test("READY|PROVEN") | not)
    and any(.findings[]; .code == "HOLD_ENVIRONMENT_NOT_IN_POLICY")'
# before the run: the same policy, the same words
preflight() { "$BIN/dryproof" preflight --carrier carriers/c1 --db "$(observer c1)" --json "$@"; }
preflighted() { # NAME STATUS CODES..., of P0 and P1
    p_name=$1 p_want=$2; shift 2
    exits "$p_want" "preflight: $p_name" preflight --policy "$W/$POLICY"
    is "preflight: $p_name: $*" "[.phases[].holds[].code] | unique == (\"$*\" | split(\" \"))"
}
jq '.governed[0].database = "c1"' "$W/named.json" >"$W/before.json"
jq --arg p 0000000000000000000000000000000000000000000000000000000000000000 '.plans = [$p]' "$W/before.json" >"$W/before-plan.json"
exits 0 "preflight: an environment that the policy names" preflight --policy "$W/before.json"
is "preflight: is governed" '.environment.class == "governed" and .status == "READY"'
POLICY=named.json preflighted "another database is governed" 3 HOLD_ENVIRONMENT_NOT_IN_POLICY
POLICY=before-plan.json preflighted "another plan is accepted" 3 HOLD_PLAN_NOT_IN_POLICY
exits 3 "preflight: no policy" preflight
is "preflight: names no environment" '[.phases[].holds[] | [.code, .key.system_identifier]] == [["HOLD_ENVIRONMENT_NOT_IN_POLICY", "'"$id"'"]]'

verdict 0 "$ready" "a run that the policy names is governed" run_governed --policy "$W/named.json"
package=$(jq -r .package "$W/verdict")
verdict 0 "$ready" "its package, verified again" verify_package --policy "$W/named.json"
verdict 0 "$ready" "a policy that also names the plan" verify_package --policy "$W/plan.json"
verdict 3 "$unlisted" "the same package without that policy: --key alone" verify_package --key "$GOLDEN/signer.pub"
verdict 3 "$unlisted" "the same package: nothing governed" verify_package --policy "$W/unnamed.json"
verdict 3 "$unlisted" "the same package: another database is governed" verify_package --policy "$W/other-database.json"
verdict 3 "$unlisted" "the same package: another cluster is governed" verify_package --policy "$W/other-cluster.json"
folder=packages/$(echo "$package" | cut -c1-2)/$(echo "$package" | cut -c3-4)/$package
for file in package.tar attestations.intoto.jsonl; do git -C "$W/evidence" show "main:$folder/$file" >"$W/$file"; done
verdict 3 '.status == "HOLD" and .findings[].code == "HOLD_PLAN_NOT_IN_POLICY" and (.verdict | test("READY|PROVEN") | not)' \
    "the same package: another plan is accepted" "$BIN/dryproof-verify" "$W/package.tar" \
    --attestations "$W/attestations.intoto.jsonl" --policy "$W/other-plan.json" --json
finding() { printf '.status != "PASS" and [.findings[].code] == ["%s"] and (.findings[0].message | test("%s"))' "$1" "$2"; }
verdict 4 "$(finding E_KEY_ROLE reviewer)" "the same package: its signer is trusted as a reviewer only" verify_package --policy "$W/reviewer.json"
verdict 4 "$(finding E_KEY_UNTRUSTED .)" "the same package: another packager is trusted" verify_package --policy "$W/stranger.json"
verdict 2 "$(finding E_POLICY_INVALID 'no key')" "a policy without a key is refused" verify_package --policy "$W/no-keys.json"
verdict 2 "$(finding E_POLICY_INVALID 'two roles')" "one key in two roles is refused" verify_package --policy "$W/two-roles.json"
verdict 2 "$(finding E_POLICY_INVALID 'unknown member')" "an unknown member in a policy is refused" verify_package --policy "$W/unknown-member.json"
verdict 2 "$(finding E_POLICY_INVALID 'not strict JSON')" "a member given twice in a policy is refused" verify_package --policy "$W/twice.json"
verdict 2 "$(finding E_POLICY_INVALID schema)" "a policy of a later version is refused" verify_package --policy "$W/newer.json"

verdict 3 "$unlisted" "a run with --key alone is held, and committed so" run_governed
held=$(jq -r .package "$W/verdict")
t "the ledger calls the environment by the cluster and the database" sh -c \
    "git -C '$W/evidence' show main:ledger/000/001.json | jq -r .payload | base64 -d | jq -e '.environment == \"pg:$id/governed\" and .status == \"PASS\"'"
t "the held run does not replace the governed one" sh -c \
    "[ '$held' != '$package' ] && '$BIN/dryproof-pack' current --repo '$W/evidence' --carrier C1 --plan-ref LEGO1-C1-PLAN --environment 'pg:$id/governed' | grep -qx '$package'"

as_superuser -d c1 -c "UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'real_run_enabled'"
verdict 1 '.status == "FAIL" and .environment.class == "governed" and any(.findings[]; .code == "E_GATE_OPEN")
    and (.verdict | test("READY|PROVEN") | not)' "a governed run with an open gate is not ready" run_governed --policy "$W/named.json"

t "the surface with rehearsal admissions" load_governed rehearsal
POLICY=before.json preflighted "rehearsals' admissions" 3 E_ADMISSION_REHEARSAL
verdict 1 '.status == "FAIL" and any(.findings[]; .code == "E_ADMISSION_REHEARSAL")' \
    "a governed run with rehearsal admissions is refused" run_governed --policy "$W/named.json"

SOCKET=$SANDBOX_SOCKET SUPERUSER=dryproof_sandbox
t "the golden run is of this very cluster" test "$sandbox_id" = "$(as_superuser -d postgres -Atc 'SELECT system_identifier FROM pg_control_system()')"
sandbox='.status == "PASS" and .environment.class == "sandbox" and (.verdict | test("LOCAL_SANDBOX"))'
verdict 0 "$sandbox" "a policy that names a marked sandbox does not make it governed" \
    "$BIN/dryproof-verify" "$GOLDEN/stage/package.tar" --attestations "$GOLDEN/stage/attestations.intoto.jsonl" \
    --policy "$W/sandbox.json" --json

new_database stripped && as_superuser -d stripped -c 'DROP SCHEMA dryproof_sandbox CASCADE' \
    -c "UPDATE c1.dot_admission SET label = 'operator'" >"$W/log" 2>&1
policy stripped.json "[{\"database\": \"stripped\", \"system_identifier\": \"$sandbox_id\"}]" "$key" '[]' '[]'
verdict 1 '.status == "FAIL" and .environment.class == "sandbox" and any(.findings[]; .code == "E_SANDBOX_LABELS")' \
    "a sandbox without its mark is not governed, whatever a policy says" "$BIN/dryproof" run --carrier carriers/c1 \
    --db "$(observer stripped)" --repo "$W/stripped" --key "$GOLDEN/signer.key" --policy "$W/stripped.json" --json
