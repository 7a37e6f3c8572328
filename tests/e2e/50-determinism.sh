# tests/e2e/50-determinism.sh - one run directory gives one package, equal states give equal
# facts, every kind of fact counts, and FORMAT.md's recipes give the numbers.
. tests/lib.sh
honest=$(jq -r .verdict.run.facts_sha256 "$GOLDEN/run.json")
golden=$(jq -r .package "$GOLDEN/run.json")

same() { # NAME WANT GOT
    echo "expected $2, got $3" >"$W/log"
    if [ -n "$2" ] && [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1"; fi
}
differs() { # NAME WANT GOT
    echo "both are $2" >"$W/log"
    if [ -n "$3" ] && [ "$2" != "$3" ]; then ok "$1"; else not_ok "$1"; fi
}
member() { tar -xOf "$1" "bag/data/$2"; }

# ---- one run directory, one package
pack() { # RUN: prints the package's id; the stage is in $W/stage
    rm -rf "$W/stage"
    "$BIN/dryproof-pack" pack "$1" --key "$GOLDEN/signer.key" --out "$W/stage" --json 2>"$W/log" | jq -r .package
}
same "packing again gives the same package" "$golden" "$(pack "$GOLDEN/run")"
t "and the same archive, byte for byte" cmp "$W/stage/package.tar" "$GOLDEN/stage/package.tar"
mv "$W/stage/attestations.intoto.jsonl" "$W/attestations"
for locale in $(locale -a) no_SUCH.locale; do
    same "packed under LC_ALL=$locale" "$golden" "$(LC_ALL=$locale LANG=$locale && export LC_ALL LANG && pack "$GOLDEN/run")"
done
for zone in Asia/Kathmandu Pacific/Chatham XXX+13; do
    same "packed under TZ=$zone" "$golden" "$(TZ=$zone && export TZ && pack "$GOLDEN/run")"
done
same "packed under umask 000" "$golden" "$(umask 000 && pack "$GOLDEN/run")"
same "packed under umask 077" "$golden" "$(umask 077 && pack "$GOLDEN/run")"
same "packed from within, with other environment variables" "$golden" \
    "$(cd "$GOLDEN/run" && SOURCE_DATE_EPOCH=1 USER=nobody HOME=/nonexistent && export SOURCE_DATE_EPOCH USER HOME && pack .)"
mkdir -p "$W/reversed/run"
(cd "$GOLDEN/run" && find . -type f | LC_ALL=C sort -r) | while IFS= read -r file; do
    mkdir -p "$W/reversed/run/${file%/*}" && cat "$GOLDEN/run/$file" >"$W/reversed/run/$file"
done
find "$W/reversed/run" -type f -exec chmod 0666 {} + -exec touch -d 2001-02-03 {} +
same "packed from files made in reverse order, with another mode and time" "$golden" "$(pack "$W/reversed/run")"
t "a signature is the same each time" cmp "$W/stage/attestations.intoto.jsonl" "$W/attestations"
"$BIN/dryproof-pack" key new --role packager --out "$W/other" >/dev/null 2>&1
same "packed with another key" "$golden" \
    "$(rm -rf "$W/stage" && "$BIN/dryproof-pack" pack "$GOLDEN/run" --key "$W/other.key" --out "$W/stage" --json | jq -r .package)"

# ---- equal states, equal facts; every kind of fact counts
collect() { # DATABASE: run directory and stage in $W/DATABASE; prints the digest of its facts
    rm -rf "${W:?}/$1" "$W/$1.stage"
    "$BIN/dryproof-collect" run --carrier carriers/c1 --db "$(observer "$1")" --out "$W/$1" --quiet >"$W/log" 2>&1 &&
        "$BIN/dryproof-pack" pack "$W/$1" --key "$GOLDEN/signer.key" --out "$W/$1.stage" --json 2>>"$W/log" | jq -r .facts_sha256
}
copy() { # DATABASE SQL...
    new_database "$1" >"$W/log" 2>&1 || return 1
    c_name=$1; shift
    for c_sql in "$@"; do as_superuser -o /dev/null -d "$c_name" -c "$c_sql" >>"$W/log" 2>&1 || return 1; done
}
copy second
same "a second honest run on a fresh copy has the same facts" "$honest" "$(collect second)"
t "--same-facts says so" "$BIN/dryproof-verify" --same-facts "$GOLDEN/stage/package.tar" "$W/second.stage/package.tar"
differs "though it is another package" "$golden" "$(sha256sum "$W/second.stage/package.tar" | cut -c1-64)"

copy physical "CREATE TABLE public.t AS SELECT * FROM c1.apr_action_types_fixture" "DELETE FROM c1.apr_action_types_fixture" \
    "INSERT INTO c1.apr_action_types_fixture SELECT * FROM public.t ORDER BY 1 DESC" "DROP TABLE public.t" "VACUUM FULL" ANALYZE
same "rows in another order on disk are the same facts" "$honest" "$(collect physical)"
copy settings "ALTER DATABASE settings SET work_mem = '8MB'" "ALTER DATABASE settings SET DateStyle = 'German'" \
    "ALTER DATABASE settings SET TimeZone = 'Asia/Kathmandu'" "ALTER DATABASE settings SET bytea_output = 'escape'" \
    "ALTER DATABASE settings SET quote_all_identifiers = on"
same "a database with other settings has the same facts" "$honest" "$(collect settings)"
SECOND=$LANE-facts
trap '"$BIN/dryproof" sandbox down --name "$SECOND" >/dev/null' EXIT
trap 'exit 143' INT TERM
"$BIN/dryproof" sandbox up --name "$SECOND" --carrier carriers/c1 >"$W/log" 2>&1
first_socket=$SOCKET
SOCKET=$("$BIN/dryproof" sandbox status --name "$SECOND" | sed 's/.*: //')
same "another cluster, loaded anew, has the same facts" "$honest" "$(collect c1)"
SOCKET=$first_socket

# changed SQL...: a run of a surface with these changes, which are of kinds that do not touch each
# other; counts NAME MEMBER: that fact is another in it, so is the digest, and it stands in that member
changed() {
    c_facts=
    copy changed "$@" || { not_ok "changed: set up: $*"; return; }
    c_facts=$(collect changed)
    exits 1 "--same-facts sees it: $*" "$BIN/dryproof-verify" --same-facts "$GOLDEN/stage/package.tar" "$W/changed.stage/package.tar"
}
counts() {
    differs "changed $1 change the facts" "$honest" "$c_facts"
    member "$GOLDEN/stage/package.tar" facts.json | jq -c "$2" >"$W/honest"
    member "$W/changed.stage/package.tar" facts.json | jq -c "$2" >"$W/changed.json"
    echo "$2 is the same" >"$W/log"
    if cmp -s "$W/honest" "$W/changed.json"; then not_ok "changed $1 stand in $2"
    else ok "changed $1 stand in $2"; fi
}
body() { # FUNCTION OLD NEW: SQL that edits a function
    printf "DO \$do\$ BEGIN EXECUTE replace(pg_get_functiondef('%s'::regprocedure), \$a\$%s\$a\$, \$a\$%s\$a\$); END \$do\$" "$1" "$2" "$3"
}
changed "INSERT INTO c1.c1_table_registry VALUES ('c1.x', 'x', 'X', '2026-06-01')"
counts "row counts" '[.tables[].before.rows]'
changed "UPDATE c1.dot_tools SET tier = '1' WHERE code = 'DOT-120'" "SELECT nextval('c1.dot_dispatch_observation_id_seq')"
counts "row contents" '[.tables[].before.digest]'
counts "sequences" .sequences
changed 'CREATE TABLE c1.other (v text)'
counts "tables that are not captured" '[.tables[].relation]'
changed "COMMENT ON TABLE c1.dot_tools IS 'other'" "UPDATE c1.apr_action_types_fixture SET risk_level = 'low' WHERE action_code = 'amend_law'"
counts "catalogs" .catalog
counts "manifests" '[.manifests[].sha256]'
changed "$(body 'c1.resolve()' 'FROM c1' 'FROM  c1')" \
    "INSERT INTO c1.c1_build_audit SELECT 'C1-AUDIT-2', carrier, plan_ref, event, manifest_hash, recorded_by, recorded_at FROM c1.c1_build_audit"
counts "functions" .catalog
counts "readbacks" .readback
changed "$(body 'c1.dot_c1_vocab_build(jsonb,text)' DRY_RUN_OK DRY_RUN_FINE)"
counts "step codes" '[.steps[].code]'
changed "$(body 'c1.dot_c1_vocab_build(jsonb,text)' "'VALID'" "'GOOD'")"
counts "step fields" '[.steps[].fields]'
changed "$(body 'c1.check_build_request(jsonb,text)' REJECT_MISSING_PLAN REJECT_BAD_MODE)"
counts "harness rows" .harness
counts "coverages" .coverage
cp -r carriers/c1 "$W/carrier"
jq '.title = "other"' carriers/c1/plan.json >"$W/carrier/plan.json"
copy planned
"$BIN/dryproof-collect" run --carrier "$W/carrier" --db "$(observer planned)" --out "$W/planned" --quiet >"$W/log" 2>&1
differs "another plan is another fact" "$honest" \
    "$("$BIN/dryproof-pack" pack "$W/planned" --key "$GOLDEN/signer.key" --out "$W/planned.stage" --json | jq -r .facts_sha256)"

# ---- supersession
copy again
cp -r "$GOLDEN/evidence" "$W/evidence"
exits 0 "a second run into the same repository" "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer again)" \
    --repo "$W/evidence" --key "$GOLDEN/signer.key" --json
cp "$W/log" "$W/again.json"
again=$(jq -r .package "$W/again.json")
ledger() { git -C "$W/evidence" show "main:ledger/000/$1.json" | jq -r .payload | base64 -d; }
same "supersedes the first in the ledger" "$golden" "$(ledger 002 | jq -r .supersedes)"
same "and in its signed statement" "$golden" "$(git -C "$W/evidence" show "main:packages/$(echo "$again" | cut -c1-2)/$(echo "$again" | cut -c3-4)/$again/attestations.intoto.jsonl" |
    head -n 1 | jq -r .payload | base64 -d | jq -r .predicate.supersedes)"
