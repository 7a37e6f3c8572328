# tests/e2e/29-preflight.sh - dryproof preflight: each thing that a governed run needs is taken away
# from a real database, and exactly what it was, with its phase, code and key, is what is held; that
# asking leaves no trace; and that a ledger can be kept and signed.  30-governed.sh has the policy.
. tests/lib.sh
ask() { "$BIN/dryproof" preflight --carrier "${CARRIER:-carriers/c1}" --db "${DB:-$(observer pre)}" "$@"; }
broken_by() { new_database pre && as_superuser -d pre "$@"; }
# held NAME: the ledger in the log holds exactly the lines of standard input
held() {
    sort >"$W/want"
    jq -r '.phases[] as $p | $p.holds[] | [$p.phase, .code, .object // "-", (.key // "-" | tojson)] | join(" ")' "$W/log" | sort >"$W/have"
    cp "$W/log" "$W/said"
    t "$1" diff "$W/want" "$W/have"
    cp "$W/said" "$W/log"
}

t "the surface" new_database pre
exits 0 "nothing is missing" ask --json --out "$W/preflight.json"
is "every phase was checked, and is ready" '.schema == "dryproof.preflight/1" and .status == "READY" and .exit_status == 0 and
    [.phases[].phase] == ["P0", "P1", "P2", "P3", "P4", "P5"] and all(.phases[]; .status == "READY" and .checks > 0 and .holds == []) and
    .environment.class == "sandbox" and .authority_effect == "NONE" and .registration_effect == "NONE"'
is "it says what it does not know" '(.not_observed | length) > 3 and any(.not_observed[]; test("attempted_real_run is driven by the run"))'
is "of this very plan" ".plan_sha256 == \"$(jq -r .run.plan_sha256 "$GOLDEN/verdict.json")\""
t "what was kept is what was said" cmp "$W/preflight.json" "$W/said"
exits 0 "asking is dry: no id, no record, no row" "$BIN/dryproof" run --db "$(observer pre)" -- sh -c "'$BIN/dryproof' preflight --carrier carriers/c1 --db '$(observer pre)' >/dev/null"

t "rows that are not there, or others" broken_by <<'SQL' -f -
UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'real_run_enabled';
DELETE FROM c1.dot_admission WHERE dot_code = 'DOT_C1_PREFLIGHT';
UPDATE c1.dot_admission SET orphan_check = '' WHERE dot_code = 'DOT_C1_VOCAB_BUILD';
UPDATE c1.dot_agent_api_contract SET notes = notes || '.' WHERE dot_code = 'DOT_C1_ROLLBACK_CHECK';
DELETE FROM c1.dot_agent_api_contract WHERE dot_code = 'DOT_C1_EVIDENCE_READBACK';
DELETE FROM c1.dot_tools WHERE code = 'DOT_C1_BAD_INPUT_HARNESS';
UPDATE c1.dot_tools SET description = '.' WHERE code = 'DOT-120';
DELETE FROM c1.dot_agent_api_contract WHERE dot_code = 'DOT_KG_VERIFY';
DELETE FROM c1.governance_build_authorization WHERE auth_code = 'G_VALID';
UPDATE c1.governance_object_ownership SET lifecycle_status = 'revoked';
DELETE FROM c1.c1_table_registry WHERE ctid = (SELECT min(ctid) FROM c1.c1_table_registry);
UPDATE c1.apr_action_types_fixture SET risk_level = 'high' WHERE action_code = 'update_item';
SQL
exits 3 "they are held" ask --json
held "each by its own" <<'HOLDS'
P0 E_GATE_OPEN c1.runtime_gate {"gate":"real_run_enabled"}
P1 HOLD_ADMISSION_MISSING_OR_INVALID c1.dot_admission {"dot_code":"DOT_C1_PREFLIGHT"}
P1 HOLD_ADMISSION_MISSING_OR_INVALID c1.dot_admission {"dot_code":"DOT_C1_VOCAB_BUILD"}
P1 E_ADMISSION_DEFINITION c1.dot_admission {"dot_code":"DOT_C1_ROLLBACK_CHECK"}
P3 HOLD_CONTRACTS_NOT_REGISTERED c1.dot_agent_api_contract {"dot_code":"DOT_C1_EVIDENCE_READBACK"}
P3 HOLD_CONTRACTS_NOT_REGISTERED c1.dot_tools {"code":"DOT_C1_BAD_INPUT_HARNESS"}
P3 HOLD_CATALOG_NOT_RECONCILED c1.dot_catalog {"code":"CAT-006"}
P3 E_REUSED_CHANGED c1.dot_tools {"code":"DOT-120"}
P3 E_REUSED_CHANGED c1.dot_agent_api_contract {"dot_code":"DOT_KG_VERIFY"}
P4 HOLD_NO_GRANT_OR_OWNERSHIP c1.governance_build_authorization {"auth_code":"G_VALID"}
P4 HOLD_NO_GRANT_OR_OWNERSHIP c1.governance_object_ownership {"lifecycle_status":"active","object_ref":"c1.governance_canonical_operation_vocab","object_type":"table","owner_gov_code":"C1","owner_kind":"accountable","scope":"C1"}
P5 HOLD_PREFLIGHT c1.c1_table_registry {"owner":"C1"}
P5 HOLD_PREFLIGHT c1.dot_agent_api_contract "-"
P5 HOLD_PREFLIGHT - "-"
P5 E_CANON_MISMATCH - {"manifest":"c1"}
HOLDS
is "with the plan's sentence, and what to do" 'all(.phases[].holds[]; (.sentence | length) > 20 and (.action | length) > 10 and (.detail | length) > 10) and
    any(.phases[].holds[]; .sentence | startswith("HOLD - contracts not registered"))'
