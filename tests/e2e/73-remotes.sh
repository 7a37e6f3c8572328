# tests/e2e/73-remotes.sh - a repository and its remote are one log: over path, file, http and ssh,
# by several machines at once, killed anywhere, and with remotes that lie, refuse, hang or are gone.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key log=$W/log.key
"$BIN/dryproof-pack" key new --role log --out "$W/log" >/dev/null
jq -n --rawfile k "$pub" --rawfile l "$W/log.pub" '{governed: [], keys: [{public_key: $k, role: "packager"}, {public_key: $l, role: "log"}],
    plans: [], required_claims: [], schema: "dryproof.policy/1"}' >"$W/trust.json"
N=18
stages() { for n in $(seq $N); do stage "$n" || return 1; done; }
run_of=$W/small
t "a small run" small "$run_of"
t "$N stages" stages
commit() { timeout 60 "$BIN/dryproof-pack" commit "$W/stage$1" --repo "$2" --key "$key" --log-key "$log" --wait "${3:-30}" --timeout "${4:-20}"; }
fetch() { timeout 60 "$BIN/dryproof" fetch --repo "$1" --timeout 20; }
tip() { git -C "$1" rev-parse -q --verify refs/heads/main; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
new_remote() { git init -q --bare "$1" && git -C "$1" config http.receivepack true; }
clone() { git clone -q --bare "$1" "$2" 2>"$W/log"; }
verifies() { by_workers timeout 60 "$BIN/dryproof-verify" --repo "$1" --all --policy "$W/trust.json"; }
linear() { [ "$(git -C "$1" rev-list --count main) $(git -C "$1" rev-list --count --merges main) $(git -C "$1" ls-tree -r --name-only main | grep -c 'package.tar$')" = "$2 0 $2" ]; }
no_claim() { [ "$(git -C "$1" for-each-ref --format='%(refname)')" = refs/heads/main ]; }
clean() { [ "$(cd "$1" && find . -name '*.lock' -o -name '*tmp*' -o -name 'dryproof.*' | sort | tr '\n' ' ')" = "./dryproof.lock ./dryproof.seen " ]; }
# every checkpoint that was ever signed, of all object databases, in tree or not, added to a list;
# of dryproof.new from the moment that its commit is on its way (before, whoever locks next removes it unseen)
gather() {
    for g_repo; do
        g_new=
        [ -z "$(sed -n 2p "$g_repo/dryproof.push" 2>/dev/null)" ] || g_new=$g_repo/dryproof.new
        GIT_ALTERNATE_OBJECT_DIRECTORIES="$g_new" sh tests/checkpoints.sh "$g_repo" 2>/dev/null
    done | sort -u >>"$W/signed"
}
one_tree() { # AT-LEAST: of each size of each log
    sort -u "$W/signed" | awk -v least="$1" '{ key = $1 " " $2; n++; if (key in root) { print key; two = 1 } root[key] = $3 } END { exit two || n < least }'
}

# ---- two machines in turn, by path and by file:// ----
new_remote "$W/remote"; remote=$W/remote
clone "$remote" "$W/a"; clone "file://$remote" "$W/b"
t "the first push, to an empty remote" commit 1 "$W/a"
t "it is at the remote" same "$(tip "$W/a")" "$(tip "$remote")"
t "the other machine goes on from there" commit 2 "$W/b"
t "and the first again" commit 3 "$W/a"
t "one line of three" linear "$remote" 3
t "a package that the other machine committed is there already" sh -c '"$@" | grep -q "was there already"' - "$BIN/dryproof-pack" commit "$W/stage2" --repo "$W/a" --key "$key" --log-key "$log"
t "fetch" fetch "$W/b"
t "fetch is fast-forward to the remote" same "$(tip "$W/b")" "$(tip "$remote")"
exits 0 "fetch of nothing new, in JSON" "$BIN/dryproof" fetch --repo "$W/b" --json
is "says so" '.schema == "dryproof.fetch/1" and .packages == 3 and .packages_before == 3'
exits 0 "the fetched repository verifies, log and all" verifies "$W/b"
t "no claim is left" no_claim "$remote"
t "nothing is left beside the lock and what was seen" clean "$W/a"
exits 2 "push where there is no remote" "$BIN/dryproof" push --repo "$GOLDEN/evidence"
exits 2 "fetch where there is no repository" "$BIN/dryproof" fetch --repo "$W/none"
t "which did not make one" test ! -e "$W/none"

# ---- a repository that had no remote before ----
new_remote "$W/later"
commit 1 "$W/alone" >/dev/null; commit 2 "$W/alone" >/dev/null
git -C "$W/alone" remote add origin "$W/later"
says 2 "dryproof push sends them" "a commit beside packages that the remote never had" commit 3 "$W/alone"
exits 0 "push sends them" "$BIN/dryproof" push --repo "$W/alone"
t "all of them" same "$(tip "$W/alone")" "$(tip "$W/later")"
exits 0 "push of a stage" "$BIN/dryproof" push "$W/stage3" --repo "$W/alone" --key "$key" --log-key "$log"
t "it is at the remote" linear "$W/later" 3
git -C "$W/alone" config remote.origin.url "$W/other"

# ---- at once ----
race() {
    pids=
    for n in 4 5 6 7 8 9; do
        [ $((n % 2)) -eq 0 ] && r=$W/a || r=$W/b
        commit "$n" "$r" 60 >"$W/race$n" 2>&1 & pids="$pids $!"
    done
    for pid in $pids; do wait "$pid" || { cat "$W"/race*; return 1; }; done
}
t "six packagers on two machines at once" race
t "each package once, in one line" linear "$remote" 9
t "no claim is left after it" no_claim "$remote"
exits 0 "the remote verifies" verifies "$remote"
t "both machines come to the same" sh -c '"$1" fetch --repo "$2" && "$1" fetch --repo "$3"' - "$BIN/dryproof" "$W/a" "$W/b"
t "tip" same "$(tip "$W/a") $(tip "$W/b")" "$(tip "$remote") $(tip "$remote")"
gather "$remote" "$W/a" "$W/b"
t "the log key signed one tree of each size" one_tree 9

# ---- remotes that are not what they were: refused, and nothing moved ----
refused() { # CODE NAME SCRIPT: run in a copy of the remote, then fetched from by a machine that knew it before
    rm -rf "$W/lie" "$W/m"; cp -r "$remote" "$W/lie"; cp -r "$W/a" "$W/m"
    git -C "$W/m" config remote.origin.url "$W/lie"; sed -i "1s|.*|$W/lie|" "$W/m/dryproof.seen"
    rb=$(tip "$W/m")
    if (cd "$W/lie" && sh -ec "$3") >"$W/log" 2>&1; then
        says 1 "$1: " "refused: $2" fetch "$W/m"
        t "and nothing moved" test "$(tip "$W/m")" = "$rb"
        says 1 "$1: " "nor is a package pushed there" commit 10 "$W/m"
        t "nor anything claimed" test -z "$(git -C "$W/lie" for-each-ref refs/dryproof)"
    else not_ok "refused: $2"; fi
}
refused E_LOG_TAIL "rewound" 'git update-ref refs/heads/main main~2'
refused E_LOG_TAIL "emptied" 'git update-ref -d refs/heads/main'
forked() { rm -rf "$W/fork"; cp -r "$W/a" "$W/fork"; git -C "$W/fork" update-ref refs/heads/main main~1; git -C "$W/fork" remote remove origin; rm "$W/fork/dryproof.seen"
    commit 11 "$W/fork" && commit 12 "$W/fork"; }
t "another machine tells another story" forked
refused E_LOG_FORK "forked" "git fetch -q -f '$W/fork' main:main"
refused E_REPO_HISTORY "rewritten, to the same log" 'c=$(git commit-tree -m x "main^{tree}") && git update-ref refs/heads/main $c'
refused E_LOG_REWRITTEN "an entry of its log edited" 'export GIT_INDEX_FILE=i; git read-tree main
    git update-index --cacheinfo "100644,$(echo x | git hash-object -w --stdin),log/tile/entries/000.p/9"
    c=$(git commit-tree -m x -p main "$(git write-tree)"); rm i; git update-ref refs/heads/main "$c"'

git init -q --bare "$W/foreign"; clone "$W/foreign" "$W/f"
git -C "$W/foreign" update-ref refs/heads/main "$(git -C "$W/foreign" -c user.name=x -c user.email=x commit-tree -m x "$(git -C "$W/foreign" hash-object -w -t tree /dev/null)")"
says 1 "E_REPO_MISMATCH: " "refused: something else than an evidence repository" fetch "$W/f"
t "and nothing came" test -z "$(tip "$W/f")"

# ---- remotes that refuse, hang, are gone, or talk ----
plain() { cp "$W/log" "$W/said"; t "$1" sh -c 'test -s "$1" && [ -z "$(tr -d "\n -~" <"$1")" ]' - "$W/said"; } # t empties the log
hook() { printf '#!/bin/sh\n%s\n' "$2" >"$1/hooks/pre-receive"; chmod +x "$1/hooks/pre-receive"; }
before=$(tip "$W/a")
unmoved() { [ "$(tip "$W/a")" = "$before" ] && [ "$(tip "$remote")" = "$before" ]; }
mkdir -p "$remote/hooks"
hook "$remote" 'printf "\033]0;owned\007\033[31mNO\033[0m\n" >&2; exit 1'
says 5 'NO' "a remote that refuses everything" commit 10 "$W/a" 2
plain "its text comes without control characters"
t "nothing was signed or moved" unmoved
hook "$remote" 'grep -q refs/heads/main && { echo "not this one" >&2; exit 1; }; exit 0'
says 5 'not this one' "a remote that refuses the package" commit 10 "$W/a" 2
t "nothing moved" unmoved
t "the claim stays, for what was signed" git -C "$remote" rev-parse -q --verify refs/dryproof/claim
gather "$W/a"
rm "$remote/hooks/pre-receive"
says 5 "process " "meanwhile another machine is told whose claim it is" commit 11 "$W/b" 1
t "the next run goes on with it" commit 11 "$W/a"
t "and lands both" linear "$remote" 11
t "with no claim left" no_claim "$remote"
before=$(tip "$W/a")
hook "$remote" 'sleep 30'
says 5 "no answer within 1 s" "a remote that hangs" commit 12 "$W/a" 1 1
t "nothing moved by it" unmoved
rm "$remote/hooks/pre-receive"
mv "$remote" "$remote.away"
exits 5 "a remote that is gone" commit 12 "$W/a"
exits 5 "fetch from it" fetch "$W/a"
mv "$remote.away" "$remote"
t "with the remote back it completes" commit 12 "$W/a"
t "nothing is left of all that" clean "$W/a"
printf 'dryproof claim\nsince 2001\nid 1\n' >"$W/claim"
{ printf '%s\n\n' "$remote"; cat "$W/claim"; } >"$W/a/dryproof.push"
git -C "$remote" update-ref refs/dryproof/claim "$(git -C "$remote" hash-object -w "$W/claim")"
mv "$remote" "$remote.away"
exits 5 "a run that died with the claim, and the remote gone" commit 18 "$W/a"
mv "$remote.away" "$remote"
t "is gone on with when it is back" commit 18 "$W/a"
t "and its claim given up" no_claim "$remote"
t "and nothing of it left" clean "$W/a"
printf 'dryproof claim\nsince \033[31m2001\nhost \033]0;owned\007\n' >"$W/claim"
git -C "$remote" update-ref refs/dryproof/claim "$(git -C "$remote" hash-object -w "$W/claim")"
says 5 'host \x1b]0;owned\x07' "somebody's claim is told escaped" commit 13 "$W/a" 1
plain "and all of it"
t "and left alone" git -C "$remote" rev-parse -q --verify refs/dryproof/claim
git -C "$remote" update-ref -d refs/dryproof/claim

# ---- what the repository's and the user's configuration may not do ----
printf '#!/bin/sh\n: >"%s"\n' "$W/started" >"$W/evil"; chmod +x "$W/evil"
cp -r "$W/a" "$W/h"
mkdir -p "$W/h/hooks" "$W/home"
for hook_name in pre-push post-checkout reference-transaction post-index-change; do cp "$W/evil" "$W/h/hooks/$hook_name"; done
for section in core.sshCommand core.fsmonitor core.askPass core.gitProxy credential.helper core.alternateRefsCommand "url.ext::$W/evil .insteadOf"; do
    value=$W/evil; case $section in url.*) value=$remote ;; esac
    git -C "$W/h" config "$section" "$value"; HOME=$W/home git config --global "$section" "$value"
