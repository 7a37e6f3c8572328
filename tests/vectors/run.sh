#!/bin/sh
# tests/vectors/run.sh [-d CORPUS] COMMAND - which cases does a verifier get wrong?
# COMMAND is given to sh with PACKAGE, ATTESTATIONS and POLICY in its environment, e.g.
#   sh run.sh 'my-verifier "$PACKAGE" --attestations "$ATTESTATIONS" --policy "$POLICY"'
# The contract is in README.md.  Needs a POSIX shell, awk and timeout, nothing of dryproof.
# Status: 0 all right, 1 some wrong, 2 not run.
set -u
LC_ALL=C; export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
corpus=$here
[ "${1:-}" = -d ] && [ "$#" -ge 2 ] && { corpus=$2; shift 2; }
[ "$#" -eq 1 ] && [ -d "$corpus/golden" ] || { echo "usage: run.sh [-d CORPUS] COMMAND (see README.md)" >&2; exit 2; }
W=$(mktemp -d) || exit 2
trap 'rm -rf "$W"' EXIT

# of CASE FILE: its path in $of; a file that a case does not have is golden's
of() { if [ -e "$1/$2" ] || [ -h "$1/$2" ]; then of=$1/$2; else of=$corpus/golden/$2; fi; }

mkdir "$W/out" "$W/err"
for case in "$corpus"/[0-9]*__*; do
    name=${case##*/}
    of "$case" package.tar; PACKAGE=$of
    of "$case" attestations.intoto.jsonl; ATTESTATIONS=$of
    of "$case" policy.json; POLICY=$of
    export PACKAGE ATTESTATIONS POLICY
    timeout 60 sh -c "$1" >"$W/out/$name" 2>"$W/err/$name" </dev/null
    printf '%s\t%s\n' "$name" $?
done >"$W/statuses"
[ -d "$corpus/${name%/}" ] || { echo "run.sh: $corpus has no cases" >&2; exit 2; }

# who printed bytes that are not plain text: asked of each only when it is true of all together
raw() { cat "$@" | tr -d '\t\n -~' | grep -q .; }
! raw "$W"/out/* "$W"/err/* || for out in "$W"/out/*; do ! raw "$out" "$W/err/${out##*/}" || echo "${out##*/}"; done >"$W/raw"

# each case: its class, its name, and right, unnamed, or what is wrong
W=$W CORPUS=$corpus awk -F '\t' '
    function judge(status, wanted, said) {
        if (status == 124) return "no answer within a minute"
        if (status >= 126) return "status " status ": it crashed, or could not be run"
        if ($1 in raw) return "prints bytes that are not plain text"
        if (wanted == "ACCEPT") return status == 0 ? "right" : "refused (status " status (said == "" ? "" : ", " said) "), must be accepted"
        if (status == 0) return "ACCEPTED, must be refused with " wanted
        return said == "" ? "unnamed" : said == wanted ? "right" : "refused with " said ", expected " wanted
    }
    BEGIN { while ((getline line < (ENVIRON["W"] "/raw")) > 0) raw[line] }
    {
        wanted = $1; sub(/.*__/, "", wanted)
        class = said = ""
        file = ENVIRON["CORPUS"] "/" $1 "/README"
        while (class == "" && (getline line < file) > 0) if (line ~ /^Attack: /) class = substr(line, 9, 1)
        close(file)
        file = ENVIRON["W"] "/out/" $1
        while (said == "" && (getline line < file) > 0) {
            split(line, word, /[ \t]+/); first = word[1] == "" ? word[2] : word[1]
            if (first ~ /^(E|HOLD)_[A-Z0-9_]+$/) said = first
        }
        close(file)
        print class "\t" $1 "\t" judge($2, wanted, said)
    }' "$W/statuses" >"$W/answers"

awk -F '\t' 'BEGIN {
        n = split("O controls|A archive framing|B headers, types, names|C JSON|D envelope, keys, policy|E statement, digests, bag|F time, mixing|G what the evidence says|I limits|J files|K text", class, "|") }
    { total[$1]++; if ($3 == "right") right[$1]++; else if ($3 == "unnamed") { right[$1]++; unnamed[$1]++ } else { wrong[$1]++; list = list "  " $2 ": " $3 "\n" } }
    END {
        printf "%-28s %6s %6s %8s %6s\n", "class", "cases", "right", "unnamed", "wrong"
        for (i = 1; i <= n; i++) {
            c = substr(class[i], 1, 1)
            if (c in total) printf "%-28s %6d %6d %8d %6d\n", class[i], total[c], right[c], unnamed[c], wrong[c]
            t += total[c]; r += right[c]; u += unnamed[c]; w += wrong[c]
        }
        printf "%-28s %6d %6d %8d %6d\n", "all", t, r, u, w
        if (list != "") printf "wrong:\n%s", list
        if (t != NR) { print "run.sh: a case of no known class"; exit 2 }
        exit (w > 0)
    }' "$W/answers"
