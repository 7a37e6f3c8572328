"""tests/tools/mutate_trust.py - operations on what is trusted and how the verifier is called;
the rest of mutate_ops.py."""
import base64
import json
import subprocess

import forge
from mutate_ops import op, put, raw

SPKI = bytes.fromhex("302a300506032b6570032100")


def trust_file(case, name, data):
    path = "%s/%s" % (case.golden.work, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def published():
    with open("tests/vectors/keys/packager.pub") as f:
        return f.read()


def pem(der):
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"


def new_key(case, *args):
    path = case.golden.work + "/other.key"
    subprocess.run(["openssl", "genpkey", *args, "-out", path], check=True, stderr=subprocess.DEVNULL)
    return forge.Signer.openssl("pkey", "-in", path, "-pubout")


@op
def key(case, which, argument=""):
    """Trust this key alone: foreign, rsa, ec, point HEX, spki HEX, published, junk, long, text TEXT (before it),
    commented."""
    data = {"foreign": lambda: new_key(case, "-algorithm", "ed25519"),
            "rsa": lambda: new_key(case, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
            "ec": lambda: new_key(case, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
            "point": lambda: pem(SPKI + bytes.fromhex(argument)), "spki": lambda: pem(bytes.fromhex(argument)),
            "published": lambda: published().encode(), "junk": lambda: b"not a key\n",
            "long": lambda: case.golden.signer.public.encode() + b" " * 4096,
            "text": lambda: raw(argument) + case.golden.signer.public.encode(),
            "commented": lambda: b"dryproof role: packager\n" + case.golden.signer.public.encode()}[which]()
    case.trust = ["--key", trust_file(case, "trust.pub", data)]


@op
def policy(case, pointer="", value="", *more):
    """Trust by a policy with the signer as packager, changed at PTR ("" leaves it so)."""
    identity = json.loads(case.files["data/before/identity.json"])
    doc = {"governed": [], "keys": [{"public_key": case.golden.signer.public, "role": "packager"}], "plans": [],
           "required_claims": [], "schema": "dryproof.policy/1"}
    words = [pointer, value] + list(more) if pointer else []
    for p, v in zip(words[::2], words[1::2]):
        v = v.replace("@SYSTEM@", identity["system_identifier"]).replace("@DATABASE@", identity["database"])
        v = v.replace("@PUBLISHED@", json.dumps(published())[1:-1])
        put(doc, p, json.loads(v.replace("@KEY@", json.dumps(case.golden.signer.public)[1:-1])))
    case.trust = ["--policy", trust_file(case, "policy.json", forge.document(doc))]


@op
def policy_text(case, data):
    case.trust = ["--policy", trust_file(case, "policy.json", raw(data))]


@op
def policy_spaces(case, n):
    case.trust = ["--policy", trust_file(case, "policy.json", b" " * int(n))]


@op
def policy_keys(case, n):
    policy(case, "/keys", json.dumps([{"public_key": "x", "role": "log"}] * int(n)))


@op
def policy_more_keys(case, n):
    """The signer as packager, and so many others."""
    others = [{"public_key": pem(SPKI + bytes([i + 2] * 32)).decode(), "role": "log"} for i in range(int(n))]
    policy(case, "/keys", json.dumps([{"public_key": case.golden.signer.public, "role": "packager"}] + others))


@op
def option(case, *args):
    case.args += args


@op
def place(case, how):
    """Where the package lies: a link to it, a folder, nowhere, or sparse-BYTES long."""
    case.place = how


@op
def memory(case, kib):
    """So little address space for the verifier."""
    case.prefix = ["sh", "-c", "ulimit -v %d; exec \"$@\"" % int(kib), "sh"]


@op
def says(case, pointer, value):
    """What the verdict must say there, beside status and finding."""
    case.says.append((pointer, json.loads(value)))