ask >"$W/text" 2>&1
t "as text the first line says so" sh -c "head -n 1 '$W/text' | grep -qx 'HOLD: the run would be held'"
t "and the rest what and where" sh -c "grep -qx '    object   c1.runtime_gate {\"gate\":\"real_run_enabled\"}' '$W/text' && grep -q '^    do       Stop: close the gate' '$W/text'"

t "values that are not the plan's" broken_by <<'SQL' -f -
DELETE FROM c1.runtime_gate WHERE gate = 'dry_run_only';
UPDATE c1.dot_agent_api_contract SET paired_dot = NULL, endpoint_ref = 'c1.other(jsonb)' WHERE dot_code = 'DOT_C1_VOCAB_VERIFY';
UPDATE c1.dot_catalog SET recorded_count = 309;
UPDATE c1.governance_build_authorization SET scope = jsonb_set(scope, '{action_set}', scope -> 'action_set' || '["c1.op.SMUGGLED"]'), granted_at = '2020-01-01', expires_at = '2020-01-02' WHERE auth_code = 'G_VALID';
SQL
exits 3 "they are held" ask --json
held "each by its own, and what follows from it" <<'HOLDS'
P0 E_GATE_OPEN c1.runtime_gate {"gate":"dry_run_only"}
P1 E_ADMISSION_DEFINITION c1.dot_admission {"dot_code":"DOT_C1_VOCAB_VERIFY"}
P1 E_ADMISSION_DEFINITION c1.dot_admission {"dot_code":"DOT_C1_VOCAB_VERIFY"}
P3 HOLD_CONTRACTS_NOT_REGISTERED c1.dot_agent_api_contract {"dot_code":"DOT_C1_VOCAB_VERIFY"}
P3 HOLD_CONTRACTS_NOT_REGISTERED c1.dot_agent_api_contract {"dot_code":"DOT_C1_VOCAB_VERIFY"}
P3 HOLD_CONTRACTS_NOT_REGISTERED c1.dot_agent_api_contract {"dot_code":"DOT_C1_VOCAB_VERIFY"}
P3 HOLD_CATALOG_NOT_RECONCILED c1.dot_catalog {"code":"CAT-006"}
P4 E_GRANT_SCOPE c1.governance_build_authorization {"auth_code":"G_VALID"}
P4 HOLD_NO_GRANT_OR_OWNERSHIP c1.governance_build_authorization {"auth_code":"G_VALID"}
HOLDS

