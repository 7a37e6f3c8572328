"""tests/interop/debian.py - calls of Debian's Python packages, one a word:

  dsse FILE PUB   securesystemslib: every envelope of FILE is signed by PUB (PEM)
  tar FILE        Python's tarfile reads every member; how many there are
  junit FILE      junitparser: the cases, and that none failed"""
import base64
import json
import sys
import tarfile


def check_dsse(path, pub):
    from cryptography.hazmat.primitives import serialization
    from securesystemslib.signer import Signature, SSlibKey
    with open(pub, "rb") as f:
        key = serialization.load_pem_public_key(f.read())
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    with open(path, encoding="utf-8") as f:
        envelopes = [json.loads(line) for line in f]
    assert envelopes
    for e in envelopes:
        body, kind = base64.b64decode(e["payload"], validate=True), e["payloadType"].encode()
        (only,) = e["signatures"]
        signature = Signature(only["keyid"], base64.b64decode(only["sig"], validate=True).hex())
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
        SSlibKey(only["keyid"], "ed25519", "ed25519", {"public": raw.hex()}).verify_signature(signature, signed)


def check_tar(path):
    with tarfile.open(path, "r:") as tar:
        members = [m for m in tar if tar.extractfile(m).read() is not None]
    assert len(members) > 20, "%d members" % len(members)


def check_junit(path):
    from junitparser import JUnitXml, Skipped, TestSuite
    root = JUnitXml.fromfile(path)
    suites = [root] if isinstance(root, TestSuite) else list(root)
    cases = [case for suite in suites for case in suite]
    assert len(cases) > 10 and all(isinstance(r, Skipped) for case in cases for r in case.result), "%d cases" % len(cases)
    root.update_statistics()
    assert root.tests == len(cases) and root.failures == root.errors == 0


if __name__ == "__main__":
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
