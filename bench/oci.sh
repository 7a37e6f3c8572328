# bench/oci.sh - a package in git, and beside it in a registry on loopback: what committing,
# cloning and verifying it cost, and what the repository grows by.
#   BENCH_MEGABYTES   sizes of a package, rising; default "1 10 100"
# The packages are honest brackets of a database with functions enough: source text, four times.
MEGABYTES=${BENCH_MEGABYTES:-1 10 100}
size oci_megabytes "$MEGABYTES"
R=$B/oci
mkdir -p "$R"
command -v docker-registry >/dev/null || { echo "bench: oci: docker-registry is not installed" >&2; exit 5; }

printf 'version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:0"}\n' "$R/data" >"$R/registry.yml"
OTEL_TRACES_EXPORTER=none docker-registry serve "$R/registry.yml" >"$R/registry.log" 2>&1 &
registry=$!
trap 'kill $registry; finish' EXIT
host=
for _ in $(seq 100); do
    host=$(sed -n 's/.*listening on \([0-9.]*:[0-9]*\).*/\1/p' "$R/registry.log" | head -n 1)
    [ -z "$host" ] || break
    sleep 0.1
done
build/bin/dryproof-pack key new --role packager --out "$R/signer" >/dev/null

# staged MEGABYTES: a package of that size, ready to be committed, in $R/stage.MEGABYTES
staged() {
    echo "SELECT format('CREATE FUNCTION f%s() RETURNS text LANGUAGE sql AS %L', i, 'SELECT ''' || string_agg('-- row ' || g || ' has ' || md5(i || '.' || g), E'\n') || '''')
          FROM generate_series(1, $1 * 5) AS i, generate_series(1, 900) AS g GROUP BY i \gexec" | database "f$1"
    build/bin/dryproof-collect bracket --db "$(observer "f$1")" --out "$R/run.$1" -- psql -XAtc 'SELECT pg_sleep(0.2)' >/dev/null 2>"$B/log"
    build/bin/dryproof-pack pack "$R/run.$1" --key "$R/signer.key" --out "$R/stage.$1" >/dev/null
    build/bin/dryproof-verify "$R/stage.$1/package.tar" --attestations "$R/stage.$1/attestations.intoto.jsonl" \
        --key "$R/signer.pub" --json >"$R/verdict" || { jq -r '"bench: oci: the bracket is not DRY: " + .headline' "$R/verdict" >&2; exit 5; }
    build/bin/dryproof-pack review "$R/stage.$1" --verdict "$R/verdict" --key "$R/signer.key" >/dev/null
}
commit() { build/bin/dryproof-pack commit "$R/stage.$1" --repo "$2" --key "$R/signer.key" ${3:+--oci "$3"}; }
clone() { rm -rf "$R/clone"; git clone -q --bare "file://$1" "$R/clone"; }
fetch() { rm -rf "$R/p"; build/bin/dryproof-pack oci fetch --repo "$1" --into "$R/p"; }
verify() { build/bin/dryproof-verify --repo "$1" --all --key "$R/signer.pub" --packages "$R/p"; }
bytes() { du -sb "$1" | cut -f 1; }

for size in $MEGABYTES; do
    echo "oci: a package of $size MB" >&2
    staged "$size"
    for round in $(seq "$ROUNDS"); do
        rm -rf "$R/git" "$R/beside"
        timed "git_$size" commit "$size" "$R/git"
        timed "beside_$size" commit "$size" "$R/beside" "$host/bench/$size/$round"
        timed "again_$size" commit "$size" "$R/second" "$host/bench/$size/$round"
        rm -rf "$R/second"
        git_ready "$R/tuned" "$R/stage.$size/package.tar"
        timed "tuned_$size" git_tuned "$R/tuned"
        timed "clone_git_$size" clone "$R/git"
        timed "clone_beside_$size" clone "$R/beside"
        timed "fetch_$size" fetch "$R/beside"
        timed "verify_beside_$size" verify "$R/beside"
        timed "verify_git_$size" verify "$R/git"
    done
    echo "for orientation: a package of $(wc -c <"$R/stage.$size/package.tar") bytes: the repository grows by" \
         "$(bytes "$R/git/objects") in git, $(bytes "$R/beside/objects") beside it;" \
         "commit $(median "$B/times/git_$size") s and $(median "$B/times/beside_$size") s (pushed before: $(median "$B/times/again_$size"));" \
         "clone $(median "$B/times/clone_git_$size") and $(median "$B/times/clone_beside_$size"), fetch $(median "$B/times/fetch_$size");" \
         "verify $(median "$B/times/verify_git_$size") and $(median "$B/times/verify_beside_$size")" >&2
done
kill $registry
wait $registry 2>/dev/null || true
trap finish EXIT
LAST=${MEGABYTES##* }
compare "commit $LAST MB beside git : in git" 1.00 "beside_$LAST" "git_$LAST"
compare "commit $LAST MB beside git : git add and commit, tuned" 0.05 "beside_$LAST" "tuned_$LAST"
compare "clone with $LAST MB beside git : in git" 0.50 "clone_beside_$LAST" "clone_git_$LAST"
