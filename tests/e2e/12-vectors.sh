# tests/e2e/12-vectors.sh - the corpus of tests/vectors: it is what its generator makes, our
# verifier has every case right, and verifiers that are wrong are caught.
. tests/lib.sh
V=tests/vectors
corpus() { sh $V/run.sh -d "$W/fresh" "$1"; }
ours() { echo "'$1/dryproof-verify' \"\$PACKAGE\" --attestations \"\$ATTESTATIONS\" --policy \"\$POLICY\""; }
cases=$(grep -c '^[0-9]' $V/cases.tsv)
controls=$(cut -f 5 $V/cases.tsv | grep -c '^ACCEPT$')
# all RIGHT UNNAMED WRONG: the runner's last count
all() { grep -qE "^all +$cases +$1 +$2 +$3\$" "$W/answer"; }

t "the generator gives the committed bytes" sh -c "python3 tests/tools/mkvectors.py '$BIN' '$W/again' $V/keys/packager.key &&
    diff -r -x README.md -x cases.tsv -x keys -x record.sh -x run.sh $V '$W/again'"
t "the committed list of cases is the generator's" sh -c "cp -r $V '$W/copy' && rm -rf '$W/tree' && mkdir -p '$W/tree/tests' &&
    mv '$W/copy' '$W/tree/tests/vectors' && cp -r tests/tools '$W/tree/tests/' && cd '$W/tree' && python3 tests/tools/mkvectors.py '$BIN' &&
    cmp tests/vectors/README.md '$ROOT/$V/README.md'"
t "the same corpus under a fresh key" python3 tests/tools/mkvectors.py "$BIN" "$W/fresh"

for folder in "$BIN" "$SAN"; do
    exits 0 "every case is right: ${folder##*/}" corpus "$(ours "$folder")"
    cp "$W/log" "$W/answer"
    t "every refusal is named: ${folder##*/}" all "$cases" 0 0
done
export ASAN_OPTIONS=exitcode=99

# the published key, by a policy or alone
sh $V/run.sh "$(ours "$BIN")" >"$W/answer" 2>&1
t "the published key has no case accepted" sh -c "! grep -q 'ACCEPTED' '$W/answer'"
t "and no control" sh -c "[ \$(grep -c '__ACCEPT: refused (status 4, E_KEY_UNTRUSTED)' '$W/answer') = $controls ]"
exits 4 "nor as a bare key" "$BIN/dryproof-verify" $V/golden/package.tar --attestations $V/golden/attestations.intoto.jsonl --key $V/keys/packager.pub
t "what is published is what lies there" sh -c "[ \$(openssl pkey -in $V/keys/packager.key -pubout -outform DER | sha256sum | cut -c 1-64) = \
    \$(sed -n 's,\ttests/vectors/keys/packager.key\$,,p' schemas/published-keys.tsv) ]"

# verifiers that are wrong
fooled() { # NAME COMMAND RIGHT UNNAMED WRONG
    exits 1 "$1 is caught" corpus "$2"
    cp "$W/log" "$W/answer"
    t "$1: $3 right, $5 wrong" all "$3" "$4" "$5"
}
fooled "one that says yes" true "$controls" 0 $((cases - controls))
fooled "one that says no" false $((cases - controls)) $((cases - controls)) "$controls"
fooled "one that is not there" "$W/absent" 0 0 "$cases"
fooled "one that crashes" 'kill -SEGV $$' 0 0 "$cases"
fooled "one that prints what it reads" 'printf "\033[2J"; exit 1' 0 0 "$cases"
fooled "one that always says the same" 'echo E_SIG_INVALID; exit 1' "$(cut -f 5 $V/cases.tsv | grep -c '^E_SIG_INVALID$')" 0 \
    $((cases - $(cut -f 5 $V/cases.tsv | grep -c '^E_SIG_INVALID$')))
exits 1 "one that checks signatures alone is caught" corpus "sh tests/tools/signature_only.sh"
cp "$W/log" "$W/answer"
believed=$(grep -c ': ACCEPTED' "$W/answer")
lies=$(awk -F '\t' '$3 ~ /insider|forger/ && $5 != "ACCEPT"' $V/cases.tsv | wc -l)
t "it believes an insider nearly everything ($believed of $lies)" test "$believed" -ge $((lies - 10))
t "and refuses what is not signed" sh -c "! grep -E 'signature-(bit|malleated|longer|zero)|payload-edited|signed-(raw|dssev0)' '$W/answer'"
# the product without one of its checks: the case that is about it says so
printf '%s\n' '#!/bin/sh' "out=\$($(ours "$BIN")); s=\$?" 'case $out in *E_TAR_PADDING*|*E_KEY_ROLE*) exit 0 ;; esac; echo "$out"; exit $s' >"$W/lenient"
exits 1 "one with two checks less is caught" corpus "sh '$W/lenient'"
cp "$W/log" "$W/answer"
t "by just their cases" sh -c "[ \$(grep -c 'ACCEPTED' '$W/answer') = 2 ] &&
    grep -q 'byte-in-the-padding.*ACCEPTED' '$W/answer' && grep -q 'key-of-a-reviewer.*ACCEPTED' '$W/answer'"
exits 2 "no command is no run" sh $V/run.sh
exits 2 "no corpus is no run" sh $V/run.sh -d "$W/absent" true
