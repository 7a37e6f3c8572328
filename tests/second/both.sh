# tests/second/both.sh - sourced by scripts of tests/e2e: ask_both, and from there on "$BIN" is a
# folder whose verifier asks the second one the same; both_agree tells whether they said the same.
# Repositories, another clock, and what is not asked in JSON, are the first one's alone.

ask_both() {
    FIRST=$BIN BIN=$W/both ASK=$W/ask
    export FIRST BIN W ASK
    mkdir "$BIN" "$ASK" && mkfifo "$ASK/question" "$ASK/answer"
    ln -s "$FIRST/dryproof-pack" "$FIRST/dryproof" "$FIRST/dryproof-collect" "$BIN/"
    cat >"$BIN/dryproof-verify" <<'END_OF_PROGRAM'
#!/bin/sh
"$FIRST/dryproof-verify" "$@" >"$ASK/one"; one=$?
cat "$ASK/one"
case "${LD_PRELOAD:-} $* " in [!\ ]* | *" --repo "*) exit "$one" ;; *" --json "*) ;; *) exit "$one" ;; esac
echo "$*" >"$ASK/question"
read -r two <"$ASK/answer"
codes() { jq -c '[.findings[].code]' "$1"; }
echo "$([ "$one $(codes "$ASK/one")" = "$two $(codes "$ASK/two")" ] && echo same || echo differ) $one $(codes "$ASK/one") $two $(codes "$ASK/two"): $*" >>"$ASK/said"
exit "$one"
END_OF_PROGRAM
    chmod +x "$BIN/dryproof-verify"
    # one process, which keeps what it has read of the package, as long as this script has the pipe open
    python3 tests/second/asked.py "$ASK" <"$ASK/question" >"$ASK/log" 2>&1 &
    exec 9>"$ASK/question"
}

# both_agree WHAT PASSED REFUSED [OPTION]: they said the same of each question (with that option), and
# there were more than so many that they passed, and refused
both_agree() {
    grep -e "${4:-}" "$ASK/said" >"$W/asked"
    grep -v '^same' "$W/asked" >"$W/log"
    t "both verifiers say the same of $(grep -c '^same' "$W/asked") $1" sh -c '! grep -v "^same" "$1" && [ $(grep -c "^same 0" "$1") -gt $2 ] && [ $(grep -c "^same [1-4]" "$1") -gt $3 ]' \
        - "$W/asked" "$2" "$3"
}
