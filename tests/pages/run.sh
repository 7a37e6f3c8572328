#!/bin/sh
# tests/pages/run.sh - review.html and REVIEW.md of real runs, before real readers: Chromium with
# axe-core (two colour schemes, a phone, print, the keyboard, the network), html-validate, tidy,
# and GitHub's own Markdown parser.  Pages: C1, a run that was not dry, one that is held, one that
# is refused, and two in which every string is hostile.  What each check would notice is broken
# once, at the end.  Debian's packages and npm's are installed, and said; npm's into build/pages.
# The last line is "N passed, N failed".
# Knobs: NO_INSTALL=1  install nothing: what is missing ends it
#        SHOTS=DIR     keep pictures and PDFs of the pages there, to be looked at
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$(pwd)
BIN=$ROOT/build/bin
CACHE=$ROOT/build/pages
NPM="axe-core@4.14.1 html-validate@9.7.1 puppeteer-core@24.43.1"
DEBIAN="chromium tidy cmark-gfm jq"
export LC_ALL=C.UTF-8
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
W=$(mktemp -d "${TMPDIR:-/tmp}/dryproof-pages-XXXXXX") || exit 1
NAME=pages-$$
passed=0 failed=0
finish() { "$BIN/dryproof" sandbox down --name "$NAME" >/dev/null 2>&1; rm -rf "$W"; }
trap finish EXIT
trap 'exit 130' INT TERM

