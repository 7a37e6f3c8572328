#!/bin/sh
# tests/tools/lint.sh TREE RULE... - the rules of CONTRIBUTING.md that a program can check.
# Prints what breaks a rule, one line each, and nothing else; status 1 when there is any.
# Rules: layers doors sizes codes tested mutations vectors survivors limits shells paths exits tables requirements pages threats
set -u
cd "$1" || exit 2
shift
codes() { awk -F '\t' 'NR > 1 { print $1 }' schemas/findings.tsv; }
tab=$(printf '\t')

# includes are written from the root, so that the layer shows in the line
layers() {
    for folder in base collector packager driver verifier; do
        case $folder in
        base) allowed='base/' ;;
        collector) allowed='(base|collector)/|gen/sql_|gen/(findings|limits)\.inc"' ;;
        packager) allowed='(base|packager)/|gen/tpl_|gen/(findings|limits)\.inc"' ;;
        driver) allowed='(base|driver)/|gen/(schema|carrier)_' ;;
        verifier) allowed='verifier/|gen/(findings|words|limits|wal|published)\.inc"|(findings|limits|wal|published)\.inc"' ;;
        esac
        grep -n '^ *# *include *"' "$folder"/*.[ch] | grep -vE "#include \"($allowed)" | sed 's/$/: not in its layer/'
    done
}

# a library has one door in a folder: one .c file with its header, never a header of ours
doors() {
    for library in 'openssl/' git2 libpq jansson archive utf8proc curl; do
        grep -lE "^ *# *include *<$library" ./*/*.h | sed "s|$|: a header of ours includes $library|"
        for folder in base collector packager driver verifier; do
            # a door may have a second leaf, NAME_wire.c
            files=$(grep -lE "^ *# *include *<$library" "$folder"/*.c 2>/dev/null | sed 's/_wire\.c$/.c/' | sort -u)
            [ "$(echo "$files" | wc -w)" -le 1 ] || echo "$folder: $library has several doors:" $files
        done
    done
    grep -lE '^ *# *include *<(libpq|git2|archive|openssl)' driver/*.c | sed 's/$/: the driver has no such library/'
    grep -lE '^ *# *include *<(openssl|git2|archive)' collector/*.c | sed 's/$/: the collector has no key and no repository/'
    grep -lE '^ *# *include *<(curl|sys/socket|netdb)' verifier/*.[ch] collector/*.[ch] driver/*.[ch] | grep -vx collector/http.c |
        sed 's/$/: only the packager speaks to a registry, and the collector to an executor/'
    grep -lE '^ *# *include *<libpq' packager/*.c verifier/*.c | sed 's/$/: only the collector speaks to a database/'
}

# files below 500 lines, functions below 80
sizes() {
    wc -l */*.[ch] tests/*/*.[ch] bench/*.sh bench/*.py tests/*.sh tests/*/*.sh tests/tools/*.py tests/mutants/*.py |
        awk '$1 >= 500 && $2 != "total" { print $2 ": " $1 " lines, fewer than 500 allowed" }'
    awk 'FNR == 1 { start = 0 } /^\{/ { start = FNR }
        /^\}/ { if (start && FNR - start + 1 >= 80) print FILENAME ":" start ": a function of " FNR - start + 1 " lines, fewer than 80 allowed"
                start = 0 }' */*.c tests/unit/*.c
}

# the published list, the source, what explain says and nothing else; words are verdicts that are no finding
codes_rule() {
    codes | sort | uniq -d | sed 's/$/: twice in findings.tsv/'
    awk -F '\t' 'NR > 1 && (NF != 6 || $2 !~ /^([1-6]|70)$/ || $4 == "" || $5 == "" || $6 == "") { print $1 ": findings.tsv needs six columns and an exit status" }' schemas/findings.tsv
    awk -F '\t' 'BEGIN { split("LIMIT IO DSSE KEY/SIG STMT DIGEST TAR PATH JSON MANIFEST BIND TIME REPO EVIDENCE", s, " "); for (i in s) at[s[i]] = i + 0 }
        NR > 1 { if (!($3 in at)) print $1 ": unknown stage " $3; else if (at[$3] < last) print $1 ": stage " $3 " out of order"; last = at[$3] }' schemas/findings.tsv
    [ "$(codes | wc -l)" -ge 60 ] || echo "findings.tsv: fewer than 60 findings"
    codes >"$lint_codes"
    grep -ohE '\b[A-Z][A-Z0-9_]+\b' verifier/*.c | sort -u >"$lint_words"
    codes | grep -vxF -f "$lint_words" | sed 's/$/: published, never given/'
    grep -ohE '\b(E|HOLD)_[A-Z0-9][A-Z0-9_]*[A-Z0-9]\b' verifier/*.[ch] | sort -u |
        grep -vxF -f "$lint_codes" | grep -vxE 'HOLD_NOT_CHECKED|HOLD_NOT_MEASURABLE|HOLD_EVIDENCE_INCOMPLETE' | sed 's/$/: in the verifier, not published/'
    grep -qE '"HOLD_NOT_CHECKED"' verifier/*.c || echo "HOLD_NOT_CHECKED: no longer a word of the verifier; drop it here"
    # what a verdict can say is explained too: its words, its claims, the exit statuses
    { codes; cut -f 1 schemas/words.tsv; } >"$lint_words"
    { sed -n 's/^ *EXIT_[A-Z_]* = \([0-9]*\),\{0,1\} .*/\1/p' base/exit.h
      sed -n 's/^    {"\([a-z-]*\)", "[a-z_]*".*/\1/p' verifier/claims.c
      grep -ohE '"(PASS|FAIL|HOLD|N-A|(NOT_)?DRY|(REJECT|HOLD)_[A-Z_]+|REVIEW_READY|BLOCKED|NOT_READY|sandbox|governed|unlisted|unknown)"' verifier/verify.c verifier/report.c verifier/output.c | tr -d '"'
    } | sort -u | grep -vxF -f "$lint_words" | sed 's/$/: explain does not know it (schemas\/words.tsv)/'
    sort "$lint_words" | uniq -d | sed 's/$/: twice in what explain knows/'
    if [ -n "${VERIFIER:-}" ]; then
        awk -F '\t' 'NR > 1 { printf "%s\n  %s\n  exit status %s; FORMAT.md section %s\n  do: %s\n", $1, $4, $2, $5, $6 }' schemas/findings.tsv >"$lint_codes"
        awk -F '\t' 'NR > 1 { printf "%s (%s)\n  %s\n  do: %s\n", $1, $2, $3, $4 }' schemas/words.tsv >>"$lint_codes"
        for code in $(codes) $(sed 1d schemas/words.tsv | cut -f 1); do "$VERIFIER" explain "$code" 2>&1; done | diff "$lint_codes" - | sed -n 's/^[<>] /explain and findings.tsv differ: /p'
    fi
}

