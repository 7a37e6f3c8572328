# tests/e2e/73-show.sh - dryproof show: one package in plain language, by ledger, verdict or verifier,
# and never more than one of them said; how a package is named, and what data may do to a terminal.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
cp -r "$GOLDEN/evidence" "$W/r" && cd "$W" || exit 1
ROOT_TOOLS=$ROOT/tests/tools
show() { "$BIN/dryproof" show "$@"; }
id() { jq -r .package.sha256 "$W/verdict$1"; }
stages() { for n in 1 2; do stage "$n" && "$BIN/dryproof-pack" commit "stage$n" --repo r --key "$key" || return 1; done; }
# a run that fails, between the two: it becomes current of nothing
lie() {
    new_database show && as_superuser -d show -c "UPDATE c1.runtime_gate SET value = 'true' WHERE gate = 'execute_enabled'" &&
        (cd "$ROOT" && "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer show)" --repo "$W/r" --key "$key" --quiet)
    [ $? -eq 1 ]
}
t "two more packages" stages
t "and one that failed" lie
text() { grep -qxF -- "$1" "$W/out"; }
shown() { show "$@" >"$W/out" 2>"$W/log"; }
fits() { awk '/^next$/ { exit } length($0) > 80 { print; bad = 1 } END { exit bad }' "$W/out"; }
clean() { ! LC_ALL=C grep -q '[^ -~]' "$W/out"; }

# ---- what was recorded ----
exits 0 "the only current one" show r --json
is "is the newest that passed" '.schema == "dryproof.show/1" and .ledger.sequence == 3 and .ledger.is_current and .ledger.of == 4 and .source == "recorded" and .status == "PASS" and .signed_by == []'
is "with its claims" '(.claims | length) == 22 and ([.claims[] | select(.required and .status != "PASS")] == [])'
exits 0 "as text" shown r
t "it says what it is" grep -q '^PASS: the dry run ran' "$W/out"
t "that nothing was verified" grep -q 'nothing was verified now$' "$W/out"
t "nor a signature" text "            so say the envelopes; no signature was checked"
t "and which command does that" text "  dryproof show r 3 --key PUB"
t "in 80 columns" fits
t "without colour, for it is no terminal" clean
exits 0 "a failed one, as what it is" shown r 4
t "FAIL" grep -q '^FAIL: ' "$W/out"
t "with its finding" grep -q '^  - E_GATE_OPEN' "$W/out"
t "which is explained by" text "  dryproof explain E_GATE_OPEN"
t "that it is not current" text "ledger      000004 of 4, not current"
t "and which one is" text "current     000003 is, of this carrier, plan and environment"
t "in 80 columns, too" fits

# ---- what the verifier says ----
exits 0 "verified" shown r 3 --key "$pub"
t "by the verifier" text "says who    dryproof-verify, now, with the trust that was given"
t "signed by whom it checked" text "signed by   $("$BIN/dryproof-pack" key show "$pub" | sed -n 's/^keyid //p')"
t "in 80 columns, verified" fits
exits 1 "the failed one has its status" show r 4 --key "$pub" --json
is "and is no better for being verified" '.source == "verifier" and .status == "FAIL" and (.findings | length > 0)'
"$BIN/dryproof-pack" key new --role packager --out other >/dev/null
exits 4 "a key that is not trusted" show r 3 --key other.pub --json
is "nobody's signature holds" '.source == "verifier" and .status != "PASS" and .signed_by == [] and ([.claims[] | select(.status == "PASS")] == [])'
says 2 "one of --key and --policy" "two kinds of trust" show r --key "$pub" --policy "$pub"
exits 5 "no such key" show r 3 --key nowhere.pub

# ---- how a package is named ----
short=$(id 1 | cut -c1-12)
named() { [ "$(show r "$1" --json | jq -r .ledger.sequence)" = "$2" ]; }
t "by number" named 2 2
t "as log prints it" named 000002 2
t "by leading digits" named "$short" 2
t "by all of them" named "$(id 2)" 3
t "by its carrier" named C1 3
says 2 "has no package 5;" "a number that is not there" show r 5
says 2 "has no package abcdef0123;" "an id that is not there" show r abcdef0123
says 2 "has no package $(id 1 | cut -c1-3);" "too few digits" show r "$(id 1 | cut -c1-3)"
says 2 "has no package C2;" "a carrier that is not there" show r C2
says 2 "nowhere does not exist" "no repository" show nowhere
says 2 "needs a repository" "nothing at all" show
says 2 "--keyy" "an unknown option" show r --keyy x
broken_names() { cp -r r two && (cd "$ROOT" && python3 -B "$ROOT_TOOLS/forge_repo.py" "$W/two" "$key" ledger 4 plan_ref '"X"'); }
t "a ledger with another plan" broken_names
says 2 "two has 2 current packages: 000003 ($(id 2 | cut -c1-16)...), 000004 (" "several are current" show two
says 2 "two has 2 packages that C1 may mean: 000003" "of one carrier" show two C1
t "by number all the same" [ "$(show two 4 --json | jq .ledger.is_current)" = true ]

