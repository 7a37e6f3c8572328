# bench/profile.sh - where each job's processor time goes, by library and by function, as perf
# sees it; run by name alone.  Prints a table; skips, and says so, where perf is not there.
#   PROFILE_ROWS PROFILE_TABLES PROFILE_WAL_ROWS PROFILE_MEGABYTES PROFILE_PACKAGES   sizes
#   PROFILE_TOP   so many libraries and functions of each job (5); a library without symbols
#                 has no functions, only its share
# What the server does for a job is counted too, from the postmaster of the private cluster (which
# needs root, or one user for both); shares are of the samples of a job's own processes and these.
PROFILE_ROWS=${PROFILE_ROWS:-1000000} PROFILE_TABLES=${PROFILE_TABLES:-1000} PROFILE_WAL_ROWS=${PROFILE_WAL_ROWS:-300000}
PROFILE_MEGABYTES=${PROFILE_MEGABYTES:-64} PROFILE_PACKAGES=${PROFILE_PACKAGES:-300} TOP=${PROFILE_TOP:-5}
: >>"$B/rows" # it has no targets

# profiled JOB COMMAND...: its samples, and the server's, become two lists of the table
profiled() {
    p_job=$1; shift
    rm -f "$B"/*.data
    perf record -q -F 1999 -o "$B/server.data" -p "$(head -n 1 "$SOCKET/data/postmaster.pid")" 2>"$B/perf.log" & p_server=$!
    sleep 1 # it has to know the postmaster's libraries before that makes a process
    perf record -q -F 1999 -o "$B/job.data" -- "$@" >"$B/out" 2>"$B/log" || { echo "bench: profile of $p_job failed:" >&2; tail -n 5 "$B/log" >&2; exit 5; }
    kill -s INT "$p_server" 2>/dev/null || :
    wait "$p_server" || :
    for p_data in "$B/job.data" "$B/server.data"; do
        [ ! -s "$p_data" ] || perf script -F comm,ip,sym,dso -i "$p_data" 2>/dev/null
    done >"$B/samples"
    # COMM  ADDRESS SYMBOL (LIBRARY)
    awk -v job="$p_job" -v top="$TOP" '
        !/\)$/ { next }
        { library = $NF; gsub(/^\(|\)$/, "", library); sub(/.*\//, "", library); if (library ~ /kernel|\[guest|\[vdso/) library = "kernel"
          match($0, /[0-9a-f]+ [^ ]+ +\([^(]*\)$/); symbol = substr($0, RSTART); sub(/^[0-9a-f]+ /, "", symbol); sub(/ .*/, "", symbol)
          n++; by[library]++; if (symbol != "[unknown]") of[library " " symbol]++ }
        function best(list, what,   i, k, most, out) {
            for (i = 0; i < top; i++) {
                most = ""
                for (k in list) if (most == "" || list[k] > list[most]) most = k
                if (most == "" || list[most] / n < 0.005) break
                out = out (out == "" ? "" : ", ") most sprintf(" %.0f %%", 100 * list[most] / n); delete list[most]
            }
            printf "%s\t%s\t%s\n", job, what, out
        }
        END { printf "%s\tsamples\t%d\n", job, n; if (n) { best(by, "libraries"); best(of, "functions") } }' "$B/samples" >>"$B/profile"
}

profile_all() {
    echo "CREATE TABLE t AS SELECT i AS id, md5(i::text) AS a, md5(i || 'b') AS b, timestamptz '2026-01-01 00:00Z' + i % 100000 * interval '1 s' AS c
          FROM generate_series(1::bigint, $PROFILE_ROWS) AS i;" | database large
    for i in $(seq "$PROFILE_TABLES"); do
        echo "CREATE TABLE s$i (id serial PRIMARY KEY, a text); INSERT INTO s$i (a) SELECT md5(g::text) FROM generate_series(1, 10) AS g;"
    done | database manytables
    profiled "snapshot of one table of $PROFILE_ROWS rows" build/bench/snapshot "$(observer large)" "$B/run1" 1 public.t
    profiled "snapshot of $PROFILE_TABLES tables" build/bench/snapshot "$(observer manytables)" "$B/run2" 1 public.s1
    echo 'CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE EXTENSION pg_walinspect;
          GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO dryproof_observer;' | database logged
    profiled "snapshots and WAL of $PROFILE_WAL_ROWS rows, with making them" build/bench/snapshot "$(observer logged)" "$B/run3" 1 public.t \
        "psql -X -q -h '$SOCKET' -U dba -d logged -c \"INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, $PROFILE_WAL_ROWS) AS i\" -c \"UPDATE t SET a = a || 'x'\""

    for kind in files rows; do
        package "$kind" "$kind" "$PROFILE_MEGABYTES"
        profiled "pack $PROFILE_MEGABYTES MB of $kind" build/bin/dryproof-pack pack "$B/made/$kind/run" --key "$B/made/signer.key" --out "$B/made/$kind/again"
        profiled "verify $PROFILE_MEGABYTES MB of $kind" build/bin/dryproof-verify "$B/made/$kind/stage/package.tar" \
            --attestations "$B/made/$kind/stage/attestations.intoto.jsonl" --key "$B/made/signer.pub"
        profiled "commit $PROFILE_MEGABYTES MB of $kind" build/bin/dryproof-pack commit "$B/made/$kind/stage" --repo "$B/repo" --key "$B/made/signer.key"
        rm -rf "$B/made/$kind"
    done
    R=$B/repository
    mkdir "$R"
    echo 'SELECT 1' | database empty
    sh tests/faults/stages.sh "$R" "1-$PROFILE_PACKAGES" "$(observer empty)"
    for i in $(seq "$PROFILE_PACKAGES"); do
        build/bin/dryproof-pack commit "$R/stage$i" --repo "$R/repo" --key "$R/signer.key" --log-key "$R/log.key" >"$B/log" 2>&1 || { cat "$B/log" >&2; exit 5; }
    done
    profiled "verify one of $PROFILE_PACKAGES packages" build/bin/dryproof-verify --repo "$R/repo" --key "$R/signer.pub" \
        --package "$(sha256sum <"$R/stage$PROFILE_PACKAGES/package.tar" | cut -c 1-64)"
    profiled "verify all $PROFILE_PACKAGES packages" build/bin/dryproof-verify --repo "$R/repo" --all --key "$R/signer.pub"
    profiled 'run of C1' build/bin/dryproof run --carrier carriers/c1 --repo "$R/c1" --key "$R/signer.key"
    awk -F '\t' '$2 == "samples" { printf "%s%s (%d samples)\n", (NR > 1 ? "\n" : ""), $1, $3; next } { printf "  %-10s %s\n", $2, $3 }' "$B/profile"
}
if perf record -q -o "$B/probe.data" true >"$B/log" 2>&1; then profile_all; else echo "profile: skipped, perf is not there or may not look" >&2; fi
