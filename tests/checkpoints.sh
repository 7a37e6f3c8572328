# tests/checkpoints.sh REPO - every checkpoint that a log key ever signed, of all objects, in a tree or not:
# origin, size, root, a line each.  One has a few hundred bytes: no package is inflated to look for it.
git -C "$1" cat-file --batch-all-objects --batch-check='%(objectname) %(objecttype) %(objectsize)' |
    awk '$2 == "blob" && $3 < 1000 { print $1 }' | git -C "$1" cat-file --batch |
    grep -a -A 2 '^dryproof.invalid/log/' | grep -av '^--' | paste -d ' ' - - -