# every finding is provoked by a line of a table or a named check; exceptions with a reason
EXCEPTIONS='E_INTERNAL: a bug of the verifier itself; an input that gave it would be mended, not kept'
tested() {
    {
        grep -hv '^#' tests/mutations.tsv tests/executor/mutations.tsv | cut -f 6 | sed 's/^[+]//; s/ .*//'
        grep -v '^#' tests/sabotage/expect.tsv | cut -f 3 | tr -c 'A-Z0-9_' '\n'
        vectors_of | cut -f 5
        grep -ohE "^(P=[a-z]+; )?(against=[a-z0-9]+; )?(tampered|broken|judged|twist) [0-9]+ [A-Z0-9_]+ " \
            tests/e2e/70-repository.sh tests/e2e/72-log.sh tests/e2e/76-oci.sh tests/e2e/31-trust.sh tests/e2e/32-time.sh tests/e2e/39-fleet.sh | awk '{ print $NF }'
        echo "${EXCEPTIONS%%:*}"
    } | grep . >"$lint_words"
    codes | grep -vxF -f "$lint_words" | sed 's/$/: no mutation, no vector, no sabotage, no check of repository or trust gives it/'
}

# the tables name only what is published, with its exit status
mutations() {
    for table in tests/mutations.tsv tests/executor/mutations.tsv; do grep -v '^#' $table | awk -F '\t' -v list=schemas/findings.tsv '
        BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); exits[f[1]] = f[2] } }
        NR == 1 { next }
        NF != 7 { print $1 ": " NF " columns, expected 7"; next }
        seen[$1]++ { print $1 ": twice in mutations.tsv" }
        $2 !~ /^(unsigned|repaired|insider|forger)$/ { print $1 ": unknown strength " $2 }
        $6 == "-" { if ($5 != 0) print $1 ": no finding, yet status " $5; next }
        { code = $6; among = sub(/^[+]/, "", code); sub(/ .*/, "", code)
          if (!(code in exits)) print $1 ": " code " is not published"
          else if (!among && exits[code] != $5) print $1 ": " code " has status " exits[code] ", the line says " $5 }'; done
    grep -v '^#' tests/sabotage/expect.tsv | cut -f 3 | tr ' ' '\n' | grep -E '^(E|HOLD)_' | sort -u | while read -r code; do
        codes | grep -qxF "$code" || echo "expect.tsv: $code is not published"
    done
}