t "a grant for another manifest" broken_by -c "UPDATE c1.governance_build_authorization SET scope = jsonb_set(scope, '{manifest_hash}', '\"deadbeef\"') WHERE auth_code = 'G_VALID'"
exits 3 "is held" ask --json
echo 'P4 E_GRANT_SCOPE c1.governance_build_authorization {"auth_code":"G_VALID"}' | held "for its scope alone"

t "a grant that was used, and an owner too many" broken_by -c "UPDATE c1.governance_build_authorization SET status = 'consumed', consumed_at = now(), consumed_by = 'x' WHERE auth_code = 'G_VALID'" \
    -c "DROP INDEX c1.governance_object_ownership_one_accountable" \
    -c "INSERT INTO c1.governance_object_ownership (object_type, object_ref, scope, owner_kind, owner_gov_code, effective_from, lifecycle_status, created_at, created_by) SELECT object_type, object_ref, scope, owner_kind, owner_gov_code, effective_from, lifecycle_status, created_at, created_by FROM c1.governance_object_ownership"
exits 3 "they are held" ask --json
held "both in P4" <<'HOLDS'
P4 HOLD_NO_GRANT_OR_OWNERSHIP c1.governance_build_authorization {"auth_code":"G_VALID"}
P4 HOLD_NO_GRANT_OR_OWNERSHIP c1.governance_object_ownership {"lifecycle_status":"active","object_ref":"c1.governance_canonical_operation_vocab","object_type":"table","owner_gov_code":"C1","owner_kind":"accountable","scope":"C1"}
HOLDS

t "objects that are not there, or not ours to use" broken_by -c 'DROP TABLE c1.governance_canonical_operation_vocab CASCADE' \
    -c 'DROP FUNCTION c1.fn_process_agent_api_dispatch' -c 'REVOKE EXECUTE ON FUNCTION c1.dot_c1_preflight(jsonb) FROM PUBLIC, c1_step' \
    -c 'ALTER TABLE c1.c1_build_audit ENABLE ROW LEVEL SECURITY' -c 'DROP EXTENSION pg_walinspect' \
    -c "DELETE FROM dryproof_sandbox.mark WHERE label = 'NOT_PRODUCTION'" \
    -c 'DROP ROLE IF EXISTS pre_poor' -c 'CREATE ROLE pre_poor LOGIN' -c 'GRANT pg_read_all_data, pg_read_all_stats TO pre_poor'
DB="host=$SOCKET port=5432 user=pre_poor dbname=pre"
exits 3 "they are held" ask --json
held "each by its own" <<'HOLDS'
P0 E_SANDBOX_LABELS dryproof_sandbox.mark "-"
P0 HOLD_NO_GOVERNED_WRITE_CHANNEL sql/dispatch.sql {"role":"c1_step"}
P0 HOLD_NO_GOVERNED_WRITE_CHANNEL c1.dot_c1_preflight(jsonb) {"role":"c1_step"}
P0 HOLD_NO_WRITE_WITNESS - {"role":"pre_poor"}
P0 E_EVIDENCE_INCOMPLETE c1.c1_build_audit "-"
P2 HOLD_COLLECTION_NOT_CREATED c1.governance_canonical_operation_vocab "-"
P5 HOLD_PREFLIGHT c1.governance_canonical_operation_vocab "-"
HOLDS
is "with the GRANTs" 'any(.phases[0].holds[]; .action | startswith("CREATE EXTENSION pg_walinspect")) and any(.phases[0].holds[]; .action | endswith("BYPASSRLS"))'
as_superuser -d postgres -c 'DROP ROLE pre_poor'
unset DB

