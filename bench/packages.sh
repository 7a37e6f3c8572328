# bench/packages.sh - packages with much in them: packed, verified and committed, against openssl,
# sha256sum, GNU tar and git on the same bytes.
#   BENCH_PACKAGE_MEGABYTES   size of the large ones, default 64; the documented one is 1024 (which
#                             is the limit, MAX_PACKAGE_BYTES, less what else is in a package)
#   BENCH_FILES, BENCH_FILE_BYTES   of the one with many files, 1000 of 10,240; documented 10,000
# Two are large: one of files that nobody but their digests looks at, and one of rows of a captured
# table, each of which is parsed, digested, and looked for on the other side.  Of rows 300 MB are
# enough: to verify them takes some 5 MiB for each.
PACKAGE_MEGABYTES=${BENCH_PACKAGE_MEGABYTES:-64}
FILES=${BENCH_FILES:-1000} FILE_BYTES=${BENCH_FILE_BYTES:-10240}
size package_megabytes "$PACKAGE_MEGABYTES"
size package_files "$FILES"
size package_file_bytes "$FILE_BYTES"

# 1 GiB is the limit of an archive, with all that is in it
package files files $((PACKAGE_MEGABYTES == 1024 ? 1070 : PACKAGE_MEGABYTES))
ROW_MEGABYTES=$((PACKAGE_MEGABYTES > 300 ? 300 : PACKAGE_MEGABYTES))
size package_row_megabytes "$ROW_MEGABYTES"
package rows rows "$ROW_MEGABYTES"
package many many "$FILES" "$FILE_BYTES"
mkdir "$B/made/plain"
tar -xf "$B/made/many/stage/package.tar" -C "$B/made/plain"

ONE=$(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//') # a processor that we may use
digest() { openssl dgst -sha256 "$B/made/$1/stage/package.tar"; }
judge_alone() {
    taskset -c "$ONE" build/bin/dryproof-verify "$B/made/$1/stage/package.tar" \
        --attestations "$B/made/$1/stage/attestations.intoto.jsonl" --key "$B/made/signer.pub"
}
check_sums() { (cd "$B/made/plain/bag" && sha256sum -c --quiet manifest-sha256.txt); }
pack_again() { rm -rf "$B/made/$1/again"; pack "$1" again; }
tar_then_sum() { rm -f "$B/tar"; tar -cf "$B/tar" -C "$B/made/$1" run && sha256sum "$B/tar"; }
tar_and_sum() { tar -cf - -C "$B/made/$1" run | sha256sum; }
commit_large() {
    rm -rf "$B/repo"
    build/bin/dryproof-pack commit "$B/made/files/stage" --repo "$B/repo" --key "$B/made/signer.key"
}

for round in $(seq "$ROUNDS"); do
    echo "packages: round $round of $ROUNDS" >&2
    for which in files rows; do
        timed "digest_$which" digest "$which"
        timed "verify_$which" judge "$which"
        timed "alone_$which" judge_alone "$which"
        timed "tar_$which" tar_then_sum "$which"
        timed "pack_$which" pack_again "$which"
    done
    timed sums check_sums
    timed verify_many judge many
    timed tar_many tar_and_sum many
    timed pack_many pack_again many
    git_ready "$B/git" "$B/made/files/stage/package.tar"
    timed git_large git_tuned "$B/git"
    timed commit_large commit_large
    rm -rf "$B/git" "$B/repo" "$B/tar" "$B/made"/*/again
done
for which in files rows; do
    compare "verify much data in $which, one processor : openssl" 2.00 "alone_$which" "digest_$which"
    compare "verify much data in $which : openssl" 1.10 "verify_$which" "digest_$which"
    compare "pack much data in $which : tar, then sha256sum" 0.35 "pack_$which" "tar_$which"
done
compare 'verify many files : sha256sum -c' 0.35 verify_many sums
compare 'pack many files : tar | sha256sum' 0.65 pack_many tar_many
compare 'commit much data : git add and commit, tuned' 0.60 commit_large git_large
rm -rf "$B/made" "$B/repo" "$B/git"
