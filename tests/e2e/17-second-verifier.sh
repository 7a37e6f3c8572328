# tests/e2e/17-second-verifier.sh - two verifiers that share no line agree: the golden package,
# random mutants, every case of tests/vectors, and other people's vectors for what the second one
# made itself (Ed25519, JSON).  10-mutations.sh asks both about every line of the table, 31-trust.sh,
# 32-time.sh and 32-rotation.sh about policies, timestamps and rotations.
. tests/lib.sh
second() { python3 tests/second/verify.py "$GOLDEN/stage/package.tar" --attestations "$GOLDEN/stage/attestations.intoto.jsonl" "$@"; }

exits 0 "the second verifier accepts the golden package" second --key "$GOLDEN/signer.pub" --json
"$BIN/dryproof-pack" key new --role packager --out "$W/foreign" >/dev/null
exits 4 "and not another's key" second --key "$W/foreign.pub"
exits 2 "nor a key that is none" second --key tests/shard.sh
exits 2 "nor a time that does not exist" second --key "$GOLDEN/signer.pub" --now 2026-02-30T00:00:00.000000Z

# random mutants of the golden package and of a tiny bracket; make differ does many more
mkdir "$W/mutants"
cp "$GOLDEN/signer.key" "$GOLDEN/signer.pub" "$W/mutants/" # a link to a key is not followed
ln -s "$GOLDEN/stage" "$W/mutants/carrier"
ln -s "$ROOT/tests/vectors/golden" "$W/mutants/bracket"
differ() { env "$@" JOBS=2 python3 tests/second/differ.py "$W/mutants" "$BIN" carrier=1 bracket=2; }
differ N=300 SEED="${DRYPROOF_SEED:-}"
differ N=60 SEED="${DRYPROOF_SEED:-}" JUDGE="$SAN/judge" ASAN_OPTIONS=allocator_may_return_null=1
cat >"$W/yes.py" <<'END'
import struct, sys
while head := sys.stdin.buffer.read(4):
    sys.stdin.buffer.read(struct.unpack("<I", head)[0])
    head = sys.stdin.buffer.read(4)
    sys.stdin.buffer.read(struct.unpack("<I", head)[0])
    print("0", flush=True)
END
printf '#!/bin/sh\nexec python3 "%s"\n' "$W/yes.py" >"$W/yes"
exits 1 "a judge that accepts everything is found out" differ N=20 SEED=1 JUDGE="$W/yes"
exits 1 "a judge that says nothing is found out" differ N=5 SEED=1 JUDGE=/bin/false
t "of every mutant, with what ended it" test "$(grep -c 'the judge ended' "$W/log")" -eq 5
SHARDS=$(for i in 1 2 3; do differ N=10 SEED=1 SHARD=$i/3; done | sed -n 's/.* agree on [0-9]* of \([0-9]*\) .*/\1/p' | tr '\n' ' ')
t "three thirds are all of them" test "$SHARDS" = "4 3 3 "
exits 1 "there is no part 0 of 3" differ N=10 SEED=1 SHARD=0/3

# every case of tests/vectors, under a key made for the occasion
t "the corpus under a fresh key" python3 tests/tools/mkvectors.py "$BIN" "$W/fresh"
t "the second verifier has every case right" python3 tests/second/vectors.py corpus "$W/fresh"
t "and trusts no published key, not even of a control" python3 tests/second/vectors.py untrusted tests/vectors
exits 1 "under the published key it is not right" python3 tests/second/vectors.py corpus tests/vectors
exits 1 "and under another not without trust" python3 tests/second/vectors.py untrusted "$W/fresh"
mkdir "$W/few"
ln -s "$W/fresh/golden" "$W"/fresh/*[05]_*__* "$W/few/"
exits 0 "as a program, by the corpus' own runner, a part of them" sh tests/vectors/run.sh -d "$W/few" \
    'python3 tests/second/verify.py "$PACKAGE" --attestations "$ATTESTATIONS" --policy "$POLICY"'

vectors=${DRYPROOF_VECTORS:-../shared/vectors}
if [ -d "$vectors" ]; then
    t "all of Wycheproof's Ed25519" python3 tests/second/vectors.py ed25519 "$vectors/ed25519/wycheproof/testvectors_v1/ed25519_test.json"
    t "JSONTestSuite: what must be refused is, what must be read is" python3 tests/second/vectors.py json "$vectors/json/JSONTestSuite/test_parsing"
else
    skip "second verifier: vectors" "no $vectors"
fi
