# tests/e2e/85-format.sh - the worked example of FORMAT.md section 11, run as printed.
. tests/lib.sh
section=$(sed -n '/^## 11\./,$p' schemas/FORMAT.md)
block() { printf "%s\n" "$section" | awk -v want="$1" '/^    / { if (!inside) { n++; inside = 1 } if (n == want) print substr($0, 5); next } { inside = 0 }'; }

# same NAME GOT WANT
same() { : >"$W/log"; if [ -n "$3" ] && [ "$2" = "$3" ]; then ok "$1"; else echo "got $2, want $3" >"$W/log"; not_ok "$1"; fi; }

listed=$(jq -c '.tables[] | select(.relation == "c1.runtime_gate")' "$GOLDEN/run/before/tables.json")
same "the entry of the gate table is the run's own" "$(block 1)" "$listed"
same "and so is the file" "$(block 2)" "$(cat "$GOLDEN/run/before/$(printf "%s\n" "$listed" | jq -r .file)")"
same "the commands print its digest" "$(bash -c "$(block 3)")" "$(printf "%s\n" "$listed" | jq -r .digest)"
same "changed rows print another" "$(bash -c "$(block 3 | sed 's/ttrue/tfalse/')" | grep -c "$(printf "%s\n" "$listed" | jq -r .digest)")" 0

mkdir "$W/x" && tar -xf "$GOLDEN/stage/package.tar" -C "$W/x"
same "the manifest's digest, three times" "$(cd "$W/x/bag" && sh -c "$(block 4)" | sort | uniq -c | tr -s ' ')" \
    " 3 $(jq -r '.manifests[0].expect_sha256' carriers/c1/plan.json)"
same "its first and last bytes" "$(cd "$W/x/bag/data/manifests/c1" && head -c 35 rep-1.pg.bytes; echo; tail -c 84 "$W/x/bag/data/manifests/c1/rep-1.pg.bytes")" \
"$(printf "%s\n" "$section" | sed -n 's/.*begin `\([^`]*\)` and end `\([^`]*\)`.*/\1\n\2/p')"

head -n 1 "$GOLDEN/stage/attestations.intoto.jsonl" | jq -r .payload | base64 -d >"$W/payload"
head -n 1 "$GOLDEN/stage/attestations.intoto.jsonl" | jq -r '.signatures[0].sig' | base64 -d >"$W/sig"
cp "$GOLDEN/signer.pub" "$W/signer.pub"
block 5 >"$W/check.sh"
t "the signature is checked with openssl alone" sh -ec "cd '$W' && . ./check.sh"
printf ' ' >>"$W/payload"
exits 1 "and refused for another payload" sh -ec "cd '$W' && . ./check.sh"
