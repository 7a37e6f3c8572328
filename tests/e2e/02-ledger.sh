# tests/e2e/02-ledger.sh - the second carrier: one that needed no C; its dry run, and closings that write.
. tests/lib.sh
"$BIN/dryproof" key new --role packager --out "$W/signer" >/dev/null

# twin NAME SQL: the carrier whose closing does SQL first, admitted as it is
twin() {
    cp -r carriers/ledger "$W/$1" && chmod -R u+w "$W/$1"
    cat >"$W/$1/surface/35-twin.sql" <<SQL
ALTER FUNCTION ledger.close(jsonb, text) RENAME TO close_dry;
CREATE FUNCTION ledger.close(p jsonb, p_approval text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS \$\$
DECLARE
    r jsonb := ledger.close_dry(p, p_approval);
BEGIN
    IF r ->> 'outcome' = 'DRY_RUN_OK' THEN $2; END IF;
    RETURN r;
END
\$\$;
SQL
}
# run STATUS NAME CARRIER: one run in the sandbox
run() { exits "$1" "$2" "$BIN/dryproof" run --carrier "$3" --repo "$W/evidence" --key "$W/signer.key" --json; }

t "the plan is well-formed" "$BIN/dryproof" plan check --carrier carriers/ledger
run 0 "the dry run of the closing holds" carriers/ledger
is "with the plan's word for a sandbox, every claim that it requires, and one changed row" '
    .verdict.status == "PASS" and .verdict.verdict == "LEDGER_CLOSING_DRY_RUN_PROVEN_IN_SANDBOX" and
    .verdict.findings == [] and ([.verdict.claims[] | select(.required and .status == "PASS")] | length) == 21'

write="INSERT INTO ledger.closing VALUES (p ->> 'month', r ->> 'manifest_hash', transaction_timestamp())"
twin writes "$write"
run 1 "a closing that closes is not dry" "$W/writes"
is "by its row, its transaction id, its WAL and the readback" '[.verdict.findings[].code] |
    index("E_EVIDENCE_CHANGED") and index("E_STEP_XID") and index("E_WAL_WRITE") and index("E_READBACK")'
twin undoes "$write; DELETE FROM ledger.closing"
run 1 "nor is one that takes its row back" "$W/undoes"
is "by its transaction id and its WAL, though nothing is left" '[.verdict.findings[].code] |
    index("E_STEP_XID") and index("E_WAL_WRITE") and index("E_READBACK") == null'
