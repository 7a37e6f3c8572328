# tests/e2e/38-lying-wire.sh - the collector and a real server with a wire between them that
# cuts, lies, floods and stalls (tests/tools/wire.py).  Each case: the published status, one
# printable line, no run.json, nothing left behind here or on the server.
# WIRE=all: every case, and the whole of C1 (minutes); else a sample, and a carrier half as long.
. tests/lib.sh
C=$SAN/dryproof-collect
wire() { python3 tests/tools/wire.py "$@"; }
new_database wire >"$W/log" 2>&1
carrier=carriers/c1
if [ "${WIRE:-}" != all ]; then carrier=$W/lean; t "a lean carrier" lean "$W/lean"; fi
wire "$C" "$SOCKET" wire "$carrier" "$W" cuts lengths tags shapes values stalls floods kills
wire "$BIN/dryproof-collect" "$SOCKET" wire "$carrier" "$W" big
known=$(as_superuser -d wire -Atc "SELECT count(*) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'")
if [ "$known" = 1 ]; then wire "$C" "$SOCKET" wire "$carrier" "$W" replaced
else skip "a table replaced by a view" "this PostgreSQL has no restrict_nonsystem_relation_kind"; fi

# a tool that cannot fail proves nothing
printf '#!/bin/sh\nexit 0\n' >"$W/yes"; chmod +x "$W/yes"
printf '#!/bin/sh\nprintf "dryproof-collect: error: \\033[2J %%s\\n" "$PGPASSWORD" >&2; exit 5\n' >"$W/raw"; chmod +x "$W/raw"
printf '#!/bin/sh\nwhile [ "$1" != --out ]; do shift; done; mkdir -p "$2"; touch "$2/run.json"; echo "dryproof-collect: error: x" >&2; exit 5\n' >"$W/finishes"; chmod +x "$W/finishes"
for fake in yes raw finishes; do
    wire "$W/$fake" "$SOCKET" wire "$carrier" "$W" kills >"$W/fooled"
    t "a collector that $fake fails the wire" grep -q '^not ok' "$W/fooled"
done
