# tests/e2e/40-bad-input.sh - every wrong input is one clear line on standard error with its
# published status, leaves nothing half-written, and a corrected command then succeeds.
. tests/lib.sh
D=$BIN/dryproof C=$BIN/dryproof-collect P=$BIN/dryproof-pack V=$BIN/dryproof-verify
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub
tar=$GOLDEN/stage/package.tar att=$GOLDEN/stage/attestations.intoto.jsonl

# refuses STATUS TEXT NAME COMMAND...: like says, and nothing was made under $W/new
refuses() {
    r_name=$3
    rm -rf "$W/new"
    says "$@"
    [ ! -e "$W/new" ] || { ls -RA "$W/new" >"$W/log"; not_ok "$r_name: leaves nothing behind"; }
}
# judges STATUS CODE NAME COMMAND...: the verifier's verdict has this finding and no success
judges() {
    j_want=$1; j_code=$2; j_name=$3; shift 3
    "$@" >"$W/out" 2>"$W/log"; j_got=$?
    if [ "$j_got" = "$j_want" ] && grep -qw -- "$j_code" "$W/out" && ! head -n 1 "$W/out" | grep -q '^PASS\|^SAME' && [ ! -s "$W/log" ]
    then ok "$j_name"
    else { echo "status $j_got, expected $j_want with $j_code"; head -n 5 "$W/out"; } >>"$W/log"; not_ok "$j_name"; fi
}
# what the grants of database "bad" are: a command that is refused spends none
state() { as_superuser -d bad -Atc "SELECT md5(string_agg(g::text, ',' ORDER BY auth_code)) FROM c1.governance_build_authorization AS g"; }

