# tests/e2e/76-elsewhere.sh - keys that are on another host: what is to be signed goes out, openssl
# signs it there, and what comes back makes the same bytes as a key that is here; a wrong signature
# is refused by name.
. tests/lib.sh
pub=$GOLDEN/signer.pub key=$GOLDEN/signer.key
"$BIN/dryproof-pack" key new --role log --out "$W/log" >/dev/null
"$BIN/dryproof-pack" key new --role packager --out "$W/stranger" >/dev/null
stage 1; stage 2
# this host: public keys alone; the signer's: private keys and the folder that is carried over
mkdir "$W/here" "$W/vault" && mv "$W/log.key" "$W/stranger.key" "$W/vault/" && cp "$key" "$W/vault/signer.key"
cp "$pub" "$W/here/signer.pub" && mv "$W/log.pub" "$W/here/log.pub" && cp -r "$W/run1" "$W/here/run"
cd "$W/here" || exit 1
pack() { "$BIN/dryproof-pack" "$@" --signatures out; }
sign() { # KEY...: each key signs what bears its name
    for k; do
        keyid=$("$BIN/dryproof-pack" key show "$W/vault/$k.key" | sed -n 's/^keyid //p' | cut -c1-16)
        for f in "out/$keyid"-*.tbs; do
            [ ! -e "$f" ] || [ -e "${f%.tbs}.sig" ] || by "$k" "$f" "${f%.tbs}.sig" || return 1
        done
    done
}
asked() { [ "$(find out -name '*.tbs' | wc -l)" = "$1" ]; }

# ---- pack: both lines are asked for at once ----
says 2 "give the private one, or --signatures" "a public key signs nothing here" "$BIN/dryproof-pack" pack run --key signer.pub --out stage
says 2 "is a log key; this needs a packager key" "a log key packs nothing" pack pack run --key log.pub --out stage
says 3 "is not there yet: sign out/" "a package without its signatures is not made" pack pack run --key signer.pub --out stage
t "nothing is there" [ ! -e stage ]
t "two signatures are asked for" asked 2
t "over the bytes of the DSSE specification" sh -c 'for f in out/*.tbs; do head -c 40 $f | grep -qE "^DSSEv1 28 application/vnd.in-toto\+json [0-9]" || exit 1; done'
t "each under its own digest" sh -c 'for f in out/*.tbs; do [ "$(sha256sum <$f | cut -c1-64)" = "$(basename $f .tbs | cut -c18-)" ] || exit 1; done'
first=$(ls out/*.tbs | head -n 1) second=$(ls out/*.tbs | tail -n 1)
wrong() { # NAME COMMAND: a signature that is not the key's over these bytes; TEXT in the error
    w_name=$1 w_text=$2; shift 2
    for f in $first $second; do "$@" "$f" "${f%.tbs}.sig"; done
    says 2 "$w_text" "$w_name" pack pack run --key signer.pub --out stage
    t "and nothing is made of it" [ ! -e stage ]
    rm -f out/*.sig
}
by() { openssl pkeyutl -sign -inkey "$W/vault/$1.key" -rawin -in "$2" -out "$3"; }
by_stranger() { by stranger "$1" "$2"; }
of_other() { if [ "$1" = "$first" ]; then by signer "$second" "$2"; else by signer "$first" "$2"; fi; }
bent() { by signer "$1" "$2" && printf '\377' | dd of="$2" bs=1 seek=40 conv=notrunc 2>/dev/null; }
short() { by signer "$1" "$2.x" && head -c 63 "$2.x" >"$2"; rm "$2.x"; }
nothing() { : >"$2"; }
wrong "another key's" "is not the signature by key $("$BIN/dryproof-pack" key show signer.pub | sed -n 's/^keyid //p') over out/" by_stranger
wrong "of other bytes" "is not the signature by key" of_other
wrong "one byte changed" "is not the signature by key" bent
wrong "one byte short" "has 63 bytes, an Ed25519 signature has 64" short
wrong "an empty file" "has 0 bytes" nothing
by signer "$first" "${first%.tbs}.sig"
says 3 "is not there yet" "one of the two is not enough" pack pack run --key signer.pub --out stage
by signer "$second" "${second%.tbs}.sig"
exits 0 "with both" pack pack run --key signer.pub --out stage
t "it is the package that a key here makes" cmp stage/package.tar "$W/stage1/package.tar"
t "with the same attestations, byte for byte" sh -c 'head -n 2 "$1" | cmp - stage/attestations.intoto.jsonl' - "$W/stage1/attestations.intoto.jsonl"

# ---- review, commit ----
says 3 "is not there yet" "the packet is signed too" pack review stage --verdict "$W/verdict1" --key signer.pub
t "by the same key" sign signer
exits 0 "and rendered" pack review stage --verdict "$W/verdict1" --key signer.pub
t "the stage is the one that a key here makes" diff -r stage "$W/stage1"
publish() { pack commit "$1" --repo repo --key signer.pub --log-key log.pub; }
rounds() { # STAGE: ledger entry, checkpoint and commit follow from each other
    for round in 1 2 3 4; do
        publish "$1" >"$W/out" 2>&1; got=$?
        [ "$got" -ne 0 ] || break
        [ "$got" -eq 3 ] || { cat "$W/out"; return 1; }
        [ ! -e repo/refs/heads/main ] || [ "$1" = next ] || { echo "it is published before it is signed"; return 1; }
        sign log signer && sleep 1.1 || return 1
    done
    echo "in $round rounds" && [ "$got" -eq 0 ] && [ "$round" -eq 4 ]
}
t "committed when the third signature is there" rounds stage
t "the log's key signed the three lines of the checkpoint" sh -c 'git -C repo show main:log/checkpoint | head -n 3 >x; sha=$(sha256sum <x | cut -c1-64); cmp x out/*-$sha.tbs'
jq -n --rawfile a signer.pub --rawfile b log.pub '{governed: [], plans: [], required_claims: [], schema: "dryproof.policy/1",
    keys: [{public_key: $a, role: "packager"}, {public_key: $b, role: "log"}]}' >policy.json
verify() { "$BIN/dryproof-verify" --repo repo --all --policy policy.json; }
exits 0 "the verifier has nothing to say" verify
t "nor has git" sh -c '"$1" allowed-signers --key signer.pub >allowed && git -C repo -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit main' - "$BIN/dryproof-pack"
cp -r "$W/stage2" next && rm -r out
t "and another one" rounds next
exits 0 "both of them" verify
cp -r repo before
"$BIN/dryproof-pack" countersign stage --key "$W/vault/stranger.key" --out here.jsonl >/dev/null
cp "$W/stranger.pub" stranger.pub; rm -r out
says 3 "is not there yet" "a countersignature" pack countersign stage --key stranger.pub --out there.jsonl
t "asks for both lines" asked 2
t "by the other key" sign stranger
exits 0 "is made" pack countersign stage --key stranger.pub --out there.jsonl
t "as a key here makes it" cmp here.jsonl there.jsonl
t "no private key was ever here" sh -c '! grep -rl "PRIVATE KEY" .'
