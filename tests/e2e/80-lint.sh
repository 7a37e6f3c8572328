# tests/e2e/80-lint.sh - the rules of tests/tools/lint.sh hold, and each of them can fail: a
# copy of the tree is broken in one way, and exactly that rule must complain.
. tests/lib.sh
mkdir "$W/helps"
export HELPS="$W/helps" # what the programs tell is the same each time
lint() { VERIFIER=${VERIFIER-$BIN/dryproof-verify} sh tests/tools/lint.sh "${TREE:-$ROOT}" "$@"; }
for rule in layers doors sizes codes tested mutations vectors survivors limits shells paths exits tables requirements pages threats; do
    t "lint: $rule" lint "$rule"
done

VERIFIER=true exits 1 "lint codes refuses an explain that says something else" lint codes

mkdir "$W/tree"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$W/tree"
VERIFIER= # the copy has none
way=0
breaks() { # RULE FILE SCRIPT: sed SCRIPT on FILE (made when absent), then RULE complains
    TREE=$W/tree br=$1 bf=$W/tree/$2 way=$((way + 1))
    [ -f "$bf" ] && cp "$bf" "$W/keep" || rm -f "$W/keep"
    if [ -f "$bf" ]; then sed -i "$3" "$bf"; else echo "$3" >"$bf"; fi
    if [ -f "$W/keep" ] && cmp -s "$W/keep" "$bf"; then echo "nothing was broken by $3" >"$W/log"; not_ok "lint $br refuses way $way, in $2"
    else exits 1 "lint $br refuses way $way, in $2" lint "$br"; fi
    if [ -f "$W/keep" ]; then cp "$W/keep" "$bf"; else rm "$bf"; fi
    unset TREE
}
breaks layers verifier/bag.c '1i #include "base/buf.h"'
breaks layers base/buf.c '1i #include "packager/key.h"'
breaks layers collector/pg.c '1i #include "packager/key.h"'
breaks layers packager/tar.c '1i #include "verifier/ustar.h"'
breaks doors verifier/bag.c '1i #include <openssl/evp.h>'
breaks doors packager/key.h '1i #include <openssl/evp.h>'
breaks doors packager/tar.c '1i #include <libpq-fe.h>'
breaks doors collector/cser.c '1i #include <git2.h>'
breaks sizes base/buf.c '$s|$|'"$(printf '\\n%.0s' $(seq 500))"'|'
breaks sizes base/clock.c '/^{/s|$|'"$(printf '\\n%.0s' $(seq 80))"'|'
breaks codes schemas/findings.tsv '/^E_TAR_PAX/d'
breaks codes schemas/findings.tsv 's/^E_TAR_PAX/E_TAR_PAXX/'
breaks codes schemas/findings.tsv '/^E_TAR_PAX/{h;d};$G'
breaks codes schemas/findings.tsv 's/^E_TAR_PAX\t1/E_TAR_PAX\t7/'
breaks codes schemas/words.tsv '/^NOT_DRY/d'
breaks codes schemas/words.tsv '/^no-state/d'
breaks codes schemas/words.tsv '/^70/d'
breaks codes schemas/words.tsv '$s/$/\nE_TAR_PAX\tstatus\tx\ty/'
breaks codes verifier/verify.c 's/"REJECT_INTEGRITY"/"REJECT_OTHERWISE"/'
breaks tested tests/mutations.tsv 's/E_FUTURE/E_TAR_TYPE/'
breaks tested tests/e2e/70-repository.sh 's/E_REPO_MISSING/E_REPO_MISMATCH/'
breaks mutations tests/mutations.tsv 's/E_TAR_PAX/E_TAR_PAXX/'
breaks mutations tests/mutations.tsv 's/\t6\tE_LIMIT_SIZE/\t1\tE_LIMIT_SIZE/'
breaks mutations tests/mutations.tsv 's/^gzip\t/zip\t/'
breaks mutations tests/sabotage/expect.tsv 's/E_EVIDENCE_CHANGED/E_EVIDENCE_CHANGEDX/'
breaks vectors tests/vectors/cases.tsv 's/\tE_TAR_PAX\t/\tE_TAR_TYPE\t/'
breaks vectors tests/vectors/cases.tsv 's/\t4\tE_KEY_ROLE/\t1\tE_KEY_ROLE/'
breaks vectors tests/vectors/cases.tsv '/^060/d'
breaks vectors tests/vectors/cases.tsv 's/^061/059/'
breaks vectors tests/vectors/001_golden__ACCEPT/README '1s/golden/silver/'
breaks vectors tests/vectors/README.md 's/| B10 | insider/| B11 | insider/'
breaks vectors tests/vectors/999_nobody__ACCEPT x
breaks survivors tests/mutants/survivors.tsv '$s/^[^\t]*/verifier\/none.c/'
breaks survivors tests/mutants/survivors.tsv '$s/[^\t]*$//'
breaks limits schemas/limits.tsv '$s/^MAX_[A-Z_]*/MAX_NOTHING/'
breaks shells tests/run.sh '$s/$/\nif/'
breaks shells tests/tools/forge.py '$s/$/\ndef/'
breaks paths base/buf.c '$s|$|/* see /ro'"ot/notes */|"
breaks exits base/exit.h 's/= 6/= 7/'
breaks exits README.md 's/^| 70 |/| 71 |/'
breaks exits verifier/findings.c 's/{0, 3, 4, 1, 5, 6, 2, 70}/{0, 3, 4, 5, 1, 6, 2, 70}/'
breaks tables tests/mutations.tsv '$s/$/\tmore/'
breaks tables tests/witness/actions.tsv '$s/$/\tmore/'
breaks pages man/dryproof.1 's/^the carrier: plan.json and its files$/the carrier/'
breaks pages man/dryproof-pack.1 's/^\.It Fl -supersedes/.It Fl -replaces/'
breaks pages man/dryproof-pack.1 's/^\.It Cm countersign/.It Cm countermand/'
breaks pages man/dryproof.1 '/^\.It 6$/,+1d'
breaks pages man/dryproof-pack.1 '/^\.It Ev NO_COLOR/d'
breaks pages man/dryproof-collect.1 's/^\.It Ev PATH/.It Ev MANPATH/'
breaks pages man/dryproof-verify.1 's/^\.Xr dryproof 1/.Xr dryrun 1/'
breaks pages man/dryproof-collect.1 's/^\.El$//'
breaks pages man/dryproof-evidence.5 's/^\.It Section 9/.It Section 8/'
breaks pages schemas/kinds.tsv x
breaks pages README.md 's/--limit/--most/; s/dryproof log --repo evidence$/dryproof log --repository evidence/'
breaks threats THREATS.md 's/`E_LOG_FORK`/`E_LOG_FORKED`/'
breaks threats THREATS.md 's/36-hostile/35-hostile/'
breaks threats THREATS.md 's/`dryproof plan check`/`dryproof plan verify`/'
breaks threats THREATS.md 's/dryproof run --readonly-role/dryproof run --reader-role/'
breaks threats THREATS.md 's/`--strict-role`/`--stricter-role`/'
breaks threats THREATS.md 's/| that it was lost |$/| |/'
breaks threats schemas/findings.tsv '/^E_CLOCK\t/d'
mkdir "$W/other"
for program in "$BIN"/*; do # an option that only --help has
    printf '#!/bin/sh\n"%s" "$@" | sed "s/^  --limit N .*/&\\n  --least N  the oldest/"\n' "$program" >"$W/other/${program##*/}"
done
chmod +x "$W"/other/*
HELPS= BIN=$W/other exits 1 "lint pages refuses an option that no page tells" lint pages
breaks requirements tests/mutations.tsv 's/R-26/R-27/'
exits 0 "lint: the mended copy is clean" sh -c 'VERIFIER= sh tests/tools/lint.sh "$1" layers doors sizes codes tested mutations vectors survivors limits shells paths exits tables requirements pages threats' - "$W/tree"
