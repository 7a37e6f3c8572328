# tests/e2e/76-oci.sh - packages in an OCI registry, a real one on loopback: what is put there,
# what skopeo says of it, what git holds in its place, registries that lie or go away.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
command -v docker-registry >/dev/null || { skip "packages in a registry" "docker-registry is not installed"; exit 0; }
unset DRYPROOF_REGISTRY DRYPROOF_REGISTRY_USER DRYPROOF_REGISTRY_PASSWORD REGISTRY_AUTH_FILE SSL_CERT_FILE http_proxy https_proxy
pids=
trap 'kill $pids 2>/dev/null; wait $pids 2>/dev/null' EXIT
trap 'exit 130' INT TERM HUP

# registry NAME ADDRESS [MORE]: a registry with its data in $W/NAME; $host is where it listens
registry() {
    printf 'version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nhttp: {addr: "%s:0"%s}\n' "$W/$1" "$2" "${3:-}" >"$W/$1.yml"
    : >"$W/$1.log"
    OTEL_TRACES_EXPORTER=none docker-registry serve "$W/$1.yml" >"$W/$1.log" 2>&1 &
    pids="$pids $!" last=$!
    for _ in $(seq 100); do
        host=$(sed -n 's/.*listening on \([0-9.]*:[0-9]*\).*/\1/p' "$W/$1.log" | head -n 1)
        [ -z "$host" ] || return 0
        sleep 0.1
    done
    return 1
}
# lying LIE [CERTIFICATE KEY]: a proxy before the registry; $liar is where it listens
lying() {
    rm -f "$W/port" "$W/port.log"; : >"$W/port.log"
    lie=$1; shift
    python3 tests/tools/lying_registry.py "$real" "$lie" "$W/port" "$@" >"$W/proxy.log" 2>&1 &
    pids="$pids $!" proxy=$!
    for _ in $(seq 100); do [ ! -s "$W/port" ] || break; sleep 0.1; done
    liar=127.0.0.1:$(cat "$W/port")
    [ $# -eq 0 ] || liar=127.0.0.2:${liar#*:}
}
pack() { timeout 60 "$BIN/dryproof-pack" "$@"; }
push() { pack oci push "$1" --to "$2" --json; }
commit() { pack commit "$1" --repo "$2" --key "$key" --json --oci "$3"; }
fetch() { pack oci fetch --repo "${R:-$repo}" --into "$@"; }
verify() { by_workers timeout 60 "$BIN/dryproof-verify" --repo "${R:-$repo}" --key "$pub" "$@"; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
sha() { sha256sum <"$1" | cut -c1-64; }
folder_of() { echo "packages/$(echo "$1" | cut -c1-2)/$(echo "$1" | cut -c3-4)/$1"; }
finds() { # STATUS CODE NAME: of the repository in $R, with the folder $P
    DRYPROOF_EXPECTED=+$2 verify --all --json --packages "${P:-$W/p}" >"$W/log" 2>&1; got=$?
    if [ "$got" = "$1" ] && jq -e "[.repository.findings[], .verdicts[].findings[]] | any(.code == \"$2\")" "$W/log" >/dev/null; then ok "$3"
    else
        jq -r '([.repository.findings[], (.verdicts[] | select(.status != "PASS") | .findings[])][] | .code + " " + .path + ": " + .message)' "$W/log" >"$W/log2" 2>&1
        mv "$W/log2" "$W/log"; echo "status $got, expected $1 with $2" >>"$W/log"; not_ok "$3"
    fi
}

registry data 127.0.0.1 || { cat "$W/data.log" >"$W/log"; not_ok "a registry on loopback"; exit 0; }
real=$host main=$last at=$host/team/evidence
run_of=$W/small
t "a small run" small "$run_of"
for n in 1 2; do t "stage $n" stage $n; done
one=$(sha "$W/stage1/package.tar") two=$(sha "$W/stage2/package.tar")
repo=$W/r

# a registry that falls silent; what became of it is asked at the end
lying mute
"$BIN/dryproof-pack" oci push "$W/stage2" --to "$liar/mute" >/dev/null 2>"$W/muted" & muted=$!
quiet=$proxy

# ---- pushing, twice; what another tool says ----
exits 0 "a stage is pushed" push "$W/stage1" "$at"
is "archive, empty configuration, papers and three manifests" '.uploaded >= 17 and .fallback_tag and .schema == "dryproof.oci-push/1"'
manifest=$(jq -r .manifest "$W/log") papers=$(jq -r .papers "$W/log")
writes=$(grep -cE '"(PUT|POST|PATCH) ' "$W/data.log")
exits 0 "again" push "$W/stage1" "$at"
is "nothing is sent" '.uploaded == 0'
t "nor asked to be" test "$writes" -gt 17 -a "$writes" -eq "$(grep -cE '"(PUT|POST|PATCH) ' "$W/data.log")"
if command -v skopeo >/dev/null; then
    sk() { skopeo --insecure-policy "$@"; }
    t "skopeo reads the manifest, whose digest is as told" sh -c 'skopeo inspect --raw --tls-verify=false "docker://$1@sha256:$2" >"$3/raw" && [ "$(sha256sum <"$3/raw" | cut -c1-64)" = "$2" ]' - "$at" "$manifest" "$W"
    t "an artifact of ours, its layer is the package" jq -e --arg d "sha256:$one" '.artifactType == "application/vnd.dryproof.package.v1" and (.layers | length) == 1 and .layers[0].digest == $d and .config.mediaType == "application/vnd.oci.empty.v1+json"' "$W/raw"
    t "skopeo copies it to a folder" sk copy --src-tls-verify=false "docker://$at@sha256:$manifest" "dir:$W/copy"
    t "the same bytes" cmp "$W/copy/$one" "$W/stage1/package.tar"
    t "skopeo copies the papers" sk copy --src-tls-verify=false "docker://$at@sha256:$papers" "dir:$W/papers"
    t "the attestations among them" cmp "$W/papers/$(sha "$W/stage1/attestations.intoto.jsonl")" "$W/stage1/attestations.intoto.jsonl"
    t "the fallback tag lists them" sh -c 'skopeo inspect --raw --tls-verify=false "docker://$1:sha256-$2" | jq -e --arg d "sha256:$3" ".manifests[0].digest == \$d and (.manifests | length) == 1"' - "$at" "$manifest" "$papers"
    t "their subject is the package's manifest" sh -c 'skopeo inspect --raw --tls-verify=false "docker://$1@sha256:$2" | jq -e --arg d "sha256:$3" ".subject.digest == \$d"' - "$at" "$papers" "$manifest"
    t "the whole tree by other hands into another place" sk copy --src-tls-verify=false --dest-tls-verify=false "docker://$at:$one" "docker://$real/other/place:x"
else
    skip "what skopeo says" "skopeo is not installed"
fi
cp -r "$W/stage1" "$W/short" && tail -c +2 "$W/stage1/package.tar" >"$W/short/package.tar"
says 2 "which is not what line 1 signs" "an archive that is not the signed one" push "$W/short" "$at"
for bad in "$at:tag" "$at@sha256:$one" "$real" "$real/" "user@$real/x" "$real/UP" "$real/a//b" "http://$at" "$real:x/y" "-x/y"; do
    says 2 "HOST[:PORT]/REPOSITORY" "no reference: $bad" pack oci push "$W/stage1" --to "$bad"
done

# papers of another kind: lines 1 and 2 alone, before there was a packet
mkdir "$W/early" && cp "$W/stage1/package.tar" "$W/early" && head -n 2 "$W/stage1/attestations.intoto.jsonl" >"$W/early/attestations.intoto.jsonl"
exits 0 "other papers of the same package" push "$W/early" "$at"
is "are three things more" '.uploaded == 3'
t "both are listed" test "$(python3 -c 'import http.client, json, sys; c = http.client.HTTPConnection(sys.argv[1]); c.request("GET", "/v2/team/evidence/manifests/sha256-" + sys.argv[2], headers={"Accept": "application/vnd.oci.image.index.v1+json"}); print(len(json.load(c.getresponse())["manifests"]))' "$real" "$manifest")" = 2

# ---- git holds where it is ----
exits 0 "a commit beside git" commit "$W/stage1" "$repo" "$at"
exits 0 "and one in git" pack commit "$W/stage2" --repo "$repo" --key "$key"
git clone -q "$repo" "$W/clone"
f=$(folder_of "$one")
t "the folder has no archive but a document" test ! -e "$W/clone/$f/package.tar" -a -f "$W/clone/$f/package.oci.json"
printf '{"manifest":"%s","media_type":"application/vnd.dryproof.package.v1.tar","registry":"%s","repository":"team/evidence","schema":"dryproof.oci/1","sha256":"%s","size":%d}\n' \
    "$manifest" "$real" "$one" "$(wc -c <"$W/stage1/package.tar")" >"$W/document"
t "of these bytes" cmp "$W/clone/$f/package.oci.json" "$W/document"
exits 0 "the same commit again" commit "$W/stage1" "$repo" "$at"
is "it was there" '.was_there'
says 2 "but not as staged" "not in git as well" pack commit "$W/stage1" --repo "$repo" --key "$key"
exits 3 "not fetched it is a HOLD" verify --all --json
is "named, and the other passes" '.status == "HOLD" and .verdicts[0].status == "HOLD" and .verdicts[0].findings[0].code == "E_PACKAGE_ABSENT" and .verdicts[1].status == "PASS"'
finds 3 E_PACKAGE_ABSENT "nor from an empty folder"
exits 0 "fetched" fetch "$W/p" --json
is "one, and one is in git" '.fetched == 1 and .in_git == 1 and .failed == 0'
t "under its digest" same "$(sha "$W/p/sha256/$one")" "$one"
exits 0 "then all passes" verify --all --packages "$W/p" --json
is "both" '.status == "PASS" and ([.verdicts[].status] == ["PASS", "PASS"])'
exits 0 "the one alone" verify --package "$one" --packages "$W/p"
confine=$ROOT/build/tools/confine.so
if [ -f "$confine" ] && LD_PRELOAD=$confine "$BIN/dryproof-verify" --version >/dev/null 2>&1; then
    exits 0 "with no socket, by seccomp" env LD_PRELOAD="$confine" "$BIN/dryproof-verify" --repo "$repo" --key "$pub" --all --packages "$W/p"
    exits 3 "and no socket for what is absent" env LD_PRELOAD="$confine" "$BIN/dryproof-verify" --repo "$repo" --key "$pub" --all --packages "$W/none"
else
    skip "with no socket" "no seccomp, or tests/tools/confine.c is not built"
fi
exits 0 "fetched again, nothing is sent" fetch "$W/p" "$one" "$two" --json
is "it was there, the other is in git" '.had == 1 and .in_git == 1 and .fetched == 0'
exits 0 "a package of git is pushed" pack oci push --repo "$repo" --package "$two" --to "$at" --json
is "with its papers" ".package == \"$two\" and .uploaded > 2"
says 2 "is not in git but in $at" "one that is not in git" pack oci push --repo "$repo" --package "$one" --to "$at"
says 2 "the repository has no package" "one that is nowhere" fetch "$W/p" 0000000000000000000000000000000000000000000000000000000000000000
exits 2 "--packages without a repository" "$BIN/dryproof-verify" x.tar --attestations y --key "$pub" --packages "$W/p"
exits 2 "--packages with --log" verify --log --packages "$W/p"

# ---- the packet by hand ----
cp -r "$W/clone/$f" "$W/hand"
exits 2 "VERIFY.sh without the archive says so" sh "$W/hand/VERIFY.sh" "$pub"
cp "$W/p/sha256/$one" "$W/hand/package.tar"
t "VERIFY.sh with the fetched archive" sh "$W/hand/VERIFY.sh" "$pub"
cp "$W/stage2/package.tar" "$W/hand/package.tar"
exits 1 "VERIFY.sh with another" sh "$W/hand/VERIFY.sh" "$pub"

# ---- the folder is not trusted ----
P=$W/x
twist() { rm -rf "$W/x"; cp -r "$W/p" "$W/x"; (cd "$W/x/sha256" && eval "$4") && finds "$1" "$2" "$3"; }
twist 1 E_DIGEST_MISMATCH "one byte of the archive changed" "printf X | dd of=$one bs=1 seek=600 conv=notrunc 2>/dev/null"
twist 1 E_DIGEST_MISMATCH "another package under its name" "cp $W/stage2/package.tar $one"
twist 1 E_DIGEST_MISMATCH "cut short" "truncate -s -1 $one"
twist 5 E_IO "a link" "mv $one y; ln -s y $one"
twist 5 E_IO "a FIFO" "rm $one; mkfifo $one"
twist 5 E_IO "a folder" "rm $one; mkdir $one"
twist 3 E_PACKAGE_ABSENT "gone" "rm $one"
twist 3 E_PACKAGE_ABSENT "a file in place of its folder" "cd .. && rm -r sha256 && : >sha256"
twist 5 E_IO "a folder that leads to itself" "cd .. && rm -r sha256 && ln -s sha256 sha256"
rm -rf "$W/x"; cp -r "$W/p" "$W/x"; printf X >>"$W/x/sha256/$one"
exits 0 "fetching again mends what is not those bytes" fetch "$W/x" --json
is "it came again" '.fetched == 1'
t "and is right" same "$(sha "$W/x/sha256/$one")" "$one"

# ---- the document is not trusted ----
P=$W/p
lf='
'
document() { # STATUS CODE NAME OLD NEW: an insider's edit of it
    R=$W/t; rm -rf "$R"; cp -r "$only" "$R"
    if python3 tests/tools/rewrite.py "$R" "$key" edit "@1/package.oci.json" "$4" "$5" >"$W/log" 2>&1; then finds "$1" "$2" "document: $3"; else not_ok "document: $3"; fi
    unset R
}
only=$W/only
t "a repository with it alone" commit "$W/stage1" "$only" "$at"
size=$(wc -c <"$W/stage1/package.tar")
document 1 E_REPO_MISMATCH "another package's digest, a name as long as one may be" "team/evidence\",\"schema\":\"dryproof.oci/1\",\"sha256\":\"$one\"" "$(printf '%0255d' 0)\",\"schema\":\"dryproof.oci/1\",\"sha256\":\"$two\""
document 1 E_REPO_MISMATCH "another manifest" "$manifest" "$papers"
document 1 E_REPO_MISMATCH "another size" "\"size\":$size" "\"size\":$((size + 1))"
# a manifest of ours for another size; made by python3, as skopeo may not be there
more=$(python3 -c 'import hashlib, json, sys
one = {"artifactType": "application/vnd.dryproof.package.v1", "config": {"digest": "sha256:" + hashlib.sha256(b"{}").hexdigest(), "mediaType": "application/vnd.oci.empty.v1+json", "size": 2},
       "layers": [{"annotations": {"org.opencontainers.image.title": "package.tar"}, "digest": "sha256:" + sys.argv[1], "mediaType": "application/vnd.dryproof.package.v1.tar", "size": int(sys.argv[2])}],
       "mediaType": "application/vnd.oci.image.manifest.v1+json", "schemaVersion": 2}
text = lambda size: hashlib.sha256((one["layers"][0].update(size=size), json.dumps(one, sort_keys=True, separators=(",", ":")))[1].encode()).hexdigest()
print(text(int(sys.argv[2])), text(int(sys.argv[2]) + 1))' "$one" "$size")
t "the manifest by other hands" same "${more% *}" "$manifest"
document 1 E_REPO_MISMATCH "another size, with its manifest" "$(cat "$W/document")" "$(sed -e "s/$manifest/${more#* }/" -e "s/\"size\":$size/\"size\":$((size + 1))/" "$W/document")"
document 1 E_JSON_SCHEMA "another media type" package.v1.tar package.v1.zip
document 6 E_FORMAT_VERSION "a version to come" dryproof.oci/1 dryproof.oci/2
document 1 E_JSON_SCHEMA "another kind of schema" dryproof.oci/1 dryproof.oci-1
document 1 E_JSON_SCHEMA "a control character in the host" "$real" 'x\u001b[2J'
document 1 E_JSON_NONCANONICAL "no LF" "}$lf" '}'
document 6 E_LIMIT_SIZE "too long" team/evidence "$(printf '%05000d' 0)"
document 1 E_JSON_SCHEMA "too long a name" team/evidence "$(printf '%0256d' 0)"
document 1 E_JSON_NONCANONICAL "not canonical" '"size":' '"size": '
cp -r "$only" "$W/t"; R=$W/t
t "an archive beside it" python3 tests/tools/rewrite.py "$R" "$key" copy "@1/package.oci.json" "@1/package.tar"
finds 1 E_REPO_MISMATCH "in git and in a registry"
unset R
absent() { # STATUS CODE NAME OPERATION...: an insider's, beside an archive that is not here, is no mere HOLD
    R=$W/t; rm -rf "$R"; cp -r "$only" "$R"
    a_status=$1 a_code=$2 a_name=$3; shift 3
    if python3 tests/tools/forge_repo.py "$R" "$key" "$@" >"$W/log" 2>&1; then P=$W/none finds "$a_status" "$a_code" "absent: $a_name"; else not_ok "absent: $a_name"; fi
    unset R
}
absent 1 E_REPO_MISMATCH "an edited file of the packet" edit "@1/REVIEW.md" PASS Pass
absent 1 E_REPO_MISMATCH "a ledger that names other attestations" ledger 1 attestations "\"$(printf '%064d' 0)\"" -- careless
absent 1 E_REPO_MISMATCH "a ledger of another plan" ledger 1 plan_ref '"other"'
absent 1 E_REPO_MISMATCH "a ledger with another status" ledger 1 status '"HOLD"'
absent 1 E_REPO_MISMATCH "a ledger for a database, of a sandbox" ledger 1 environment '"pg:1/prod"'
openssl genpkey -algorithm ed25519 2>/dev/null | openssl pkey -pubout -out "$W/second.pub"
for rule in '.keys[0].valid_from = "9000-01-01T00:00:00.000000Z"|4|E_KEY_NOTYET' '.thresholds.packager = 2|4|E_SIG_THRESHOLD' '.max_age = 0|3|E_STALE'; do
    jq -n --rawfile a "$pub" --rawfile b "$W/second.pub" '{governed: [], keys: [{public_key: $a, role: "packager"}, {public_key: $b, role: "packager"}],
        plans: [], required_claims: [], schema: "dryproof.policy/1"} | '"${rule%%|*}" >"$W/rule.json"
    code=${rule##*|} status=${rule%|*}
    exits "${status##*|}" "absent: signed against the policy, $code" timeout 60 "$BIN/dryproof-verify" --repo "$only" --policy "$W/rule.json" --packages "$W/none" --all --json
    is "and said, $code" '[.verdicts[].findings[].code] | index("'"$code"'") != null'
done

# ---- registries that lie, or go away ----
at2() { echo "$liar/team/evidence"; }
refused() { # LIE TEXT [STATUS]: neither commit nor fetch takes it, and git has nothing of it
    lying "$1"
    says "${3:-5}" "$2" "commit, $1" commit "$W/stage1" "$W/none-$$" "$(at2)"
    cp "$W/log" "$W/told"
    t "commit, $1: git has nothing, and no query is told" sh -c 'test ! -e "$1" && ! grep -qF "?" "$2"' - "$W/none-$$" "$W/told"
    case $1 in manifest | deaf | huge | upload:* | away:*) ;; *)
        rm -rf "$W/f"
        says 5 "$2" "fetch, $1" fetch "$W/f" --from "$(at2)" "$one"
        t "fetch, $1: nothing under that name" test ! -e "$W/f/sha256/$one" -a ! -e "$W/f/sha256/part" ;;
    esac
    kill "$proxy"
}
refused garbage "gives other bytes for sha256:"
refused longer "sends more than the bytes of that digest"
refused shorter "gives other bytes for sha256:"
refused "other:$two" " bytes"
refused manifest "is not what was written there a moment ago"
refused huge "more than 4194304 bytes" 6
refused "redirect:http://127.0.0.1:9/x?right=to-read" "a redirection that is not followed"
login_of() { env DRYPROOF_REGISTRY="$1" DRYPROOF_REGISTRY_USER=ann DRYPROOF_REGISTRY_PASSWORD=secret timeout 60 "$BIN/dryproof-pack" oci fetch --repo "$repo" --into "$W/f" --from "$1/team/evidence" "$one"; }
lying "redirect:https://127.0.0.1:9/x"
rm -rf "$W/f"
says 5 "a redirection that is not followed" "fetch, redirect from http to https" login_of "$liar"
kill "$proxy"
at_real=$at at=$real/fresh/one
fresh() { # LIE TEXT: of an upload to an empty place
    lying "$1"
    says 5 "$2" "commit to a fresh place, ${1%%:*}" commit "$W/stage1" "$W/none" "$liar/fresh/$3"
    t "commit to a fresh place, ${1%%:*}: git has nothing" test ! -e "$W/none"
    kill "$proxy"
}
fresh deaf "does not have sha256:" deaf
fresh have "does not have sha256:" have
fresh "upload:http://127.0.0.1:9/v2/x" "which is not its own place" upload
fresh away:2 "no answer from" away
lying none
exits 0 "what went away is taken up again" push "$W/stage1" "$liar/fresh/away"
is "without what had come" '.uploaded > 2'
t "it was asked for the rest alone" test "$(grep -c '^PUT.*/blobs/' "$W/port.log")" -lt 18
kill "$proxy"
at=$at_real
says 5 "no answer from http://127.0.0.1:" "a registry that is not there" push "$W/stage1" "$liar/x"
says 5 "no answer from https://" "no TLS where TLS belongs" push "$W/stage1" "127.0.0.2:${real#*:}/x"

# ---- tags carry nothing ----
lying referrers
exits 0 "a registry with a list of referrers" push "$W/stage1" "$liar/with/list"
is "gets no fallback tag" '.fallback_tag == false'
t "none" sh -c '! grep -q "PUT .*/manifests/sha256-" "$1"' - "$W/port.log"
kill "$proxy"
api() { python3 - "$real" "$@" <<'PY'
import http.client, sys
host, method, path = sys.argv[1:4]
to = http.client.HTTPConnection(host)
to.request(method, path, open(sys.argv[4], "rb").read() if len(sys.argv) > 4 else None,
           {"Content-Type": "application/vnd.oci.image.manifest.v1+json"})
sys.exit(to.getresponse().status >= 300)
PY
}
if [ -s "$W/raw" ]; then
    jq -c . "$W/papers/manifest.json" >/dev/null 2>&1
    t "somebody moves the tag" api PUT "/v2/team/evidence/manifests/$one" "$W/papers/manifest.json"
    rm -rf "$W/f"
    exits 0 "the package comes all the same" fetch "$W/f" "$one"
    t "the same bytes for all that" same "$(sha "$W/f/sha256/$one")" "$one"
    exits 0 "pushing again" push "$W/stage1" "$at"
    is "moves it back, and sends nothing else" '.uploaded == 1'
fi

# ---- logins ----
user='ann' secret='pass:wör d"\'
login() { env DRYPROOF_REGISTRY="$liar" DRYPROOF_REGISTRY_USER="$user" DRYPROOF_REGISTRY_PASSWORD="$secret" "$@"; }
for kind in basic bearer; do
    lying "$kind:$user:$secret"
    says 5 "$liar" "$kind: without" env DRYPROOF_REGISTRY="another.host" DRYPROOF_REGISTRY_USER="$user" DRYPROOF_REGISTRY_PASSWORD="$secret" \
        "$BIN/dryproof-pack" oci push "$W/stage1" --to "$(at2)"
    t "$kind: of another host, nothing was sent" sh -c '! grep -q auth "$1"' - "$W/port.log"
    secret=wrong says 5 "credentials" "$kind: wrong ones" env DRYPROOF_REGISTRY="$liar" DRYPROOF_REGISTRY_USER="$user" DRYPROOF_REGISTRY_PASSWORD=wrong \
        "$BIN/dryproof-pack" oci push "$W/stage1" --to "$(at2)"
    exits 0 "$kind: from the environment" login "$BIN/dryproof-pack" commit "$W/stage1" --repo "$W/login-$kind" --key "$key" --json --oci "$liar/in/$kind"
    t "$kind: no secret in the repository" sh -c '! git -C "$1" grep -qF "$2" main' - "$W/login-$kind" "$secret"
    printf '{"auths":{"%s":{"auth":"%s"}}}' "$liar" "$(printf '%s' "$user:$secret" | base64 -w 0)" >"$W/auth.json"
    chmod 644 "$W/auth.json"
    says 2 "others can read it" "$kind: a file that others can read" env REGISTRY_AUTH_FILE="$W/auth.json" "$BIN/dryproof-pack" oci push "$W/stage1" --to "$(at2)"
    chmod 600 "$W/auth.json"
    exits 0 "$kind: from a file" env REGISTRY_AUTH_FILE="$W/auth.json" "$BIN/dryproof-pack" oci push "$W/stage1" --to "$(at2)"
    kill "$proxy"
done
lying "realm:http://192.0.2.1/token"
says 5 "nothing is sent there" "a token service without TLS" login "$BIN/dryproof-pack" oci push "$W/stage1" --to "$(at2)"
kill "$proxy"

# ---- the whole road ----
new_database oci
exits 0 "dryproof run --oci" timeout 120 "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer oci)" --repo "$W/road" --key "$key" --oci "$at/road" --json
is "it passed, read back from the registry" '.verdict.status == "PASS" and .verdict.repository.sequence == 1'
t "git has no archive" sh -c '! git -C "$1" ls-tree -r --name-only main | grep -q "package\.tar$"' - "$W/road"
says 5 "no answer from" "a registry that is away is found before the run" timeout 60 "$BIN/dryproof" run --carrier carriers/c1 --db "$(observer oci)" --repo "$W/road2" --key "$key" --oci 127.0.0.1:9/x --out "$W/never"
t "nothing was run" test ! -e "$W/never"
says 2 "--oci needs --repo" "without a repository" "$BIN/dryproof" run --carrier carriers/c1 --out "$W/o" --oci "$at"

# ---- killed ----
lying slow
"$BIN/dryproof-pack" commit "$W/stage1" --repo "$W/killed" --key "$key" --oci "$(at2)" >/dev/null 2>&1 & victim=$!
"$BIN/dryproof-pack" oci fetch --repo "$repo" --into "$W/k" --from "$(at2)" "$one" >/dev/null 2>&1 & other=$!
for _ in $(seq 50); do [ ! -s "$W/k/sha256/part" ] || break; sleep 0.1; done
says 5 "somebody else is fetching" "two do not fetch into one folder" fetch "$W/k" "$one"
kill -9 $victim $other; wait $victim $other 2>/dev/null
t "killed while it fetched: a part, and no name" test -e "$W/k/sha256/part" -a ! -e "$W/k/sha256/$one"
t "killed while it committed: git has nothing" test ! -e "$W/killed"
kill "$proxy"
exits 0 "fetching again ends it" fetch "$W/k" "$one"
t "the part is gone, the package is there" test ! -e "$W/k/sha256/part" -a "$(sha "$W/k/sha256/$one")" = "$one"
exits 0 "committing again ends it" commit "$W/stage1" "$W/killed" "$at"
R=$W/killed exits 0 "and it verifies" verify --all --packages "$W/k"
unset R

# ---- with a log; TLS; the package is taken away ----
"$BIN/dryproof-pack" key new --role log --out "$W/log" >/dev/null
t "a repository with a log" pack commit "$W/stage1" --repo "$W/l" --key "$key" --log-key "$W/log.key" --oci "$at"
pem() { awk '{ printf "%s\\n", $0 }' "$1"; }
printf '{"governed":[],"keys":[{"public_key":"%s","role":"packager"},{"public_key":"%s","role":"log"}],"plans":[],"required_claims":[],"schema":"dryproof.policy/1"}\n' "$(pem "$pub")" "$(pem "$W/log.pub")" >"$W/policy.json"
exits 0 "ledger and log stand without the package" "$BIN/dryproof-verify" --repo "$W/l" --log --policy "$W/policy.json"
exits 0 "and with it" "$BIN/dryproof-verify" --repo "$W/l" --all --policy "$W/policy.json" --packages "$W/p"
exits 3 "but without it nothing passes" "$BIN/dryproof-verify" --repo "$W/l" --all --policy "$W/policy.json"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$W/tls.key" -out "$W/tls.pem" -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.2 >/dev/null 2>&1
if registry tls 127.0.0.2 ", tls: {certificate: $W/tls.pem, key: $W/tls.key}"; then
    says 5 "no answer from https://" "TLS: an authority that nobody trusts" push "$W/stage1" "$host/team/evidence"
    exits 0 "TLS: one that SSL_CERT_FILE names" env SSL_CERT_FILE="$W/tls.pem" "$BIN/dryproof-pack" oci push "$W/stage1" --to "$host/team/evidence"
    lying none "$W/tls.pem" "$W/tls.key"
    there=$liar behind=$proxy
    lying "redirect:https://$there@" "$W/tls.pem" "$W/tls.key"
    rm -rf "$W/f"
    SSL_CERT_FILE=$W/tls.pem; export SSL_CERT_FILE
    exits 0 "TLS: a redirection to another host" login_of "$liar"
    unset SSL_CERT_FILE
    t "TLS: which gets no credentials" sh -c 'grep -q " auth $2\$" "$1" && grep -q " - $3\$" "$1" && ! grep -q " auth $3\$" "$1"' - "$W/port.log" "$liar" "$there"
    t "TLS: the right bytes" same "$(sha "$W/f/sha256/$one")" "$one"
    kill "$proxy" "$behind"
else
    skip "TLS" "no registry on 127.0.0.2"
fi
t "the package is taken out of the registry" api DELETE "/v2/team/evidence/blobs/sha256:$one"
rm -rf "$W/f"
says 5 "does not have sha256:$one" "then it cannot be fetched" fetch "$W/f" "$one"
P=$W/f finds 3 E_PACKAGE_ABSENT "and not be judged"
exits 5 "of several, the others come" fetch "$W/f" --json
exits 0 "who fetched before has it" verify --all --packages "$W/p"
wait $muted; got=$?
cp "$W/muted" "$W/log"
t "a registry that falls silent is given up" test "$got" -eq 5 -a "$(grep -c 'no answer from .*too slow' "$W/muted")" -eq 1
kill "$main" "$quiet"
