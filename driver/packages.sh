#!/bin/sh
# driver/packages.sh - install the Debian packages that building, running and
# testing need, and say so.  Safe to run twice: does nothing when all are there.
set -eu

BUILD="gcc libc6-dev pkg-config libarchive-dev libpq-dev libjansson-dev libssl-dev libgit2-dev libcurl4-openssl-dev zlib1g-dev libutf8proc-dev"
RUN="postgresql-15 postgresql-client-15 git openssl openssh-client"
TEST="libcmocka-dev libarchive-tools jq python3 python3-jsonschema util-linux strace unicode-data bzip2 mandoc"
# tests that need these skip, and say so, where they cannot be had
MORE="docker-registry skopeo"

command -v dpkg-query >/dev/null 2>&1 || {
    echo "packages: this is no Debian; install the equivalents of: $BUILD $RUN $TEST"
    exit 0
}
lacking() { # PACKAGE...
    for p in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || printf ' %s' "$p"
    done
}
# shellcheck disable=SC2086
missing=$(lacking $BUILD $RUN $TEST)
# shellcheck disable=SC2086
more=$(lacking $MORE)
[ -n "$missing$more" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
else as_root=no; fi
if [ -n "${NO_INSTALL:-}" ] || [ "$as_root" = no ]; then
    [ -z "$more" ] || echo "packages: not there, and some tests will be skipped:$more" >&2
    [ -n "$missing" ] || exit 0
    echo "packages: missing:$missing" >&2
    echo "packages: install them as root: apt-get install -y --no-install-recommends$missing" >&2
    exit 5
fi

echo "packages: installing$missing$more"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq || [ -z "$missing" ]
# shellcheck disable=SC2086
[ -z "$more" ] || $as_root apt-get install -y -qq --no-install-recommends $more >/dev/null 2>&1 ||
    echo "packages: could not be installed, and some tests will be skipped:$more"
[ -n "$missing" ] || exit 0
# postgresql-common first, told not to make a system cluster: ours are private
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $as_root apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
    $as_root sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
fi
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
echo "packages: done"