done
hostile() { HOME=$W/home GIT_SSH_COMMAND=$W/evil GIT_ASKPASS=$W/evil GIT_DIR=/nowhere GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor GIT_CONFIG_VALUE_0=$W/evil commit 13 "$W/h"; }
t "hooks and configuration change nothing" hostile
t "and start nothing" test ! -e "$W/started"
address() { git -C "$W/h" config remote.origin.url "$2"; exits "$1" "address $2" fetch "$W/h"; }
address 2 "ext::$W/evil"
address 2 "fd::17"
address 2 "--upload-pack=$W/evil"
address 2 "../remote"
address 2 "https://me:secret@127.0.0.1/x"
address 5 "ssh://-oProxyCommand=$W/evil/x"
address 5 "file://$W/nowhere"
t "which started nothing" test ! -e "$W/started"

# ---- http ----
mkdir "$W/root"; new_remote "$W/root/r"
python3 -B tests/tools/git_http.py "$W/root" "$W/port" 2>"$W/http.log" & server=$!
for _ in $(seq 300); do [ -s "$W/port" ] && break; sleep 0.2; done
http=http://127.0.0.1:$(cat "$W/port")
clone "$http/r" "$W/c"; clone "$http/r" "$W/d"
t "http: the first push" commit 1 "$W/c"
t "http: from another machine" commit 2 "$W/d"
t "http: fetch" fetch "$W/c"
t "http: one line" same "$(tip "$W/c")" "$(tip "$W/root/r")"
exits 0 "http: it verifies" verifies "$W/c"
"$BIN/dryproof-pack" key new --role reviewer --out "$W/reviewer" >/dev/null
t "http: a review" "$BIN/dryproof-pack" review record --repo "$W/c" --package "$(git -C "$W/c" ls-tree -r --name-only main | sed -n '/package.tar$/s|.*/\([^/]*\)/package.tar|\1|p' | head -n 1)" --decision CONFIRM --key "$W/reviewer.key"
t "http: goes there" "$BIN/dryproof" push --repo "$W/c" --timeout 20
t "http: and comes from there" fetch "$W/d"
t "http: as it was" same "$(git -C "$W/c" rev-parse reviews)" "$(git -C "$W/d" rev-parse reviews)"
git -C "$W/d" config remote.origin.url "$http/hang/r"
says 5 "no answer within 1 s" "http: a server that never answers" "$BIN/dryproof" fetch --repo "$W/d" --timeout 1
git -C "$W/d" config remote.origin.url "$http/moved/r"
exits 5 "http: a redirection is not followed" fetch "$W/d"
git -C "$W/d" config remote.origin.url "$http/evil/r"
exits 5 "http: a server that talks" fetch "$W/d"
plain "http: is heard without control characters"
kill $server 2>/dev/null; wait $server 2>/dev/null
git -C "$W/d" config remote.origin.url "$http/r"
exits 5 "http: a server that is gone" fetch "$W/d"

