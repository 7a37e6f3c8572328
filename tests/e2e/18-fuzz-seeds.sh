# tests/e2e/18-fuzz-seeds.sh - the fuzz targets over their seeds, sanitised: each property holds,
# seeds are accepted and refused; other readers agree about archives; and every target stops
# at a bug that is planted for it.  `make fuzz` searches on from here.
. tests/lib.sh
TMPDIR=$W; export TMPDIR
seeds=tests/fuzz/seeds

# over TARGET SEEDS: no property is broken, some inputs are accepted and some are not
over() {
    build/fuzz/"$1" "$2" >"$W/says" 2>"$W/log" || { tail -n 30 "$W/log"; return 1; }
    read -r inputs _ accepted _ <"$W/says"
    echo "$inputs inputs, $accepted accepted, $(find "$2" -type f | wc -l) files"
    [ "$inputs" -eq "$(find "$2" -type f | wc -l)" ] && [ "$accepted" -gt 0 ] && [ "$accepted" -lt "$inputs" ]
}
for target in tests/fuzz/seeds/*; do
    target=${target##*/}
    [ "$target" != package-c1 ] || continue
    t "seeds of $target" over "$target" "$seeds/$target"
done
t "every target has seeds" sh -c 'for f in tests/fuzz/*.c; do n=${f##*/}; n=${n%.c}; case $n in bag|fuzz|main|insider|other) ;; *) [ -d tests/fuzz/seeds/"$n" ] || exit 1 ;; esac; done'
t "seeds are small: under 480 kB" test "$(cat "$seeds"/*/* tests/fuzz/bracket/* | wc -c)" -lt 491520
t "the committed bracket is still a good package" sh -c 'build/fuzz/package tests/fuzz/seeds/package/nothing | grep -qx "1 inputs, 1 accepted"'
FUZZ_BASE=$GOLDEN/stage; export FUZZ_BASE
t "seeds of package, for the golden package" over package "$seeds/package-c1"
unset FUZZ_BASE

# ---- second opinions about archives that are accepted ----
mkdir "$W/accepted"
t "accepted archives" env FUZZ_ACCEPTED="$W/accepted" build/fuzz/ustar "$seeds/ustar"
t "GNU tar, bsdtar and Python read them alike" python3 tests/fuzz/readers.py "$W/accepted"
sed -i '1s/  ./  x/' "$(ls "$W"/accepted/*.members | head -n 1)"
exits 1 "readers that do not agree are seen" python3 tests/fuzz/readers.py "$W/accepted"

# ---- bugs planted in a copy ----
mkdir -p "$W/tree/tests" "$W/tree/build"
cp -a Makefile base collector driver packager schemas templates verifier "$W/tree"
cp -a tests/fuzz "$W/tree/tests"
cp -a build/san build/gen "$W/tree/build"
planted() { # TARGET FILE SCRIPT: the target's seeds meet the bug, and it says which property broke
    cp -p "$W/tree/$2" "$W/keep"
    sed -i "$3" "$W/tree/$2"
    cmp -s "$W/keep" "$W/tree/$2" && { echo "nothing was broken by $3"; return 1; }
    make -s -C "$W/tree" WERROR= SANITIZE='-O0 -fsanitize=address,undefined -fno-sanitize-recover=all -Wl,-s' build/fuzz/"$1" && ! (cd "$W/tree" && build/fuzz/"$1" "tests/fuzz/seeds/$1") >"$W/says" 2>&1 &&
        grep -a '^fuzz: does not hold' "$W/says"; pr=$?
    cp "$W/keep" "$W/tree/$2" # newer, so that it is compiled again
    return $pr
}
grep -v '^#' tests/fuzz/planted.tsv | tail -n +2 >"$W/planted"
while IFS='	' read -r target file script bug; do
    t "planted in $target: $bug" planted "$target" "$file" "$script"
done <"$W/planted"
t "every target has a planted bug" sh -c 'for d in tests/fuzz/seeds/*; do n=${d##*/}; [ "$n" = package-c1 ] || grep -q "^$n	" tests/fuzz/planted.tsv || exit 1; done'