# ---- the command line, all four programs
for program in "$D" "$C" "$P" "$V"; do
    name=${program##*/}
    says 2 "" "$name without arguments" "$program"
    says 2 "--help" "$name with an unknown verb" "$program" frobnicate
    says 2 "" "$name with an unknown option" "$program" --frobnicate
    says 2 "" "$name with an argument of terminal escapes" "$program" "$(printf 'a\033[31mb\nc')"
    t "$name: no escape reaches the terminal" sh -c "! grep -q '$(printf '\033')' '$W/log'"
    exits 0 "$name --help" "$program" --help
    exits 0 "$name --version" "$program" --version
    exits 5 "$name --help into a full device" sh -c "'$program' --help >/dev/full"
done
says 2 "did you mean run?" "dryproof rum" "$D" rum
says 2 "did you mean verify?" "dryproof verfy" "$D" verfy
says 2 "did you mean pack?" "dryproof-pack pakc" "$P" pakc
says 2 "did you mean check?" "dryproof-collect chekc" "$C" chekc
for verb in run collect preflight pack review commit verify sandbox key; do
    says 2 "" "dryproof $verb with an unknown option" "$D" $verb --frobnicate
done
says 2 "twice" "an option given twice: collect" "$C" run --out a --out b
says 2 "twice" "an option given twice: pack" "$P" pack run --key a --key b
says 2 "twice" "an option given twice: verify" "$V" "$tar" --key "$pub" --key "$pub"
# shellcheck disable=SC2046 # an option more than there may be
says 2 "given too often: --rotation" "one --rotation too many" "$V" "$tar" $(yes -- '--rotation r' | head -n $(($(awk '$1 == "MAX_ROTATIONS" { print $2 }' schemas/limits.tsv) + 1)))
# shellcheck disable=SC2046 # as many as there may be, and an option behind them
says 2 "give one of --key and --policy" "every --rotation there may be" "$V" "$tar" $(yes -- '--rotation r' | head -n "$(awk '$1 == "MAX_ROTATIONS" { print $2 }' schemas/limits.tsv)") --json
says 2 "unknown option: --version" "--version beside something" "$V" --version "$tar"
says 2 "option: --$(printf '%0118d' 0)... (79 bytes more)" "an option far too long" "$V" "--$(printf '%0200d' 0)"
says 2 "give one of --key and --policy" "a mistyped explain of nothing" "$V" explian
says 2 "needs a value" "an option without its value: collect" "$C" run --out
says 2 "value" "an option without its value: verify" "$V" "$tar" --key
says 2 "takes no value" "a flag with a value" "$C" run --json=yes
says 2 "of that name: E_NO_SUCH (see --help)" "explain an unknown code" "$V" explain E_NO_SUCH
says 2 "did you mean E_SIG_INVALID?" "a code, nearly" "$V" explain sig_invalid
says 2 "did you mean NOT_DRY?" "a word, nearly" "$V" explain NOTDRY
says 2 "of that name: 7 (see --help)" "of two digits one is not nearly" "$V" explain 7
says 2 "did you mean explain?" "a mistyped explain" "$V" explian E_IO
says 2 "did you mean --attestations?" "dryproof-verify: an option, nearly" "$V" "$tar" --atestations "$att"
says 2 "(see --help)" "and one that is not" "$V" "$tar" --frobnicate
says 2 "did you mean --repo?" "dryproof-pack: an option, nearly" "$P" log --rpeo x
says 2 "did you mean --carrier?" "dryproof-collect: an option, nearly" "$C" check --carier x
says 2 "did you mean --policy?" "dryproof: an option, nearly" "$D" show x --polcy y
says 2 "--help lists the options" "and one that is not, neither" "$D" show x --frobnicate
says 2 "did you mean key new?" "dryproof-pack key nwe" "$P" key nwe
says 2 "did you mean plan check?" "dryproof plan chekc" "$D" plan chekc
says 2 "did you mean oci fetch?" "dryproof oci fech" "$D" oci fech
says 2 "explain needs one code or word" "explain two codes" "$V" explain E_IO E_IO
says 2 "explain needs one code or word" "explain two codes as JSON" "$V" explain E_IO --json --json
says 2 "explain needs one code or word" "explain nothing" "$V" explain
says 2 "explain needs one code or word" "explain two codes and help" "$V" explain E_IO E_IO --help
exits 0 "explain a word as JSON" "$V" explain NOT_DRY --json
exits 0 "explain --help" "$V" explain --help
exits 0 "explain as JSON" "$V" explain HOLD_NOT_CONNECTED --json
is "has what the text has" '.schema == "dryproof.explain/1" and .kind == "finding" and .exit_status == 3 and (.advice | length > 9)'
exits 5 "a verdict into a full device" sh -c "'$V' '$tar' --attestations '$att' --key '$pub' >/dev/full"
exits 5 "a JSON verdict into a full device" sh -c "'$V' '$tar' --attestations '$att' --key '$pub' --json >/dev/full"
exits 5 "explain into a full device" sh -c "'$V' explain E_SIG_INVALID >/dev/full"
exits 5 "key show into a full device" sh -c "'$P' key show '$pub' >/dev/full"
exits 5 "plan check into a full device" sh -c "'$D' plan check --carrier carriers/c1 >/dev/full"

# ---- the plan
bad_plan() { # NAME TEXT JQ: the plan changed by a filter, refused with TEXT
    rm -rf "$W/carrier" && cp -r carriers/c1 "$W/carrier"
    jq "$3" carriers/c1/plan.json >"$W/carrier/plan.json"
    refuses 2 "$2" "$1" "$D" plan check --carrier "$W/carrier"
}
collect() { "$C" run --carrier "$1" --db "$(observer bad)" --out "$W/new/run" --quiet; }
new_database bad >"$W/log" 2>&1
untouched=$(state)
refuses 2 "$W/none" "a carrier that is not there" collect "$W/none"
mkdir "$W/empty"
refuses 2 "plan.json" "a carrier without a plan" collect "$W/empty"
mkdir -p "$W/folder/plan.json"
refuses 2 "plan.json" "a plan that is a folder" collect "$W/folder"
refuses 2 "" "a carrier that is a file" collect carriers/c1/plan.json
for text in '' '{' '{"schema":"dryproof.plan/1"' '[]' 'null' '{"schema":"dryproof.plan/1","schema":"dryproof.plan/1"}' '{"a":1}x' '{"a":1e5}'; do
    rm -rf "$W/carrier" && mkdir "$W/carrier" && printf '%s' "$text" >"$W/carrier/plan.json"
    refuses 2 "plan.json" "a plan that reads '$text'" collect "$W/carrier"
done
printf '{"schema":"\377"}' >"$W/carrier/plan.json"
refuses 2 "plan.json" "a plan that is not UTF-8" collect "$W/carrier"
bad_plan "a plan with an unknown member" 'unknown member "mood"' '.mood = "good"'
bad_plan "a plan with an unknown member in a step" 'unknown member "mood"' '.steps[0].mood = "good"'
bad_plan "a plan without steps" 'steps' 'del(.steps)'
bad_plan "a plan with two steps of one name" 'schema-ensure' '.steps[1].name = "schema-ensure"'
bad_plan "a plan whose SQL file is missing" 'no-such.sql' '.dispatch.sql = "no-such.sql"'
bad_plan "a plan whose SQL file is outside" '../' '.dispatch.sql = "../admissions/c1.sql"'
bad_plan "a plan with an endpoint that is SQL" 'endpoint' '.steps[0].endpoint = "c1.f(text); DROP TABLE x"'
bad_plan "a plan with an endpoint that goes on behind its parameters" 'endpoint' '.harness.cases[0].endpoint = "c1.f(text), c1.g(text)"'
bad_plan "a plan that requires an unknown claim" 'no-such-claim' '.required_claims += ["no-such-claim"]'
bad_plan "a plan with a wrong digest" 'expect_sha256' '.manifests[0].expect_sha256 = "c9286d3a…ec00"'
jq '.schema = "dryproof.plan/2"' carriers/c1/plan.json >"$W/carrier/plan.json"
refuses 6 "dryproof.plan/2" "a plan of a later version" collect "$W/carrier"
rm -rf "$W/carrier" && cp -r carriers/c1 "$W/carrier"
jq '.captured += [{"relation": "c1.no_such_table", "redacted": [], "volatile": []}]' carriers/c1/plan.json >"$W/carrier/plan.json"
refuses 2 "c1.no_such_table" "a captured table that does not exist" collect "$W/carrier"
jq '.scope.exclude = [{"relation": "c1.dot_tools", "reason": "x"}]' carriers/c1/plan.json >"$W/carrier/plan.json"
refuses 2 "c1.dot_tools" "a captured table that the plan excludes" collect "$W/carrier"
ln -sf /etc/passwd "$W/carrier/link"
refuses 2 "link" "a carrier with a symbolic link" "$D" plan check --carrier "$W/carrier"

# ---- the database
run_at() { "$D" run --carrier carriers/c1 --db "$1" --repo "$W/new/evidence" --key "$key" --out "$W/new/run"; }
refuses 2 "connection string" "a conninfo that is none" run_at "host"
refuses 2 "connection string" "a conninfo with an unknown key" run_at "hots=x"
refuses 5 "no_such_database" "a database that does not exist" run_at "$(observer no_such_database)"
refuses 5 "no_such_user" "a user that does not exist" run_at "host=$SOCKET user=no_such_user dbname=bad"
refuses 5 "" "a server that is not there" run_at "host=$W port=5432 dbname=bad user=x"
refuses 5 "refused" "a port that is closed" run_at "host=127.0.0.1 port=1 dbname=bad user=x"
refuses 5 "" "a steps' connection that fails" "$C" run --carrier carriers/c1 --db "$(observer bad)" \
    --steps-db "host=$SOCKET user=no_such_user dbname=bad" --out "$W/new/run"
says 5 "time-out" "a server that never answers" sh -c "
    python3 -c 'import socket,time; s=socket.socket(); s.bind((\"127.0.0.1\",0)); s.listen(1); print(s.getsockname()[1],flush=True); time.sleep(25)' >'$W/port' & pid=\$!
    while [ ! -s '$W/port' ]; do sleep 0.1; done
    '$C' run --carrier carriers/c1 --db \"host=127.0.0.1 port=\$(cat '$W/port') dbname=x user=x connect_timeout=2\" --out '$W/new/run'; s=\$?; kill \$pid; exit \$s"
as_superuser -d postgres -c 'CREATE DATABASE blank TEMPLATE template0' 2>"$W/log"
refuses 2 "captured names c1." "a database without the surface" run_at "$(observer blank)"
t "none of these changed a grant" test "$untouched" = "$(state)"

# ---- key, repository, policy: found out before the run, which would spend the grant
run_with() { "$D" run --carrier carriers/c1 --db "$(observer bad)" --out "$W/new/run" "$@"; }
cp "$key" "$W/open.key"; cp "$pub" "$W/open.pub"; chmod 0644 "$W/open.key"
cp "$pub" "$W/public.key"; cp "$pub" "$W/public.pub"; chmod 0600 "$W/public.key"
echo "not a key" >"$W/text.key"; cp "$pub" "$W/text.pub"; chmod 0600 "$W/text.key"
"$P" key new --role reviewer --out "$W/reviewer" >"$W/log" 2>&1
cp "$key" "$W/alone.key"
cp "$key" "$W/pair.key"; cp "$W/reviewer.pub" "$W/pair.pub"
mkdir "$W/nogit"; echo x >"$W/nogit/file"; git init -q "$W/worktree"; (cd "$W/worktree" && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x)
refuses 2 "go together" "a repository without a key" run_with --repo "$W/new/evidence"
refuses 2 "where the evidence goes" "nowhere to put the evidence" "$D" run --carrier carriers/c1 --db "$(observer bad)"
refuses 2 "none.key" "a key that is not there" run_with --repo "$W/new/evidence" --key "$W/none.key"
refuses 2 "alone.pub" "a key without its public part" run_with --repo "$W/new/evidence" --key "$W/alone.key"
refuses 2 "0644" "a key that others can read" run_with --repo "$W/new/evidence" --key "$W/open.key"
refuses 2 "text.key" "a key that is no key" run_with --repo "$W/new/evidence" --key "$W/text.key"
refuses 2 "public.key" "a public key" run_with --repo "$W/new/evidence" --key "$W/public.key"
refuses 2 "reviewer" "a reviewer's key" run_with --repo "$W/new/evidence" --key "$W/reviewer.key"
refuses 2 "pair.pub" "a public key of another pair" run_with --repo "$W/new/evidence" --key "$W/pair.key"
refuses 2 "file" "a repository that is a file" run_with --repo "$W/nogit/file" --key "$key"
refuses 2 "nogit" "a repository that is some folder" run_with --repo "$W/nogit" --key "$key"
refuses 2 "worktree" "a repository that is a working tree" run_with --repo "$W/worktree" --key "$key"
refuses 2 "policy" "a policy that is not there" run_with --repo "$W/new/evidence" --key "$key" --policy "$W/no-policy.json"
refuses 2 "exists" "a run directory that exists" "$C" run --carrier carriers/c1 --db "$(observer bad)" --out "$W/empty"
refuses 2 "finished run" "a finished run directory" "$C" run --carrier carriers/c1 --db "$(observer bad)" --out "$GOLDEN/run"
t "none of these changed a grant either" test "$untouched" = "$(state)"
chmod 0600 "$W/open.key"
rm -rf "$W/new"
exits 0 "with all that right, the run succeeds" run_with --repo "$W/new/evidence" --key "$W/open.key"
rm -rf "$W/new"

# ---- a connection lost on the way
lost() { # NAME TEXT SQL
    new_database lost >"$W/log" 2>&1 && as_superuser -o /dev/null -d lost -c "$3" >>"$W/log" 2>&1
    rm -rf "$W/new"
    says 5 "$2" "$1" "$C" run --carrier carriers/c1 --db "$(observer lost)" --out "$W/new/run" --quiet
    t "$1: the run is not finished" test ! -e "$W/new/run/run.json" -a -e "$W/new/run/started.json"
    t "$1: no temporary file is left" sh -c "[ -z \"\$(find '$W/new' -name '*.tmp*' -o -name '.*' -type f)\" ]"
    refuses_pack=$(cd "$W/new/run" && pwd)
    says 2 "incomplete" "$1: it cannot be packed" "$P" pack "$refuses_pack" --key "$key" --out "$W/stage.new"
    t "$1: no stage is left" test ! -e "$W/stage.new"
}
kill_function() {
    printf "ALTER FUNCTION c1.resolve() RENAME TO honest; CREATE FUNCTION c1.resolve() RETURNS TABLE (operation_code text, risk_level text, handler_ref text, source_action_code text)
        LANGUAGE plpgsql SECURITY DEFINER AS \$f\$ BEGIN IF session_user = 'c1_step' THEN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND %s; PERFORM pg_sleep(0.2); END IF; RETURN QUERY SELECT * FROM c1.honest(); END \$f\$" "$1"
}
lost "a step's connection is lost" "connection to the database was lost" "$(kill_function 'pid = pg_backend_pid()')"
lost "the observer's connection is lost" "connection to the database was lost" "$(kill_function "usename = 'dryproof_observer'")"
new_database lost >"$W/log" 2>&1
rm -rf "$W/new"
exits 0 "a run on an honest copy then succeeds" "$C" run --carrier carriers/c1 --db "$(observer lost)" --out "$W/new/run"
refuses_again() { "$C" run --carrier carriers/c1 --db "$(observer lost)" --out "$W/new/run"; }
says 2 "finished run" "and its directory is never written again" refuses_again
rm -rf "$W/new"

# ---- the packager
says 2 "exists already" "key new never replaces a key" "$P" key new --role packager --out "$GOLDEN/signer"
refuses 2 "role" "key new of an unknown role" "$P" key new --role king --out "$W/new/k"
stage() { "$P" pack "$1" --key "$key" --out "$W/new"; }
refuses 2 "run directory" "pack: nothing there" stage "$W/none"
refuses 2 "run directory" "pack: a file" stage "$tar"
refuses 2 "run.json" "pack: an unfinished run" stage "$W/empty"
refuses 2 "needs a run directory" "pack: no run directory named" "$P" pack --key "$key" --out "$W/new"
refuses 2 "hex digits" "pack: --supersedes of another form" "$P" pack "$GOLDEN/run" --key "$key" --out "$W/new" --supersedes c9286d3a
refuses 2 "0644" "pack: a key that others can read" sh -c "chmod 0644 '$W/open.key'; '$P' pack '$GOLDEN/run' --key '$W/open.key' --out '$W/new'"
says 2 "" "pack: a stage that exists" "$P" pack "$GOLDEN/run" --key "$key" --out "$W/empty"
t "pack: it is still empty" test -z "$(ls -A "$W/empty")"
rm -rf "$W/run" && cp -r "$GOLDEN/run" "$W/run"
edit() { rm -rf "$W/run/$1" && cp -r "$GOLDEN/run/$1" "$W/run/$1"; }
: >"$W/run/steps/003-vocab-build/execution/result.json"
refuses 2 "result.json" "pack: an empty record" stage "$W/run"
edit steps; rm "$W/run/before/tables.json"
refuses 2 "tables.json" "pack: a run without a file" stage "$W/run"
edit before; echo '{"a":1,"a":1}' >"$W/run/wal.json"
refuses 2 "wal.json" "pack: a key twice in a document" stage "$W/run"
edit wal.json; echo x >>"$W/run/carrier/README.md"
refuses 2 "plan" "pack: another carrier" stage "$W/run"
edit carrier; ln -s /etc/passwd "$W/run/link"
refuses 2 "link" "pack: a symbolic link in a run" stage "$W/run"
rm "$W/run/link"; echo x >"$W/run/naïve"
refuses 2 "" "pack: a name that no package can hold" stage "$W/run"
rm "$W/run/naïve"
exits 0 "pack: mended, it succeeds" stage "$W/run"
says 5 "nowhere" "pack: a stage in a folder that is not there" "$P" pack "$GOLDEN/run" --key "$key" --out "$W/nowhere/stage"
says 2 "" "commit of no stage" "$P" commit "$W/none" --repo "$W/r" --key "$key"
t "it made no repository" test ! -e "$W/r"
says 2 "no packet" "commit of a stage without a verdict" "$P" commit "$W/new" --repo "$W/r" --key "$key"
jq -cS ".package.sha256 = \"$(printf '%064d' 0)\"" "$GOLDEN/verdict.json" >"$W/v.json"
says 2 "verdict" "review of another package's verdict" "$P" review "$W/new" --verdict "$W/v.json" --key "$key"
says 6 "schema is unknown" "review of a verdict that is none" "$P" review "$W/new" --verdict carriers/c1/plan.json --key "$key"
t "the stage is still what it was" sh -c "[ \"\$(ls '$W/new' | xargs)\" = 'attestations.intoto.jsonl package.tar' ]"
"$V" "$W/new/package.tar" --attestations "$W/new/attestations.intoto.jsonl" --key "$pub" --json >"$W/v.json"
exits 0 "review of its own verdict" "$P" review "$W/new" --verdict "$W/v.json" --key "$key"
says 5 "" "commit into a folder where nothing can be made" "$P" commit "$W/new" --repo /proc/none/evidence --key "$key"
says 2 "" "commit into a working tree" "$P" commit "$W/new" --repo "$W/worktree" --key "$key"
cp "$W/new/REVIEW.md" "$W/REVIEW.md" && echo "All is well." >>"$W/new/REVIEW.md"
says 2 "REVIEW.md" "commit of an edited packet" "$P" commit "$W/new" --repo "$W/r" --key "$key"
cp "$W/REVIEW.md" "$W/new/REVIEW.md"
says 2 "" "commit with another key" sh -c "'$P' key new --role packager --out '$W/third' >/dev/null && '$P' commit '$W/new' --repo '$W/r' --key '$W/third.key'"
exits 0 "commit, mended, succeeds" "$P" commit "$W/new" --repo "$W/r" --key "$key"
exits 0 "and again, with nothing to do" "$P" commit "$W/new" --repo "$W/r" --key "$key"
t "one commit" test "$(git -C "$W/r" rev-list --count main)" = 1
rm -rf "$W/new"

# ---- the verifier
check() { "$V" "$1" --attestations "$2" --key "$3"; }
exits 0 "verify: as it is" check "$tar" "$att" "$pub"
judges 5 E_IO "verify: no package there" check "$W/none" "$att" "$pub"
judges 5 E_IO "verify: no attestations there" check "$tar" "$W/none" "$pub"
judges 5 E_IO "verify: no key there" check "$tar" "$att" "$W/none"
judges 2 E_POLICY_INVALID "verify: a private key" check "$tar" "$att" "$key"
judges 2 E_POLICY_INVALID "verify: a key that is no key" check "$tar" "$att" "$W/text.key"
judges 4 E_KEY_UNTRUSTED "verify: another key" check "$tar" "$att" "$W/third.pub"
judges 4 E_KEY_ROLE "verify: a key of another role" check "$tar" "$att" "$W/reviewer.pub"
{ printf "a\0\n"; cat "$W/reviewer.pub"; } >"$W/nul.pub"
judges 2 E_POLICY_INVALID "verify: a role behind a NUL byte" check "$tar" "$att" "$W/nul.pub"
head -c 100000 "$tar" >"$W/short.tar"
judges 1 E_DIGEST_MISMATCH "verify: a truncated package" check "$W/short.tar" "$att" "$pub"
: >"$W/none.tar"
judges 1 E_DIGEST_MISMATCH "verify: an empty package" check "$W/none.tar" "$att" "$pub"
sed 's/DRY_RUN_OK/DRY_RUN_KO/' "$tar" >"$W/edited.tar"
judges 1 E_DIGEST_MISMATCH "verify: an edited package" check "$W/edited.tar" "$att" "$pub"
{ cat "$tar"; echo; } >"$W/longer.tar"
judges 1 E_DIGEST_MISMATCH "verify: a byte behind the package" check "$W/longer.tar" "$att" "$pub"
gzip -c "$tar" >"$W/gzip.tar"
judges 1 E_DIGEST_MISMATCH "verify: a compressed package" check "$W/gzip.tar" "$att" "$pub"
cp "$tar" "$W/another name"
exits 0 "verify: a renamed package is the same package" check "$W/another name" "$att" "$pub"
exits 0 "verify: from a pipe's file name" sh -c "'$V' /dev/stdin --attestations '$att' --key '$pub' <'$tar' || [ \$? -eq 5 ]"
head -n 1 "$att" >"$W/one-line"
judges 1 E_ATTESTATION_SET "verify: a line of the attestations is missing" check "$tar" "$W/one-line" "$pub"
head -c 100 "$att" >"$W/cut"
judges 1 E_DSSE_NONCANONICAL "verify: attestations cut off" check "$tar" "$W/cut" "$pub"
judges 1 E_JSON_SYNTAX "verify: the package in the place of the attestations" check "$att" "$tar" "$pub"
says 2 "--now" "verify: --now that is no time" "$V" "$tar" --attestations "$att" --key "$pub" --now yesterday
says 2 "one of --key and --policy" "verify: key and policy" "$V" "$tar" --attestations "$att" --key "$pub" --policy x
says 2 "hex" "verify: --package that is no digest" "$V" --repo "$GOLDEN/evidence" --package c9286d3a --key "$pub"
unclear() { u_text=$1 u_name=$2; shift 2; says 2 "$u_text" "verify: $u_name" "$V" "$@"; }
unclear "one argument too many: x" "a third package" --same-facts "$tar" "$tar" x
unclear "given twice, or too often: --key" "two keys" "$tar" --attestations "$att" --key "$pub" --key "$pub"
unclear "a value is missing after --key" "a key is missing" "$tar" --attestations "$att" --key
unclear "one of --key and --policy" "neither key nor policy" "$tar" --attestations "$att"
unclear "not with --same-facts: --key" "--same-facts with a key" --same-facts "$tar" "$tar" --key "$pub"
unclear "--same-facts needs two packages" "--same-facts of one package" --same-facts "$tar"
unclear "packages come from the repository" "a package beside --repo" --repo "$GOLDEN/evidence" --all "$tar" --key "$pub"
unclear "give one of --package, --all, --log and --reviews" "neither --package nor --all" --repo "$GOLDEN/evidence" --key "$pub"
unclear "give one of --package, --all, --log and --reviews" "--package and --all" --repo "$GOLDEN/evidence" --all --package "$(printf '%064d' 0)" --key "$pub"
unclear "countersignatures are of one package" "--attestations with --all" --repo "$GOLDEN/evidence" --all --attestations "$att" --key "$pub"
unclear "need --repo" "--all without --repo" "$tar" --attestations "$att" --all --key "$pub"
unclear "need --repo" "--package without --repo" "$tar" --attestations "$att" --package "$(printf '%064d' 0)" --key "$pub"
unclear "expected one package" "no package" --attestations "$att" --key "$pub"
unclear "--attestations is missing" "no attestations" "$tar" --key "$pub"
seven=$(for i in 1 2 3 4 5 6 7; do printf -- '--attestations %s ' "$att"; done)
# shellcheck disable=SC2086 # words
judges 1 E_COUNTERSIGNATURE "verify: as many countersignatures as there may be" "$V" "$tar" --attestations "$att" $seven --key "$pub"
# shellcheck disable=SC2086
unclear "given twice, or too often: --attestations" "a countersignature more" "$tar" --attestations "$att" --attestations "$att" $seven --key "$pub"
# shellcheck disable=SC2086
judges 3 E_REPO_MISSING "verify: as many beside a repository" "$V" --repo "$GOLDEN/evidence" --package "$(printf '%064d' 0)" $seven --key "$pub"
# shellcheck disable=SC2086
unclear "given twice, or too often: --attestations" "one more beside a repository" --repo "$GOLDEN/evidence" --package "$(printf '%064d' 0)" --attestations "$att" $seven --key "$pub"
judges 5 E_IO "verify: no countersignature there" "$V" "$tar" --attestations "$att" --attestations "$W/none" --key "$pub"
judges 5 E_IO "verify: no countersignature there, beside a repository" "$V" --repo "$GOLDEN/evidence" --package "$(printf '%064d' 0)" --attestations "$W/none" --key "$pub"
judges 3 E_REPO_MISSING "verify: a package that the repository does not have" "$V" --repo "$GOLDEN/evidence" --package "$(printf '%064d' 0)" --key "$pub"
judges 3 E_REPO_MISSING "verify: an empty repository" sh -c "git init -q --bare '$W/bare'; '$V' --repo '$W/bare' --all --key '$pub'"
judges 5 E_IO "verify: no repository there" "$V" --repo "$W/none" --all --key "$pub"
judges 5 E_IO "verify: a file in the place of a repository" "$V" --repo "$tar" --all --key "$pub"
judges 5 E_IO "verify: --same-facts without a file" "$V" --same-facts "$tar" "$W/none"
judges 1 E_TAR_TRUNCATED "verify: --same-facts with a cut package" "$V" --same-facts "$tar" "$W/short.tar"
other() { python3 tests/tools/mutate.py "$GOLDEN" "$GOLDEN/run" tests/mutations.tsv "$BIN" "$1"; }
t "a package that was edited" other file-edited
judges 1 E_MANIFEST_MISMATCH "verify: --same-facts with it" "$V" --same-facts "$tar" "$W/mutate/package.tar"
t "a package of another carrier" other facts-of-another-carrier
judges 1 carrier "verify: --same-facts tells the first that differs" "$V" --same-facts "$tar" "$W/mutate/package.tar"
t "a package without facts" other facts-gone
judges 3 E_EVIDENCE_INCOMPLETE "verify: --same-facts with it" "$V" --same-facts "$tar" "$W/mutate/package.tar"

# ---- a hostile environment changes no fact
facts() { # ENVIRONMENT...: an honest run with it
    new_database hostile >"$W/log" 2>&1
    rm -rf "$W/new"
    env "$@" "$C" run --carrier carriers/c1 --db "$(observer hostile)" --out "$W/new/run" --quiet >>"$W/log" 2>&1 &&
        "$P" pack "$W/new/run" --key "$key" --out "$W/new/stage" --json 2>>"$W/log" | jq -r .facts_sha256
}
honest=$(jq -r .verdict.run.facts_sha256 "$GOLDEN/run.json")
same_facts() { h_name=$1; shift; h_got=$(facts "$@"); echo "facts $h_got, expected $honest" >>"$W/log"
    if [ "$h_got" = "$honest" ]; then ok "$h_name changes no fact"; else not_ok "$h_name changes no fact"; fi; }
same_facts "PGOPTIONS" "PGOPTIONS=-c DateStyle=German -c bytea_output=escape -c search_path=c1 -c default_transaction_isolation=serializable -c quote_all_identifiers=on"
same_facts "PGDATESTYLE, PGTZ and PGCLIENTENCODING" PGDATESTYLE=German PGTZ=Asia/Kathmandu PGCLIENTENCODING=LATIN1
same_facts "PGHOST, PGUSER, PGDATABASE, PGPORT and PGSERVICE" PGHOST=/nonexistent PGUSER=x PGDATABASE=x PGPORT=1 PGAPPNAME=x
same_facts "TZ, LC_ALL and LANGUAGE" TZ=Pacific/Chatham LC_ALL=C.UTF-8 LANGUAGE=de LANG=de_DE.UTF-8
rm -rf "$W/new"