# ---- the steps' connection ----
t "the surface again" new_database pre
exits 3 "steps as a superuser" ask --json --steps-db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=pre"
held "another role than the plan's, wide, and able to act outside" <<'HOLDS'
P0 E_BIND_PLAN - {"role":"c1_step"}
P0 E_EVIDENCE_PRIV - {"role":"c1_step"}
P0 E_EVIDENCE_PRIV - {"role":"c1_step"}
P0 E_EVIDENCE_PRIV - {"role":"c1_step"}
P0 E_EVIDENCE_PRIV - {"role":"c1_step"}
P0 E_EVIDENCE_PRIV - {"role":"c1_step"}
P0 HOLD_CAPABILITY - {"role":"c1_step"}
HOLDS
exits 3 "steps in another database" ask --json --steps-db "host=$SOCKET port=5432 user=c1_step dbname=c1"
echo 'P0 HOLD_NOT_CONNECTED - {"role":"c1_step"}' | held "are not seen here"
exits 3 "a step role that cannot connect" ask --json --steps-db "host=$SOCKET port=5432 user=nobody_here dbname=pre"
echo 'P0 HOLD_NO_GOVERNED_WRITE_CHANNEL - {"role":"c1_step"}' | held "is no channel"

# ---- the plan ----
mkdir "$W/c1" && cp -r carriers/c1/sql carriers/c1/surface "$W/c1" && jq '.forbidden.named = []' carriers/c1/plan.json >"$W/c1/plan.json"
CARRIER=$W/c1 exits 3 "a list of forbidden DOTs that names none" ask --json
echo 'P1 HOLD_FORBIDDEN_LIST_EMPTY plan.json "-"' | held "is held"
jq '.forbidden.named += ["DOT_C1_ROLLBACK_CHECK"]' carriers/c1/plan.json >"$W/c1/plan.json"
CARRIER=$W/c1 exits 3 "a step that is forbidden" ask --json
is "is held" '[.phases[1].holds[] | [.code, .key.dot_code]] | unique == [["E_FORBIDDEN_DOT", "DOT_C1_ROLLBACK_CHECK"]]'

jq '.preflight.checks += [{name: "more", check: {exists: "c1.nowhere"}}]' carriers/c1/plan.json >"$W/c1/plan.json"
CARRIER=$W/c1 exits 3 "a table that must be there and is not captured" ask --json
printf 'P2 HOLD_COLLECTION_NOT_CREATED c1.nowhere "-"\nP5 HOLD_PREFLIGHT c1.nowhere "-"\n' | held "is held twice: the collection, and the check"

# ---- the command line ----
says 2 "exists" "a ledger is written once" ask --out "$W/preflight.json"
says 2 "carrier" "no carrier" "$BIN/dryproof" preflight --db "$(observer pre)"
says 2 "not a trust policy" "a policy that is none" ask --policy carriers/c1/plan.json
says 5 "--db" "no server" "$BIN/dryproof" preflight --carrier carriers/c1 --db "host=$W user=x"

# ---- signed ----
attest() { "$BIN/dryproof-pack" attest --preflight "$W/preflight.json" --key "$GOLDEN/signer.key" --out "$W/preflight.jsonl"; }
by_openssl() {
    jq -r .payload "$W/preflight.jsonl" | base64 -d >"$W/payload" && jq -r '.signatures[0].sig' "$W/preflight.jsonl" | base64 -d >"$W/sig" &&
        { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(wc -c <"$W/payload")"; cat "$W/payload"; } >"$W/pae" &&
        openssl pkeyutl -verify -pubin -inkey "$GOLDEN/signer.pub" -rawin -in "$W/pae" -sigfile "$W/sig"
}
t "the packager signs it" attest
t "as openssl reads it" by_openssl
t "it is about that file" jq -e --arg d "$(sha256sum <"$W/preflight.json" | cut -c1-64)" '.predicateType == "urn:dryproof:attestation:preflight:v1" and
    .subject == [{digest: {sha256: $d}, name: "preflight.json"}] and .predicate.status == "READY" and .predicate.carrier == "C1"' "$W/payload"
says 2 "is no dryproof.preflight/1" "another document" "$BIN/dryproof-pack" attest --preflight "$GOLDEN/verdict.json" --key "$GOLDEN/signer.key" --out "$W/no"
says 2 "one of --verdict and --preflight" "neither" "$BIN/dryproof-pack" attest --key "$GOLDEN/signer.key" --out "$W/no"
