# bench/wal.sh - the WAL witness: every record between two positions, classified, against
# pg_waldump that prints the same range.
#   BENCH_WAL_ROWS   rows that are inserted and then updated; 1,000,000 make about 300 MB of WAL
WAL_ROWS=${BENCH_WAL_ROWS:-1000000}
size wal_rows "$WAL_ROWS"

echo 'CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE EXTENSION pg_walinspect;
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO dryproof_observer;' | database walinspect
echo 'CREATE TABLE t (id bigint PRIMARY KEY, a text);' | database waldump

# read_wal NAME DATABASE: the seconds of ours; the range stays in $B/run/wal.json
read_wal() {
    rm -rf "$B/run"
    as_dba -d "$2" -c 'TRUNCATE t'
    build/bench/snapshot "$(observer "$2")" "$B/run" 1 public.t "psql -X -q -h '$SOCKET' -U dba -d $2 \
        -c \"INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, $WAL_ROWS) AS i\" -c \"UPDATE t SET a = a || 'x'\"" \
        >"$B/out" 2>"$B/log" || { echo "bench: $1 failed:" >&2; tail -n 5 "$B/log" >&2; exit 5; }
    jq -e --arg basis "pg_$2" '.basis == $basis' "$B/run/wal.json" >"$B/log" ||
        { echo "bench: $1: $(jq -r .reason "$B/run/wal.json")" >&2; exit 1; }
    mkdir -p "$B/times"
    cut -d ' ' -f 1 "$B/out" >>"$B/times/$1"
}
print_wal() {
    "$PG/pg_waldump" -p "$SOCKET/data/pg_wal" -s "$(jq -r .before_lsn "$B/run/wal.json")" \
        -e "$(jq -r .after_lsn "$B/run/wal.json")" >/dev/null
}
ask_wal() {
    as_dba -d walinspect -c "COPY (SELECT * FROM pg_get_wal_records_info('$(jq -r .before_lsn "$B/run/wal.json")',
        '$(jq -r .after_lsn "$B/run/wal.json")')) TO '/dev/null'"
}

for round in $(seq "$ROUNDS"); do
    echo "wal: round $round of $ROUNDS" >&2
    for way in walinspect waldump; do
        read_wal "wal_$way" "$way"
        timed "print_$way" print_wal
        [ "$way" = waldump ] || timed ask_wal ask_wal
    done
done
compare 'WAL by pg_walinspect : pg_waldump printing' 1.30 wal_walinspect print_walinspect
compare 'WAL by pg_waldump : pg_waldump printing' 1.30 wal_waldump print_waldump
echo "for orientation: $(jq .records "$B/run/wal.json") records; to ask pg_walinspect for all of them, and to" \
     "throw the answer away in the server, takes $(median "$B/times/ask_wal") s" >&2
