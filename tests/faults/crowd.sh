# tests/faults/crowd.sh - sourced by run.sh: part crowd, eight packagers in one new repository a round
# (crowd.c), who begin with packages of their own and commit each other's as well, over and over.  Every
# answer is kept, and compared with what the repository says after the round.
crowd_judge() { # ROUND: what does not hold of $top/repo, one line each; a line more in $top/tally
    r=$top/repo
    git -C "$r" log --reverse --format='%H %(trailers:key=Dryproof-Package,valueonly,separator=) %(trailers:key=Dryproof-Ledger,valueonly,separator=)' main >"$top/history"
    awk -v count="$many" -v tally="$top/tally" '
        FILENAME ~ /ids$/ { id[$1] = $2; next }
        FILENAME ~ /history$/ { n++; times[$2]++; at[$2] = $1; number[$2] = $3; upto[$1] = $3; if ($3 != n) print "ledger " $3 " is commit " n; next }
        { ops++; what[$2]++; p = id[$1] }
        $2 == "killed" { killed[$1]++; next }
        { said[$1]++ }
        times[p] > 0 && $4 != number[p] { print "package " $1 " was said to be number " $4 ", and is " number[p] }
        $2 == "first" { firsts[$1]++; if (times[p] > 0 && $3 != at[p]) print "package " $1 " was said to be in another commit" }
        $2 == "there" && !($3 in upto && upto[$3] + 0 >= $4 + 0) { print "package " $1 " was said to be there in a commit where it is not" }
        END {
            for (i = 1; i <= count; i++) {
                if (!said[i]) print "package " i " was not asked for"
                if (times[id[i]] == 0) { print "package " i " is lost"; lost++ }
                if (times[id[i]] > 1 || firsts[i] > 1) { print "package " i " is there " times[id[i]] " times, was first " firsts[i] + 0 " times"; twice++ }
                if (!firsts[i] && !killed[i]) print "package " i ": nobody was the first"
                if (!firsts[i]) posthumous++
            }
            if (n != count) print n " commits, expected " count
            print ops + 0, what["first"] + 0, what["there"] + 0, what["killed"] + 0, posthumous + 0, lost + 0, twice + 0 >>tally
        }' "$top/ids" "$top/history" "$top/journal"
    [ "$(git -C "$r" rev-list --count --merges main)" = 0 ] || echo "a merge"
    # every file of every stage, and none besides but the log's proofs
    git -C "$r" ls-tree -r --format='%(path) %(objectname)' main packages | grep -v '/package\.tlog-proof ' | cmp - "$top/files"
    git -C "$r" fsck --full --strict --no-dangling 2>&1
    sh tests/checkpoints.sh "$r" | sort -u |
        awk '{ key = $1 " " $2; if (key in root) print "two trees of one size: " key; root[key] = $3 }'
    if [ $(($1 % 8)) -eq 1 ]; then how=--all; else how=--log; fi
    "$BIN/dryproof-verify" --repo "$r" $how --policy "$dir/policy.json" >"$top/log" 2>&1 || { echo "dryproof-verify: status $?"; head -n 3 "$top/log"; }
    left=$(cd "$r" && find . -name '*.lock' -o -name '*tmp*' -o -name 'dryproof.*' | sort | tr '\n' ' ')
    [ "$left" = "./dryproof.lock " ] || echo "left over: $left"
}
crowd() { # ROUND
    rm -rf "$top/repo"
    { "$CROWD" "$BIN/dryproof-pack" "$dir" "$many" "$top/repo" $((SEED * 1000000 + $1)) "$size" >"$top/journal" || echo "answers that are none"
      crowd_judge "$1"; } >"$top/said" 2>&1
    points=$((points + 1))
    [ ! -s "$top/said" ] && return
    torn=$((torn + 1))
    echo "torn: crowd, round $1"
    sort "$top/said" | uniq -c | head -n 12 | sed 's/^/    /'
}
crowds() {
    CROWD=${CROWD:-$PWD/build/tools/crowd}
    size=256 began=$(date +%s)
    [ "$OPS" -ge $size ] || size=$OPS
    many=$((8 + size / 32 * 8))
    sh tests/faults/stages.sh "$dir" "$many" || { torn=$((torn + 1)); return; }
    for n in $(seq "$many"); do echo "$n $(sha256sum "$dir/stage$n/package.tar" | cut -c1-64)"; done >"$top/ids"
    while read -r n id; do
        find "$dir/stage$n" -type f -printf "packages/$(echo "$id" | cut -c1-2)/$(echo "$id" | cut -c3-4)/$id/%f %p\n"
    done <"$top/ids" >"$top/list"
    cut -d ' ' -f 2 "$top/list" | git hash-object --no-filters --stdin-paths | paste -d ' ' "$top/list" - | cut -d ' ' -f 1,3 | sort >"$top/files"
    : >"$top/tally"
    for round in $(seq $(((OPS + size - 1) / size))); do ! in_shard "$round" || crowd "$round"; done
    awk -v s=$(($(date +%s) - began)) '{ for (i = 1; i <= 7; i++) n[i] += $i }
        END { printf "crowd: %d operations in %d rounds and %d s (%.1f a second): %d first, %d there already, %d killed (%d of them published all the same), %d lost, %d duplicated\n",
            n[1], NR, s, n[1] / (s > 0 ? s : 1), n[2], n[3], n[4], n[5], n[6], n[7] }' "$top/tally"
    faults=$((faults + $(awk '{ k += $4 } END { print k + 0 }' "$top/tally")))
}