same "the first superseded nothing" null "$(ledger 001 | jq -r .supersedes)"
same "the ledger is a chain" "$(git -C "$W/evidence" show main:ledger/000/001.json | sha256sum | cut -c1-64)" "$(ledger 002 | jq -r .previous)"
same "the second is current" "$again" "$("$BIN/dryproof-pack" current --repo "$W/evidence" --carrier C1 --plan-ref LEGO1-C1-PLAN --environment sandbox)"
"$BIN/dryproof-verify" --repo "$W/evidence" --all --key "$GOLDEN/signer.pub" --json >"$W/all.json" 2>"$W/log"
same "the verifier lists both, the current one last" "$golden $again" "$(jq -r '[.verdicts[].package.sha256] | join(" ")' "$W/all.json")"
same "and a clone has the same packages" "$(git -C "$W/evidence" rev-parse main)" \
    "$(git clone -q --bare "$W/evidence" "$W/clone" && "$BIN/dryproof-verify" --repo "$W/clone" --all --key "$GOLDEN/signer.pub" >"$W/log" 2>&1 && git -C "$W/clone" rev-parse main)"

# ---- the numbers of C1, and FORMAT.md's recipes as printed
oracle=c9286d3acf8223d77207de69c79b2333c949c996c33843c5c42866a628d7ec00
mkdir "$W/bag" && tar -xf "$GOLDEN/stage/package.tar" -C "$W/bag" --strip-components=1
for file in "$W"/bag/data/manifests/c1/rep-[123].pg.bytes "$W"/bag/data/manifests/c1/rep-[123].own.bytes; do
    same "${file##*/} is 2122 bytes" 2122 "$(wc -c <"$file")"
    same "${file##*/} has the published digest" "$oracle" "$(sha256sum "$file" | cut -c1-64)"
