# bench/growth.sh - what each job costs as what it is about grows, over three decades and more, and
# by which power: not against anybody else, but against a straight line.  Takes some twenty-five minutes
# of an idle machine and 8 GB where TMPDIR is, and is run when asked for by name.
#   GROWTH_OUT        folder for growth-samples.tsv, growth.tsv and growth.svg; default build/growth
#   GROWTH_ROWS GROWTH_TABLES GROWTH_WAL_ROWS GROWTH_FILES GROWTH_MEGABYTES GROWTH_ROW_MEGABYTES
#   GROWTH_PACKAGES   sizes, rising; an empty one leaves its jobs out
# A sample is a line of growth-samples.tsv: job, what grows, its unit, size, seconds, MiB resident.
# bench/fit.py tells how the power is found, and when it is flat, linear or another.
GROWTH_OUT=${GROWTH_OUT:-build/growth}
GROWTH_ROWS=${GROWTH_ROWS-1000 3000 10000 30000 100000 300000 1000000}
GROWTH_TABLES=${GROWTH_TABLES-10 30 100 300 1000 3000 10000}
GROWTH_WAL_ROWS=${GROWTH_WAL_ROWS-3000 10000 30000 100000 300000 1000000 3000000}
GROWTH_FILES=${GROWTH_FILES-90 300 900 3000 9000 30000 90000}
GROWTH_MEGABYTES=${GROWTH_MEGABYTES-1 3 10 30 100 300 1000}
GROWTH_ROW_MEGABYTES=${GROWTH_ROW_MEGABYTES-1 3 10 30 100 300 500} # a captured table may have 256 MiB at each edge
GROWTH_PACKAGES=${GROWTH_PACKAGES-3 10 30 100 300 1000 3000}
mkdir -p "$GROWTH_OUT"
printf 'job\taxis\tunit\tsize\tseconds\tmib\n' >"$GROWTH_OUT/growth-samples.tsv"

sample() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$GROWTH_OUT/growth-samples.tsv"; }
# costs JOB AXIS UNIT SIZE COMMAND...: a sample of a command
costs() {
    g_job=$1 g_axis=$2 g_unit=$3 g_size=$4; shift 4
    rm -f "$B/cost"
    build/bench/cost "$B/cost" "$@" >"$B/out" 2>"$B/log" || { echo "bench: $g_job of $g_size failed:" >&2; tail -n 5 "$B/log" >&2; exit 5; }
    sample "$g_job" "$g_axis" "$g_unit" "$g_size" "$(cut -f 1 "$B/cost")" "$(cut -f 3 "$B/cost")"
}

# ---- the collector: its seconds and memory are its own, as build/bench/snapshot tells them ----
snapshot_of() { # DATABASE AXIS RELATION
    rm -rf "$B/run"
    build/bench/snapshot "$(observer "$1")" "$B/run" 1 "$3" >"$B/out" || exit 5
    sample snapshot "$2" 1 "${1##*_}" "$(cut -d ' ' -f 1 "$B/out")" "$(cut -d ' ' -f 2 "$B/out")"
}
drop() { as_dba -d postgres -c "DROP DATABASE \"$1\""; }
for size in $GROWTH_ROWS; do
    echo "CREATE TABLE t AS SELECT i AS id, md5(i::text) AS a, md5(i || 'b') AS b, timestamptz '2026-01-01 00:00Z' + i % 100000 * interval '1 s' AS c
          FROM generate_series(1::bigint, $size) AS i;" | database "rows_$size"
    for round in $(seq "$ROUNDS"); do snapshot_of "rows_$size" rows public.t; done
    drop "rows_$size"
done
for size in $GROWTH_TABLES; do
    {   echo 'CREATE TABLE t (a int);'
        for i in $(seq "$size"); do
            echo "CREATE TABLE s$i (id serial PRIMARY KEY, a text); INSERT INTO s$i (a) SELECT md5(g::text) FROM generate_series(1, 10) AS g;"
        done
    } | database "tables_$size"
    for round in $(seq "$ROUNDS"); do snapshot_of "tables_$size" tables public.t; done
    drop "tables_$size"
done
if [ -n "$GROWTH_WAL_ROWS" ]; then
    echo 'CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE EXTENSION pg_walinspect;
          GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO dryproof_observer;' | database walinspect
    echo 'CREATE TABLE t (id bigint PRIMARY KEY, a text);' | database waldump
