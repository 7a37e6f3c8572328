#!/bin/sh
# tests/faults/run.sh [PART...] - faults while a package is being published, and invariant.sh after
# each.  Parts: kill (SIGKILL at each system call that changes something), error (each call fails,
# once, and from then on), signal (TERM, INT, HUP there; an answer that nobody reads), short (writes take
# half), gone (the repository is removed, or replaced, on the way), full (no space, no inodes), cache
# (the power fails: cache.py), race (eight packagers, killed and stopped at random, git gc and repack
# beside them), crowd (eight packagers commit each other's packages as fast as they can, some killed,
# stopped and interrupted), remotes (race, on two machines with one remote).  Knobs:
#   SEED=1       chooses the samples
#   POINTS=150   of kill, and of cache: how many at random, or all
#   ERRORS=100   of error: as well (all: every call, both ways); a third of that of signal, short and gone
#   ROUNDS=20    of race, and of remotes
#   OPS=1024     commits of crowd, 256 a round
#   SHARD=i/n    the i-th of n parts of all that
#   STAGES=DIR   what stages.sh made, 8 of them, to which crowd adds; else it is made on a private PostgreSQL
# The last line is "N points, N faults, N torn states"; status 1 when any is torn.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/shard.sh
. tests/faults/crowd.sh
. tests/faults/remotes.sh
BIN=${BIN:-$PWD/build/bin}
export BIN LC_ALL=C
SEED=${SEED:-1} POINTS=${POINTS:-150} ERRORS=${ERRORS:-100} ROUNDS=${ROUNDS:-20} OPS=${OPS:-1024}
third=all
[ "$ERRORS" = all ] || third=$((ERRORS / 3))
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
export TMPDIR="${TMPDIR:-/tmp}"
top=$(mktemp -d "$TMPDIR/dryproof-faults-XXXXXX") || exit 2
name=faults-$$ mounted=
end() {
    [ -z "$mounted" ] || umount "$mounted" 2>/dev/null
    [ -n "${STAGES:-}" ] || "$BIN/dryproof" sandbox down --name "$name" >/dev/null
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT TERM
points=0 faults=0 torn=0 felt=0 there=0 # felt: ended with another status than 0; there: published

dir=${STAGES:-$top/stages}
if [ -z "${STAGES:-}" ]; then
    "$BIN/dryproof" sandbox up --name "$name" --carrier carriers/c1 >"$top/log" 2>&1 || { cat "$top/log"; exit 1; }
    socket=$("$BIN/dryproof" sandbox status --name "$name" | sed 's/.*: //')
    sh tests/faults/stages.sh "$dir" 8 "host=$socket port=5432 user=dryproof_sandbox dbname=postgres" || exit 1
fi
commit() { # STAGE REPO [COMMAND...]: under that command
    c_stage=$1 c_repo=$2; shift 2
    timeout -s KILL 60 "$@" "$BIN/dryproof-pack" commit "$dir/stage$c_stage" --repo "$c_repo" --key "$dir/signer.key" --log-key "$dir/log.key" --wait "${WAIT:-2}"
}

# the repository to which a third package comes, loose and packed objects mixed
base=$top/base
for n in 1 2; do commit $n "$base" >"$top/log" 2>&1 || { cat "$top/log"; exit 1; }; [ $n = 2 ] || git -C "$base" gc -q; done

fresh() { # WHERE: "grow" has two packages, "new" is no repository yet; sets old
    rm -rf "$top/repo"
    old=-
    [ "$1" = new ] || { cp -r "$base" "$top/repo"; old=$(git -C "$base" rev-parse main); }
}
judge() { # WHAT STATUS [REPO]: invariant.sh; every second one commits another package first, every tenth runs VERIFY.sh
    faults=$((faults + 1))
    brief=1
    [ $((faults % 10)) -ne 1 ] || brief=
    [ "$2" -eq 0 ] || felt=$((felt + 1))
    j_repo=${3:-$top/repo}
    [ "$(git -C "$j_repo" rev-parse -q --verify refs/heads/main 2>/dev/null || echo -)" = "$old" ] || there=$((there + 1))
    other=
    [ $((faults % 2)) -eq 0 ] || other=$dir/stage4
    BRIEF=$brief sh tests/faults/invariant.sh "$dir" "$j_repo" "$old" "$2" "$dir/stage3" $other >"$top/said" 2>&1 && return
    torn=$((torn + 1))
    echo "torn: $1, status $2${other:+, another package first}"
    sed 's/^/    /' "$top/said"
}
can_trace() {
    # not with --seccomp-bpf, which forgets to send signals
    commit 3 "$top/try" strace -f -o "$top/log" -e trace=rename -e inject=rename:error=EIO >/dev/null 2>&1
    [ $? -eq 5 ] && grep -q INJECTED "$top/log" && return
    echo "skip - $1: strace may not trace here"
    return 1
}
# calls WHERE PATTERN: a line "NAME N" for the N-th call of that name, of all that an undisturbed run
# makes; of those that open files, the ones that may create one; where reads count, from its own first
# on: before that it is the loader's (whose last is to unmap its cache), which may fall over
calls() {
    fresh "$1"
    commit 3 "$top/repo" strace -f -o "$top/trace" >/dev/null 2>&1 || return 1
    sed 's/^[0-9]* *//' "$top/trace" | awk -v wanted="$2" '{ call = $0; sub(/\(.*/, "", call); n[call]++ }
        /^munmap/ { ours = 1 }
        (ours || wanted !~ /read/) && call ~ "^(" wanted ")$" && (call !~ /^open/ || wanted ~ /read/ || /O_CREAT/) { print call, n[call] }'
}
sample() { # N: that many lines of standard input at random, or all
    if [ "$1" = all ]; then cat; else awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -n | head -n "$1" | cut -f 2-; fi
}
CHANGES='write|writev|pwrite64|open|openat|rename|renameat|renameat2|link|linkat|unlink|unlinkat|mkdir|mkdirat|rmdir|ftruncate|truncate|utimensat|fsync|fdatasync|flock|fchmod|chmod'

kills() {
    can_trace kill || return
    for where in grow new; do calls $where "$CHANGES" | sed "s/^/$where /"; done | sample "$POINTS" >"$top/list"
    while read -r where call n; do
        points=$((points + 1))
        in_shard $points || continue
        fresh "$where"
        commit 3 "$top/repo" strace -f -o "$top/log" -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" >"$top/out" 2>&1
        judge "$where, killed at $call $n" $?
    done <"$top/list"
}

errors() {
    can_trace error || return
    calls grow "$CHANGES|read|close|getdents64|newfstatat|fstat|mmap|pread64|lseek|access|fcntl" |
        awk -v seed="$SEED" 'BEGIN { srand(seed + 1); split("EIO ENOSPC EDQUOT EINTR EMFILE EROFS EACCES ESTALE", e, " ") }
            { print $1, $2, e[int(rand() * 8) + 1]; print $1, $2 "+", e[int(rand() * 8) + 1] }' | sample "$ERRORS" >"$top/list"
    while read -r call n error; do
        points=$((points + 1))
        in_shard $points || continue
        fresh grow
        commit 3 "$top/repo" strace -f -o "$top/log" -e "trace=$call" -e "inject=$call:error=$error:when=$n" >"$top/out" 2>&1
        judge "$call $n gives $error" $?
    done <"$top/list"
}

# one that a program might catch, and an answer that nobody takes: a reader that is gone, closed descriptors
signals() {
    can_trace signal || return
    {
        calls grow "$CHANGES" | awk -v seed="$SEED" 'BEGIN { srand(seed + 2); split("TERM INT HUP", s, " ") } { print $1, $2, s[int(rand() * 3) + 1] }' |
            sample "$third"
        printf '%s - %s\n' unread 141 unheard 0 closed 5
    } >"$top/list"
    while read -r call n signal; do
        points=$((points + 1))
        in_shard $points || continue
        fresh grow
        case $call in
            unread) { commit 3 "$top/repo" sh -c 'sleep 0.1; exec "$@"' - 2>/dev/null; echo $? >"$top/got"; } | : ;;
            unheard) commit 3 "$top/repo" env >"$top/out" 2>&-; echo $? >"$top/got" ;;
            closed) commit 3 "$top/repo" env <&- >&- 2>&-; echo $? >"$top/got" ;;
            *) { commit 3 "$top/repo" strace -f -o "$top/log" -e "trace=$call" -e "inject=$call:signal=$signal:when=$n"; echo $? >"$top/got"; } >"$top/out" 2>&1 ;;
        esac
        got=$(cat "$top/got")
        [ "$n" != - ] || [ "$got" = "$signal" ] || { echo "torn: $call: status $got, expected $signal"; torn=$((torn + 1)); }
        judge "$call $n $signal" "$got"
    done <"$top/list"
}