# ---- ssh: a daemon of our own; ssh itself is told where its files are by a name before it in PATH ----
sshd=${SSHD:-$(command -v sshd || ls /usr/sbin/sshd 2>/dev/null)}
if [ -z "$sshd" ]; then skip "ssh" "sshd is not installed"; else
    mkdir "$W/ssh" "$W/ssh/bin"; chmod 700 "$W/ssh"
    for k in host user; do ssh-keygen -q -t ed25519 -N '' -f "$W/ssh/$k"; done
    cp "$W/ssh/user.pub" "$W/ssh/authorized"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$W/ssh/host.pub")" >"$W/ssh/known"
    printf '#!/bin/sh\nexec %s -F /dev/null -i %s -o UserKnownHostsFile=%s "$@"\n' "$(command -v ssh)" "$W/ssh/user" "$W/ssh/known" >"$W/ssh/bin/ssh"
    chmod +x "$W/ssh/bin/ssh"
    "$sshd" -D -e -f /dev/null -h "$W/ssh/host" -o "Port=$port" -o ListenAddress=127.0.0.1 -o "AuthorizedKeysFile=$W/ssh/authorized" \
        -o PidFile=none -o StrictModes=no -o UsePAM=no -o PermitRootLogin=prohibit-password >"$W/ssh/log" 2>&1 & server=$!
    for _ in $(seq 100); do grep -q "Server listening" "$W/ssh/log" && break; sleep 0.2; done
    new_remote "$W/overssh"; git init -q --bare "$W/e"; git -C "$W/e" remote add origin "ssh://$(id -un)@127.0.0.1:$port$W/overssh"
    over() { PATH=$W/ssh/bin:$PATH commit "$@"; }
    t "ssh: the first push" over 1 "$W/e"
    t "ssh: it is there" linear "$W/overssh" 1
    : >"$W/ssh/known"
    says 5 "Host key verification failed" "ssh: a host that nobody knows is not asked about" over 2 "$W/e"
    kill $server; wait $server 2>/dev/null
