# tests/e2e/31-executor.sh - endpoints called through an executor (FORMAT.md section 3): C1 both
# ways has the same facts, both verifiers say the same, and an executor that lies is never a pass.
. tests/lib.sh
PIDS=
cleanup() { for pid in $PIDS; do kill "$pid" 2>/dev/null; done; }
trap cleanup EXIT
trap 'exit 143' INT TERM
way() { # NAME VALUE: C1 with that member
    cp -r carriers/c1 "$W/$1" && chmod -R u+w "$W/$1" && sed -i "s/^  \"step_role\": .*/&\n  \"executor\": \"$2\",/" "$W/$1/plan.json"
}
# listening COMMAND...: begin it, and wait for its address, into $url
listening() {
    rm -f "$W/url"
    "$@" >"$W/url" 2>>"$W/server.log" & PIDS="$PIDS $!"
    for _ in $(seq 100); do [ ! -s "$W/url" ] || break; sleep 0.05; done
    url=$(cat "$W/url")
}
executor() { listening "$SAN/executor" "$W/may" "$(observer "$1")"; real=$url; } # DATABASE
collect() { "$SAN/dryproof-collect" run --carrier "$W/may" --db "$(observer "$1")" --out "$W/$2" --quiet --executor "$url"; } # DATABASE NAME
pack() { mkdir "$W/$1.golden" && mv "$W/$1" "$W/$1.golden/run" && cp "$GOLDEN"/signer.* "$W/$1.golden/" &&
    "$BIN/dryproof-pack" pack "$W/$1.golden/run" --key "$GOLDEN/signer.key" --out "$W/$1.golden/stage" >"$W/log" 2>&1; }
verify() { "${DRYPROOF_TEST_BIN:-$SAN}/dryproof-verify" "$W/$1.golden/stage/package.tar" --attestations "$W/$1.golden/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub" --json; }
second() { python3 tests/second/verify.py "$W/$1.golden/stage/package.tar" --attestations "$W/$1.golden/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub" --json; }
facts() { tar -xOf "$W/$1.golden/stage/package.tar" bag/data/facts.json | sha256sum; }

t "a carrier whose plan allows an executor" way may allowed
t "one whose plan requires it" way must required

# ---- both ways ----
t "a database for each way" sh -c ". tests/lib.sh; new_database sql && new_database http"
t "another honest run's, too" new_database http2
t "by connections of our own" "$BIN/dryproof-collect" run --carrier "$W/may" --db "$(observer sql)" --out "$W/sql" --quiet
executor http2
t "through an executor" collect http2 other
executor http
t "through one, and no proxy" env http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 "$SAN/dryproof-collect" run \
    --carrier "$W/may" --db "$(observer http)" --out "$W/http" --quiet --executor "$url"
for name in sql http; do
    t "$name: packed" pack "$name"
    exits 0 "$name: verified" verify "$name"
    is "$name: it passes" '.status == "PASS" and (.verdict | test("LOCAL_SANDBOX"))'
    exits 0 "$name: the second verifier says the same" second "$name"
done
t "the facts of both ways are the same bytes" test "$(facts sql)" = "$(facts http)"
t "the digests in the signed statements, too" "$BIN/dryproof-verify" --same-facts "$W/sql.golden/stage/package.tar" "$W/http.golden/stage/package.tar"
verify http >"$W/said"
t "the verdict says what an executor's word is" sh -c "jq -e 'any(.not_observed[]; test(\"executor\"))' '$W/said'"
t "each step and case has its exchange, raw" test "$(find "$W/http.golden/run" -path '*/http/response' | wc -l)" -eq $((16 + 20))
verify sql >"$W/said"
t "a run by our own connections has none, and does not speak of it" sh -c "! find '$W/sql.golden/run' -name '*exchange*' -o -name 'executor*' | grep -q . && ! grep -q executor '$W/said'"

# ---- what an insider may change of it ----
python3 tests/second/compare.py "$W/http.golden" "$W/other" tests/executor/mutations.tsv "$BIN"

# ---- how it is asked for ----
exits 2 "a plan that does not allow it" "$BIN/dryproof-collect" run --carrier carriers/c1 --db "$(observer c1)" --out "$W/no" --executor "$url"
exits 2 "a plan that requires it" "$BIN/dryproof-collect" run --carrier "$W/must" --db "$(observer c1)" --out "$W/no"
for bad in http://example.com https:// ftp://127.0.0.1 http://a@127.0.0.1 'https://u:p@host' 'http://127.0.0.1/?x=1' http://127.0.0.1.evil.example ''; do
    exits 2 "an address that is none: $bad" "$BIN/dryproof-collect" run --carrier "$W/may" --db "$(observer c1)" --out "$W/no" --executor "$bad"