# the corpus: its list, its folders, its README and the published codes say the same
vectors_of() { grep '^[0-9]' tests/vectors/cases.tsv; }
vectors() {
    vectors_of | awk -F '\t' -v list=schemas/findings.tsv '
        BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); exits[f[1]] = f[2] } exits["ACCEPT"] = 0 }
        $1 !~ /^[0-9][0-9][0-9]$/ || $1 <= last { print $2 ": its number is not above the one before" }
        { last = $1 }
        seen[$2]++ { print $2 ": twice in cases.tsv" }
        $3 !~ /^(unsigned|repaired|insider|forger)$/ { print $2 ": unknown strength " $3 }
        !($5 in exits) { print $2 ": code " $5 " is not published"; next }
        exits[$5] != $4 { print $2 ": " $5 " has status " exits[$5] ", the line says " $4 }
        $6 !~ /^[A-O][0-9][0-9]$/ { print $2 ": its attack is none" }
        length($8) < 20 { print $2 ": does not say why" }'
    vectors_of | awk -F '\t' '{ print $1 "_" $2 "__" $5 }' | sort >"$lint_codes"
    (cd tests/vectors && for folder in [0-9]*; do echo "$folder"; done) | diff "$lint_codes" - | sed -n -e 's/^< \(.*\)/\1: no such folder in tests\/vectors/p' -e 's/^> \(.*\)/\1: no line of cases.tsv/p'
    for folder in tests/vectors/[0-9]*; do
        first=
        { read -r first <"$folder/README"; } 2>/dev/null
        [ "$first" = "${folder##*/}" ] || echo "$folder: its README is not its own"
    done
    vectors_of | awk -F '\t' '{ n = $1 "_" $2 "__" $5; print "| [" n "](" n "/README) | " $6 " | " $3 " | " $4 " |" }' >"$lint_codes"
    sed '1,/^<!-- /d' tests/vectors/README.md | tail -n +3 | cmp -s - "$lint_codes" || echo "tests/vectors/README.md: its table is not cases.tsv's (tests/tools/mkvectors.py)"
    kib=$(find tests/vectors -type f -exec cat {} + | wc -c); kib=$((kib / 1024))
    [ "$kib" -le 5120 ] || echo "tests/vectors: $kib KiB, at most 5120 allowed"
}

# a mutant that is said to survive exists, and has a reason
survivors() {
    python3 -B tests/mutants/judge.py --check
    awk -F '\t' '!/^#/ && $4 == "" { print $1 " " $2 ": a survivor without a reason" }' tests/mutants/survivors.tsv
}

limits() {
    awk -F '\t' 'NR > 1 { print $1 }' schemas/limits.tsv | while read -r name; do
        grep -qwE "(VFY|COL|PKG)_$name" verifier/*.c collector/*.c packager/*.c || echo "$name: published, never used"
    done
}

shells() {
    for file in .ci/run bench/*.sh tests/*.sh tests/*/*.sh driver/*.sh templates/*.sh; do
        [ -f "$file" ] || continue
        sh -n "$file" 2>&1 || echo "$file: not valid shell"
    done
    python3 - bench/*.py tests/*/*.py <<'END'
import ast, sys
for file in sys.argv[1:]:
    try:
        ast.parse(open(file).read())
    except SyntaxError:
        print(file + ": not valid Python")
END
}

# the tree speaks of no machine: neither homes nor work folders
paths() {
    home='(ro''ot|wo''rk|home|Users|fa''rm)'
    find . -mindepth 1 -maxdepth 1 ! -name .git ! -name build -exec grep -rHnE "(^|[^a-zA-Z0-9._/-])/$home/[a-z]" {} + 2>/dev/null | cut -c 1-160
}

# README's table is base/exit.h's list, and precedence is tested
exits() {
    sed -n 's/^ *EXIT_[A-Z_]* = \([0-9]*\),\{0,1\} .*/\1/p' base/exit.h | sort -n >"$lint_codes"
    [ "$(tr '\n' ' ' <"$lint_codes")" = "0 1 2 3 4 5 6 70 " ] || echo "base/exit.h: not the statuses 0 to 6 and 70"
    [ ! -f README.md ] || sed -n 's/^| \([0-9]\{1,2\}\) |.*/\1/p' README.md | sort -n | cmp -s - "$lint_codes" || echo "README.md: its exit statuses are not base/exit.h's"
    grep -qF '{0, 3, 4, 1, 5, 6, 2, 70}' verifier/findings.c || echo "verifier/findings.c: precedence is not 70, 2, 6, 5, 1, 4, 3, 0"
    grep -q 'vfy_findings_worse' tests/unit/verifier_findings.c || echo "tests/unit/verifier_findings.c does not test precedence"
}

tables() {
    for file in schemas/*.tsv tests/mutations.tsv tests/executor/*.tsv tests/sabotage/expect.tsv tests/witness/*.tsv tests/vectors/*.tsv tests/tamper/*.tsv tests/mutants/*.tsv; do
        grep -v '^#' "$file" | awk -F '\t' -v name="$file" 'NR == 1 { n = NF } NF != n { print name ": line " NR " has " NF " columns, the first " n }'
    done
}

# every rejection of the past is met by a line somewhere
requirements() {
    for n in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        grep -qwF "R-$n" tests/mutations.tsv tests/sabotage/expect.tsv || echo "R-$n: no mutation or sabotage meets it"
    done
}

# what is told to people agrees with what the programs do (BIN: where they are)
pages() { python3 -B tests/tools/pages.py pages; }
threats() { python3 -B tests/tools/pages.py threats; }

lint_codes=$(mktemp) && lint_words=$(mktemp) || exit 2
trap 'rm -f "$lint_codes" "$lint_words"' EXIT
found=$(for rule in "$@"; do
    case $rule in codes) codes_rule ;; *) "$rule" ;; esac
done)
[ -z "$found" ] && exit 0
echo "$found"
exit 1
