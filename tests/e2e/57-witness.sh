# tests/e2e/57-witness.sh - a part of the witness table (make witness does all of it), and that
# a wrong expectation fails; the second opinion on a few; noise in small numbers.
. tests/lib.sh
witness() { sh tests/witness/run.sh "$@" >"$W/table" 2>&1; echo $? >"$W/status"; cat "$W/table"; [ "$(cat "$W/status")" = 0 ]; }

t "witness table: every eleventh line" witness --part 4/11
sed -n 's/^\([A-Z][0-9]* *[a-z]*\) .* skip: \(.*\)/skip - witness \1: \2/p' "$W/table"
t "witness table: an oracle agrees" witness --oracle --select '^(W08|W20|W38|S02|E12)$' --roles super,app

# an expectation that is wrong in its answer, its verdict, or its witnesses, is told so
awk -F '\t' -v OFS='\t' '$1 == "W01" { $9 = "refused DRY -" } $1 == "W03" { $9 = "ran DRY ids,wal" }
    $1 == "W04" { $9 = "ran NOT_DRY ids,wal" } $1 == "W23" { $9 = "ran NOT_DRY -" } { print }' \
    tests/witness/actions.tsv >"$W/lies.tsv"
witness --table "$W/lies.tsv" --select '^(W01|W03|W04|W05|W23)$' --roles app >/dev/null
t "witness table: a wrong expectation fails" test "$(cat "$W/status")" = 1
for lie in 'W01 .*NOT OK: answer' 'W03 .*NOT OK: verdict' 'W04 .*NOT OK: witnesses' 'W05 .* ok' 'W23 .*NOT OK: verdict' '1 passed, 4 failed'; do
    t "witness table: $lie" grep -q "$lie" "$W/table"
done

t "noise: a few brackets of each kind" env IDLE=10 NOISY=8 WRITERS=8 NAMELESS=2 sh tests/witness/noise.sh