fi

# ---- a clone that is not all of it: what is there is verified, what is not is named, nothing is fetched ----
git -C "$remote" config uploadpack.allowFilter true; git -C "$remote" symbolic-ref HEAD refs/heads/main
partial() { # NAME ARGUMENT...: git clone with these is a HOLD
    pn=$1; shift
    rm -rf "$W/p"; git clone -q "$@" "file://$remote" "$W/p" 2>"$W/log" || { not_ok "partial: $pn"; return; }
    [ -d "$W/p/objects" ] && P=$W/p || P=$W/p/.git
    [ -z "${sparse:-}" ] || git -C "$W/p" sparse-checkout set ledger log "$sparse" 2>/dev/null
    find "$P" -type f | sort >"$W/files"
    exits 3 "partial: $pn" by_workers timeout 60 "$BIN/dryproof-verify" --repo "$P" --all --policy "$W/trust.json" --json
    cp "$W/log" "$W/verdicts"
    t "partial: $pn: nothing was fetched" sh -c 'find "$1" -type f | sort | cmp - "$2"' - "$P" "$W/files"
}
lists() { # NAME FILTER: of the verdicts
    t "$1" jq -e "$2" "$W/verdicts"
}
all=$(git -C "$remote" rev-list --count main)
partial "without blobs" --bare --filter=blob:none
lists "each package is named" '[.repository.findings[] | select(.code == "E_REPO_PARTIAL" and (.path | startswith("packages/")))] | length == '"$all"
lists "and how to get it" '.repository.findings[0].suggestion | contains("git fetch --refetch")'
git -C "$W/p" fetch -q --refetch --no-filter origin main
exits 0 "which gets it" verifies "$W/p"
partial "without large blobs" --bare --filter=blob:limit=30k
lists "the ledger is judged, and each package named" '.repository.findings == [] and (.verdicts | length == '"$all"' and all(any(.findings[]; .code == "E_REPO_PARTIAL" and (.path | startswith("packages/")))))'
sparse=$(dirname "$(git -C "$remote" ls-tree -r --name-only main | grep -m 1 'package.tar$')")
partial "but for one package" --filter=blob:none --sparse
lists "that one is verified" '[.verdicts[] | select(.status == "PASS")] | length == 1 and (.[0].findings == [])'
lists "all others are held" '[.verdicts[] | select(any(.findings[]; .code == "E_REPO_PARTIAL"))] | length == '"$((all - 1))"
unset sparse
partial "without trees" --bare --filter=tree:0
partial "without history" --bare --depth 1
lists "which is all that lacks" '[.repository.findings[].code] == ["E_REPO_PARTIAL"] and all(.verdicts[]; all(.findings[]; .code != "E_REPO_PARTIAL"))'
git -C "$W/p" fetch -q --unshallow origin main
exits 0 "with it the clone verifies" verifies "$W/p"