# each write, and all after it, takes half of what it is given
PRELOAD=${PRELOAD:-$PWD/build/tools/faults.so}
shorts() {
    fresh grow
    total=$(commit 3 "$top/repo" env LD_PRELOAD="$PRELOAD" FAULT=shortw:0 FAULT_TELL=3 3>&1 >/dev/null) || return
    seq "$total" | sample "$third" >"$top/list"
    while read -r n; do
        points=$((points + 1))
        in_shard $points || continue
        fresh grow
        commit 3 "$top/repo" env LD_PRELOAD="$PRELOAD" FAULT="shortw:$n" >"$top/out" 2>&1
        judge "short writes from $n of $total on" $?
    done <"$top/list"
}

# the repository is taken away, or another is put in its place, before a file is opened: of those in
# its root and in refs, where the next step depends on them, and of all
others() { ls "$top" | grep -vx repo; sha256sum "$dir/stage3"/*; }
goners() {
    commit 5 "$top/other" >"$top/log" 2>&1 || { cat "$top/log"; return 1; }
    for pattern in '*/repo/[dr]*[!0-9a-f]' '*'; do
        fresh grow
        total=$(commit 3 "$top/repo" env LD_PRELOAD="$PRELOAD" FAULT=runo:0 FAULT_PATH="$pattern" FAULT_TELL=3 3>&1 >/dev/null) || return
        for n in $(seq "$total"); do echo "removed $n $pattern"; echo "replaced $n $pattern"; done | sample "$third"
    done >"$top/list"
    while read -r what n pattern; do
        points=$((points + 1))
        in_shard $points || continue
        rm -rf "$top/gone"; : >"$top/out"; : >"$top/said"
        fresh grow
        before=$(others)
        run="mv '$top/repo' '$top/gone'"
        [ $what = removed ] || run="$run && cp -r '$top/other' '$top/repo'"
        commit 3 "$top/repo" env LD_PRELOAD="$PRELOAD" FAULT="runo:$n" FAULT_PATH="$pattern" FAULT_RUN="$run" >"$top/out" 2>&1
        got=$?
        if [ -e "$top/gone" ]; then # not when this run has fewer opens
            judge "$what before open $n of $pattern, the one before" 5 "$top/gone"
            if [ $what = removed ]; then old=-; else old=$(git -C "$top/other" rev-parse main); fi
        fi
        rm -rf "$top/gone"
        [ "$before" = "$(others)" ] || { echo "torn: $what $n: other files changed"; torn=$((torn + 1)); }
        judge "$what before open $n of $pattern, said $(tail -n 1 "$top/out")" $got
    done <"$top/list"
}

