#!/bin/sh
# RERUN.sh [ADMISSIONS.sql] - run this packet's carrier again in a new private sandbox and
# compare the facts.  Needs dryproof, dryproof-verify, git and PostgreSQL; keeps nothing.
# ADMISSIONS.sql: the admission rows that were loaded apart from the carrier, if any.
# Exit 0: equal facts; otherwise as the programs say (exit_codes.json).
set -eu
{{^is_sandbox}}
echo "RERUN.sh: this evidence is not from a sandbox; another environment has other state." >&2
echo "RERUN.sh: only manifests, harness codes and coverage can be compared; see REVIEW.md." >&2
exit 3
{{/is_sandbox}}
{{#is_sandbox}}
admissions=
if [ $# -gt 0 ]; then
    case $1 in /*) admissions=$1 ;; *) admissions=$PWD/$1 ;; esac
fi
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 5' HUP INT TERM

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