# ---- killed on the way: the next run completes, with the same claim and the same signature ----
if strace -f -o "$W/trace" true 2>/dev/null; then
    cp -r "$remote" "$W/k0"; cp -r "$W/a" "$W/ka0"; fetch "$W/a" >/dev/null
    one() { # a fresh pair of remote and machine
        rm -rf "$W/k" "$W/ka"; cp -r "$W/k0" "$W/k"; cp -r "$W/ka0" "$W/ka"
        git -C "$W/ka" config remote.origin.url "$W/k"; sed -i "1s|.*|$W/k|" "$W/ka/dryproof.seen"
    }
    killed() { # CALL N [OTHER-STAGE]
        : >"$W/signed" # each point is a story of its own
        strace -o "$W/trace" -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" "$BIN/dryproof-pack" commit "$W/stage14" --repo "$W/ka" --key "$key" --log-key "$log" --timeout 20 >"$W/out" 2>&1
        k_got=$?
        gather "$W/k" "$W/ka"
        for k_stage in ${3:-} 14; do commit "$k_stage" "$W/ka" 5 >"$W/again" 2>&1 || { echo "again: $(cat "$W/again")"; return 1; }; done
        gather "$W/k" "$W/ka"
        same "$(tip "$W/ka")" "$(tip "$W/k")" && linear "$W/k" $((k_want + $# - 2)) && no_claim "$W/k" && clean "$W/ka" && one_tree "$k_want" || return 1
        [ $k_got -eq 0 ] || k_cut=$((k_cut + 1)) # a run that ended before its call was not cut
    }
    k_want=$(($(git -C "$W/k0" rev-list --count main) + 1)) k_points=0 k_cut=0 k_bad=
    one
    strace -o "$W/trace" "$BIN/dryproof-pack" commit "$W/stage14" --repo "$W/ka" --key "$key" --log-key "$log" >/dev/null 2>&1
    sed 's/(.*//' "$W/trace" | awk '/^(clone|clone3|vfork|rename|link|unlink|mkdir|fsync|write|openat)$/ { n[$1]++; print $1, n[$1] }' >"$W/calls"
    # each exchange with the remote and each rename, and of the rest some
    awk '/^(clone|clone3|vfork|rename)/ || NR % 47 == 0' "$W/calls" >"$W/points"
    while read -r call n; do
        one; k_points=$((k_points + 1))
        # every second time another package comes first
        [ $((k_points % 2)) -eq 0 ] && other=15 || other=
        killed "$call" "$n" $other >"$W/said" 2>&1 || { k_bad="$k_bad $call:$n"; cat "$W/said" >>"$W/bad"; }
    done <"$W/points"
    echo "points:$k_bad" >"$W/log"; [ ! -e "$W/bad" ] || cat "$W/bad" >>"$W/log"
    if [ -z "$k_bad" ] && [ $k_cut -ge 20 ]; then ok "killed at $k_cut points, each completed by the next run, one tree of each size signed"; else not_ok "killed at $k_points points"; fi
else skip "killed on the way" "strace may not trace here"; fi

# ---- the claim taken away by hand, and another package before it: what was signed is dropped, aloud ----
hook "$remote" 'grep -q refs/heads/main && exit 1; exit 0'
exits 5 "a package that the remote refuses" commit 17 "$W/a"
rm "$remote/hooks/pre-receive"
git -C "$remote" update-ref -d refs/dryproof/claim
t "another machine goes on" commit 16 "$W/b"
was=$(git -C "$remote" rev-list --count main)
commit 17 "$W/a" >"$W/said" 2>&1
t "what was signed before is dropped, and it is said" grep -q 'somebody without the claim moved the remote' "$W/said"
t "in one line" linear "$remote" $((was + 1))
exits 0 "which verifies" verifies "$remote"

# ---- the whole road ----
exits 3 "run publishes at the remote" "$BIN/dryproof" run --db "$(observer c1)" --repo "$W/b" --key "$key" --log-key "$log" --quiet -- true
t "it is there" linear "$remote" $((was + 2))

git -C "$W/a" show main:log/checkpoint | sed 3s/^./X/ | git -C "$W/a" hash-object -w --stdin >/dev/null
gather "$W/a"
if one_tree 1 >"$W/log"; then not_ok "a second tree of one size would have been seen"; else ok "a second tree of one size would have been seen"; fi
