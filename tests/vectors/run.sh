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

# a file that a case does not have is golden's
of() { if [ -e "$1/$2" ] || [ -h "$1/$2" ]; then echo "$1/$2"; else echo "$corpus/golden/$2"; fi; }

judge() { # CASE FINDING: right, unnamed, or what is wrong
    PACKAGE=$(of "$1" package.tar) ATTESTATIONS=$(of "$1" attestations.intoto.jsonl) POLICY=$(of "$1" policy.json)
    export PACKAGE ATTESTATIONS POLICY
    timeout 60 sh -c "$command" >"$W/out" 2>"$W/err" </dev/null; status=$?
    said=$(awk '$1 ~ /^(E|HOLD)_[A-Z0-9_]+$/ { print $1; exit }' "$W/out")
    if [ "$status" -eq 124 ]; then echo "no answer within a minute"
    elif [ "$status" -ge 126 ]; then echo "status $status: it crashed, or could not be run"
    elif cat "$W/out" "$W/err" | tr -d '\t\n -~' | grep -q .; then echo "prints bytes that are not plain text"
    elif [ "$2" = ACCEPT ]; then
        if [ "$status" -eq 0 ]; then echo right; else echo "refused (status $status${said:+, $said}), must be accepted"; fi
    elif [ "$status" -eq 0 ]; then echo "ACCEPTED, must be refused with $2"
    elif [ -z "$said" ]; then echo unnamed
    elif [ "$said" = "$2" ]; then echo right
    else echo "refused with $said, expected $2"
    fi
}

command=$1
for case in "$corpus"/[0-9]*__*; do
    name=${case##*/}
    printf '%s\t%s\t%s\n' "$(sed -n 's/^Attack: \(.\).*/\1/p' "$case/README")" "$name" "$(judge "$case" "${name##*__}")"
done >"$W/answers"
[ -s "$W/answers" ] || { echo "run.sh: $corpus has no cases" >&2; exit 2; }

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
