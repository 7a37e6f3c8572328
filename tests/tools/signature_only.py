"""tests/tools/signature_only.py - a verifier as one must not write it: it looks at the
signatures and at nothing else.  tests/e2e/12-vectors.sh shows what it believes.

Usage: signature_only.py, with ATTESTATIONS and POLICY in the environment."""
import base64
import json
import os
import subprocess
import sys
import tempfile

import forge


def is_signed(envelope, keys, work):
    for name, data in (("sig", base64.b64decode(envelope["signatures"][0]["sig"])),
                       ("pae", forge.pae(envelope["payloadType"], base64.b64decode(envelope["payload"])))):
        with open(work + "/" + name, "wb") as f:
            f.write(data)
    return any(subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", work + "/pae",
                               "-sigfile", work + "/sig"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0 for key in keys)


def main():
    with open(os.environ["POLICY"]) as f:
        policy = json.load(f)
    with open(os.environ["ATTESTATIONS"], encoding="utf-8") as f:
        envelopes = [json.loads(line) for line in f]
    with tempfile.TemporaryDirectory() as work:
        keys = []
        for i, entry in enumerate(policy["keys"]):
            keys.append("%s/%d.pub" % (work, i))
            with open(keys[-1], "w") as f:
                f.write(entry["public_key"])
        return 0 if all(is_signed(e, keys, work) for e in envelopes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:
        sys.exit(1)