fi
for size in $GROWTH_WAL_ROWS; do
    echo "growth: WAL of $size rows" >&2
    for round in $(seq "$ROUNDS"); do
        for way in walinspect waldump; do
            rm -rf "$B/run"
            as_dba -d "$way" -c 'TRUNCATE t' -c CHECKPOINT
            build/bench/snapshot "$(observer "$way")" "$B/run" 1 public.t "psql -X -q -h '$SOCKET' -U dba -d $way \
                -c \"INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, $size) AS i\" -c \"UPDATE t SET a = a || 'x'\"" >"$B/out" || exit 5
            bytes=$(as_dba -d postgres -A -t -c "SELECT pg_wal_lsn_diff('$(jq -r .after_lsn "$B/run/wal.json")', '$(jq -r .before_lsn "$B/run/wal.json")')")
            sample "pg_$way" 'WAL' B "$bytes" "$(cut -d ' ' -f 1 "$B/out")" "$(cut -d ' ' -f 2 "$B/out")"
        done
    done
done

# ---- packager and verifier: packages that grow by one thing ----
grown() { # AXIS UNIT SIZE KIND NUMBER [BYTES]
    package grown "$4" "$5" ${6:+"$6"}
    for round in $(seq "$ROUNDS"); do
        costs pack "$1" "$2" "$3" build/bin/dryproof-pack pack "$B/made/grown/run" --key "$B/made/signer.key" --out "$B/made/grown/again"
        rm -r "$B/made/grown/again"
        costs verify "$1" "$2" "$3" build/bin/dryproof-verify "$B/made/grown/stage/package.tar" \
            --attestations "$B/made/grown/stage/attestations.intoto.jsonl" --key "$B/made/signer.pub"
        rm -rf "$B/repo"
        costs commit "$1" "$2" "$3" build/bin/dryproof-pack commit "$B/made/grown/stage" --repo "$B/repo" --key "$B/made/signer.key"
    done
    rm -rf "$B/made/grown" "$B/repo"
}
for size in $GROWTH_FILES; do grown 'files of a package' 1 "$size" many "$size" 1024; done
for size in $GROWTH_MEGABYTES; do grown 'bytes of files' B "${size}000000" files "$size"; done
for size in $GROWTH_ROW_MEGABYTES; do grown 'bytes of rows' B "${size}000000" rows "$size"; done

# ---- the repository ----
R=$B/repository BATCH=250 made=0
[ -z "$GROWTH_PACKAGES" ] || { mkdir "$R"; echo 'SELECT 1' | database empty; }
stages() { sh tests/faults/stages.sh "$R/stages" "$1-$2" "$(observer empty)"; }
append() { # [JOB]: the next package; with a job that is a sample
    made=$((made + 1))
    set -- "${1:-}" build/bin/dryproof-pack commit "$R/stages/stage$made" --repo "$R/repo" --key "$R/stages/signer.key" --log-key "$R/stages/log.key"
    if [ -n "$1" ]; then g_job=$1; shift; costs "$g_job" packages 1 "$size" "$@"
    else shift; "$@" >"$B/out" 2>"$B/log" || { cat "$B/log" >&2; exit 5; }; fi
    id=$(sha256sum <"$R/stages/stage$made/package.tar" | cut -c 1-64)
    rm -r "$R/stages/stage$made"
}
for size in $GROWTH_PACKAGES; do
    echo "growth: $size packages" >&2
    while [ "$made" -lt "$size" ]; do
        upto=$((made + BATCH < size ? made + BATCH : size))
        stages $((made + 1)) "$upto"
        while [ "$made" -lt "$upto" ]; do append; done
    done
    for round in $(seq "$ROUNDS"); do
        stages $((made + 1)) $((made + 1))
        append append
        costs 'verify one' packages 1 "$size" build/bin/dryproof-verify --repo "$R/repo" --package "$id" --key "$R/stages/signer.pub"
        costs 'verify all' packages 1 "$size" build/bin/dryproof-verify --repo "$R/repo" --all --key "$R/stages/signer.pub"
    done
done
rm -rf "$R" "$B/made"

python3 -B bench/fit.py "$GROWTH_OUT/growth-samples.tsv" >"$GROWTH_OUT/growth.tsv"
python3 -B bench/plot.py "$GROWTH_OUT/growth-samples.tsv" "$GROWTH_OUT/growth.tsv" >"$GROWTH_OUT/growth.svg"
while IFS="$(printf '\t')" read -r job axis of _ _ _ _ power _; do
    [ "$job" = job ] || row "growth, $job by $axis: $of" 1.10 n^k "$power" 1
done <"$GROWTH_OUT/growth.tsv"
column -t -s "$(printf '\t')" "$GROWTH_OUT/growth.tsv" >&2
