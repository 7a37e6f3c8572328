# tests/e2e/19-verifier-faults.sh - the verifier where the system fails it: every allocation, read,
# open, lstat and readdir fails once, files change while they are read, limits are tight, output
# is closed.  Then it says what it says undisturbed, or ends with status 5 and no verdict; and
# under a seccomp filter it shows that it needs no more than reading and printing.
# Of calls that come hundreds of times one in so many fails, other ones each time: DRYPROOF_SEED
# repeats a run, FAULTS=all fails every one (minutes).
. tests/lib.sh
shim=$ROOT/build/tools/faults.so confine=$ROOT/build/tools/confine.so
V=$BIN/dryproof-verify S=$SAN/dryproof-verify pub=$GOLDEN/signer.pub
[ "${FAULTS:-}" = all ] && third= fifth= fortieth= eightieth= || third=/3 fifth=/5 fortieth=/40 eightieth=/80
FAULT_SEED=${DRYPROOF_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
export FAULT_SEED
echo "seed $FAULT_SEED"
f() { f_name=$1; shift; if "$@" >"$W/log" 2>&1; then not_ok "$f_name"; else ok "$f_name"; fi; }

# ---- a small package and its repository, with a log: one bracketed command ----
as_superuser -d postgres -c "CREATE DATABASE small TEMPLATE template0" >"$W/log" 2>&1
"$BIN/dryproof-pack" key new --role log --out "$W/log" >"$W/log.txt" 2>&1
exits 0 "a bracket of one command" "$BIN/dryproof" run --db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=small" \
    --repo "$W/repo" --key "$GOLDEN/signer.key" --log-key "$W/log.key" -- psql -Xqc 'SELECT 1'
cp -r "$W/repo" "$W/many"
for i in 2 3; do
    exits 0 "package $i of a repository for several workers" "$BIN/dryproof" run --db "host=$SOCKET port=5432 user=dryproof_sandbox dbname=small" \
        --repo "$W/many" --key "$GOLDEN/signer.key" --log-key "$W/log.key" -- psql -Xqc 'SELECT 1'
done
# libgit2 keeps no commit of more than 4096 bytes, so that each use of this one reads it again
python3 tests/tools/rewrite.py "$W/repo" "$GOLDEN/signer.key" reword 'Dryproof-Ledger' "$(printf '%05000d' 0)\\nDryproof-Ledger" || not_ok "a long message"
folder=$(git -C "$W/repo" ls-tree -r --name-only main | sed -n 's/package.tar$//p')
for file in package.tar attestations.intoto.jsonl; do git -C "$W/repo" show "main:$folder$file" >"$W/$file"; done
cp -r "$W/repo" "$W/packed" && git -C "$W/packed" gc -q --prune=now
cp -r "$W/repo" "$W/partial" && mkdir -p "$W/partial/objects/pack" && : >"$W/partial/objects/pack/pack-1.promisor"
rm -f "$W/partial/objects/$(git -C "$W/repo" rev-parse "main:${folder}REVIEW.md" | sed 's|..|&/|')"
cp -r "$W/partial" "$W/part_packed" && (cd "$W/part_packed" &&
    git cat-file --batch-all-objects --batch-check='%(objectname)' | git pack-objects -q objects/pack/pack >"$W/log" && git prune-packed -q) || not_ok "a packed partial clone"
cp -r "$W/many" "$W/many_packed" && git -C "$W/many_packed" gc -q --prune=now
mkdir "$W/large" "$W/medium" # its catalogs are read again, line by line; and it is digested beside the reading
python3 tests/tools/large.py "$W" "$GOLDEN/signer.key" catalog 1 "$W/medium" || not_ok "a package of 1 MB"
t "which is large enough for a second thread" test "$(wc -c <"$W/medium/package.tar")" -ge 1048576
on_medium() { "$@" "$W/medium/package.tar" --attestations "$W/medium/attestations.intoto.jsonl" --key "$pub"; }
on_package() { "$@" "$W/package.tar" --attestations "$W/attestations.intoto.jsonl" --key "$pub"; }
on_repo() { "$@" --repo "$W/repo" --all --key "$pub"; }
on_many() ( # by three workers
    export FAULT_WORKERS=3
    "$@" --repo "$W/many" --all --key "$pub"
)
on_many_packed() ( # by three workers
    export FAULT_WORKERS=3
    "$@" --repo "$W/many_packed" --all --key "$pub"
)
on_partial() { "$@" --repo "$W/partial" --all --key "$pub"; }
on_part_packed() { "$@" --repo "$W/part_packed" --all --key "$pub"; }
on_packed() { "$@" --repo "$W/packed" --all --key "$pub"; }
faults() { python3 tests/tools/faults.py "$shim" "$@"; }
# plain COMMAND..., after it the verifier: its last words end with how often which way
all_of() { # NAME KIND FROM HOW VERIFIER
    if "$4" faults "$2" "$3" "$5" >"$W/log" 2>&1; then ok "$1 ($(tail -n 1 "$W/log"))"; else not_ok "$1"; fi
}

# ---- each call fails once ----
for kind in eio eintr short shortp; do all_of "package of 1 MB: each $kind" $kind 1 on_medium "$V"; done
all_of "package: each shortp" shortp 1 on_package "$V" # libgit2 takes half a pread of a pack for a missing object
for kind in eio eintr short open stat; do
    all_of "package: each $kind" $kind 1 on_package "$V"
    all_of "repository: each $kind" $kind$fifth 1 on_repo "$V"
    all_of "packed repository: each $kind" $kind 1 on_packed "$V"
done
for kind in stat eio$fifth open$fifth list$fifth; do FAULT_STATUS=3 all_of "partial clone: each $kind" $kind 1 on_partial "$V"; done
for kind in stat open list eio stats map; do FAULT_STATUS=3 all_of "packed partial clone: each $kind" $kind 1 on_part_packed "$V"; done
all_of "repository: each readdir" list$fifth 1 on_repo "$V"
all_of "packed repository: each mmap" map 1 on_packed "$V"
all_of "package: libcrypto's allocations as it begins" alloc$fortieth 1 on_package "$V"
all_of "package: each allocation after that" alloc$third -700 on_package "$V"
all_of "package of 1 MB: allocations" alloc$eightieth 1 on_medium "$V"
all_of "repository: allocations" alloc$fortieth 1 on_repo "$V"
all_of "packed repository: allocations" alloc$fortieth 1 on_packed "$V"
all_of "package: no memory from then on" starve$eightieth 1 on_package "$V"
all_of "repository: no memory from then on" starve$eightieth 1 on_repo "$V"
for kind in eio short open stat thread; do all_of "three workers: $kind" $kind$([ $kind = thread ] || echo "$fortieth") 1 on_many "$V"; done
all_of "packed repository: each stat by libgit2" stats 1 on_packed "$V"
all_of "three workers: each stat by libgit2" stats 1 on_many "$V" # one of them then gets no objects to read
all_of "three workers, packed: each stat by libgit2" stats 1 on_many_packed "$V"
all_of "package of 1 MB: each thread" thread 1 on_medium "$V"
all_of "repository: each inflateInit" inflate$fifth 1 on_repo "$V"
FAULT_UNTYPED=1 all_of "repository in folders that tell no types: each stat" stat$fifth 1 on_repo "$V"
all_of "three workers: allocations" alloc$([ -z "$fortieth" ] || echo /400) 1 on_many "$V"
all_of "three workers: no memory from then on" starve$([ -z "$eightieth" ] || echo /800) 1 on_many "$V"
all_of "sanitised, three workers: each allocation leaks nothing" alloc/400 -2000 on_many "$S"
killed() { # in the middle of its reading one of three workers is killed: then nothing is said
    env LD_PRELOAD="$shim" FAULT=die:$1 FAULT_WORKERS=3 "$V" --repo "$W/many" --all --key "$pub" >"$W/said" 2>/dev/null
    got=$?
    [ "$got" -eq 137 ] && [ ! -s "$W/said" ] || { cat "$W/said"; echo "status $got"; return 1; }
}
for n in 10 60 110 150; do t "three workers, one killed before read $n" killed $n; done
all_of "sanitised, package: each eio leaks nothing" eio 1 on_package "$S"
all_of "sanitised, repository: each eio leaks nothing" eio 1 on_repo "$S"
all_of "sanitised, package: allocations leak nothing" alloc/5 -700 on_package "$S"
cat >"$W/leak.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
    FILE *f = fopen(argv[argc - 1], "r");
    void *volatile p = malloc(10);
    p = fread(malloc(20), 1, 1, f) == 1 ? NULL : p;
    return 0 * (p != NULL);
}
C
gcc -fsanitize=address "$W/leak.c" -o "$W/leak" 2>"$W/log"
f "a leak is seen" faults alloc 1 "$W/leak" "$W/package.tar"
printf '#!/bin/sh\ncat "$1" >/dev/null; echo "PASS: whatever"\n' >"$W/yes" && chmod +x "$W/yes"
f "a program that says yes without memory is seen" faults alloc 1 /bin/sh "$W/yes" "$W/package.tar"

