# tests/e2e/02-ledger.sh - the second carrier: one that needed no C; what `dryproof init`
# copies; its dry run, also one that was cut short; and closings that write.
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
# run STATUS NAME CARRIER: one run in the sandbox, into a repository of its own
run() { exits "$1" "$2" "$BIN/dryproof" run --carrier "$3" --repo "$W/of-${3##*/}" --key "$W/signer.key" --json; }

t "the plan is well-formed" "$BIN/dryproof" plan check --carrier carriers/ledger

# ---- init ----
init() { "$BIN/dryproof" init "$@"; }
exits 0 "init makes a carrier" init "$W/mine"
t "it is this one" diff -r carriers/ledger "$W/mine"
t "what it says next runs as printed: the check" sh -c 'cd "$2" && PATH=$1:$PATH && eval "$(dryproof init other | sed -n "s/^check  //p")"' - "$BIN" "$W"
says 2 "$W/mine is there and not an empty folder" "a second time it is in the way" init "$W/mine"
t "and as it was" diff -r carriers/ledger "$W/mine"
mkdir "$W/empty"; echo x >"$W/file"; ln -s empty "$W/link"
exits 0 "an empty folder is not" init "$W/empty/"
says 2 "$W/file is there" "a file is" init "$W/file"
says 2 "$W/link is there" "a link is" init "$W/link"
exits 5 "without the folder above there is none" init "$W/none/mine"
says 2 "init needs the name" "nor without a name" init
t "nothing half-made is left" sh -c '! ls -d "$1"/*.tmp.* | grep .' - "$W"

# ---- the run, of the copy ----
run 0 "the dry run of the closing holds" "$W/mine"
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

twin foreign "r := r || '{\"would_post\":{\"caf\\u00e9\":1}}'"
run 1 "nor does a step hold that answers with keys no plan can name" "$W/foreign"
is "by what it answered, and by nothing else" '[.verdict.findings[].code] == ["E_STEP_RESULT"]'

# ---- text that is not in NFC: the manifest's digest is that of its normal form, worked out here
cp -r carriers/ledger "$W/decomposed" && chmod -R u+w "$W/decomposed"
printf '%s\n' "UPDATE ledger.entry SET entry = U&'2026-05/e\0301' WHERE entry = '2026-05/4';" >"$W/decomposed/surface/15-decomposed.sql"
digest=$(printf '{"entries":[%s,%s,%s],"month":"2026-05","protocol_version":1,"serialization":"cser-v1"}' \
    '{"account":"cash","amount":"90000","entry":"2026-05/1"}' '{"account":"sales","amount":"-90000","entry":"2026-05/2"}' \
    "$(printf '{"account":"rent","amount":"30000","entry":"2026-05/3"},{"account":"cash","amount":"-30000","entry":"2026-05/\303\251"}')" |
    sha256sum | cut -d' ' -f1)
jq --arg digest "$digest" '.manifests[0].expect_sha256 = $digest' carriers/ledger/plan.json >"$W/decomposed/plan.json"
run 0 "a manifest with decomposed text holds" "$W/decomposed"

# ---- the second verifier, which has seen no other carrier than C1 either ----
second() { # STATUS CARRIER: of its package it says what ours says, finding by finding
    R=$W/of-$2 folder=$(git -C "$W/of-$2" ls-tree -r --name-only main | sed -n 's,/package.tar$,,p')
    for file in package.tar attestations.intoto.jsonl; do git -C "$R" cat-file blob "main:$folder/$file" >"$W/$file" || return 1; done
    set -- "$1" "$W/package.tar" --attestations "$W/attestations.intoto.jsonl" --key "$W/signer.pub" --json
    want=$1; shift
    "$BIN/dryproof-verify" "$@" >"$W/ours"; ours=$?
    python3 -B tests/second/verify.py "$@" >"$W/theirs"; theirs=$?
    for name in ours theirs; do jq -r '.findings[] | .code + " " + .path' "$W/$name" | sort >"$W/$name.found" || return 1; done
    echo "ours $ours, theirs $theirs"
    [ "$ours $theirs" = "$want $want" ] && diff "$W/ours.found" "$W/theirs.found"
}
t "the second verifier says the same of the honest run" second 0 mine
t "of decomposed text" second 0 decomposed
t "of keys that are not ASCII" second 1 foreign
t "of the closing that closes" second 1 writes
t "and of the one that takes it back" second 1 undoes

# ---- cut short, and run again ----
# cut SIGNAL LINE: end a run, and what it started, as soon as it has told of LINE
cut() {
    mkfifo "$W/told"
    setsid "$BIN/dryproof" run --carrier carriers/ledger --repo "$W/cut" --key "$W/signer.key" >"$W/told" 2>/dev/null & pid=$!
    while read -r line _; do [ "$line" != "$2" ] || kill -s "$1" -- "-$pid"; done <"$W/told"
    wait "$pid"; status=$?
    rm "$W/told"
    [ "$status" -ne 0 ]
}
again() { "$BIN/dryproof" run --carrier carriers/ledger --repo "$W/cut" --key "$W/signer.key" --quiet; }
packages() { git -C "$W/cut" ls-tree -r --name-only main | grep -c '/package.tar$'; }
t "interrupted while it collects" cut TERM sandbox
t "the same command again does all of it" again
killed() { for _ in 1 2 3 4 5; do cut KILL review && return; done; } # unless it was quicker
t "killed when it begins to publish" killed
t "and again, the same command" again
t "each package of it is whole, and in the ledger" sh -c '"$1/dryproof-verify" --repo "$2/cut" --all --key "$2/signer.pub" && [ "$3" -ge 2 ] &&
    [ "$3" = "$(git -C "$2/cut" ls-tree -r --name-only main ledger | wc -l)" ]' - "$BIN" "$W" "$(packages)"
