# bench/repository.sh - the evidence repository as it grows: what one package more costs, beside
# git add and commit of the same files; what it costs to verify one, and all.
#   BENCH_PACKAGES   sizes, rising; "100 1000 10000" takes twenty minutes and 3 GB
# Packages differ in their run_id alone, and each is packed, verified, reviewed and committed.
PACKAGES=${BENCH_PACKAGES:-100 1000}
MANY=${PACKAGES##* } FEW=${PACKAGES%% *}
R=$B/repositories
mkdir -p "$R"

echo 'CREATE TABLE t AS SELECT generate_series(1, 10) AS i' | database small
build/bin/dryproof-pack key new --role packager --out "$R/signer" >/dev/null
build/bin/dryproof-pack key new --role log --out "$R/logger" >/dev/null
build/bin/dryproof-collect bracket --db "$(observer small)" --out "$R/run" -- \
    psql -XAtc 'SELECT count(*) FROM t, pg_sleep(0.2)' >/dev/null 2>"$B/log"
RUN_ID=$(jq -r .run_id "$R/run/run.json")

# stage NUMBER: the package of that number, ready to be committed, in $R/stage
stage() {
    rm -rf "$R/one" "$R/stage"
    cp -r "$R/run" "$R/one"
    sed -i "s/$RUN_ID/$(printf %032x "$1")/" "$R/one/run.json" "$R/one/started.json"
    build/bin/dryproof-pack pack "$R/one" --key "$R/signer.key" --out "$R/stage" >/dev/null
    build/bin/dryproof-verify "$R/stage/package.tar" --attestations "$R/stage/attestations.intoto.jsonl" \
        --key "$R/signer.pub" --json >"$R/verdict"
    build/bin/dryproof-pack review "$R/stage" --verdict "$R/verdict" --key "$R/signer.key" >/dev/null
}
append() { build/bin/dryproof-pack commit "$R/stage" --repo "$1" --key "$R/signer.key" --log-key "$R/logger.key"; }
# as who keeps files in git does it; what is there already is not checked out
git_append() { git -C "$1" add "packages/$2" && git -C "$1" commit -q -m "$2"; }
verify_one() { build/bin/dryproof-verify --repo "$1" --package "$2" --key "$R/signer.pub"; }
verify_all() { build/bin/dryproof-verify --repo "$1" --all --key "$R/signer.pub"; }
# the tools at hand: every object, then every archive's digest, of archives that lie there as files
git_all() { git -C "$1" fsck --full --no-progress && sha256sum "$R/archives.$2"/*; }

made=0
for size in $PACKAGES; do
    echo "repository: $size packages" >&2
    while [ "$made" -lt "$size" ]; do
        made=$((made + 1))
        stage "$made"
        append "$R/grown" >"$B/out" 2>"$B/log" || { cat "$B/log" >&2; exit 5; }
    done
    cp -r "$R/grown" "$R/$size"
    git clone -q --no-checkout "$R/$size" "$R/git.$size"
    git -C "$R/git.$size" read-tree HEAD
    git -C "$R/git.$size" config user.email bench@localhost
    git -C "$R/git.$size" config user.name bench
    mkdir "$R/archives.$size"
    git -C "$R/$size" ls-tree -r main | awk '$4 ~ /\/package\.tar$/ { print $3 }' >"$R/list"
    while read -r blob; do git -C "$R/$size" cat-file blob "$blob" >"$R/archives.$size/$blob"; done <"$R/list"
done

bytes() { du -sb "$1" | cut -f 1; }
for round in $(seq $((ROUNDS * 3))); do
    for size in $PACKAGES; do
        made=$((made + 1))
        stage "$made"
        package=$(sha256sum <"$R/stage/package.tar" | cut -c 1-64)
        before=$(bytes "$R/$size")
        timed "append_$size" append "$R/$size"
        [ "$round" -gt 1 ] || echo $(($(bytes "$R/$size") - before)) >"$R/bytes.$size"
        mkdir -p "$R/git.$size/packages/$package"
        cp "$R/stage"/* "$R/git.$size/packages/$package/"
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
