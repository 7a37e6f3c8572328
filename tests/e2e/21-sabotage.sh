# tests/e2e/21-sabotage.sh - lies about manifest, registry, gates, readback, seal and environment,
# and writers beside the run.  See tests/sabotage/tell.sh.
. tests/lib.sh
. tests/sabotage/tell.sh
tell '^0[6-9]|^[1-9]'

# ---- somebody else writes while the run is on
mkdir "$W/base" && W=$W/base
cp -r "$GOLDEN/evidence" "$W/evidence"
beside() { # NAME STATUS CODES DATABASE SQL...: a session of somebody else that does SQL until it is ended
    b_name=$1 b_want=$2 b_codes=$3 b_db=$4; shift 4
    # An id that is running at the very edge is nobody's that could be named, so beside one who writes
    # all the time one honest run in forty is HOLD (make noise).  It is run again, twice at most.
    for b_try in 1 2 3; do
        new_database lie >"$W/log" 2>&1
        head=$(git -C "$W/evidence" rev-parse main)
        as_superuser -d "$b_db" -o /dev/null "$@" >"$W/beside" 2>&1 &
        b_pid=$!
        sleep 0.5
        "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer lie)" --repo "$W/evidence" --key "$GOLDEN/signer.key" \
            >"$W/said" 2>"$W/log" </dev/null
        status=$?
        kill "$b_pid" 2>/dev/null; wait "$b_pid" 2>/dev/null
        as_superuser -d postgres -o /dev/null -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('postgres', 'lie') AND pid <> pg_backend_pid()" \
            -c 'DROP TABLE IF EXISTS noise'
        [ "$b_want $status" = "0 3" ] || break
    done
    if judge "$b_want" "$b_codes" >>"$W/log" 2>&1; then ok "sabotage $b_name: $b_codes"; else not_ok "sabotage $b_name: $b_codes"; fi
}
TAKES='DO $$ BEGIN FOR i IN 1..300 LOOP PERFORM pg_current_xact_id(); COMMIT; PERFORM pg_sleep(0.05); END LOOP; END $$'
# nobody can tell in which database an id was taken that wrote nothing
beside "a session beside takes ids during the run" 3 E_EVIDENCE_UNATTRIBUTED postgres -c "$TAKES"
beside "a session beside takes ids in this database" 3 E_EVIDENCE_UNATTRIBUTED lie -c "$TAKES"
beside "a session has a transaction open in this database" 3 E_EVIDENCE_UNATTRIBUTED lie \
    -c BEGIN -c 'SELECT pg_current_xact_id()' -c 'SELECT pg_sleep(30)'
beside "no lie: a session has a transaction open in another database" 0 - postgres \
    -c BEGIN -c 'SELECT pg_current_xact_id()' -c 'SELECT pg_sleep(30)'
beside "no lie: a session writes all the time in another database" 0 - postgres -c 'CREATE TABLE noise (i int)' \
    -c 'DO $$ BEGIN FOR i IN 1..3000 LOOP INSERT INTO noise VALUES (i); COMMIT; PERFORM pg_sleep(0.005); END LOOP; END $$'
as_superuser -d postgres -c 'DROP DATABASE lie'
