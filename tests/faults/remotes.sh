# tests/faults/remotes.sh - sourced by run.sh: part remotes, eight packagers on two machines with one
# remote; each begins again until its package is there, most first tries are killed or stopped on the
# way, git gc and repack run beside them.
at() { # MACHINE STAGE [COMMAND...]
    at_repo=$top/m$1 at_stage=$2; shift 2
    timeout -s KILL 120 "$@" "$BIN/dryproof-pack" commit "$dir/stage$at_stage" --repo "$at_repo" --key "$dir/signer.key" --log-key "$dir/log.key" --wait 100
}
remote_race() { # ROUND
    rm -rf "$top/remote" "$top/m1" "$top/m2" "$top/done"; mkdir "$top/done"
    git init -q --bare "$top/remote"
    for m in 1 2; do git clone -q --bare "$top/remote" "$top/m$m" 2>/dev/null; done
    pids=
    for n in 1 2 3 4 5 6 7 8; do
        (
            r=$(((SEED * 7919 + $1 * 104729 + n * 1299709) % 1000003)) m=$((n % 2 + 1))
            for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
                r=$(((r * 48271) % 2147483647))
                if [ $((r % 20)) -ge $((try + 3)) ]; then
                    disturbed $n "$top/m$m" $r $try 700 60 && break
                else
                    at $m $n env >/dev/null 2>"$top/done/log$n.$try" && break
                    echo "packager $n, try $try: $(tail -n 1 "$top/done/log$n.$try")" >>"$top/done/failed"
                fi
            done
        ) 2>/dev/null &
        pids="$pids $!"
    done
    ( while [ ! -e "$top/done/all" ]; do
          for m in 1 2; do [ ! -e "$top/m$m/refs/heads/main" ] || { git -C "$top/m$m" gc -q; git -C "$top/m$m" repack -adq; } >/dev/null 2>&1; done
          sleep 0.1
      done ) &
    cleaner=$!
    for pid in $pids; do wait "$pid"; done
    : >"$top/done/all"; wait $cleaner
    killed=$(cat "$top/done/killed" 2>/dev/null | wc -l)
    points=$((points + 1)) faults=$((faults + killed))
    {
        [ ! -e "$top/done/failed" ] || cat "$top/done/failed"
        for n in 1 2 3 4 5 6 7 8; do at $((n % 2 + 1)) $n env 2>&1 | grep -q 'was there already' || echo "package $n is not there"; done
        for m in 1 2; do "$BIN/dryproof-pack" fetch --repo "$top/m$m" >"$top/log" 2>&1 || cat "$top/log"; done
        for r in remote m1 m2; do
            [ "$(git -C "$top/$r" rev-list --count main) $(git -C "$top/$r" rev-list --count --merges main) $(git -C "$top/$r" rev-parse main)" = "8 0 $(git -C "$top/remote" rev-parse main)" ] || echo "$r: not the eight commits in line"
            git -C "$top/$r" fsck --full --strict --no-dangling 2>&1 | grep -v 'unborn branch\|default references'
            sh tests/checkpoints.sh "$top/$r"
        done >"$top/out"
        grep -av '^dryproof.invalid/log/' "$top/out"
        grep -a '^dryproof.invalid/log/' "$top/out" | sort -u | awk '{ key = $1 " " $2; if (key in root) print "two trees of one size: " key; root[key] = $3 }'
        [ "$(git -C "$top/remote" for-each-ref --format='%(refname)')" = refs/heads/main ] || echo "a claim is left"
        left=$(cd "$top" && find m1 m2 -name '*.lock' -o -name '*tmp*' -o -name 'dryproof.*' | sort | tr '\n' ' ')
        [ "$left" = "m1/dryproof.lock m1/dryproof.seen m2/dryproof.lock m2/dryproof.seen " ] || echo "left over: $left"
    } >"$top/said" 2>&1
    [ ! -s "$top/said" ] && return
    torn=$((torn + 1))
    echo "torn: remotes, round $1, $killed killed"
    sort "$top/said" | uniq -c | head -n 12 | sed 's/^/    /'
}
remote_races() { for round in $(seq "$ROUNDS"); do ! in_shard "$round" || remote_race "$round"; done; }