done
says 2 "--db" "a private sandbox has no executor" "$BIN/dryproof" run --carrier "$W/may" --out "$W/no" --executor "$url"
t "nothing was written" test ! -e "$W/no"

# ---- the documented refusals ----
ask() { # STATUS CODE NAME JQ: a request that the filter makes of a good one
    ask_n=$((${ask_n:-0} + 1))
    jq -cn "{actor: \"a\", args: [\"{}\"], correlation_id: \"ask/$ask_n\", dot_code: \"DOT_C1_SCHEMA_ENSURE\", endpoint: \"c1.dot_c1_schema_ensure(jsonb)\",
        idempotency_root: \"r\", mode: \"PLAN_ONLY\", namespace: \"DRYRUN-NS:x\", write_observation: false} | $4" >"$W/body"
    curl -s --noproxy '*' -o "$W/answer" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$W/body" "$real/dispatch" >"$W/code" 2>"$W/log"
    t "the executor: $3" sh -c "cat '$W/answer' && [ \"\$(cat '$W/code')\" = $1 ] && jq -e '.refusal.code == \"$2\" or .result.error == null and \"$2\" == \"-\"' '$W/answer'"
}
ask 200 - "a good request" .
ask 409 ALREADY_DISPATCHED "the same again" '.correlation_id = "ask/1"'
ask 403 REAL_RUN_NOT_PERMITTED "a real run" '.mode = "REAL_RUN"'
ask 400 INVALID_MODE "another mode" '.mode = "BOLD"'
ask 400 MISSING_CORRELATION_ID "no correlation id" '.correlation_id = " "'
ask 400 NO_CONTRACT "no contract" '.dot_code = "DOT_NONE"'
ask 400 ENDPOINT_NOT_REGISTERED "another endpoint than the contract's" '.endpoint = "c1.dot_c1_preflight(jsonb)"'
ask 400 NAMESPACE_OUTSIDE_DRYRUN "a namespace outside" '.namespace = "PROD-NS:x"'
ask 400 MALFORMED_REQUEST "a member more" '.x = 1'
ask 400 MALFORMED_REQUEST "a request to write" '.write_observation = true'
as_superuser -d http -c "UPDATE c1.runtime_gate SET value = 'false' WHERE gate = 'dry_run_only'"
ask 409 RUNTIME_NOT_DRY_RUN_ONLY "a runtime that is not dry-run-only, whatever else is asked" '.mode = "REAL_RUN"'
url=$real
t "a run of it" collect http gate
t "is packed" pack gate
exits 1 "and is no pass" verify gate
is "by gate and executor" '[.findings[].code] | contains(["E_GATE_OPEN", "HOLD_EXECUTOR_ANSWER"])'

