# tests/e2e/25-edited-run.sh - a run directory that was edited behind the collector is packed
# and signed by a packager who means no harm; the verifier finds the edit.  (An edit that is
# consistent throughout cannot be found: whoever holds collector and key is believed.)
. tests/lib.sh

t "a copy of the surface" new_database other
t "another honest run" "$BIN/dryproof-collect" run --carrier carriers/c1 --db "$(observer other)" --out "$W/other" --quiet
json() { jq -cS "$2" "$run/$1" >"$W/edited" && cmp -s "$W/edited" "$run/$1" && return 1; cat "$W/edited" >"$run/$1"; }
edited() { # NAME CODE COMMAND...: COMMAND edits the run in $run; CODE - when the packager refuses it
    e_name=$1 e_code=$2; shift 2
    run=$W/run
    rm -rf "$run" "$W/stage" && cp -r "$GOLDEN/run" "$run"
    if ! "$@" >"$W/log" 2>&1; then not_ok "edited run, $e_name: nothing was edited"; return; fi
    "$BIN/dryproof-pack" pack "$run" --key "$GOLDEN/signer.key" --out "$W/stage" >"$W/log" 2>&1
    status=$?
    if [ "$e_code" = - ]; then
        if [ "$status" = 2 ] && [ ! -e "$W/stage" ]; then ok "edited run, $e_name: the packager refuses it"
        else not_ok "edited run, $e_name: the packager refuses it"; fi
        return
    fi
    DRYPROOF_EXPECTED=+$e_code "$BIN/dryproof-verify" "$W/stage/package.tar" --key "$GOLDEN/signer.pub" --json \
        --attestations "$W/stage/attestations.intoto.jsonl" >"$W/verdict.json" 2>>"$W/log"
    status=$?
    jq -c '[.findings[].code] | unique' "$W/verdict.json" >>"$W/log"
    if [ "$status" != 0 ] &&
        jq -e --arg c "$e_code" '.status != "PASS" and any(.findings[]; .code == $c)' "$W/verdict.json" >/dev/null
    then ok "edited run, $e_name: $e_code"; else not_ok "edited run, $e_name: $e_code"; fi
}
swap() { for s_path; do rm -rf "${run:?}/$s_path" && cp -r "$W/other/$s_path" "$run/$s_path" || return 1; done; }
cells() { sed "$2" "$run/$1" >"$W/edited" && ! cmp -s "$W/edited" "$run/$1" && cat "$W/edited" >"$run/$1"; }
case_path() { (cd "$GOLDEN/run" && echo harness/*-"$1"); }

edited "as it is, in other words" E_JSON_NONCANONICAL cells run.json 's/,/, /'
edited "a refusal's code is changed" E_REJECT_CODE cells "$(case_path wrong_carrier)/result.json" 's/REJECT_WRONG_CARRIER/REJECT_BAD_MODE/'
edited "a refusal is changed into another kind of answer" E_REJECT_CODE cells "$(case_path bad_mode)/result.json" 's/\\"REJECT\\"/\\"DRY_RUN_OK\\"/; s/\\"reject_code\\": \\"REJECT_BAD_MODE\\"/\\"x\\": 1/'
two_cases() {
    a=$(case_path wrong_carrier) b=$(case_path missing_plan)
    mv "$run/$a" "$run/x" && mv "$run/$b" "$run/$a" && mv "$run/x" "$run/$b"
}
edited "two cases change places" E_BIND_PLAN two_cases
edited "what a case left is hidden" E_REJECT_RESIDUE json "$(case_path injected_ops)/residue.json" '.state_after = "0" * 64 | .state_before = .state_after'
edited "a row is taken out of a captured table" E_TABLE_DIGEST sh -c "sed -i 2d '$W/run/before/tables/000001.ndjson'"
edited "a cell of a captured table is changed" E_TABLE_DIGEST sh -c "sed -i 's/\"false\"/\"true\"/' '$W/run/after/tables/000012.ndjson'"
no_change() { rm -rf "$run/after" && cp -r "$run/before" "$run/after"; }
edited "after is a copy of before" E_EVIDENCE_ORDER no_change
edited "before is another run's" E_BIND_CLUSTER swap before
edited "after is another run's" E_BIND_CLUSTER swap after
edited "both snapshots are another run's" E_EVIDENCE_ORDER swap before after wal.json wal
edited "a dispatch is another run's" E_BIND_RUN swap steps/003-vocab-build/dispatch
edited "started.json is another run's" E_BIND_RUN swap started.json
edited "run.json is another run's" E_BIND_RUN swap run.json
edited "wal.json is another run's" E_BIND_RUN swap wal.json
edited "all steps are another run's" E_BIND_RUN swap steps
edited "a statement is changed" E_BIND_PLAN cells steps/003-vocab-build/execution/request.sql 's/$/ /'
edited "a parameter is changed" E_BIND_PLAN json steps/003-vocab-build/execution/request.json '.args[1] = "G_SUPERSET"'
edited "a role is changed" E_EVIDENCE_PRIV json steps/003-vocab-build/execution/session.json '.session_user = "postgres"'
edited "a transaction id is added" E_STEP_XID json steps/003-vocab-build/execution/session.json '.xid = .next_xid_before'
edited "the verify step's transaction id is taken out" E_STEP_XID json steps/004-vocab-verify/execution/session.json '.xid = null'
edited "the next id after the run is put back" E_EVIDENCE_ORDER json after/transactions.json '.next_xid = "3"'
edited "an error is made of a result" E_STEP_RESULT json steps/003-vocab-build/execution/result.json '.error = {"detail":null,"hint":null,"message":"x","severity":"ERROR","sqlstate":"P0001"} | .rows = [] | .columns = [] | .command = null'
edited "one repetition of the manifest is another" E_CANON_UNSTABLE cells manifests/c1/rep-2.pg.bytes 's/C1/C2/'
edited "all the manifest's bytes are others" E_CANON_MISMATCH sh -c "sed -i 's/\"low\"/\"mid\"/' '$W'/run/manifests/c1/rep-*.bytes"
edited "the manifest's hash is another" E_CANON_MISMATCH json manifests/c1/manifest.json '.repetitions[].pg_hash = "0"'
edited "a readback is another" E_READBACK cells readback/vocab-rows/result.json 's/"0"/"1"/'
edited "the labels are taken out of the environment" E_SANDBOX_LABELS json environment.json '.labels = []'
edited "the labels are taken out everywhere" E_SANDBOX_LABELS sh -c "for f in environment.json before/identity.json after/identity.json; do jq -cS '.labels = []' '$W/run/'\$f >'$W/x' && cat '$W/x' >'$W/run/'\$f; done"
edited "the step role's rights are hidden badly" E_EVIDENCE_PRIV json environment.json '.step.superuser = true'
edited "the key is taken out of the catalog" E_UNREACHABLE_UNPROVEN sh -c "for e in before after; do sed -i '/governance_build_authorization_pkey.*PRIMARY KEY/d' '$W/run/'\$e/catalog.ndjson; done"
edited "a function of the catalog is another" E_ADMISSION_DEFINITION sh -c "for e in before after; do sed -i 's/WITHHELD_DRY_RUN/WITHHELD/' '$W/run/'\$e/functions.ndjson; done"
edited "a file more" E_MANIFEST_EXTRA sh -c "echo '{}' >'$W/run/notes.json'"
edited "a case less" - sh -c "rm -r '$W/run/$(case_path bad_mode)'"
edited "a weaker plan" - json carrier/plan.json '.required_claims = []'
edited "no run.json" - rm "$W/run/run.json"

run=$W/run; rm -rf "$run" "$W/stage" && cp -r "$GOLDEN/run" "$run"
exits 0 "the same run unedited, packed the same way" sh -c "'$BIN/dryproof-pack' pack '$run' --key '$GOLDEN/signer.key' --out '$W/stage' &&
    '$BIN/dryproof-verify' '$W/stage/package.tar' --attestations '$W/stage/attestations.intoto.jsonl' --key '$GOLDEN/signer.pub'"
