# tests/e2e/35-positions.sh - a bracket that was asked to trust positions: its second snapshot is
# answered from the first where no id and no WAL position moved, and taken where one did.
. tests/lib.sh
DB=$(observer positions)
RUN=$W/run
sql() { as_superuser -d positions "$@"; }
collect() { rm -rf "$RUN"; "$BIN/dryproof-collect" bracket --db "$DB" --command-db "$WRITER" --out "$RUN" "$@"; }
judge() { # ARGS...: of a package of the run
    rm -rf "$W/stage"
    "$BIN/dryproof-pack" pack "$RUN" --key "$GOLDEN/signer.key" --out "$W/stage" >/dev/null || return
    "$BIN/dryproof-verify" "$W/stage/package.tar" --attestations "$W/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub" "$@"
}
# was ANSWERED WORD CODE NAME SQL...: after is answered (y) or read (n); the verdict and its first finding.
# Up to fifteen seconds after somebody wrote the server logs a record of its own: once, so it is asked again
was() {
    w_answered=$1; w_word=$2; w_code=$3; w_name=$4; shift 4
    for w_try in 1 2 3; do
        collect --trust-positions -- psql -XAtq -v ON_ERROR_STOP=1 "$@" -c 'SELECT pg_sleep(0.2)' >"$W/log" 2>&1
        w_got=n; [ ! -e "$RUN/after/answered.json" ] || w_got=y
        [ "$w_got" != "$w_answered" ] || break
    done
    judge --json >"$W/said" 2>>"$W/log"
    if [ "$w_got" = "$w_answered" ] && jq -e --arg word "$w_word" --arg code "$w_code" \
        '.verdict == $word and (.findings[0].code // "") == $code' "$W/said" >>"$W/log"; then ok "$w_name"
    else echo "answered: $w_got" >>"$W/log"; jq -c '[.verdict, .findings]' "$W/said" >>"$W/log"; not_ok "$w_name"; fi
}

t "a database" new_database positions
t "a table, a sequence and a role that may write them" sql \
    -c 'CREATE TABLE c1.p AS SELECT i AS a, md5(i::text) AS b FROM generate_series(1, 5000) AS i' \
    -c 'CREATE SEQUENCE c1.q' -c "SELECT nextval('c1.q')" -o /dev/null \
    -c 'CREATE ROLE positions_writer LOGIN' -c 'GRANT USAGE, CREATE ON SCHEMA c1 TO positions_writer' -c 'GRANT ALL ON c1.p, c1.q TO positions_writer'
t "as after maintenance" sql -c 'VACUUM (FREEZE, ANALYZE)' -c CHECKPOINT
WRITER=$(observer positions | sed 's/user=[^ ]*/user=positions_writer/')

was y DRY '' "a reader: nothing is read twice" -c 'SELECT count(*) FROM c1.p'
t "what was not read is what was read before" sh -c "for f in capability.json catalog.ndjson functions.ndjson physical.json tables.json; do cmp '$RUN/before/'\$f '$RUN/after/'\$f || exit 1; done"
t "the verdict says so" jq -e 'any(.not_observed[]; test("read once"))' "$W/said"
t "and so does its headline" jq -e '.headline == "DRY (tables read once: no id and no WAL position moved)"' "$W/said"
t "the packet says so" sh -c "jq . '$W/said' >/dev/null && '$BIN/dryproof-pack' review '$W/stage' --verdict '$W/said' --key '$GOLDEN/signer.key' >/dev/null && grep -q 'read once' '$W/stage/REVIEW.md'"
t "the second verifier agrees" python3 -B tests/second/verify.py "$W/stage/package.tar" --attestations "$W/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub"
t "few bytes came for it" jq -e '.after.bytes * 4 < .before.bytes' "$RUN/cost.json"

was n NOT_DRY E_EVIDENCE_CHANGED "one row" -c 'INSERT INTO c1.p VALUES (0)'
was n NOT_DRY E_EVIDENCE_CHANGED "a table" -c 'CREATE TABLE c1.new()'
was y NOT_DRY E_EVIDENCE_CHANGED "a sequence that logs nothing is read all the same" -c "SELECT nextval('c1.q')"

rm -rf "$W/without"
t "without the option both edges are read" sh -c "'$BIN/dryproof-collect' bracket --db '$DB' --out '$W/without' -- true >/dev/null && [ ! -e '$W/without/after/answered.json' ]"

# a role that could act beside the server's own ways
t "a role that may write files on the server" sql -c 'CREATE ROLE positions_filer LOGIN' -c 'GRANT pg_write_server_files TO positions_filer' \
    -c 'GRANT USAGE ON SCHEMA c1 TO positions_filer' -c 'GRANT SELECT ON c1.p TO positions_filer'
plain=$WRITER WRITER=$(observer positions | sed 's/user=[^ ]*/user=positions_filer/')
was n DRY '' "of it both edges are read" -c 'SELECT count(*) FROM c1.p'
WRITER=$plain

# one that was writing at the first edge and commits nothing new later: its commit is WAL
mkfifo "$W/hold"
psql -X -q -h "$SOCKET" -p 5432 -U dryproof_sandbox -d positions <"$W/hold" >/dev/null 2>&1 &
writer=$!
exec 9>"$W/hold"
printf 'BEGIN; INSERT INTO c1.p VALUES (-1);\n' >&9
sleep 0.3
collect --trust-positions -- psql -XAtqc 'SELECT 1' >/dev/null 2>&1
t "while an id is held, both edges are read" test ! -e "$RUN/after/answered.json"
exec 9>&-
wait $writer || true

# pages of an unlogged relation change without an id and without WAL: a plain role's one SELECT does it
t "an unlogged table whose index has ranges to summarise" sql -c 'CREATE UNLOGGED TABLE c1.u AS SELECT i FROM generate_series(1, 200000) AS i' \
    -c 'CREATE INDEX ui ON c1.u USING brin (i) WITH (pages_per_range = 1)' -c 'INSERT INTO c1.u SELECT i FROM generate_series(1, 200000) AS i' \
    -c 'ALTER TABLE c1.u OWNER TO positions_writer' -c CHECKPOINT
was n NOT_DRY E_EVIDENCE_CHANGED "an index that grew" -c "SELECT brin_summarize_new_values('c1.ui')"
was n DRY '' "where a table is unlogged both edges are read" -c 'SELECT count(*) FROM c1.u'