# ---- the package changes while it is read: before each read, with each change ----
cp "$W/package.tar" "$W/good.tar"
printf x | cat "$W/good.tar" - >"$W/long.tar"
head -c 50000 "$W/good.tar" | cat - /dev/zero | head -c "$(wc -c <"$W/good.tar")" >"$W/bad.tar"
on_package "$V" >"$W/undisturbed"
changing() { # what changes it: a shell command; FOLDER: which package, HOW: the verifier on it, LAST
    refused=0 in=${2:-$W}
    for n in $(seq "${4:-6}"); do
        rm -f "$in/package.tar"; cp "$in/good.tar" "$in/package.tar"; cp "$in/bad.tar" "$in/other.tar"
        ${3:-on_package} env LD_PRELOAD="$shim" FAULT=run:$n FAULT_RUN="cd '$in' && $1" "$V" >"$W/said" 2>&1; got=$?
        case $got in
        0) cmp -s "$W/said" "$in/undisturbed" || { echo "before read $n: another yes"; return 1; } ;;
        1 | 5) refused=$((refused + 1)); grep -qE 'E_IO|E_DIGEST_MISMATCH' "$W/said" || { cat "$W/said"; return 1; } ;;
        *) echo "before read $n: status $got"; return 1 ;;
        esac
    done
    rm -f "$in/package.tar"; cp "$in/good.tar" "$in/package.tar"
    echo "refused $refused of ${4:-6} times" && [ "$refused" -gt 0 ]
}
t "cut short while it is read" changing 'truncate -s 1000 package.tar'
t "grown while it is read" changing 'cp long.tar package.tar'
t "overwritten while it is read" changing 'cp bad.tar package.tar'
cp "$W/medium/package.tar" "$W/medium/good.tar"
# one letter of a definition in the catalog after it
python3 - "$W/medium" <<'PY'
import sys
good = open(sys.argv[1] + "/good.tar", "rb").read()
at = good.index(b"definition", good.index(b"/after/catalog.ndjson"))
open(sys.argv[1] + "/bad.tar", "wb").write(good[:at] + b"D" + good[at + 1:])
PY
on_medium "$V" >"$W/medium/undisturbed"
for by in 'truncate -s 1000 package.tar' 'cp bad.tar package.tar'; do
    t "of 1 MB, before each read: $by" changing "$by" "$W/medium" on_medium 60
