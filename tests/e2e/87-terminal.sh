# tests/e2e/87-terminal.sh - what people read: within 80 columns, in colour on a terminal alone and
# not where NO_COLOR or TERM say otherwise, and nothing that acts on what is no terminal.
. tests/lib.sh
escape=$(printf '\033')
new_database terminal >"$W/log" 2>&1
SQL="host=$SOCKET port=5432 user=dryproof_sandbox dbname=terminal"
"$BIN/dryproof-collect" bracket --db "$SQL" --out "$W/run" --quiet -- psql -Xq -d "$SQL" -c "CREATE TABLE t (a int PRIMARY KEY, b text);
    INSERT INTO t SELECT i, repeat('words ', 30) FROM generate_series(1, 9) AS i; UPDATE c1.runtime_gate SET value = 'x'" >"$W/log" 2>&1
t "a run with changes" [ -e "$W/run/run.json" ]

# one COMMAND... per line: what a person asks
cat >"$W/asked" <<END
dryproof log --repo $GOLDEN/evidence
dryproof show $GOLDEN/evidence 1
dryproof show $GOLDEN/evidence 1 --key $GOLDEN/signer.pub
dryproof diff $W/run
dryproof diff $GOLDEN/run $W/run
dryproof doctor --db host=$SOCKET\ user=c1_step\ dbname=terminal
dryproof verify --repo $GOLDEN/evidence --all --key $GOLDEN/signer.pub
dryproof verify $GOLDEN/stage/package.tar --attestations $GOLDEN/stage/attestations.intoto.jsonl --key $GOLDEN/signer.pub
dryproof log verify --repo $GOLDEN/evidence --key $GOLDEN/signer.pub
dryproof run --db host=$SOCKET\ user=dryproof_sandbox\ dbname=terminal -- true
dryproof key show $GOLDEN/signer.pub
dryproof --help
dryproof run --help
dryproof-collect --help
dryproof-pack --help
dryproof-pack oci push --help
dryproof-verify --help
END
# asked LINE COMMAND...: the line's command, run by COMMAND
asked() { a_line=$1; shift; (eval "set -- \"\$@\" $(printf %s "$a_line" | sed "s|^dryproof|$BIN/&|; s|\\\\ |' '|g")" && exec "$@"); }
# a name, a digest or a path is not broken: a line may be as long as its longest word makes it; a
# row and the answer of a bracket are one line each, for those who look for them by program
fits() { awk '/^    [-+~] .*=\047|^(NOT_DRY|HOLD_NOT_MEASURABLE): / { next } { long = 0; for (i = 1; i <= NF; i++) if (length($i) > long) long = length($i) }
    length($0) > 80 && long < 40 { print; bad = 1 } END { exit bad || NR == 0 }' "$W/out"; }
silent() { ! grep -q "[$escape$(printf '\r\b')]" "$W/out"; }
dumb() { ! grep -q "$escape" "$W/out"; }
uncoloured() { ! grep -qE "$escape\[[0-9;]*m" "$W/out"; }
while read -r line; do
    name=$(printf %s "$line" | sed "s|$GOLDEN|..|g; s|$W|..|g; s|host=[^ ]*|..|" | cut -c 1-70)
    asked "$line" env TERM=xterm >"$W/out" 2>&1 </dev/null
    t "in 80 columns: $name" fits
    t "no terminal, nothing that acts on one: $name" silent
done <"$W/asked"
for line in "$(sed -n 2p "$W/asked")" "$(sed -n 4p "$W/asked")" "$(sed -n 8p "$W/asked")" "$(grep -- '-- true' "$W/asked")"; do
    name=$(printf %s "$line" | sed "s|$GOLDEN|..|g; s|$W|..|g; s|host=[^ ]*|..|" | cut -c 1-70)
    for term in TERM=dumb --unset=TERM; do
        asked "$line" env "$term" timeout 60 python3 tests/tools/terminal.py >"$W/out" 2>&1
        t "$term: $name" sh -c 'test -s "$1"' - "$W/out"
        t "no escape sequence" dumb
    done
    asked "$line" env TERM=xterm NO_COLOR=1 timeout 60 python3 tests/tools/terminal.py >"$W/out" 2>&1
    t "NO_COLOR: no colour" uncoloured
done
# and those who may have some, have
asked "$(sed -n 2p "$W/asked")" env -u NO_COLOR TERM=xterm timeout 60 python3 tests/tools/terminal.py >"$W/out" 2>&1
if uncoloured; then not_ok "a terminal gets colour"; else ok "a terminal gets colour"; fi
asked "$(grep -- '-- true' "$W/asked")" env TERM=xterm timeout 60 python3 tests/tools/terminal.py >"$W/out" 2>&1
if dumb; then not_ok "and progress"; else ok "and progress"; fi
