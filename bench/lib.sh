# bench/lib.sh - sourced by bench/run.sh and used by its parts (bench/tables.sh, ...): a private
# cluster, times of contestants in turn, rows with targets.  bench/README.md tells how to read them.
#   B        an empty folder of this run, where $TMPDIR is (in memory where possible)
#   SOCKET   folder of the private cluster's socket; superuser dba, observer dryproof_observer
#   ROUNDS   how often each contestant runs

as_dba() { psql -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -U dba "$@"; }
observer() { echo "host=$SOCKET user=dryproof_observer dbname=$1"; }

cluster_up() {
    PG=$(for p in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/bin; do [ -x "$p/initdb" ] && echo "$p"; done | tail -n 1)
    SOCKET=$B/pg
    mkdir -m 700 "$SOCKET"
    if [ "$(id -u)" -eq 0 ]; then
        chmod 711 "$B"
        chown postgres "$SOCKET"
        as_owner() { (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); }
    else
        as_owner() { "$@"; }
    fi
    as_owner "$PG/initdb" -D "$SOCKET/data" -U dba -A trust -E UTF8 --locale=C --no-sync --no-instructions >"$B/log" || return 1
    printf "listen_addresses = ''\nunix_socket_directories = '%s'\nautovacuum = off\nfsync = off\nfull_page_writes = off\nsynchronous_commit = off\nshared_buffers = '256MB'\nmax_wal_size = '1GB'\nwal_keep_size = '4GB'\n" "$SOCKET" |
        as_owner tee -a "$SOCKET/data/postgresql.conf" >>"$B/log" || return 1
    as_owner "$PG/pg_ctl" -D "$SOCKET/data" -l "$SOCKET/log" -w -s start || return 1
    as_dba -d postgres -c 'CREATE ROLE dryproof_observer LOGIN' \
        -c 'GRANT pg_read_all_data, pg_read_all_settings, pg_read_all_stats TO dryproof_observer'
}
cluster_down() { [ ! -e "$SOCKET/data/postmaster.pid" ] || as_owner "$PG/pg_ctl" -D "$SOCKET/data" -m immediate -s stop; }

# database NAME: an empty one; SQL on standard input fills it
database() {
    echo "making $1" >&2
    as_dba -d postgres -c "CREATE DATABASE \"$1\"" && as_dba -d "$1" -o /dev/null -f - &&
        as_dba -d "$1" -c 'VACUUM (FREEZE, ANALYZE)' -c CHECKPOINT
}

# timed NAME COMMAND...: its seconds are a line more in $B/times/NAME; a failure ends the run
timed() {
    b_name=$1; shift
    mkdir -p "$B/times"
    b_start=$(date +%s%N)
    "$@" >"$B/out" 2>"$B/log" || { echo "bench: $b_name failed:" >&2; tail -n 5 "$B/log" >&2; exit 5; }
    b_end=$(date +%s%N)
    awk -v ns=$((b_end - b_start)) 'BEGIN { printf "%.4f\n", ns / 1e9 }' >>"$B/times/$b_name"
}

# ours NAME DATABASE WORKERS RELATION: timed, our snapshot of a whole database; its greatest
# resident memory goes to $B/memory/NAME, its table list to $B/lists/NAME
ours() {
    rm -rf "$B/run"
    timed "$1" build/bench/snapshot "$(observer "$2")" "$B/run" "$3" "$4"
    mkdir -p "$B/memory" "$B/lists"
    cut -d ' ' -f 2 "$B/out" >>"$B/memory/$1"
    cp "$B/run/before/tables.json" "$B/lists/$1"
}
piped() { sh -c "$1"; }

# git_ready REPOSITORY FILE, git_tuned REPOSITORY: git as who keeps large archives in it sets it up,
# nothing compressed; the file lies there before the clock starts
git_ready() { rm -rf "$1" && git init -q "$1" && cp "$2" "$1/"; }
git_tuned() {
    git -C "$1" -c core.compression=0 -c core.bigFileThreshold=1m add . &&
        git -C "$1" -c user.name=bench -c user.email=bench@localhost commit -q -m package
}

# size NAME NUMBER: how much of something this run measured; --json tells it
size() { printf '%s\t%s\n' "$1" "$2" >>"$B/sizes"; }

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { if (NR % 2) print v[(NR + 1) / 2]; else print (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
most() { sort -n "$1" | tail -n 1; }

# compare ROW TARGET OURS AGAINST: the ratio of two contestants' medians, at most TARGET
compare() { row "$1" "$2" s "$(median "$B/times/$3")" "$(median "$B/times/$4")"; }

# row ROW TARGET UNIT OURS AGAINST: met, explained by a line of bench/explained.tsv (row, ratio,
# reason) whose ratio holds, or missed
row() {
    awk -v row="$1" -v target="$2" -v unit="$3" -v a="$4" -v b="$5" -F '\t' '
        $1 == row { limit = $2; reason = $3 }
        END { ratio = a / b
            state = ratio <= target ? "met" : reason != "" && ratio <= limit ? "explained" : "missed"
            printf "%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%s\n", row, a, b, unit, ratio, target, state, state == "explained" ? reason : "" }' \
        bench/explained.tsv >>"$B/rows"
}

# same LIST LIST: two snapshots found equal contents
same() { cmp -s "$B/lists/$1" "$B/lists/$2" || { echo "bench: $1 and $2 differ in what they read" >&2; exit 1; }; }

report() {
    awk -F '\t' '
        BEGIN { printf "%-52s %9s %9s %-3s %7s %7s  %s\n", "row", "ours", "against", "", "ratio", "target", "" }
        { printf "%-52s %9.3f %9.3f %-3s %7.2f %7.2f  %s\n", $1, $2, $3, $4, $5, $6, $7; n[$7]++; if ($8 != "") why[$1] = $8 }
        END { for (r in why) printf "%s: %s\n", r, why[r]
            printf "targets: %d met, %d explained, %d missed\n", n["met"], n["explained"], n["missed"] }' "$B/rows"
    [ -z "${JSON:-}" ] || jq -R -s --rawfile sizes "$B/sizes" --arg rounds "$ROUNDS" '
        {rounds: ($rounds | tonumber),
         sizes: [$sizes | split("\n")[] | select(. != "") | split("\t") | {key: .[0], value: (.[1] as $v | $v | tonumber? // $v)}] | from_entries,
         rows: [split("\n")[] | select(. != "") | split("\t")
            | {row: .[0], ours: (.[1] | tonumber), against: (.[2] | tonumber), unit: .[3], ratio: (.[4] | tonumber),
               target: (.[5] | tonumber), state: .[6], reason: (if .[7] == "" then null else .[7] end)}]}' "$B/rows" >"$JSON"
    ! grep -q "$(printf '\tmissed\t')" "$B/rows"
}