# the repository on a file system with this much left, then with room again
on_small() { # OPTION FROM TO STEP
    for room in $(seq "$2" "$4" "$3"); do
        points=$((points + 1))
        in_shard $points || continue
        rm -rf "$top/repo" && mkdir "$top/repo" && mount -t tmpfs -o "$1=$room$5" tmpfs "$top/repo" || return 1
        mounted=$top/repo
        old=$(git -C "$base" rev-parse main)
        if cp -r "$base/." "$top/repo/" 2>/dev/null; then
            commit 3 "$top/repo" env >"$top/out" 2>&1
            got=$?
            mount -o remount,size=64m,nr_inodes=10000 "$top/repo"
            judge "$1=$room$5" $got
        fi
        umount "$top/repo"; mounted=
    done
}
fulls() {
    mkdir -p "$top/repo"
    if ! mount -t tmpfs -o size=64k tmpfs "$top/repo" 2>"$top/log"; then
        echo "skip - full: $(tail -n 1 "$top/log")"
        return
    fi
    umount "$top/repo"
    kib=$(du -sk "$base" | cut -f 1) inodes=$(find "$base" | wc -l)
    on_small size "$kib" $((kib + 400)) 8 k
    on_small nr_inodes $((inodes + 1)) $((inodes + 120)) 3 ''
}

# the power fails at each change, and what was not synced is there, or not, or in part
caches() {
    can_trace cache || return
    for where in grow new; do
        fresh $where
        mkdir -p "$top/empty"
        commit 3 "$top/repo" strace -f -xx -s 16777216 -o "$top/trace.$where" \
            -e "trace=open,openat,close,write,pwrite64,writev,ftruncate,truncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,unlink,unlinkat,mkdir,mkdirat,rmdir" \
            >"$top/log" 2>&1 || return
        for point in $(seq "$(python3 tests/faults/cache.py "$top/trace.$where" "$(before $where)" "$top/repo" count)"); do
            for how in none names bytes some some; do echo "$where $point $how"; done
        done
    done | awk '{ print $0, NR }' | sample "$POINTS" >"$top/list"
    while read -r where point how n; do
        points=$((points + 1))
        in_shard $points || continue
        fresh $where
        lost=$(python3 tests/faults/cache.py "$top/trace.$where" "$(before $where)" "$top/repo" "$point" "$how" "$SEED.$n") || return
        judge "$where, the power fails at change $point, $how is there ($lost lost)" 137
    done <"$top/list"
}
before() { if [ "$1" = new ]; then echo "$top/empty"; else echo "$base"; fi; }

