#!/bin/sh
# commands.sh PUBKEY [LOGKEY] - every recheck of this packet; PUBKEY is the packager's public key,
# LOGKEY that of the repository's log.
# Each command is printed before it runs.  Exit 0 when all that could run agreed.
set -u
{ [ $# -eq 1 ] || { [ $# -eq 2 ] && [ -f "$2" ]; }; } && [ -f "$1" ] || { echo "usage: sh commands.sh PUBKEY [LOGKEY]" >&2; exit 2; }
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
pub=$(absolute "$1") log=${2:+$(absolute "$2")}
cd "$(dirname "$0")" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
bad=0
run() { printf '$ %s\n' "$*"; "$@" || { echo "exit status $?"; bad=1; }; }

run sha256sum package.tar
echo "expected {{package}}"
run tar -tvf package.tar
run sh VERIFY.sh "$pub" ${log:+"$log"}

# In a clone of the evidence repository: the commit that brought this folder.
if git rev-parse --git-dir >/dev/null 2>&1; then
    commit=$(git log -1 --format=%H -- .)
    signer="dryproof namespaces=\"git\" ssh-ed25519 $({
        printf '\000\000\000\013ssh-ed25519\000\000\000\040'
        openssl pkey -pubin -in "$pub" -outform DER | tail -c 32
    } | base64 -w 0)"
    printf '%s\n' "$signer" >"$work/allowed_signers"
    if git -c gpg.ssh.allowedSignersFile="$work/allowed_signers" verify-commit "$commit"; then
        printf 'commit %s is signed by the allowed signer\n%s\n' "$commit" "$signer"
    else
        echo "commit $commit is not signed by this key"
        bad=1
    fi
    run git fsck --strict --no-progress
fi

# With dryproof installed: the verdict again; the packet's had exit status {{exit_status}}.
if command -v dryproof-verify >/dev/null 2>&1; then
    printf '$ dryproof-verify package.tar --attestations attestations.intoto.jsonl --key %s\n' "$pub"
    dryproof-verify package.tar --attestations attestations.intoto.jsonl --key "$pub"
    status=$?
    echo "exit status $status"
{{#is_sandbox}}
    [ "$status" -eq {{exit_status}} ] || bad=1
{{/is_sandbox}}
fi
exit "$bad"
