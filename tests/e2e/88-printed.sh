# tests/e2e/88-printed.sh - every command that is printed runs as printed: README.md, the pages of
# man/, the examples of --help, the packet.  Each source has a folder with the names that it uses.
. tests/lib.sh
key=$GOLDEN/signer.key pub=$GOLDEN/signer.pub
here=$W/here built=$W/built
mkdir "$built"
export PATH="$BIN:$PATH" PGSERVICEFILE="$W/services"

# COMMAND, as far as that tells it from others; its status when that is not 0, or "-": not run
# here; what has to be done before it (a function below), or why it is not run
cat >"$W/table" <<'END'
make demo	-	installs packages, and is a minute long
make check	-	is what runs this
dryproof run --db service=app -- npm run report	-	npm, and a project of the reader's
dryproof commit STAGE --repo evidence --key signer.key --oci	-	a registry of the reader's; 76-oci.sh has one
dryproof oci push stage --to registry.example.com/	-	a registry of the reader's; 76-oci.sh has one
dryproof-pack timestamp stage --tsa https://tsa.example/	-	an authority of the reader's; 32-time.sh has one
dryproof sandbox up --name look	-	one name for the whole machine; tests/lane.sh has its own
dryproof sandbox status --name look	-	the same
dryproof sandbox down --name look	-	the same
dryproof run --carrier CARRIER --db CONNINFO	-	the operator's database; 30-governed.sh has one
(; set -eu; git clone --quiet "$REPO" evidence; git -C evidence fsck	-	74-drill.sh runs this block, with nothing of ours installed
sh commands.sh	-	60-second-opinions.sh runs it
dryproof oci fetch`	-	no command but the name of one
codex mcp add	-	another program, and the settings of who reads this
dryproof-collect preflight	3	nothing
dryproof sandbox status	0|3	nothing
dryproof key new --role packager --out signer	0	fresh
dryproof-pack key new --role packager --out my	0	fresh
dryproof push --repo evidence 	0	remote
dryproof run --carrier carriers/c1 --db 'service=governed'	0	policies
dryproof log verify --repo evidence	0	logged
dryproof run --db service=app -- psql -c "SELECT nextval	1	nothing
dryproof run --target orders=	1	nothing
dryproof run --targets shards	3	nothing
dryproof-pack pack run --key signer.pub --signatures sign --out stage       # status 3	3	nothing
openssl pkeyutl -sign	0	each
dryproof-pack policy rotate	0	policies
dryproof-pack push stage	0	logged
dryproof-pack probe	0	logged
git -C evidence.git show main:log/checkpoint	0	logged
dryproof-pack diff run-1	1	nothing
END

nothing() { :; }
fresh() { rm -rf evidence evidence.git; }
remote() { rm -rf URL && git init -q --bare URL && git -C evidence remote add origin "$PWD/URL"; }
each() { each=1; }
# by the keys that are here, of which some are made by a command before; that of a log where it has one
policies() { # [LOGPUB]
    jq -n --rawfile p signer.pub --rawfile r root.pub --rawfile l "${1:-root.pub}" '{governed: [], plans: [], required_claims: [], schema: "dryproof.policy/1",
        keys: [{public_key: $p, role: "packager"}, {public_key: $r, role: "root"}, {public_key: $l, role: "log"}][:if $l == $r then 2 else 3 end]}' >policy.json
    jq '.version = 2' policy.json >policy.2.json
}
# a repository with a log and a remote, and a checkpoint that was kept
logged() {
    rm -rf evidence evidence.git URL && cp "$key" "$pub" . && cp "$pub" my.pub && cp "$key" my.key && cp -r "$built/logged" URL || return 1
    for name in evidence evidence.git; do git clone -q --template= --bare URL "$name" || return 1; done
    git -C URL show main:log/checkpoint >kept && policies log.pub
}

build() {
    stage 1 && stage 2 || return 1
    for name in log second verifier reviewer root; do
        case $name in second) role=packager ;; *) role=$name ;; esac
        dryproof key new --role "$role" --out "$built/$name" || return 1
    done
    dryproof-pack commit "$W/stage2" --repo "$built/logged" --key "$key" --log-key "$built/log.key" || return 1
    for name in governed c1 app; do printf '[%s]\nhost=%s\nuser=dryproof_observer\ndbname=printed\n' "$name" "$SOCKET"; done |
        sed '/^.app/,$s/=dryproof_observer/=dryproof_sandbox/; /^.app/,$s/=printed/=printed_app/' >"$W/services"
    new_database printed && as_superuser -d postgres -c 'CREATE DATABASE printed_app' && as_superuser -d printed_app -c 'CREATE SEQUENCE orders_id_seq'
}
t "what the commands ask for is made" build

furnish() { # what anybody has who reads this
    mkdir -p "$here/build/demo" && cd "$here" || return 1
    ln -s "$ROOT/carriers" carriers && ln -s "$BIN" build/bin && cp "$built"/*.key "$built"/*.pub "$key" "$pub" . || return 1
    cp "$key" my.key && cp "$pub" my.pub && cp -r "$W/stage1" stage && cp -r "$W/stage1" STAGE && cp "$W/verdict1" verdict.json &&
        echo '[{"code": "P2", "path": "REVIEW.md", "text": "a word is missing"}]' >found.json || return 1
    printf 'a\tservice=app\nb\tservice=c1\n' >shards || return 1
    cp -r "$GOLDEN/run" run && cp -r "$GOLDEN/run" run-1 && cp "$GOLDEN/stage/package.tar" again.tar && cp -r "$GOLDEN/evidence" URL || return 1
    for name in evidence evidence.git; do git clone -q --template= --bare URL "$name" || return 1; done
    cp -r "$built/logged" build/demo/evidence && policies log.pub && mv policy.json build/demo/ && policies && git clone -q --template= URL clone && cp -r "$here" "$W/furnished"
}
t "and put where they look for it" furnish
prepare() { cd "$W" && rm -rf "$here" && cp -r furnished "$here" && cd "$here"; }
# the packet's folder, in a clone
unpacked() { prepare && cd clone/packages/*/*/* && REPO=$here/URL ID=${PWD##*/} PUB=$pub LOGPUB= && export REPO ID PUB LOGPUB; }
new() { # what a command is to make is not there yet
    case $1 in *--out*) ;; *) return ;; esac
    for made in $(printf '%s\n' "$1" | sed -n 's/.*--out \([^ ]*\).*/\1/p'); do rm -rf "$made" "$made.key" "$made.pub"; done
}

cd "$ROOT" || exit 1
run=0 not=0 was=
git clone -q "$GOLDEN/evidence" "$W/packet"
t "the printed commands are found, and one for each line of the table" sh -c 'python3 -B tests/tools/printed.py "$1"/packet/packages/*/*/* "$1/table" >"$1/printed"' - "$W"
while IFS="$(printf '\t')" read -r where status before command <&3; do
    if [ "$status" = - ]; then not=$((not + 1)); continue; fi
    case $where in packet*) was= ;; esac # each alone
    [ "$where" = "$was" ] || case $where in packet*) unpacked ;; *) prepare ;; esac >"$W/log" 2>&1 || not_ok "$where: a folder for it"
    was=$where each=
    new "$command"
    "$before" >"$W/log" 2>&1 || not_ok "$where: what comes before $command"
    run=$((run + 1))
    if [ -n "$each" ]; then # KEY-ID stands for the name of a file, of each
        for file in sign/*.tbs; do sh -c "$(printf '%s\n' "$command" | sed "s|KEY-ID|${file%.tbs}|g")" || each=failed; done >"$W/log" 2>&1 </dev/null
        [ "$each" = 1 ]
    else # what a page has no name for, and leaves to its reader
        case $where$command in
        packet*) given=$(printf '%s\n' "$command" | sed "s|\([^\"\$]\)\<PUB\>|\1$pub|; s|/PATH\>|/run.json|") ;;
        *--package\ SHA256*) given=$(printf '%s\n' "$command" | sed "s|--package SHA256|--package $(sha256sum <"$GOLDEN/stage/package.tar" | cut -c 1-64)|") ;;
        *) given=$command ;;
        esac
        sh -ec "$given" >"$W/log" 2>&1 </dev/null
    fi
    got=$?
    case "|$status|" in *"|$got|"*) ok "$where: $command" ;; *) echo "status $got, expected $status" >>"$W/log"; not_ok "$where: $command" ;; esac
done 3<"$W/printed"
cd "$ROOT" || exit 1
t "$run commands were run, $not were not: they need what the table says" [ "$run" -ge 55 ]
t "and they are no more than that" [ "$not" -le 15 ]
