#!/bin/sh
# tests/faults/invariant.sh DIR REPO OLD STATUS STAGE [OTHER] - what must hold of a repository in
# which `dryproof-pack commit STAGE` met a fault and ended with STATUS; OLD was the tip before ("-"
# for none).  Then what must hold when it is run again, with OTHER, another package, before it.
# DIR has the keys and the policy (stages.sh).  Prints what does not hold, one line each; status 1 when
# there is any.  BRIEF=1: the packages are judged by dryproof-verify alone, not by VERIFY.sh as well,
# which costs more than all the rest.
set -u
dir=$1 repo=$2 old=${3#-} status=$4 stage=$5 other=${6:-}
bin=${BIN:-build/bin}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
torn=0
bad() { echo "$*"; torn=1; }
git() { command git -C "$repo" "$@"; }
tip() { git rev-parse -q --verify refs/heads/main 2>/dev/null; }
count() { git ls-tree -r --name-only "$1" | grep -cE "$2"; }

package_of() { sha256sum "$1/package.tar" | cut -c1-64; }
verifies() { # verifies COMMIT PACKAGE...: all there is, by dryproof-verify, and these by VERIFY.sh, in a clone
    [ "$(git rev-parse -q --verify refs/heads/main)" = "$1" ] || { bad "the tip moved"; return; }
    shift
    "$bin/dryproof-verify" --repo "$repo" --all --policy "$dir/policy.json" >"$work/log" 2>&1 || bad "dryproof-verify, status $?: $(head -n 1 "$work/log")"
    [ -z "${BRIEF:-}" ] || return
    rm -rf "$work/clone"
    command git clone -q "$repo" "$work/clone" 2>"$work/log" || bad "no clone: $(tail -n 1 "$work/log")"
    for v in "$@"; do
        sh "$work/clone/packages/$(echo "$v" | cut -c1-2)/$(echo "$v" | cut -c3-4)/$v/VERIFY.sh" "$dir/signer.pub" "$dir/log.pub" >"$work/log" 2>&1 ||
            bad "VERIFY.sh of $v: $(grep -m 1 'NOT OK' "$work/log")"
    done
}

# whole COMMIT: what git, ledger and log say of it; objects that nothing names are whole as well
whole() {
    git fsck --full --strict --no-dangling >"$work/log" 2>&1 || bad "git fsck: $(head -n 1 "$work/log")"
    [ -n "$1" ] || return
    n=$(git rev-list --count "$1")
    [ "$(count "$1" '^packages/.*/package\.tar$')" -eq "$n" ] || bad "$n commits, $(count "$1" '/package\.tar$') packages"
    [ "$(count "$1" '^ledger/')" -eq "$n" ] || bad "$n commits, $(count "$1" '^ledger/') ledger entries"
    [ "$(git show "$1:log/checkpoint" | sed -n 2p)" = "$n" ] || bad "the checkpoint is not of size $n"
    # every checkpoint among all objects, in tree or not: one root a size
    sh tests/checkpoints.sh "$repo" |
        awk '{ key = $1 " " $2; if (key in root && root[key] != $3) two = 1; root[key] = $3 } END { exit two }' || bad "the log key signed two trees of one size"
}

# ---- as the fault left it ----
if [ -e "$repo/HEAD" ]; then
    now=$(tip)
    whole "$now"
    if [ "$now" != "$old" ]; then
        [ "$(git rev-list --parents -1 "$now")" = "$now${old:+ $old}" ] || bad "the tip is neither the old one nor one more"
        [ "$(git log -1 --format='%(trailers:key=Dryproof-Package,valueonly)' "$now" | head -n 1)" = "$(package_of "$stage")" ] || bad "the tip has another package"
        verifies "$now" "$(package_of "$stage")"
    fi
else
    now=
    [ -z "$old" ] || bad "no repository is left"
fi
[ "$status" -ne 0 ] || [ "$now" != "$old" ] || bad "status 0, and nothing was published"
case $status in 0 | 1 | 2 | 5 | 127 | 129 | 130 | 137 | 141 | 143) ;; *) bad "status $status" ;; esac

# ---- run again ----
more=1
for s in $other $stage; do
    timeout 60 "$bin/dryproof-pack" commit "$s" --repo "$repo" --key "$dir/signer.key" --log-key "$dir/log.key" --wait 5 >"$work/log" 2>&1 ||
        { bad "again: status $?: $(tail -n 1 "$work/log")"; exit 1; }
done
[ -z "$other" ] || more=2
now=$(tip)
whole "$now"
[ "$(git rev-list --count ${old:+$old..}"$now")" -eq "$more" ] || bad "again: $(git rev-list --count ${old:+$old..}"$now") commits more, expected $more"
[ -z "$old" ] || git merge-base --is-ancestor "$old" "$now" || bad "again: the old tip is gone"
verifies "$now" $(for s in $other $stage; do package_of "$s"; done)
left=$(cd "$repo" && find . -name '*.lock' -o -name '*tmp*' -o -name 'dryproof.*' | sort | tr '\n' ' ')
[ "$left" = "./dryproof.lock " ] || bad "left over: $left"
exit $torn