done
t "exchanged while it is read" changing 'mv other.tar package.tar'
t "exchanged for a link while it is read" changing 'rm package.tar; ln -s good.tar package.tar'
exits 5 "a package that is a link" sh -c 'ln -s good.tar "$1/link.tar"; "$2" "$1/link.tar" --attestations "$1/attestations.intoto.jsonl" --key "$3"' - "$W" "$V" "$pub"

# ---- a clock that tells no time of ours, a folder that never ends ----
jq -n --rawfile a "$pub" '{governed: [], keys: [{public_key: $a, role: "packager", valid_until: "2999-01-01T00:00:00.000000Z"}], plans: [],
    required_claims: [], schema: "dryproof.policy/1"}' >"$W/policy.json"
at() { LD_PRELOAD=$shim FAULT=$1 "$V" "$W/package.tar" --attestations "$W/attestations.intoto.jsonl" --policy "$W/policy.json"; }
exits 0 "by a clock of 2033" at clock:2000000000
for clock in 253402300800 31556889864403199 9223372036854775807; do exits 5 "by a clock at $clock seconds" at clock:$clock; done
at clock:253402300800 >"$W/said"
t "and named" grep -q 'E_IO *the clock' "$W/said"
exits 6 "objects without an end" on_repo env LD_PRELOAD="$shim" FAULT=loop:1 "$V"

