# bench/tables.sh - the content snapshot: our collector against what a user would run instead.
#   BENCH_ROWS     rows of the wide table, about 155 bytes each; the narrow one has twice as many
#   BENCH_TABLES   small tables with a sequence each
ROWS=${BENCH_ROWS:-1000000} TABLES=${BENCH_TABLES:-1000}
size wide_rows "$ROWS"
size small_tables "$TABLES"

wide() { # ORDER: the same rows in any order
    echo "CREATE TABLE t AS SELECT i AS id, (i * 7919) % 1000003 AS a, md5(i::text) AS b, md5(i || 'b') || 'x' AS c,
            'user' || i || '@example.org' AS d, timestamptz '2026-01-01 00:00Z' + i % 100000 * interval '1 s' AS e,
            (i % 97)::numeric / 7 AS f, i % 2 = 0 AS g
          FROM generate_series(1::bigint, $ROWS) AS i $1;"
}
wide '' | database wide
wide 'ORDER BY md5(i::text)' | database shuffled
echo "CREATE TABLE t AS SELECT i AS a, i * 7 % 1000 AS b FROM generate_series(1, 2 * $ROWS) AS i;" | database narrow
echo "CREATE TABLE t AS SELECT 'the same again and again'::text AS a, 1 AS b FROM generate_series(1, 2 * $ROWS);" | database equal
{   echo 'CREATE TABLE t (a int);'
    for i in $(seq "$TABLES"); do
        echo "CREATE TABLE s$i (id serial PRIMARY KEY, a text, b int);
              INSERT INTO s$i (a, b) SELECT md5(g::text), g FROM generate_series(1, $((i % 50))) AS g;"
    done
} | database small

copy() { as_dba -d "$1" -c 'COPY t TO STDOUT' >/dev/null; }
server() { as_dba -d "$1" -c "COPY t TO '/dev/null'"; }
halves() { # discarded: what two sessions cost that read block ranges, and nobody hashes
    half=$(as_dba -d "$1" -A -t -c "SELECT pg_relation_size('t') / 8192 / 2")
    for range in "< '($half,0)'" ">= '($half,0)'"; do
        as_dba -d "$1" -c "COPY (SELECT * FROM ONLY t WHERE ctid $range) TO STDOUT" >/dev/null &
    done
    wait
}
# both edges around a command that does nothing, as the bracket itself accounts for them
edges() {
    rm -rf "$B/run"
    build/bin/dryproof-collect bracket --quiet --trust-positions --db "$(observer wide)" --out "$B/run" -- true >"$B/out" 2>"$B/log" ||
        { echo "bench: edges failed:" >&2; tail -n 5 "$B/log" >&2; exit 5; }
    for edge in before after; do jq ".$edge.ms / 1000" "$B/run/cost.json" >>"$B/times/edge_$edge"; done
}
dump_data() { piped "pg_dump -h '$SOCKET' -U dba -a -t t wide | openssl dgst -sha256"; }
dump_all() { piped "pg_dump -h '$SOCKET' -U dba --schema-only small | openssl dgst -sha256; pg_dump -h '$SOCKET' -U dba -a small | openssl dgst -sha256"; }

for round in $(seq "$ROUNDS"); do
    echo "tables: round $round of $ROUNDS" >&2
    timed wide_psql copy wide
    ours wide_1 wide 1 public.t
    ours wide_2 wide 2 public.t
    ours shuffled_1 shuffled 1 public.t
    edges
    timed wide_server server wide
    timed wide_halves halves wide
    timed wide_dump dump_data
    timed narrow_psql copy narrow
    timed narrow_halves halves narrow
    ours narrow_1 narrow 1 public.t
    ours narrow_2 narrow 2 public.t
    timed small_dump dump_all
    ours small_1 small 1 public.t
    ours small_2 small 2 public.t
done
ours equal_1 equal 1 public.t
ours equal_2 equal 2 public.t
same wide_1 wide_2
same wide_1 shuffled_1
same narrow_1 narrow_2
same small_1 small_2
same equal_1 equal_2

compare 'wide rows, two workers : psql COPY' 0.65 wide_2 wide_psql
compare 'wide rows, one worker : psql COPY' 0.90 wide_1 wide_psql
compare 'wide rows, two workers : pg_dump | openssl' 0.65 wide_2 wide_dump
compare 'narrow rows, two workers : psql COPY' 1.30 narrow_2 narrow_psql
compare 'narrow rows, one worker : psql COPY' 1.50 narrow_1 narrow_psql
compare 'shuffled heap : clustered heap' 1.10 shuffled_1 wide_1
compare 'small tables, two workers : pg_dump twice' 0.15 small_2 small_dump
compare 'small tables, one worker : pg_dump twice' 0.25 small_1 small_dump
compare 'second snapshot, nothing written : the first' 0.02 edge_after edge_before
for contestant in wide_2 narrow_2 equal_1 equal_2; do
    row "resident memory, $contestant : 64 MiB" 1.00 MiB "$(most "$B/memory/$contestant")" 64
done
{   echo "for orientation: COPY of the wide table to /dev/null inside the server takes $(median "$B/times/wide_server") s;"
    echo "two sessions that read half of it each and discard it take $(median "$B/times/wide_halves") s, of the narrow one $(median "$B/times/narrow_halves") s"
} >&2
