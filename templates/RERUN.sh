#!/bin/sh
# RERUN.sh PUBKEY [ADMISSIONS.sql] - run this packet's carrier again in a new private sandbox
# and compare the facts.  Needs dryproof, dryproof-verify, git and PostgreSQL; keeps nothing.
# Nothing runs before VERIFY.sh says VERIFIED with PUBKEY, the packager's public key.
# ADMISSIONS.sql: the admission rows that were loaded apart from the carrier, if any.
# Exit 0: equal facts; 1: not verified; otherwise as the programs say (exit_codes.json).
set -eu
{{#is_bracket}}
echo "RERUN.sh: this evidence is of one command and not of a carrier; nothing is run again." >&2
exit 3
{{/is_bracket}}
{{^is_bracket}}
{{^is_sandbox}}
echo "RERUN.sh: this evidence is not from a sandbox; another environment has other state." >&2
echo "RERUN.sh: only manifests, harness codes and coverage can be compared; see REVIEW.md." >&2
exit 3
{{/is_sandbox}}
{{#is_sandbox}}
[ $# -ge 1 ] && [ $# -le 2 ] && [ -f "$1" ] || { echo "usage: sh RERUN.sh PUBKEY [ADMISSIONS.sql]" >&2; exit 2; }
case $1 in /*) pub=$1 ;; *) pub=$PWD/$1 ;; esac
admissions=${2-}
case $admissions in /* | '') ;; *) admissions=$PWD/$admissions ;; esac
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 5' HUP INT TERM

status=0
sh ./VERIFY.sh "$pub" >"$work/verify" || status=$?
[ "$status" -eq 0 ] && [ "$(tail -n 1 "$work/verify")" = VERIFIED ] || {
    grep -v '^ok ' "$work/verify" >&2 || :
    echo "RERUN.sh: VERIFY.sh does not say VERIFIED; nothing was run." >&2
    exit "$([ "$status" -eq 2 ] && echo 2 || echo 1)"
}
echo "RERUN.sh: warning: the packager's SQL (bag/data/carrier in package.tar) now runs as you, in a private PostgreSQL." >&2

tar -xf package.tar -C "$work" bag/data/carrier
dryproof key new --role packager --out "$work/rerun" --not-for-use >/dev/null
status=0
dryproof run --carrier "$work/bag/data/carrier" --repo "$work/evidence.git" --key "$work/rerun.key" \
    ${admissions:+--admissions "$admissions"} || status=$?
echo "the new run ended with exit status $status; the packet's verdict had {{exit_status}}"
path=$(git --git-dir="$work/evidence.git" ls-tree -r --name-only refs/heads/main | grep '/package\.tar$')
git --git-dir="$work/evidence.git" cat-file blob "refs/heads/main:$path" >"$work/again.tar"
dryproof-verify --same-facts "$here/package.tar" "$work/again.tar"
{{/is_sandbox}}
{{/is_bracket}}
