#!/bin/sh
# tests/trials/run.sh - is the dry mode of real migration tools dry?  Each line of trials.tsv
# is run through `dryproof run --db ... -- COMMAND` on a fresh database of a private cluster,
# and the verdict is compared with the expected one.  The only test that needs registries:
# Debian's packages and npm's.  The last line is "N passed, N failed, N skipped".
# Usage: tests/trials/run.sh [NAME...]: only tools of these names.
# Knobs: NO_INSTALL=1  install nothing: what is missing is skipped, visibly
#        SHARD=i/n  every n-th tool, from the i-th (default 1/1)
#        DRYPROOF=...  the program under test (default: build/bin/dryproof)
#
# Columns of trials.tsv: tool (its files are in tests/trials/TOOL); packages, from debian or
# npm, the first npm one being the tool; what brings the fresh database into the state wanted
# (- is nothing); the command on trial, run by sh in a copy of the tool's folder; the exit
# status it is expected to have; whether it is said to change nothing (no-op: a command with
# nothing left to do); the verdict; a word that a NOT_DRY must name (- is none); what it wrote.
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
. tests/shard.sh
DRYPROOF=${DRYPROOF:-$ROOT/build/bin/dryproof}
TABLE=$ROOT/tests/trials/trials.tsv
CACHE=$ROOT/build/trials
export LC_ALL=C.UTF-8
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-trials-XXXXXX") || exit 1
NAME=trials-$$
finish() { "$DRYPROOF" sandbox down --name "$NAME" >/dev/null; rm -rf "$W"; }
trap finish EXIT
trap 'exit 130' INT TERM
tab=$(printf '\t')

# the lines wanted, without the heading; a tool's lines stay together
awk -F '\t' -v names=" $* " -v part="$part" -v parts="$parts" \
    'NR > 1 && !/^#/ && (names == "  " || index(names, " " $1 " ")) {
        if (!($1 in at)) at[$1] = ++tools
        if ((at[$1] - part) % parts == 0) print }' "$TABLE" >"$W/trials"
[ -s "$W/trials" ] || { echo "trials: no such tool; see $TABLE" >&2; exit 2; }

# ---- install: one call for all of Debian's packages, one folder for each set of npm's ----
here() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
debian_of() { echo "$1" | tr ',' '\n' | sed -n 's/^ *debian //p'; }
npm_of() { echo "$1" | tr ',' '\n' | sed -n 's/^ *npm //p'; }
folder_of() { echo "$CACHE/npm/$(echo "$1" | tr '/ ' '+_')"; }

install_debian() {
    missing=
    for p in $(cut -f 2 "$W/trials" | sort -u | while read -r cell; do debian_of "$cell"; done); do
        here "$p" || missing="$missing $p"
    done
    [ -n "$missing" ] && [ -z "${NO_INSTALL:-}" ] || return 0
    echo "trials: installing$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq >"$W/apt" 2>&1
    # one at a time: a package that this Debian lacks must not take the others with it
    for p in $missing; do
        DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$p" >>"$W/apt" 2>&1
    done
}

install_npm() { # PACKAGES: into their own folder, without scripts, lock file or report
    folder=$(folder_of "$1")
    [ ! -e "$folder/installed" ] && [ -z "${NO_INSTALL:-}" ] && command -v npm >/dev/null || return 0
    echo "trials: installing $1"
    rm -rf "$folder"
    mkdir -p "$folder"
    echo '{ "private": true }' >"$folder/package.json"
    # shellcheck disable=SC2086
    timeout 300 npm install --prefix "$folder" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error $1 \
        >"$folder/log" 2>&1 </dev/null && : >"$folder/installed"
}

# why a trial cannot run: empty when it can
lacking() {
    for p in $(debian_of "$1"); do here "$p" || { echo "no Debian package $p"; return; }; done
    npm=$(npm_of "$1")
    [ -z "$npm" ] && return
    command -v npm >/dev/null || { echo "npm is not installed"; return; }
    folder=$(folder_of "$npm")
    [ -e "$folder/installed" ] && return
    [ -e "$folder/log" ] || { echo "not installed: $npm"; return; }
    echo "npm cannot install $npm: $(grep -m 1 'npm error [a-zA-Z]' "$folder/log")"
}

version_of() { # PACKAGES: of the first npm package, else of the first Debian one as installed
    case $(npm_of "$1") in
    '') dpkg-query -W -f='${Version}' "$(debian_of "$1" | cut -d ' ' -f 1)" | sed 's/^[0-9]*://; s/[+-].*//' ;;
    *) npm_of "$1" | cut -d ' ' -f 1 | sed 's/.*@//' ;;
    esac
}

# ---- one trial ----
admin() { psql -X -q -h "$SOCKET" -p 5432 -U dryproof_sandbox -v ON_ERROR_STOP=1 "$@"; }

