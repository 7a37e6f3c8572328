# tests/e2e/16-tamper.sh - a sample of `make tamper`, plain and sanitised, and proof that it
# notices. DRYPROOF_SEED repeats a run.
. tests/lib.sh
SEED=${DRYPROOF_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
export SEED
echo "seed $SEED"
exits 0 "a sample of all edits" env UNSIGNED=200 SAMPLE=2000 sh tests/tamper/run.sh
cp "$W/log" "$W/answer"
for what in 'unsigned edits of the package: [0-9]*, 0' 'edits of the attestations: [0-9]*, 0' 'edits of the package, signed anew: [0-9]*, 0'; do
    t "none accepted: ${what%%:*}" grep -q "^$(echo "$what" | sed 's/: \[0-9\]\*/: [0-9]* tried/') accepted" "$W/answer"
done
exits 0 "a sample under sanitizers" env UNSIGNED=500 SAMPLE=20000 TAMPER="$SAN/tamper" ASAN_OPTIONS=allocator_may_return_null=1 sh tests/tamper/run.sh
# the driver without what it tampers with would find nothing either
t "the control's edits are accepted" sh -c "grep -q '^edits of the attestations, every signature believed: [0-9]* tried, [1-9][0-9]* accepted' '$W/answer'"
t "each kind of edit was tried" sh -c "for kind in substitute insert delete cut; do grep -q \" \$kind=[1-9]\" '$W/answer' || exit 1; done"

G=tests/vectors/golden
report() { python3 tests/tools/tamper_report.py $G/package.tar "${2:-tests/tamper/accepted.tsv}" "${3:-0}" <"$1"; }
for part in package:20000 attestations:20000 control:200 insider:20000 deep:20000; do
    "$BIN/tamper" ${part%:*} $G/package.tar $G/attestations.intoto.jsonl "$SEED" "0/${part#*:}"
done >"$W/lines"
"$BIN/tamper" deep $G/package.tar $G/attestations.intoto.jsonl 1 0/2000 >"$W/deep"
grep '^accepted' "$W/deep" >>"$W/lines"
exits 0 "the report of these lines" report "$W/lines"
sed 's/^insider \([0-9]*\) tried 0/insider \1 tried 1/' "$W/lines" >"$W/one"
exits 1 "one accepted insider is told" report "$W/one"
sed 's/^package \([0-9]*\) tried 0/package \1 tried 1/' "$W/lines" >"$W/one"
exits 1 "one accepted package is told" report "$W/one"
grep -v '^attestations' "$W/lines" >"$W/one"
exits 1 "a round that is missing is told" report "$W/one"
sed 's/^control \([0-9]*\) tried [0-9]*/control \1 tried 0/' "$W/lines" >"$W/one"
exits 1 "a control that finds nothing is told" report "$W/one"
{ cat "$W/lines"; echo 'accepted before/tables.json substitute 30 49'; } >"$W/one"
exits 1 "an accepted edit of what counts is told" report "$W/one"
exits 1 "a sample is not taken for all" report "$W/lines" tests/tamper/accepted.tsv 1
grep '^[a-z#]' tests/tamper/accepted.tsv >"$W/short.tsv"
exits 1 "an accepted edit that the list does not explain is told" report "$W/lines" "$W/short.tsv"
