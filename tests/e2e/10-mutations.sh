# tests/e2e/10-mutations.sh - every line of tests/mutations.tsv: a good package made bad in
# one way gives exactly its finding, and the second verifier (tests/second) agrees.
. tests/lib.sh
verify() { "$BIN/dryproof-verify" "$GOLDEN/stage/package.tar" --attestations "$GOLDEN/stage/attestations.intoto.jsonl" --key "$GOLDEN/signer.pub" "$@"; }

exits 0 "the golden package verifies" verify
t "another honest run: its surface" new_database other
t "another honest run" "$BIN/dryproof-collect" run --carrier carriers/c1 --db "$(observer other)" --out "$W/other"
python3 tests/second/compare.py "$GOLDEN" "$W/other" tests/mutations.tsv "$BIN"

# a table that cannot fail proves nothing: the same tool against a verifier that says yes
printf '#!/bin/sh\necho "{\\"exit_status\\":0,\\"status\\":\\"PASS\\",\\"findings\\":[]}"\n' >"$W/yes"
chmod +x "$W/yes"
VERIFIER=$W/yes python3 tests/tools/mutate.py "$GOLDEN" "$W/other" tests/mutations.tsv "$BIN" bit-in-payload row-added signature-bit >"$W/fooled"
t "a verifier that accepts everything fails the table" test "$(grep -c '^not ok' "$W/fooled")" -eq 3
python3 - "$GOLDEN" "$W/other" tests/mutations.tsv "$BIN" bit-in-payload row-added signature-bit >"$W/fooled" <<'END'
import sys
sys.path.insert(0, "tests/second")
import compare
compare.second = lambda case, tar, attestations: (0, [])
compare.main()
END
t "a second one that accepts everything is found out" test "$(grep -c '^not ok' "$W/fooled")" -eq 4
