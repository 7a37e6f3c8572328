# tests/e2e/03-sandbox.sh - where a private cluster comes from: initdb the first time, then a template, which has to
# be ours, closed and whole.  The server's programs stand in a folder of the script's own, so that its template is
# nobody else's.
. tests/lib.sh
PG=$(for p in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/bin; do [ -x "$p/initdb" ] && echo "$p"; done | tail -n 1)
mkdir "$W/bin" && ln -s "$PG"/* "$W/bin" && chmod 711 "$W"
export DRYPROOF_PG_BIN="$W/bin"
UP=$("$BIN/dryproof" sandbox status --name "$LANE" | sed 's/.*: //')
ROOM=$(df -Pk "${UP%/*}" | awk 'NR == 2 { print $4 }')
BEGIN=${UP%/*}/dryproof-$(id -u).initdb-$(printf %s "$W/bin/postgres" | sha256sum | cut -c1-8)

# as root, the server's user may read its template and not write it
MODE="$(id -u) 600"; [ "$MODE" != "0 600" ] || MODE="0 640"

up() { "$BIN/dryproof" sandbox up --name "$LANE-$1"; }
down() { for n; do "$BIN/dryproof" sandbox down --name "$LANE-$n" || return 1; done; }
cleanup() { rm -f "$BEGIN"-*; down a b; }
trap 'cleanup >/dev/null 2>&1' EXIT
if [ "$ROOM" -lt 400000 ]; then skip "where sandboxes come from" "$ROOM kB of room for them"; exit 0; fi

sql() { psql -XAtq -v ON_ERROR_STOP=1 -h "$UP-$1" -p 5432 -U dryproof_sandbox -d sandbox -c "$2"; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
identifier() { sql "$1" 'SELECT system_identifier FROM pg_control_system()'; }
counters() { sql "$1" 'SELECT timeline_id, prev_timeline_id, full_page_writes, next_xid, oldest_xid, next_multixact_id, oldest_multi_xid, next_oid FROM pg_control_checkpoint()'; }
catalog() { sql "$1" "SELECT md5(string_agg(concat_ws(' ', oid, relname, relkind, relfilenode, relowner, relacl), '' ORDER BY oid)) FROM pg_class WHERE oid < 16384"; }
template() { ls "$BEGIN"-*; }
one_template() { [ "$(template | wc -l)" -eq 1 ] && [ "$(stat -c '%u %a' "$BEGIN"-*)" = "$MODE" ]; }
refusing() { rm "$W/bin/initdb"; printf '#!/bin/sh\necho initdb was asked\nexit 1\n' >"$W/bin/initdb"; chmod 755 "$W/bin/initdb"; }
working() { ln -sf "$PG/initdb" "$W/bin/initdb"; }
# without an initdb that works, what does not come from a template fails
not_used() { refusing; says 5 "initdb was asked" "$1 is not used" up b; working; }

t "the first sandbox" up a
t "leaves one template, ours and closed to others" one_template
template >"$W/first"
refusing
t "the second needs no initdb" up b
working
t "they have different system identifiers" differ "$(identifier a)" "$(identifier b)"
t "each at the same place of its life" same "$(counters a)" "$(counters b)"
t "with the same catalog" same "$(catalog a)" "$(catalog b)"
judged() { "$BIN/dryproof" run --db "host=$UP-b port=5432 user=dryproof_sandbox dbname=sandbox" -- psql -h "$UP-b" -p 5432 -U dryproof_sandbox -d sandbox -XAtqc "$1"; }
exits 0 "in the second, what reads is dry" judged 'SELECT pg_sleep(0.2)'
exits 1 "and what writes is not" judged 'BEGIN; CREATE TABLE gone (n int); ROLLBACK'
identifier b >"$W/second"
server=$(stat -c %u "$UP-b")
t "both end" down a b
t "the template stays" test -f "$(cat "$W/first")"

rm "$W/bin/pg_ctl"
printf '#!/bin/sh\ncase "$*" in *start) rm "$2"/pg_wal/0* ;; esac\nexec %s/pg_ctl "$@"\n' "$PG" >"$W/bin/pg_ctl"; chmod 755 "$W/bin/pg_ctl"
says 5 "could not locate a valid checkpoint record" "a server that ends as it starts: the end of its log" up a
t "and nothing of it is left" test ! -e "$UP-a"
ln -sf "$PG/pg_ctl" "$W/bin/pg_ctl"

refusing
t "no option of the caller's tar is heeded" env TAR_OPTIONS=--exclude=base "$BIN/dryproof" sandbox up --name "$LANE-a"
working
t "of two from one template, each has a system identifier of its own" differ "$(identifier a)" "$(cat "$W/second")"
t "and it ends" down a

T=$(cat "$W/first")
mode=$(stat -c %a "$T")
chmod 644 "$T"
not_used "a template that others can read"
t "it stays as it is" test "$(stat -c %a "$T")" = 644
chmod "$mode" "$T"
if [ "$(id -u)" -eq 0 ]; then
    chown "$server" "$T"
    not_used "a template that the server's user could have written"
    t "a sandbox comes up beside it" up a
    t "and leaves it where it is" test "$(stat -c %u "$T")" = "$server"
    down a >/dev/null; chown 0 "$T"
else
    skip "a template that the server's user could have written is not used" "only root can give a file away"
fi
mv "$T" "$W/kept"; ln -s "$W/kept" "$T"
not_used "a link to a template"
rm "$T"; mv "$W/kept" "$T"

head -c 5000000 "$T" >"$W/half" && cat "$W/half" >"$T"
not_used "half a template"
t "the next sandbox puts another in its place" up a
t "which is one" one_template
t "and whole" test "$(stat -c %s "$T")" -gt 5000000
down a >/dev/null
head -c $(($(tar -tiRf "$T" | sed -n 's,^block \([0-9]*\): data/global/pg_control$,\1,p' | tail -n 1) * 512)) "$T" >"$W/half" && cat "$W/half" >"$T"
t "which tar takes for whole, cut before its last file" tar -tf "$T"
not_used "a template that ends between two files"

( up a >"$W/a" 2>&1; echo $? >"$W/a.status" ) &
( up b >"$W/b" 2>&1; echo $? >"$W/b.status" ) &
wait
t "two that are the first at the same time" same "$(cat "$W/a.status" "$W/b.status" | tr -d '\n')" 00
t "have different system identifiers" differ "$(identifier a)" "$(identifier b)"
t "and leave one template" one_template
down a b >/dev/null

rm "$W/bin/postgres"; cp "$PG/postgres" "$W/bin/postgres" # another server in the same place
not_used "a template of another server"
t "a sandbox of this one" up a
t "leaves its own alone" sh -c '[ "$1" != "$2" ] && [ ! -e "$2" ]' - "$(template)" "$T"
t "a sandbox down with its template" "$BIN/dryproof" sandbox down --name "$LANE-a" --template
t "leaves neither" sh -c '! ls "$1"-* "$2" 2>/dev/null' - "$BEGIN" "$UP-a"
rm "$W/bin/pg_resetwal"
t "without pg_resetwal there is a sandbox" up a
t "and no template" sh -c '! ls "$1"-* 2>/dev/null' - "$BEGIN"