done
recipe() { # SECTION N: the Nth indented block of that section
    sed -n "/^## $1\\. /,/^## $(($1 + 1))\\. /p" schemas/FORMAT.md |
        awk -v n="$2" '/^    /{ if (!inside) { k++; inside = 1 } if (k == n) print substr($0, 5); next } { inside = 0 }'
}
entry() { jq -cS '.tables[] | select(.relation == "c1.runtime_gate")' "$W/bag/data/before/tables.json"; }
recipe 4 1 >"$W/recipe"
t "section 4 has a recipe" test -s "$W/recipe"
copy recipe
same "section 4's recipe gives the digest of tables.json" "$(entry | jq -r .digest)" \
    "$(H=$(entry | jq -cS '{columns, relation, rows}') PGHOST=$SOCKET PGPORT=5432 PGUSER=dryproof_observer PGDATABASE=recipe \
        PGOPTIONS='-c DateStyle=ISO,YMD -c TimeZone=UTC -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex' sh "$W/recipe" | cut -c1-64)"
same "section 11's entry is the one of the run" "$(recipe 11 1)" "$(entry)"
same "section 11's rows are those of the run" "$(recipe 11 2)" "$(cat "$W/bag/data/before/$(entry | jq -r .file)")"
recipe 11 3 >"$W/recipe"
same "section 11's recipe gives the digest" "$(entry | jq -r .digest)" "$(sh "$W/recipe")"
recipe 11 4 >"$W/recipe"
same "section 11's three digests of the manifest" "$oracle $oracle $oracle" "$(cd "$W/bag" && sh "$W/recipe" | xargs)"
recipe 11 5 >"$W/recipe"
(cd "$W" && cp "$GOLDEN/signer.pub" . && head -n 1 "$GOLDEN/stage/attestations.intoto.jsonl" >line &&
    jq -r .payload line | base64 -d >payload && jq -r '.signatures[0].sig' line | base64 -d >sig && sh recipe) >"$W/log" 2>&1
same "section 11's signature check" "Signature Verified Successfully" "$(tail -n 1 "$W/log")"
