# tests/e2e/86-install.sh - make install puts programs where they work from any folder, and make
# uninstall leaves nothing of it; the pages are found; the completion offers what --help tells.
. tests/lib.sh
D=$W/dest P=/opt/dry prefix=$W/dest/opt/dry
made() { env -u MAKEFLAGS -u MAKELEVEL make -s "$1" DESTDIR="$D" PREFIX="$P"; }
tree() { (cd "$D" && find . -printf '%P %M %l\n' | sort); }
mkdir -p "$prefix/bin" "$W/elsewhere"
echo other >"$prefix/bin/other"
tree >"$W/before"
t "make install" sh -c "umask 077; $(command -v env) -u MAKEFLAGS -u MAKELEVEL make -s install DESTDIR='$D' PREFIX='$P'"
tree >"$W/first"
t "it puts everything below the prefix" sh -c 'cd "$1" && [ "$(echo *)" = opt ] && [ "$(echo opt/*)" = opt/dry ] && [ "$(echo opt/dry/*)" = "opt/dry/bin opt/dry/share" ]' - "$D"
t "where others may read it, too" sh -c '! find "$1/bin" "$1/share" ! -perm -444 | grep .; ! find "$1/bin" "$1/share" -type d ! -perm -555 | grep .' - "$prefix"
t "and once more" made install
tree >"$W/second"
t "nothing is there twice, nothing else" cmp "$W/first" "$W/second"
t "made tells the folders that were made, each once" sh -c '! sort "$1" | uniq -d | grep . && ! grep -x "$2/bin" "$1" && grep -qx "$2/share/man/man1" "$1"' - "$prefix/share/dryproof/made" "$P"

# ---- from another folder, and with another environment; nothing of the checkout is needed ----
elsewhere() { (cd "$W/elsewhere" && env -i PATH="$prefix/bin:/usr/bin:/bin" HOME="$W" TMPDIR="$W" "$@"); }
for program in dryproof dryproof-collect dryproof-pack dryproof-verify; do
    t "$program --version" [ "$(elsewhere "$program" --version)" = "$program $(sed -n 's/^VERSION *:= //p' Makefile)" ]
done
t "by its path, and by a link to it" sh -c 'cd / && "$1/bin/dryproof" explain E_IO && ln -s "$1/bin/dryproof" "$2/link" && "$2/link" explain E_IO' - "$prefix" "$W"
t "dryproof explain" elsewhere dryproof explain E_EVIDENCE_CHANGED
checked() { elsewhere dryproof verify "$1/package.tar" --attestations "$1/attestations.intoto.jsonl" "$2" "$3"; }
exits 0 "dryproof verify of a package" checked "$GOLDEN/stage" --key "$GOLDEN/signer.pub"
exits 4 "and of the corpus's, whose key is published" checked "$ROOT/tests/vectors/golden" --policy "$ROOT/tests/vectors/golden/policy.json"
cp -r "$GOLDEN/stage" "$W/stage"; printf x >>"$W/stage/package.tar"
exits 1 "and of a longer one" checked "$W/stage" --key "$GOLDEN/signer.pub"
t "dryproof plan check of the installed carrier" elsewhere dryproof plan check --carrier ../dest/opt/dry/share/dryproof/carriers/c1
t "whose admissions are beside it" cmp carriers/admissions/c1.sql "$prefix/share/dryproof/carriers/admissions/c1.sql"
t "the templates are in the programs" elsewhere dryproof-pack key new --role packager --out key
for page in dryproof dryproof-collect dryproof-pack dryproof-verify dryproof-evidence; do
    t "man $page" sh -c 'mandoc -T markdown "$1"/man[15]/"$2".[15] | grep -qx "# EXAMPLES"' - "$prefix/share/man" "$page"
done

# ---- the completion, by its function, with the programs that it finds ----
cat >"$W/complete.sh" <<'END'
. "$1/share/bash-completion/completions/dryproof" || exit 2
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_dryproof "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" | sort
END
complete() { elsewhere bash --norc "$W/complete.sh" "$prefix" "$@"; }
# offers NAME WANTED WORD...: exactly these, one a line or apart by blanks
offers() {
    o_name=$1 o_want=$(printf '%s\n' $2 | sort); shift 2
    complete "$@" >"$W/got" 2>"$W/log"
    if [ "$(cat "$W/got")" = "$o_want" ] && [ ! -s "$W/log" ]; then ok "completion: $o_name"
    else { echo "wanted:" $o_want; echo "got:" $(cat "$W/got"); } >>"$W/log"; not_ok "completion: $o_name"; fi
}
help() { elsewhere "$@" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort -u; }
for program in dryproof dryproof-collect dryproof-pack; do
    offers "verbs of $program" "$(elsewhere $program --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | grep -v "^dryproof" | sort -u) --help --version" $program ''
done
for verb in run sandbox\ up log log\ verify show diff verify; do
    offers "options of dryproof $verb" "$(help dryproof $verb)" dryproof $verb --
done
for verb in run bracket; do offers "options of dryproof-collect $verb" "$(help dryproof-collect $verb)" dryproof-collect $verb --; done
for verb in key\ new policy\ rotate commit oci\ fetch; do offers "options of dryproof-pack $verb" "$(help dryproof-pack $verb)" dryproof-pack $verb --; done
offers "options of dryproof-verify" "$(help dryproof-verify)" dryproof-verify --
offers "the second word of a verb" "new show" dryproof key ''
offers "what a sandbox does" "up down status psql" dryproof sandbox ''
offers "an option once begun" "--against-checkpoint" dryproof log verify --against-c
mkdir -p "$W/elsewhere/a carrier" "$W/elsewhere/carriers"; touch "$W/elsewhere/carriers.txt" "$W/elsewhere/signer.pub"
offers "folders alone where one is wanted" "carriers" dryproof run --carrier carr
offers "behind an equals sign, too" "carriers" dryproof run --carrier = carr
offers "files where one is wanted" "signer.pub" dryproof verify --repo evidence.git --key sig
offers "files for events" "signer.pub" dryproof run --events sig
offers "files where an operand is" "carriers carriers.txt" dryproof verify carr
t "completion: a name with a blank is one" [ "$(complete dryproof run --carrier 'a c')" = "a carrier" ]
offers "nothing where nobody knows" "" dryproof run --db ''
offers "roles" "packager log verifier reviewer root" dryproof key new --role ''
offers "findings" "E_TAR_PADDING E_TAR_PAX" dryproof explain E_TAR_P
offers "commands behind --" "true" dryproof run --db x -- true
offers "their files" "signer.pub" dryproof run --db x -- cat sig
t "completion: sourced by all four names" sh -c 'cd "$1" && for n in dryproof dryproof-collect dryproof-pack dryproof-verify; do
    env -i PATH=/usr/bin:/bin bash --norc -c ". ./$n && complete -p $n" || exit 1; done' - "$prefix/share/bash-completion/completions"

t "make uninstall" made uninstall
tree >"$W/after"
t "leaves what was there, and nothing else" diff "$W/before" "$W/after"
t "and once more" made uninstall
rm -r "${D:?}"; mkdir "$D"
t "into an empty folder" made install
t "and out of it" made uninstall
t "which is empty again, or gone" [ -z "$(find "$D" -mindepth 1 2>/dev/null)" ]