# ---- output that does not arrive ----
for how in on_package on_repo; do
    exits 5 "closed standard output: $how" sh -c '"$@" >&-' - $($how echo "$V")
    exits 5 "all three closed: $how" sh -c '"$@" <&- >&- 2>&-' - $($how echo "$V")
    exits 5 "a full device: $how" sh -c '"$@" >/dev/full' - $($how echo "$V")
done

# ---- tight limits: the same verdict, or status 5 ----
for how in on_package on_repo on_packed on_many; do
    $how "$V" >"$W/undisturbed"
    for limit in --as=67108864 --nofile=8 --stack=65536 --cpu=1 --nproc=1 "--as=67108864 --nofile=8 --stack=65536"; do
        # shellcheck disable=SC2086
        t "$how under $limit" sh -c 'out=$1; shift; "$@" >"$out.said"; s=$?; [ $s -eq 5 ] || { [ $s -eq 0 ] && cmp "$out.said" "$out"; }' - "$W/undisturbed" prlimit $limit $($how echo "$V")
    done
done
exits 5 "no descriptor is left for a folder" prlimit --nofile=4 $(on_repo echo "$V")
f "a limit that is too tight is felt" prlimit --nofile=3 $(on_package echo "$V")

# ---- a package of 100 MB, given as a file ----
resident() { python3 -c 'import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 if status == 0 else 9999)' "$@"; }
for kind in file files catalog; do
    python3 tests/tools/large.py "$W" "$GOLDEN/signer.key" $kind 100 "$W/large" || not_ok "a package of 100 MB"
    mib=$(resident "$V" "$W/large/package.tar" --attestations "$W/large/attestations.intoto.jsonl" --key "$pub")
    t "100 MB in 32 MiB: $kind ($mib MiB resident)" test "$mib" -le 32
    rm -f "$W"/large/*
done

# ---- reading and printing is all that it does ----
LD_PRELOAD=$confine "$V" --version >"$W/log" 2>&1
case $? in
0)
    for how in on_package on_medium on_repo on_packed on_many; do t "confined to 28 system calls and three with conditions: $how" $how env LD_PRELOAD="$confine" "$V"; done
    for act in write create socket exec fork descriptor; do
        exits 159 "confined, $act is death" sh -c 'LD_PRELOAD=$1 CONFINE_TRY=$2 "$3" --version' - "$confine" $act "$V"
    done ;;
*) skip "confined by seccomp" "$(tail -n 1 "$W/log")" ;;
esac

# ---- workers share nothing that one of them changes: four of them under a race detector ----
cat >"$W/four.c" <<'C'
#define _GNU_SOURCE
#include <sched.h>
int sched_getaffinity(pid_t pid, size_t n, cpu_set_t *set)
{
    CPU_ZERO_S(n, set);
    for (size_t i = 0; i < 4; i++)
        CPU_SET_S(i, n, set);
    return 0 * pid;
}
C
mkdir "$W/race"
detect() { gcc -O1 -fsanitize=thread -std=c17 -D_POSIX_C_SOURCE=200809L -I. -Ibuild -Ibuild/gen "$@"; }
objects() { for f in verifier/*.c "$W/four.c"; do f_o=${f##*/}; detect -c "$f" -o "$W/race/${f_o%.c}.o" || return 1; done; }
linked() { detect "$W"/race/*.o -lcrypto -lutf8proc -lgit2 -lz -pthread -o "$1"; }
t "built with a race detector" objects
t "and linked" linked "$W/racing"
if "$W/racing" --version >"$W/log" 2>&1; then
    for how in on_many on_packed; do exits 0 "no data race: $how" $how "$W/racing"; done
    sed 's/static _Thread_local/static/' verifier/canon.c >"$W/canon.c"
    t "with one planted" detect -c "$W/canon.c" -o "$W/race/canon.o"
    t "and linked" linked "$W/raced"
    exits 66 "it is seen" on_many "$W/raced"
else skip "data races" "$(tail -n 1 "$W/log")"; fi
