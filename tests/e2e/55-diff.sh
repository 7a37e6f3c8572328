# tests/e2e/55-diff.sh - dryproof diff: one run's two edges, two runs, packages; by row where
# rows were kept; hostile names and packages.
. tests/lib.sh
D=$BIN/dryproof
new_database diff >"$W/log" 2>&1
SQL="host=$SOCKET port=5432 user=dryproof_sandbox dbname=diff"
as_superuser -d diff -c "CREATE SCHEMA d; CREATE TABLE d.t (a int PRIMARY KEY, b text); INSERT INTO d.t SELECT i, i::text FROM generate_series(1, 5) AS i;
    CREATE TABLE d.two (x int, y text, PRIMARY KEY (y, x)); INSERT INTO d.two VALUES (1, 'p'), (1, 'q');
    CREATE TABLE d.big AS SELECT i, repeat('x', 20) AS t FROM generate_series(1, 60000) AS i;
    CREATE TABLE d.empty (a int); CREATE SEQUENCE d.s; CREATE FUNCTION d.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE d.\"a
\"\"b\" (k int PRIMARY KEY, v text); INSERT INTO d.\"a
\"\"b\" VALUES (1, E'\\033[2J')"
bracket() { "$BIN/dryproof-collect" bracket --db "$SQL" --out "$1" --quiet -- psql -Xq -d "$SQL" -c "$2"; }
differs() { "$D" diff "$@" >"$W/diff" 2>&1; echo $? >"$W/status"; cat "$W/diff"; [ "$(cat "$W/status")" = 1 ]; }
shows() { t "diff shows: $1" grep -qxF -- "$1" "$W/diff"; }

bracket "$W/one" "INSERT INTO d.t VALUES (7, 'new'); UPDATE d.t SET b = 'x' WHERE a = 2; DELETE FROM d.t WHERE a = 5;
    UPDATE d.two SET x = 2 WHERE y = 'q'; INSERT INTO d.big VALUES (0, 'y'); INSERT INTO d.empty VALUES (3);
    SELECT nextval('d.s'), nextval('d.s'); CREATE VIEW d.v AS SELECT 1 AS one;
    CREATE OR REPLACE FUNCTION d.f() RETURNS int LANGUAGE sql AS 'SELECT 2'; UPDATE d.\"a
\"\"b\" SET v = E'<b>\\a</b>'" >"$W/log" 2>&1
t "a run with changes differs" differs "$W/one"
shows "  d.t  rows 5 -> 5  +1  -1  ~1"
shows "    + a='7' b='new'"
shows "    - a='5' b='5'"
shows "    ~ a='2': b '2' -> 'x'"
shows "    + x='2' y='q'"
shows "  d.big  rows 60000 -> 60001  +1  (values not kept: only row digests are)"
shows "  d.empty  rows 0 -> 1  +1"
shows "  d.s  1 -> 2  (+1)"
shows "  + relation d.v"
shows "  ~ function d.f()"
shows "      + AS \$function\$SELECT 2\$function\$"
shows "ids  1 transaction id was consumed"
t "no byte of data acts on a terminal" sh -c "! LC_ALL=C grep -q '[^ -~]' '$W/diff'"
t "names and values are escaped" grep -qF 'd."a\u{a}""b"' "$W/diff"
"$D" diff "$W/one" --json >"$W/diff.json"
t "the same for machines" jq -e '.schema == "dryproof.diff/1" and .same == false and ([.tables[] | select(.relation == "d.t")][0] | .added == 1 and .changed_rows[0].columns.b == ["2", "x"])' "$W/diff.json"

bracket "$W/two" "SELECT count(*) FROM d.t" >"$W/log" 2>&1
exits 0 "a run without changes is the same" "$D" diff "$W/two"
exits 0 "what the first left is what the second found" "$D" diff "$W/one" "$W/two" --from after --to before
t "what two runs found differs" differs "$W/one" "$W/two" --from before --to before
shows "    ~ a='2': b '2' -> 'x'"

# packages: rows of captured tables
exits 1 "a package's two edges" "$D" diff "$GOLDEN/stage"
t "its one allowed change, by key" sh -c "'$D' diff '$GOLDEN/stage/package.tar' | grep -q \"~ auth_code='G_VALID': consumed_at NULL -> \""
exits 1 "a run and its own package are one, edge for edge" "$D" diff "$GOLDEN/run" "$GOLDEN/stage" --from before
exits 0 "the same edge of both is the same" "$D" diff "$GOLDEN/run" "$GOLDEN/stage"

# what is no evidence
exits 2 "no operand" "$D" diff
says 2 "expected before or after" "an edge that is none" "$D" diff "$W/one" --from middle
says 2 "does not exist" "a path that is not there" "$D" diff "$W/nowhere"
mkdir "$W/empty"; says 2 "is no run directory" "a folder of something else" "$D" diff "$W/empty"
cp -r "$W/one" "$W/broken"; rm "$W/broken/after/tables.json"
says 2 "did not get that far" "a run that was cut short" "$D" diff "$W/broken"
for doc in '{"tables":[1]}' '[]' '{"tables":[{"relation":"d.t"}]}' '{"schema":"dryproof.tables/1","tables":[{"relation":"d.t","digest":"x","rows":"y","columns":7}]}' 'null'; do
    printf '%s\n' "$doc" >"$W/broken/after/tables.json"
    "$D" diff "$W/broken" >"$W/out" 2>"$W/log"; got=$?
    t "a document of another shape: $doc" test "$got" = 2
done
