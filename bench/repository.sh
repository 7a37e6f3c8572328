# bench/repository.sh - the evidence repository as it grows: what one package more costs, beside
# git add and commit of the same files; what it costs to verify one, and all.
#   BENCH_PACKAGES   sizes, rising; "100 1000 10000" with BENCH_ROUNDS=1 takes some fifteen minutes of two
#                    idle processors, and 3 GB
# Packages differ in their run_id alone, and each is packed, verified, reviewed and committed.
BATCH=250
PACKAGES=${BENCH_PACKAGES:-100 1000}
MANY=${PACKAGES##* } FEW=${PACKAGES%% *}
size packages "$PACKAGES"
R=$B/repositories
mkdir -p "$R"

echo 'SELECT 1' | database empty

# stages FROM TO: the packages of these numbers, ready to be committed, are $R/stages/stageNUMBER
stages() { sh tests/faults/stages.sh "$R/stages" "$1-$2" "$(observer empty)"; }
append() { build/bin/dryproof-pack commit "$R/stages/stage$2" --repo "$1" --key "$R/stages/signer.key" --log-key "$R/stages/log.key"; }
# as who keeps files in git does it; what is there already is not checked out
git_append() { git -C "$1" add "packages/$2" && git -C "$1" commit -q -m "$2"; }
verify_one() { build/bin/dryproof-verify --repo "$1" --package "$2" --key "$R/stages/signer.pub"; }
verify_all() { build/bin/dryproof-verify --repo "$1" --all --key "$R/stages/signer.pub"; }
# the tools at hand: every object, then every archive's digest, of archives that lie there as files
git_all() { git -C "$1" fsck --full --no-progress && sha256sum "$R/archives.$2"/*; }

made=0
mkdir "$R/archives"
for size in $PACKAGES; do
    echo "repository: $size packages" >&2
    while [ "$made" -lt "$size" ]; do
        upto=$((made + BATCH < size ? made + BATCH : size))
        stages $((made + 1)) "$upto"
        while [ "$made" -lt "$upto" ]; do
            made=$((made + 1))
            append "$R/grown" "$made" >"$B/out" 2>"$B/log" || { cat "$B/log" >&2; exit 5; }
            mv "$R/stages/stage$made/package.tar" "$R/archives/$made"
            rm -r "$R/stages/stage$made"
        done
    done
    # objects and archives are never written again
    mkdir "$R/$size"
    find "$R/grown" -mindepth 1 -maxdepth 1 ! -name objects -exec cp -r {} "$R/$size" \;
    cp -rl "$R/grown/objects" "$R/$size"
    cp -rl "$R/archives" "$R/archives.$size"
    git clone -q --no-checkout "$R/$size" "$R/git.$size"
    git -C "$R/git.$size" read-tree HEAD
    git -C "$R/git.$size" config user.email bench@localhost
    git -C "$R/git.$size" config user.name bench
done

bytes() { du -sb "$1" | cut -f 1; }
for round in $(seq $((ROUNDS * 3))); do
    for size in $PACKAGES; do
        made=$((made + 1))
        stages "$made" "$made"
        package=$(sha256sum <"$R/stages/stage$made/package.tar" | cut -c 1-64)
        before=$(bytes "$R/$size")
        timed "append_$size" append "$R/$size" "$made"
        [ "$round" -gt 1 ] || echo $(($(bytes "$R/$size") - before)) >"$R/bytes.$size"
        mkdir -p "$R/git.$size/packages/$package"
        cp "$R/stages/stage$made"/* "$R/git.$size/packages/$package/"
        timed "git_append_$size" git_append "$R/git.$size" "$package"
        timed "verify_one_$size" verify_one "$R/$size" "$package"
    done
done
for round in $(seq "$ROUNDS"); do
    echo "repository: round $round of $ROUNDS" >&2
    for size in $PACKAGES; do
        timed "verify_all_$size" verify_all "$R/$size"
        timed "git_all_$size" git_all "$R/$size" "$size"
    done
done
compare "append one at $MANY packages : at $FEW" 1.30 "append_$MANY" "append_$FEW"
compare "verify all $MANY : git fsck and sha256sum" 0.50 "verify_all_$MANY" "git_all_$MANY"
for size in $PACKAGES; do
    echo "for orientation: at $size packages: $(bytes "$R/$size") bytes, $(cat "$R/bytes.$size") more for one more;" \
         "to verify one $(median "$B/times/verify_one_$size") s, all $(median "$B/times/verify_all_$size") s;" \
         "git add and commit $(median "$B/times/git_append_$size") s" >&2
done
