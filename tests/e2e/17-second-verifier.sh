# tests/e2e/17-second-verifier.sh - two verifiers that share no line agree: the golden package,
# random mutants (10-mutations.sh: every line of the table), every policy of 31-trust.sh, every rotation of 32-rotation.sh, every case of tests/vectors,
# and other people's vectors for what the second one made itself (Ed25519, JSON).
. tests/lib.sh
second() { python3 tests/second/verify.py "$GOLDEN/stage/package.tar" --attestations "$GOLDEN/stage/attestations.intoto.jsonl" "$@"; }

exits 0 "the second verifier accepts the golden package" second --key "$GOLDEN/signer.pub" --json
"$BIN/dryproof-pack" key new --role packager --out "$W/foreign" >/dev/null
exits 4 "and not another's key" second --key "$W/foreign.pub"
exits 2 "nor a key that is none" second --key tests/lib.sh
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

# every policy of 31-trust.sh, timestamp of 32-time.sh and rotation of 32-rotation.sh: there, a program that asks both takes the verifier's place
mkdir "$W/bin" "$W/trust" "$W/time" "$W/rotation"
ln -s "$BIN/dryproof-pack" "$BIN/dryproof" "$BIN/dryproof-collect" "$W/bin/"
cat >"$W/bin/dryproof-verify" <<'END'
#!/bin/sh
"$FIRST/dryproof-verify" "$@" >"$W/one"; one=$?
cat "$W/one"
case "${LD_PRELOAD:-} $* " in [!\ ]* | *" --repo "*) exit "$one" ;; esac # the other one has another clock
echo "$*" >"$ASK/question"
read -r two <"$ASK/answer"
cp "$ASK/two" "$W/two"
codes() { jq -c '[.findings[].code]' "$1"; }
echo "$([ "$one $(codes "$W/one")" = "$two $(codes "$W/two")" ] && echo same || echo differ) $one $(codes "$W/one") $two $(codes "$W/two"): $*" >>"$W/both"
exit "$one"
END
chmod +x "$W/bin/dryproof-verify"
# one process, which keeps what it has read of the package
cat >"$W/asked.py" <<'END'
import contextlib, sys
sys.path.insert(0, "tests/second")
import verify
folder = sys.argv[1]
while words := open(folder + "/question").read().split():
    sys.argv = ["verify.py"] + words
    with open(folder + "/two", "w") as f, contextlib.redirect_stdout(f), contextlib.redirect_stderr(sys.__stdout__):
        try:
            verify.main()
        except SystemExit as e:
            status = e.code
        except Exception as e:
            status = repr(e)
    with open(folder + "/answer", "w") as f:
        print(status, file=f)
END
ASK=$W/ask; export ASK
mkdir "$ASK" && mkfifo "$ASK/question" "$ASK/answer"
python3 "$W/asked.py" "$ASK" >"$W/asked" 2>&1 &
FIRST=$BIN BIN=$W/bin W=$W/trust sh -c 'export FIRST BIN W; sh tests/e2e/31-trust.sh' >"$W/31" 2>&1
FIRST=$BIN BIN=$W/bin W=$W/time sh -c 'export FIRST BIN W; sh tests/e2e/32-time.sh' >"$W/32" 2>&1
FIRST=$BIN BIN=$W/bin W=$W/rotation sh -c 'export FIRST BIN W; sh tests/e2e/32-rotation.sh' >"$W/32" 2>&1
echo >"$ASK/question"
wait
grep -v '^same' "$W/time/both" >"$W/log"
t "both verifiers say the same of $(grep -c '^same' "$W/time/both") policies and timestamps" \
    sh -c "! grep -v '^same' '$W/time/both' && [ \$(grep -c '^same 0' '$W/time/both') -gt 15 ] && [ \$(grep -c '^same [1-4]' '$W/time/both') -gt 50 ]"
grep -v '^same' "$W/trust/both" >"$W/log"
t "both verifiers say the same of $(grep -c '^same' "$W/trust/both") policies and countersignatures" \
    sh -c "! grep -v '^same' '$W/trust/both' && [ \$(grep -c '^same 0' '$W/trust/both') -gt 5 ] && [ \$(grep -c '^same [1-4]' '$W/trust/both') -gt 19 ]"

grep -- --rotation "$W/rotation/both" | grep -v '^same' >"$W/log"
t "both verifiers say the same of $(grep -- --rotation "$W/rotation/both" | grep -c '^same') rotations" \
    sh -c "! cat '$W/log' | grep . && [ \$(grep -- --rotation '$W/rotation/both' | grep -c '^same 0') -gt 4 ] && [ \$(grep -c '^same 2.*--rotation' '$W/rotation/both') -gt 19 ]"

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