disturbed() { # STAGE REPO RANDOM TRY MILLISECONDS WAIT: killed or stopped within these; 0 when it is there
    "$BIN/dryproof-pack" commit "$dir/stage$1" --repo "$2" --key "$dir/signer.key" --log-key "$dir/log.key" --wait "$6" >/dev/null 2>"$top/done/log$1.$4" &
    pid=$!
    sleep "0.$(printf '%03d' $(($3 / 20 % $5)))"
    if [ $(($3 / 8000 % 3)) -eq 0 ]; then
        kill -STOP $pid 2>/dev/null; sleep 0.1; kill -CONT $pid 2>/dev/null
        wait $pid
    else
        kill -KILL $pid 2>/dev/null
        wait $pid && return
        echo x >>"$top/done/killed"
        return 1
    fi
}
# eight packagers; each begins again until its package is there; some are killed or stopped on the way
race() { # ROUND
    rm -rf "$top/repo" "$top/done"; mkdir "$top/done"
    old=-
    pids=
    for n in 1 2 3 4 5 6 7 8; do
        (
            trap 'exit 1' TERM
            r=$(((SEED * 7919 + $1 * 104729 + n * 1299709) % 1000003))
            for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                r=$(((r * 48271) % 2147483647))
                # most first tries are disturbed, later ones less and less
                if [ $((r % 20)) -ge $((try + 3)) ]; then
                    disturbed $n "$top/repo" $r $try 400 30 && break
                else
                    WAIT=50 commit $n "$top/repo" env >/dev/null 2>"$top/done/log$n.$try" && break
                    echo "packager $n, try $try: $(tail -n 1 "$top/done/log$n.$try")" >>"$top/done/failed"
                fi
            done
        ) 2>/dev/null &
        pids="$pids $!"
    done
    ( while [ ! -e "$top/done/all" ]; do
          [ ! -e "$top/repo/refs/heads/main" ] || { git -C "$top/repo" gc -q; git -C "$top/repo" repack -adq; } >/dev/null 2>&1
          sleep 0.05
      done ) &
    cleaner=$!
    for pid in $pids; do wait "$pid"; done
    : >"$top/done/all"; wait $cleaner
    killed=$(cat "$top/done/killed" 2>/dev/null | wc -l)
    points=$((points + 1)) faults=$((faults + killed))
    : >"$top/said"
    for n in 1 2 3 4 5 6 7 8; do
        tip=$(git -C "$top/repo" rev-parse main)
        commit $n "$top/repo" env >"$top/out" 2>&1 && grep -q 'was there already' "$top/out" ||
            echo "package $n is not there: $(tail -n 1 "$top/out")" >>"$top/said"
    done
    [ "$(git -C "$top/repo" rev-list --count main) $(git -C "$top/repo" rev-list --count --merges main)" = "8 0" ] || echo "not eight commits in line" >>"$top/said"
    [ ! -e "$top/done/failed" ] || cat "$top/done/failed" >>"$top/said"
    git -C "$top/repo" fsck --full --strict --no-dangling >>"$top/said" 2>&1
    # and it goes on: the newest is taken back, as if it were the one that met a fault
    package=$(git -C "$top/repo" log -1 --format='%(trailers:key=Dryproof-Package,valueonly)' main | head -n 1)
    for n in 1 2 3 4 5 6 7 8; do [ "$(sha256sum "$dir/stage$n/package.tar" | cut -c1-64)" != "$package" ] || last=$n; done
    sh tests/faults/invariant.sh "$dir" "$top/repo" "$(git -C "$top/repo" rev-parse main~1)" 0 "$dir/stage$last" >>"$top/said" 2>&1
    [ ! -s "$top/said" ] && return
    torn=$((torn + 1))
    echo "torn: race, round $1, $killed killed"
    sort "$top/said" | uniq -c | head -n 12 | sed 's/^/    /'
}
races() { for round in $(seq "$ROUNDS"); do ! in_shard "$round" || race "$round"; done; }

[ $# -gt 0 ] || set -- kill error signal short gone full cache race crowd remotes
for part_name in "$@"; do
    p=$points f=$faults s=$torn felt=0 there=0
    case $part_name in kill) kills ;; error) errors ;; signal) signals ;; short) shorts ;; gone) goners ;; full) fulls ;; cache) caches ;; race) races ;; crowd) crowds ;; remotes) remote_races ;; *) echo "no part $part_name" >&2; exit 2 ;; esac
    # a sweep whose faults did not happen shows nothing; of a few, some more may go by
    case $part_name in short | race | crowd | remotes) all= ;; *) all=1 ;; esac
    [ -z "$all" ] || { [ $felt -gt 0 ] && [ $((felt * 3 + 6)) -ge $((faults - f)) ]; } || { echo "torn: most faults were not felt"; torn=$((torn + 1)); }
    echo "$part_name: $((points - p)) points, $((faults - f)) faults, $((torn - s)) torn states$([ -z "$all" ] || echo " ($felt felt, $there published all the same)")"
done
echo "$points points, $faults faults, $torn torn states"
[ "$torn" -eq 0 ]
