# bench/startup.sh - what is small, and waited for often: the verifier on the demo's package beside
# openssl on the same bytes, a sandbox, and the whole run of C1.
TIMES=20 # what takes milliseconds is timed so many times at once
S=$B/startup
mkdir "$S"
build/bin/dryproof-pack key new --role packager --out "$S/signer" >/dev/null

run_c1() { rm -rf "$S/repo"; build/bin/dryproof run --carrier carriers/c1 --repo "$S/repo" --key "$S/signer.key"; }
up() { build/bin/dryproof sandbox up --name "$SANDBOX"; }
down() { build/bin/dryproof sandbox down --name "$SANDBOX" >/dev/null; }
often() { for s_i in $(seq $TIMES); do "$@" || return 1; done; }
digest_demo() { openssl dgst -sha256 "$S/package.tar"; }
verify_demo() { build/bin/dryproof-verify "$S/package.tar" --attestations "$S/attestations.intoto.jsonl" --key "$S/signer.pub"; }

mkdir "$B/made" # so that an interrupted sandbox goes too
run_c1 >"$B/log" 2>&1 || { cat "$B/log" >&2; exit 5; }
folder=$(git -C "$S/repo" ls-tree -r --name-only main | sed -n 's,/package.tar$,,p')
for file in package.tar attestations.intoto.jsonl; do git -C "$S/repo" cat-file blob "main:$folder/$file" >"$S/$file"; done
up >"$B/log" && down # the first time
for round in $(seq "$ROUNDS"); do
    echo "startup: round $round of $ROUNDS" >&2
    timed digest_demo often digest_demo
    timed verify_demo often verify_demo
    timed up up
    case $(sed -n 's/^sandbox up: //p' "$B/out") in /dev/shm/*) in_memory=yes ;; *) in_memory= ;; esac
    down
    timed run_c1 run_c1
done
compare 'verify the demo package : openssl' 3.00 verify_demo digest_demo
if [ -n "$in_memory" ]; then row 'sandbox up again : 0.3 s' 1.00 s "$(median "$B/times/up")" 0.3
else echo "not measured: sandbox up again, which has a target where /dev/shm is usable" >&2; fi
row 'run of C1 : 2 s' 1.00 s "$(median "$B/times/run_c1")" 2
rm -rf "$S" "$B/made"
