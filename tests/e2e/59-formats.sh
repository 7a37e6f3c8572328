# tests/e2e/59-formats.sh - what other tools read: dryproof verify --format by their parsers, with hostile
# text in every field; dryproof schema; the skill for agents and AGENTS.md, whose commands exist.
. tests/lib.sh
D=$BIN/dryproof
mkdir "$W/programs" "$W/py"
cp "$SAN/dryproof" "$BIN/dryproof-verify" "$W/programs/"
timeout 300 python3 -B tests/tools/format_checks.py "$W/programs" "$W/py" tests/vectors "$GOLDEN" 2>"$W/log"
t "formats: every check was made" test $? -eq 0 -a ! -s "$W/log"
says 2 "given more than 1 times" "a format twice" "$D" verify x --format junit --format ctrf
says 2 "given twice" "a format and --json" "$D" verify x --key y --json --format junit
exits 0 "verify --help" "$D" verify --help
cp "$W/log" "$W/log.help"
t "tells the formats, and what the verifier tells" sh -c "grep -q -- '--format FORMAT' '$W/log.help' && grep -q -- '--attestations FILE' '$W/log.help'"
exits 5 "a report into a full device" sh -c "'$D' verify '$GOLDEN/stage/package.tar' --attestations '$GOLDEN/stage/attestations.intoto.jsonl' --key '$GOLDEN/signer.pub' --format junit >/dev/full"

# ---- dryproof schema ----
printed() { "$D" schema "$1" | cmp - "schemas/$2"; }
for pair in plan:plan.schema.json answers:answers.schema.json verdict:verdict.schema.json mcp-tools:mcp-tools.json findings:findings.tsv words:words.tsv limits:limits.tsv format:FORMAT.md; do
    t "schema ${pair%%:*} is schemas/${pair#*:}" printed "${pair%%:*}" "${pair#*:}"
done
every_document() {
    "$D" schema | awk '/^dryproof\./ { print $1 }' >"$W/names"
    grep -o 'dryproof\.[a-z-]*/[0-9]' schemas/FORMAT.md | awk '!seen[$0]++' | diff - "$W/names" || return 1
    [ "$(wc -l <"$W/names")" -gt 20 ] || return 1
    while read -r name; do "$D" schema "$name" >"$W/out" && grep -qF "$name" "$W/out" || return 1; done <"$W/names"
}
t "every document of FORMAT.md has its lines" every_document
says 2 "did you mean verdict?" "schema: nearly" "$D" schema verdit
says 2 "dryproof schema lists them" "schema: not at all" "$D" schema dryproof.nothing/1

# ---- answers fit their schema, and the schema is closed ----
fits() { # NAME COMMAND...: what it prints with --json
    f_name=$1; shift
    "$@" >"$W/answer" 2>"$W/log" </dev/null
    t "answers: $f_name" python3 -c 'import json, sys, jsonschema
schema, answer = json.load(open("schemas/answers.schema.json")), json.load(open(sys.argv[1]))
check = jsonschema.Draft202012Validator(schema)
check.check_schema(schema)
check.validate(answer)
assert not check.is_valid({**answer, "more": 1})
for key in answer:
    assert key == "command" or not check.is_valid({k: v for k, v in answer.items() if k != key}), key' "$W/answer"
}
if python3 -c 'import jsonschema' 2>/dev/null; then
    t "a database" new_database answers
    fits "run" cat "$GOLDEN/run.json"
    fits "run, of a command" "$D" run --db "$(observer answers)" --json -- psql -Xqc 'SELECT 1'
    fits "run, of one that fails" "$D" run --db "$(observer answers)" --json -- sh -c 'kill -9 $$'
    fits "show, recorded" "$D" show "$GOLDEN/evidence" --json
    fits "show, verified" "$D" show "$GOLDEN/stage" --key "$GOLDEN/signer.pub" --json
    fits "diff of a run" "$D" diff "$GOLDEN/run" --json
    fits "diff of two" "$D" diff "$GOLDEN/run" "$GOLDEN/stage/package.tar" --json
    fits "diff of a table" "$D" diff tests/vectors/200_rows-differ__E_EVIDENCE_CHANGED/package.tar --json
    fits "diff of a column" "$D" diff tests/vectors/202_column-differs__E_EVIDENCE_CHANGED/package.tar --json
    fits "diff of a sequence" "$D" diff tests/vectors/203_sequence-advanced__E_EVIDENCE_CHANGED/package.tar --json
    fits "diff of a role" "$D" diff tests/vectors/204_role-altered__E_EVIDENCE_CHANGED/package.tar --json
    fits "diff of a table that is gone" "$D" diff tests/vectors/218_table-of-one-edge-gone__E_EVIDENCE_CHANGED/package.tar --json
    fits "doctor" "$D" doctor --db "$(observer answers)" --json
    fits "explain of a finding" "$D" explain E_IO --json
    fits "explain of a word" "$D" explain HOLD --json
else
    skip "answers fit their schema" "no python3-jsonschema"
fi

# ---- for agents ----
S=.agents/skills/dryproof/SKILL.md
front() { [ "$(sed -n '1p;4p' "$S" | tr '\n' ' ')" = "--- --- " ] && grep -qx 'name: dryproof' "$S" && [ "$(sed -n 's/^description: //p' "$S" | wc -c)" -le 1024 ] && [ "$(sed -n 's/^description: //p' "$S" | wc -c)" -gt 60 ]; }
t "the skill has its front matter" front
t "AGENTS.md is below 8 KiB" test "$(wc -c <AGENTS.md)" -lt 8192
t "it has review rules" grep -qx '## Code Review Rules' AGENTS.md
# the verb of each command in backquotes, and its options, are what --help tells
commands_exist() {
    grep -ohE '`(build/bin/)?dryproof [a-z][^`]*`' "$@" | sed -e 's/`//g' -e 's|^build/bin/||' -e 's/ -- .*//' -e 's/|[a-z]*//' >"$W/commands"
    [ "$(wc -l <"$W/commands")" -gt 8 ] || return 1
    while read -r line; do
        # shellcheck disable=SC2086
        set -- $line
        "$D" --help | grep -qE "^  $2( |\$)|^  $2 $3( |\$)" || { echo "no verb: $line"; return 1; }
        { "$D" "$2" --help; "$D" "$2" "$3" --help; "$D" run --db x --help; "$BIN/dryproof-pack" commit --help; } </dev/null >"$W/help" 2>&1
        for option in $(echo "$line" | grep -oE '(^| )--[a-z-]+'); do grep -qF -- "$option" "$W/help" || { echo "no $option: $line"; return 1; }; done
    done <"$W/commands"
}
t "every command of the skill exists" commands_exist "$S"
t "and of AGENTS.md" commands_exist AGENTS.md
