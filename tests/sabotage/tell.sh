# tests/sabotage/tell.sh - sourced by tests/e2e/20-sabotage.sh and 21-sabotage.sh: run lies.
#
# expect.tsv: name, exit status, finding codes, requirements met, admissions, the lie.  The
# file NAME.sql is run on a fresh copy of the honest surface; admissions "renew" writes the
# admissions anew behind it, so that a changed function is found by what it does; then the
# whole of "dryproof run".  Roles belong to the cluster: NAME.undo.sql puts them back.
# Findings "-" with status 0 is no lie; with another status the run must not finish.

fresh_lie() { # NAME ADMISSIONS: database "lie", lied to
    papers=
    [ "$2" = keep ] || papers="-v label=rehearsal -f tests/sabotage/admit.sql"
    # shellcheck disable=SC2086 # several words
    new_database lie && as_superuser -d lie -f tests/sabotage/begin.sql -f "tests/sabotage/$1.sql" $papers \
        -f tests/sabotage/end.sql
}

show() { # PACKAGE FILE, from the repository of lies
    git -C "$W/evidence" show "main:packages/$(echo "$1" | cut -c1-2)/$(echo "$1" | cut -c3-4)/$1/$2"
}

judge() { # EXIT CODES, after the run: its status in $status
    package=$(sed -n 's/^pack  *\([0-9a-f]\{64\}\)$/\1/p' "$W/said")
    if [ "$status" != "$1" ]; then
        echo "status $status, expected $1"
        [ -z "$package" ] || show "$package" verdict.json | jq -r '.findings[] | .code + " " + .message' | cut -c 1-300 | head -n 6
        return 1
    fi
    case $1/$2 in
    0/-)
        show "$package" verdict.json | jq -e '.status == "PASS" and .findings == []' ;;
    */-)
        [ -z "$package" ] && [ "$(git -C "$W/evidence" rev-parse main)" = "$head" ] ;;
    *)
        show "$package" verdict.json >"$W/verdict.json" && [ -s "$W/verdict.json" ] || return 1
        # all codes are among its findings, and none among the honest run's
        jq -er --arg codes "$2" --argjson s "$1" --slurpfile honest "$GOLDEN/verdict.json" '
            ([.findings[].code] | unique) as $found | ([$honest[0].findings[].code]) as $before | ($codes / " ") as $codes |
            "found: " + .verdict + ": " + ($found | join(" ")),
            ($codes - $found == [] and $codes - $before == $codes and
             .status != "PASS" and .exit_status == $s and (.verdict | test("READY|PROVEN") | not))' "$W/verdict.json" &&
            ! tail -n 1 "$W/said" | grep -q '^PASS' &&
            [ "$(git -C "$W/evidence" rev-parse main~)" = "$head" ] ;;
    esac
}

# tell PATTERN: all lies whose lines in expect.tsv match
tell() {
    tab=$(printf '\t')
    cp -r "$GOLDEN/evidence" "$W/evidence"
    tail -n +2 tests/sabotage/expect.tsv | grep -E "$1" >"$W/list"
    while IFS=$tab read -r name want codes _requirements admissions _lie; do
        head=$(git -C "$W/evidence" rev-parse main)
        if fresh_lie "$name" "$admissions" >"$W/log" 2>&1; then
            DRYPROOF_EXPECTED="+$codes" "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer lie)" --repo "$W/evidence" \
                --key "$GOLDEN/signer.key" >"$W/said" 2>"$W/log" </dev/null
            status=$?
            if judge "$want" "$codes" >>"$W/log" 2>&1; then
                case $want/$codes in
                0/-) ok "sabotage $name: no finding" ;;
                */-) ok "sabotage $name: status $want" ;;
                *) ok "sabotage $name: $codes" ;;
                esac
                echo "$name: $(grep '^found: ' "$W/log")" >>"$W/found"
            else not_ok "sabotage $name: $codes"; fi
        else not_ok "sabotage $name could not be set up"; fi
        [ ! -e "tests/sabotage/$name.undo.sql" ] || as_superuser -d postgres -f "tests/sabotage/$name.undo.sql"
    done <"$W/list"
    as_superuser -d postgres -c 'DROP DATABASE lie'
    exits 0 "all packages of lies are sound packages" \
        "$BIN/dryproof-verify" --repo "$W/evidence" --all --key "$GOLDEN/signer.pub"
}
