"""tests/second/vectors.py - the second verifier's own Ed25519 and JSON on other people's vectors.

Usage: vectors.py ed25519 FILE | json FOLDER"""
import json
import os
import sys

import strict_ed25519
import strict_json
import verify  # noqa: F401 - reads the limits


def ed25519(path):
    """(how many, those with another answer) of a Wycheproof file."""
    with open(path, encoding="ascii") as f:
        groups = json.load(f)["testGroups"]
    count, wrong = 0, []
    for group in groups:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            said = strict_ed25519.verify(key, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
            count += 1
            if said != (test["result"] == "valid"):
                wrong.append(test["tcId"])
    return count, wrong


# valid JSON that this format has no room for
NARROWER = ("E_JSON_NUMBER", "E_JSON_DUPKEY", "E_JSON_UTF8")


def suite(folder):
    count, wrong = 0, []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            data = f.read()
        try:
            strict_json.parse(data, any_key=True)
            said = None
        except strict_json.Finding as f:
            said = f.code
        count += 1
        if name[0] == "y" and said not in (None,) + NARROWER or name[0] == "n" and said is None:
            wrong.append(name)
    return count, wrong


count, wrong = {"ed25519": ed25519, "json": suite}[sys.argv[1]](sys.argv[2])
print("%d vectors, other answers: %s" % (count, wrong or "none"))
sys.exit(not count or bool(wrong))
