# tests/tools/signature_only.sh - a verifier as one must not write it: it looks at the
# signatures and at nothing else.  tests/e2e/12-vectors.sh shows what it believes.
# Usage: signature_only.sh, with ATTESTATIONS and POLICY in the environment.
W=$(mktemp -d) || exit 1
trap 'rm -rf "$W"' EXIT
jq -r '.keys[].public_key' "$POLICY" 2>/dev/null | awk -v w="$W" '
    /-----BEGIN/ { n++ } { print > (w "/" n + 0 ".pub") }' || exit 1
jq -r '[.payloadType, .payload, .signatures[0].sig] | @tsv' "$ATTESTATIONS" >"$W/envelopes" 2>/dev/null || exit 1
while read -r type payload sig; do
    echo "$payload" | base64 -d >"$W/payload" && echo "$sig" | base64 -d >"$W/sig" || exit 1
    { printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$W/payload")"; cat "$W/payload"; } >"$W/pae"
    for key in "$W"/*.pub /none; do
        openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$W/pae" -sigfile "$W/sig" && break
    done
    [ "$key" != /none ] || exit 1
done <"$W/envelopes" >/dev/null 2>&1