# ---- install ----
stop() { echo "pages: $1" >&2; echo "$passed passed, $((failed + 1)) failed"; exit 1; }
missing=
for p in $DEBIAN; do [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"; done
command -v npm >/dev/null || missing="$missing npm"
if [ -n "$missing" ]; then
    [ -z "${NO_INSTALL:-}" ] || stop "not installed:$missing"
    echo "pages: installing$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    # shellcheck disable=SC2086
    { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing; } >"$W/apt" 2>&1 ||
        stop "cannot install$missing: $(tail -n 1 "$W/apt")"
fi
if [ "$(cat "$CACHE/installed" 2>/dev/null)" != "$NPM" ]; then
    [ -z "${NO_INSTALL:-}" ] || stop "not installed: $NPM"
    echo "pages: installing $NPM"
    rm -rf "$CACHE"
    mkdir -p "$CACHE"
    echo '{ "private": true }' >"$CACHE/package.json"
    # shellcheck disable=SC2086
    timeout 300 npm install --prefix "$CACHE" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error $NPM >"$CACHE/log" 2>&1 </dev/null ||
        stop "npm cannot install $NPM: $(grep -m 1 'npm error [a-zA-Z]' "$CACHE/log")"
    echo "$NPM" >"$CACHE/installed"
fi

# ---- what a check is ----
count() { # lines "ok - ..." and "not ok - ..." of a file; only what is wrong is shown
    passed=$((passed + $(grep -c '^ok - ' "$1")))
    failed=$((failed + $(grep -c '^not ok - ' "$1")))
    grep -v '^ok - ' "$1"
}
t() { # NAME COMMAND...
    t_name=$1; shift
    if "$@" >"$W/log" 2>&1; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "not ok - $t_name"; tail -n 8 "$W/log" | sed 's/^/    /'; fi
}
refused() { # NAME COMMAND...: it must fail, and say why
    r_name=$1; shift
    if "$@" >"$W/log" 2>&1 || [ ! -s "$W/log" ]; then failed=$((failed + 1)); echo "not ok - not refused: $r_name"; else passed=$((passed + 1)); fi
}

# ---- the pages ----
"$BIN/dryproof" key new --role packager --not-for-use --out "$W/k" >/dev/null || stop "no key"
"$BIN/dryproof" sandbox up --name "$NAME" --carrier carriers/c1 >"$W/log" 2>&1 || stop "$(tail -n 1 "$W/log")"
SOCKET=$("$BIN/dryproof" sandbox status --name "$NAME" | sed 's/.*: //')
superuser() { psql -X -q -v ON_ERROR_STOP=1 -h "$SOCKET" -p 5432 -U dryproof_sandbox "$@"; }
as() { echo "host=$SOCKET port=5432 user=$1 dbname=$2"; }
packet() { # NAME STATUS ARGS...: the packet of a run, which must have this status
    p_name=$1 p_status=$2; shift 2
    "$BIN/dryproof" run --repo "$W/$p_name.git" --key "$W/k.key" "$@" >"$W/log" 2>&1 </dev/null
    git clone -q "$W/$p_name.git" "$W/$p_name.clone" && mv "$W/$p_name.clone"/packages/*/*/* "$W/$p_name"
    t "a run that is $p_status: $p_name" jq -e --arg s "$p_status" '.status == $s' "$W/$p_name/verdict.json"
}
lie() { # NAME SQL...: a database of C1's with something wrong
    l_name=$1; shift
    superuser -d postgres -c "CREATE DATABASE $l_name TEMPLATE c1" && superuser -d "$l_name" -o /dev/null "$@"
}
packet c1 PASS --carrier carriers/c1
superuser -d postgres -c 'CREATE DATABASE wet'
superuser -d wet -c 'CREATE TABLE orders (id int PRIMARY KEY, note text)' -c 'CREATE SEQUENCE s' -c 'CREATE TABLE "<b>|`x`" (id int)'
packet not-dry FAIL --db "$(as dryproof_observer wet)" --command-db "$(as dryproof_sandbox wet)" -- \
    psql -XAtqc "INSERT INTO orders VALUES (1, 'x')" -c "SELECT nextval('s') AS \"<b>\`x\`\""
packet dry PASS --db "$(as dryproof_observer wet)" -- psql -XAtqc 'SELECT 1'
lie held -f tests/sabotage/begin.sql -f tests/sabotage/041-owner-missing.sql -f tests/sabotage/end.sql
packet held HOLD --carrier carriers/c1 --db "$(as dryproof_observer held)"
lie wrote -v label=rehearsal -f tests/sabotage/begin.sql -f tests/sabotage/010-build-inserts.sql -f tests/sabotage/admit.sql -f tests/sabotage/end.sql
packet wrote FAIL --carrier carriers/c1 --db "$(as dryproof_observer wrote)"
hostile() { # NAME FROM STATUS WHERE
    t "every string is hostile: $1" sh -c 'python3 -B tests/pages/hostile.py "$1" "$2" "$3" "$4" all "$5" && "$6/dryproof-pack" review "$3" --verdict "$3/v.json" --key "$2"' - \
        "$W/$2" "$W/k.key" "$W/$1" "$3" "$4" "$BIN"
}
hostile lies c1 FAIL first
hostile lies-harmless c1 FAIL harmless
hostile wet-lies not-dry PASS last
hostile wet-lies-harmless not-dry PASS harmless
mkdir "$W/pages"
PAGES="c1 not-dry dry held wrote lies wet-lies"
for p in $PAGES; do cp "$W/$p/review.html" "$W/pages/$p.html"; done

# ---- the checks ----
for p in c1:PASS not-dry:FAIL dry:PASS held:HOLD wrote:FAIL lies:FAIL wet-lies:PASS; do
    t "check.py: ${p%:*}" python3 -B tests/pages/check.py page "${p#*:}" "$W/${p%:*}"
done
tidied() { tidy -quiet -errors -ascii "$1" >"$W/tidy" 2>&1; cat "$W/tidy"; [ ! -s "$W/tidy" ]; }
# a hostile title is as long as its text
validated() { (cd "$W/pages" && NODE_PATH=$CACHE/node_modules "$CACHE/node_modules/.bin/html-validate" -c "$ROOT/tests/pages/htmlvalidate.json" "$@"); }
for p in $PAGES; do
    t "tidy: $p" tidied "$W/pages/$p.html"
    case $p in *lies) t "html-validate: $p" validated --rule long-title:off "$p.html" ;; *) t "html-validate: $p" validated "$p.html" ;; esac
