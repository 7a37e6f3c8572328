# tests/e2e/15-bitflips.sh - random bytes changed, random cuts: always refused, never a crash.
# DRYPROOF_SEED repeats a run, FLIPS=all does four times as many; `make tamper` does all of a small one.
. tests/lib.sh
seed=${DRYPROOF_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "seed $seed"
t "the sanitised verifier is built (make build/bin-san/dryproof-verify)" test -x "$SAN/dryproof-verify"
python3 tests/tools/bitflips.py "$GOLDEN" "$BIN" "$SAN" "$seed"