prepare() { # NUMBER TOOL PACKAGES BEFORE: database, copy of the files, path, state
    PGDATABASE=trial_$1
    rm -rf "$W/files"
    cp -R "$ROOT/tests/trials" "$W/files"
    mkdir -p "$W/files/$2"
    npm=$(npm_of "$3")
    PATH=$BASE_PATH
    if [ -n "$npm" ]; then
        ln -s "$(folder_of "$npm")/node_modules" "$W/files/$2/node_modules"
        PATH=$W/files/$2/node_modules/.bin:$BASE_PATH
    fi
    admin -d postgres -c "CREATE DATABASE $PGDATABASE" || return 1
    [ "$4" = - ] && return 0
    (
        export PGHOST="$SOCKET" PGPORT=5432 PGUSER=dryproof_sandbox PGDATABASE
        host=$(printf %s "$SOCKET" | sed 's|/|%2F|g')
        export DATABASE_URL="postgres://$PGUSER@localhost:$PGPORT/$PGDATABASE?host=$host"
        cd "$W/files/$2" && timeout 120 sh -c "$4" </dev/null
    )
}

show() { # TOOL VERSION COMMAND DATABASE CLAIMS VERDICT EXPECTED SAID RESULT
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$CACHE/report.tsv"
    printf "%-${w1}s  %-12s  %-${w3}s  %-8s  %-5s  %-8s  %-8s  %s\n" "$1" "$2" "$3" "$4" "$5" "$6" "$7" \
        "$(printf '%s' "$8" | cut -c 1-100)$([ "$9" = ok ] || echo "  <- $9")"
}

trial() { # NUMBER TOOL PACKAGES BEFORE COMMAND EXIT CLAIMS EXPECTED NAMES
    [ "$4" = - ] && state=fresh || state=prepared
    why=$(lacking "$3")
    if [ -n "$why" ]; then
        skipped=$((skipped + 1))
        show "$2" - "$5" "$state" "$7" skip "$8" "$why" ok
        return
    fi
    version=$(version_of "$3")
    if ! prepare "$1" "$2" "$3" "$4" >"$W/log" 2>&1; then
        failed=$((failed + 1))
        show "$2" "$version" "$5" "$state" "$7" none "$8" "not prepared: $(tail -n 1 "$W/log")" "NOT PREPARED"
        return
    fi
    (cd "$W/files/$2" && exec "$DRYPROOF" run --db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=$PGDATABASE" \
        --expect-exit "$6" --timeout 120 -- sh -c "exec >'$W/said' 2>&1; $5") >"$W/answer" 2>"$W/log" </dev/null
    status=$?
    line=$(grep -m 1 -E '^(DRY|NOT_DRY|HOLD)' "$W/answer")
    case $status:$line in
    0:DRY*) verdict=DRY ;;
    1:NOT_DRY*) verdict=NOT_DRY ;;
    3:HOLD*) verdict=HOLD ;;
    *) verdict="status-$status" line=$(head -n 1 "$W/log") ;;
    esac
    result=ok
    [ "$verdict" = "$8" ] || result="FAILED: expected $8"
    [ "$result" != ok ] || [ "$9" = - ] || echo "$line" | grep -qF -- "$9" || result="FAILED: does not name $9"
    if [ "$result" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        sed 's/^/    command: /' "$W/said" | tail -n 8 >"$W/why"
    fi
    show "$2" "$version" "$5" "$state" "$7" "$verdict" "$8" "$(echo "$line" | sed 's/^[A-Z_]*:* *//')" "$result"
    [ "$result" = ok ] || cat "$W/why"
    admin -d postgres -c "DROP DATABASE $PGDATABASE WITH (FORCE)"
}

# ---- all of them ----
mkdir -p "$CACHE/npm"
install_debian
cut -f 2 "$W/trials" | sort -u | while read -r cell; do
    npm=$(npm_of "$cell")
    [ -z "$npm" ] || install_npm "$npm"
done

unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS PGSERVICE PGPASSFILE DATABASE_URL
BASE_PATH=/usr/bin:$PATH
bindir=$(pg_config --bindir 2>/dev/null) && BASE_PATH=/usr/bin:$bindir:$PATH
export PATH PSQLRC=/dev/null NO_COLOR=1 CI=1 HOME="$W"
if ! "$DRYPROOF" sandbox up --name "$NAME" >"$W/log" 2>&1; then
    cat "$W/log"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
SOCKET=$("$DRYPROOF" sandbox status --name "$NAME" | sed 's/.*: //')

widest() { awk -F '\t' -v column="$1" -v most=80 '{ n = length($column) } n > w { w = n } END { print (w > most ? most : w) }' "$W/trials"; }
w1=$(widest 1) w3=$(widest 4)
passed=0 failed=0 skipped=0 number=0
: >"$CACHE/report.tsv"
show tool version command database dry? verdict expected 'what dryproof said' ok
while IFS=$tab read -r tool packages before mode code claims expected names _; do
    number=$((number + 1))
    trial "$number" "$tool" "$packages" "$before" "$mode" "$code" "$claims" "$expected" "$names" </dev/null
done <"$W/trials"
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