# ---- an executor that lies ----
# hostile KIND STATUS CODE TEXT [WHERE [DATABASE]]: what both verifiers make of it; a database of
# its own where it goes on behind the lie
hostile() {
    h_database=${6:-hostile}
    [ -z "${6:-}" ] || new_database "$6" >/dev/null 2>&1
    listening "$SAN/executor" "$W/may" "$(observer "$h_database")"; h_one=$!
    listening python3 tests/executor/hostile.py "$url" "$1" ${5:+"$5"}; h_two=$!
    "$SAN/dryproof-collect" run --carrier "$W/may" --db "$(observer "$h_database")" --out "$W/$1" --quiet --timeout "${SECONDS_MAX:-60}" --executor "$url" >"$W/log" 2>&1
    h_got=$?
    kill "$h_one" "$h_two" 2>/dev/null
    if [ "$h_got" -ne 0 ] || LC_ALL=C grep -q '[^ -~]' "$W/log" || ! pack "$1"; then not_ok "$1: it is collected, and packed"; return; fi
    exits "$2" "$1: $3" verify "$1"
    is "$1: it is told" ". as \$v | any(.findings[]; .code == \"$3\" and (.message | test(\"$4\")) and (.code == \$v.verdict or \$v.exit_status != 3 or (.code | startswith(\"E_\")))) and .status != \"PASS\""
    exits "$2" "$1: the second verifier says so" second "$1"
    is "$1: by the same name" "any(.findings[]; .code == \"$3\")"
}
t "a database for liars" new_database hostile
hostile 409 3 HOLD_EXECUTOR_REFUSED '^409 REFUSED_409: dispatch refused'
hostile escapes 3 HOLD_EXECUTOR_REFUSED '^400 .*owned.*error'
"$BIN/dryproof-verify" "$W/escapes.golden/stage/package.tar" --attestations "$W/escapes.golden/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub" >"$W/shown" 2>&1
t "escapes: none acts on a terminal" sh -c "grep -q owned '$W/shown' && ! LC_ALL=C grep -q '[^ -~]' '$W/shown'"
hostile 500 3 HOLD_EXECUTOR_ANSWER 'status 500'
hostile redirect 3 HOLD_EXECUTOR_ANSWER 'status 302'
hostile type 3 HOLD_EXECUTOR_ANSWER 'text/html'
for kind in not-json twice more wrong-id; do hostile $kind 3 HOLD_EXECUTOR_ANSWER 'status 200, application/json'; done
hostile truncated 3 HOLD_EXECUTOR_ANSWER ': broken'
hostile huge 3 HOLD_EXECUTOR_ANSWER ': too-large'
t "huge: what is kept of it is bounded" test "$(cat "$W"/huge.golden/run/steps/*/http/response | wc -c)" -le 16777216
hostile head 3 HOLD_EXECUTOR_ANSWER ': too-large'
SECONDS_MAX=2 hostile slow 3 HOLD_EXECUTOR_ANSWER ': timeout'
SECONDS_MAX=
hostile sick 3 HOLD_EXECUTOR_ANSWER 'that it is well' /healthz
hostile elsewhere 3 HOLD_EXECUTOR_ANSWER 'of this database' /selfcheck
hostile real 3 HOLD_EXECUTOR_ANSWER 'dry-run-only' /selfcheck
t "real: nobody asked it for a step" sh -c "cd '$W/real.golden/run' && ! find steps -path '*/http/*' | grep -q ."
hostile dies 3 HOLD_EXECUTOR_ANSWER 'no answer to .*/evidence-readback' /evidence-readback dies
# what it committed before it died is a write that no record has
hostile dies-committed 1 E_XID_UNACCOUNTED '.' /vocab-verify committed
hostile accepts 1 E_REJECT_CODE 'expected a refusal with REJECT_BAD_MODE, got DRY_RUN_OK' /bad_mode accepts
hostile no-xid 1 E_STEP_XID 'transaction id none' /vocab-verify noxid
hostile gone 3 HOLD_EXECUTOR_ANSWER 'was not seen' /schema-ensure gone
new_database super >/dev/null 2>&1
psql -X -q -h "$SOCKET" -p 5432 -U dryproof_sandbox -d super -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 & PIDS="$PIDS $!"
for _ in $(seq 100); do
    PID=$(as_superuser -d super -Atc "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"); [ -z "$PID" ] || break; sleep 0.05
done
export PID
hostile superuser 3 E_EVIDENCE_PRIV "seen to be dryproof_sandbox's" /schema-ensure super
unset PID

url=http://127.0.0.1:1
t "nobody listens" collect hostile nobody
t "nobody listens: packed" pack nobody
exits 3 "nobody listens: no answer" verify nobody
is "nobody listens: by its name" 'any(.findings[]; .code == "HOLD_EXECUTOR_ANSWER" and (.message | test(": no-connection$")))'

# ---- over TLS ----
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$W/tls.pem" -out "$W/authority.pem" -days 2 \
    -subj /CN=executor -addext subjectAltName=IP:127.0.0.1 >"$W/log" 2>&1
cat "$W/authority.pem" >>"$W/tls.pem"
new_database tls >/dev/null 2>&1
executor tls
export CERTIFICATE="$W/tls.pem"
listening python3 tests/executor/hostile.py "$real" tls -
export SSL_CERT_FILE="$W/authority.pem"
t "over TLS" collect tls tls
unset SSL_CERT_FILE
t "over TLS: packed" pack tls
exits 0 "over TLS: verified" verify tls
t "by a certificate of nobody's" collect hostile stranger
t "by a certificate of nobody's: packed" pack stranger
exits 3 "by a certificate of nobody's: no answer" verify stranger
is "by a certificate of nobody's: by its name" 'any(.findings[]; .code == "HOLD_EXECUTOR_ANSWER" and (.message | test(": no-connection$")))'

# ---- a token is sent, and kept nowhere ----
export DRYPROOF_EXECUTOR_TOKEN=tOkEn-0123456789
new_database token >/dev/null 2>&1
executor token
t "an executor that wants a token gets it" collect token secret
t "nothing of the run has it" sh -c "! grep -rqF '$DRYPROOF_EXECUTOR_TOKEN' '$W/secret'"
t "with a token: packed" pack secret
exits 0 "with a token: verified" verify secret
hostile token 3 HOLD_EXECUTOR_ANSWER ': secret'
t "an answer that repeats it is not kept" sh -c "! grep -rqF '$DRYPROOF_EXECUTOR_TOKEN' '$W/token.golden/run'"
unset DRYPROOF_EXECUTOR_TOKEN
url=$real
t "without it" collect hostile untold
t "without it: packed" pack untold
exits 3 "without it: no answer" verify untold
is "without it: by its status" 'any(.findings[]; .code == "HOLD_EXECUTOR_ANSWER" and (.message | test("status 401")))'