done
# markdown FOLDER: what GitHub's parser makes of REVIEW.md, without what stands in code spans
markdown() { cmark-gfm -e table -e autolink -e strikethrough -e tasklist -e footnotes --to xml "$1/REVIEW.md" | sed -e 's|<code xml:space="preserve">.*</code>|<code/>|' -e 's|[0-9]* bytes<|N bytes<|'; }
alike() { markdown "$1" >"$W/one"; markdown "$2" >"$W/other"; [ "$(wc -l <"$W/one")" -gt 300 ] && diff "$W/one" "$W/other"; }
for p in lies wet-lies; do
    t "cmark-gfm: $p is built as with harmless texts" alike "$W/$p" "$W/$p-harmless"
    t "check.py: $p too" python3 -B tests/pages/check.py same "$W/$p" "$W/$p-harmless"
done
for p in $PAGES; do
    t "cmark-gfm: no link, picture, heading or HTML from data: $p" sh -c '
        cmark-gfm -e table -e autolink --to xml "$1/REVIEW.md" >"$2" && ! grep -E "<(link|image|html_block|html_inline)" "$2" && grep -q "<table" "$2"' - "$W/$p" "$W/xml"
done
browser() { NODE_PATH=$CACHE/node_modules timeout 500 node "$ROOT/tests/pages/browser.cjs" "$@"; }
if [ -n "${SHOTS:-}" ]; then mkdir -p "$SHOTS"; SHOTS=$(cd "$SHOTS" && pwd); export SHOTS; fi
# shellcheck disable=SC2086
(cd "$W/pages" && browser $(for p in $PAGES; do echo "$p.html"; done)) >"$W/said" 2>&1
count "$W/said"
for p in $PAGES; do t "the browser went through all of $p" grep -q "^ok - $p: the browser complains of nothing" "$W/said"; done
unset SHOTS

# ---- what they would notice ----
bad=$W/pages/bad.html
sed 's|</section>||' "$W/pages/c1.html" >"$bad"; refused "tidy: an element left open" tidied "$bad"
sed 's|</caption>|</th>|' "$W/pages/c1.html" >"$bad"; refused "html-validate: a caption closed by another" validated bad.html
sed 's/Status: `PASS`/Status: PASS <b>x<\/b>/' "$W/c1/REVIEW.md" >"$W/REVIEW.md"; refused "cmark-gfm: a tag" alike "$W" "$W/c1"
sed -e 's|--soft: #4f5963|--soft: #b5bcc3|' -e 's|tabindex="0"||' -e 's|<h2 id="codes">|<div style="width: 2000px">x</div><img src="https://example.org/x.png"><script>1</script><h2 id="code">|' \
    -e 's|a:focus-visible, section:focus-visible, pre:focus-visible {.*|:focus-visible { outline: none; }|' -e 's|prefers-color-scheme: dark|prefers-color-scheme: never|' \
    -e 's|--paper: #ffffff; --shade: #f4f6f8; --line: #b9c1c9|--paper: #eeeeee; --shade: #f4f6f8; --line: #b9c1c9|' "$W/pages/c1.html" >"$bad"
browser "$bad" >"$W/said" 2>&1
for what in 'axe-core, light.*color-contrast' 'axe-core, light.*image-alt' 'no sideways scrolling, 1280 pixels' 'no sideways scrolling, 360 pixels' 'what scrolls can have the focus' \
    'nothing that runs or loads' 'links stay in the page' 'dark is another paper' 'print is on white' 'the first Tab shows' 'the focus is seen everywhere' 'no request but for the page' 'the browser complains of nothing'; do
    t "the browser notices: $what" grep -q "^not ok - bad: $what" "$W/said"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