# ---- one outside of a repository ----
exits 0 "a folder" shown stage1
t "which no ledger knows" text "ledger      none: a package outside of a repository"
exits 0 "its package.tar" shown stage1/package.tar
exits 0 "verified" show stage1 --key "$pub" --json
is "by the verifier" '.source == "verifier" and .ledger == null and .status == "PASS"'
exits 0 "its package.tar, verified" show stage1/package.tar --key "$pub"
cp -r stage1 bare && rm bare/verdict.json
exits 0 "no verdict yet" shown bare
t "is said" text "no verdict: nothing says yet what this package proves"
cp -r stage1 swapped && cp verdict2 swapped/verdict.json
says 2 "not about package" "another package's verdict" show swapped
cp -r stage1 bent && printf x >>bent/package.tar
says 2 "not what line 1 signs" "another package" show bent
says 2 "only of a repository" "a folder holds one" show stage1 2

# ---- what supersedes what ----
exits 0 "the first" show r 1 --json
is "has no predecessor" '.ledger.supersedes == null and .ledger.superseded_by == [] and .ledger.current_sequence == 3'
exits 0 "the failed one" show r 4 --json
is "would have replaced the third" ".ledger.supersedes == \"$(id 2)\" and .ledger.supersedes_sequence == 3"
exits 0 "the third" shown r 3
t "knows the failed one" grep -q '^superseded  000004, ' "$W/out"
t "and is current all the same" text "ledger      000003 of 4, current"
"$BIN/dryproof" log --repo r >"$W/out" 2>"$W/log"
t "log: in 80 columns" fits
t "log: with what came before, by its number" grep -qxF "          instead of 000003" "$W/out"

# ---- data on a terminal ----
hostile() { # everything that is text, in verdict and ledger, with an escape sequence in it
    cp -r r hostile && (cd "$ROOT" && python3 -B "$ROOT_TOOLS/forge_repo.py" "$W/hostile" "$key" \
        verdict 4 /headline '"\u001b[2J\u0007"' -- verdict 4 /verdict '"\u001b[31m\n"' -- verdict 4 /status '"\u001b]0;x"' -- \
        verdict 4 /claims/0/id '"\u001b[1m"' -- verdict 4 /claims/0/detail '"\u202e\r"' -- verdict 4 /claims/1/status '"\u001bc"' -- \
        verdict 4 /findings/0/code '"\u001b[8m"' -- verdict 4 /findings/0/message '"a\nb"' -- verdict 4 /not_observed '["\u009b1m"]' -- \
        verdict 4 /environment/class '"\u001b[5m"' -- ledger 4 environment '"\u001b[9m"' -- ledger 4 status '"\u001b[4m"')
}
t "a ledger and a verdict full of them" hostile
exits 0 "are shown" shown hostile 4
t "as text" clean
t "that can be read" grep -q '[\]u{1b}' "$W/out"
t "in 80 columns, hostile" fits
"$BIN/dryproof" log --repo hostile >"$W/out" 2>"$W/log"
t "and so does log" clean
says 2 'has no package \x1b' "an escape sequence as a name" show r "$(printf '\033[31m')"

# ---- colour: on a terminal, unless NO_COLOR ----
terminal() { # VARIABLE...: the beginning of what a terminal would get
    env "$@" timeout 20 python3 -c 'import os, subprocess, sys
mine, its = os.openpty()
child = subprocess.Popen(sys.argv[1:], stdout=its, stdin=subprocess.DEVNULL)
os.close(its)
sys.stdout.buffer.write(os.read(mine, 4))
child.kill()' "$BIN/dryproof" show r 3 </dev/null
}
coloured() { [ "$(terminal TERM=xterm)" = "$(printf '\033[1;')" ]; }
plain() { [ "$(terminal "$@")" = PASS ]; }
t "a terminal gets colour" coloured
t "unless NO_COLOR is set" plain TERM=xterm NO_COLOR=1
