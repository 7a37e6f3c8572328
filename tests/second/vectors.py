"""tests/second/vectors.py - the second verifier on vectors: every case of a corpus as tests/vectors
in one process, and its own Ed25519 and JSON on other people's.

Usage: vectors.py corpus FOLDER | untrusted FOLDER | ed25519 FILE | json FOLDER
untrusted: its key is a published one, so that no case may be accepted, whatever it is about."""
import argparse
import json
import os
import sys

import strict_ed25519
import strict_json
import verify  # reads the limits


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


def findings(folder, case):
    """The codes for a case; a file that it does not have is golden's."""
    def path(name):
        own = os.path.join(folder, case, name)
        return own if os.path.lexists(own) else os.path.join(folder, "golden", name)
    args = argparse.Namespace(key=None, policy=path("policy.json"), rotation=[], timestamps=None, now=None, package=path("package.tar"),
                              attestations=[path("attestations.intoto.jsonl")])
    return [code for code, _, _ in verify.from_files(args)]


def corpus(folder):
    said = {name: findings(folder, name) for name in sorted(os.listdir(folder)) if "__" in name}
    return len(said), [name for name, codes in said.items() if (codes or ["ACCEPT"])[0] != name.split("__")[1]]


def untrusted(folder):
    said = {name: findings(folder, name) for name in sorted(os.listdir(folder)) if "__" in name}
    return len(said), [name for name, codes in said.items() if not codes or name.endswith("__ACCEPT") and codes != ["E_KEY_UNTRUSTED"]]


count, wrong = {"corpus": corpus, "untrusted": untrusted, "ed25519": ed25519, "json": suite}[sys.argv[1]](sys.argv[2])
print("%d vectors, other answers: %s" % (count, wrong or "none"))
sys.exit(not count or bool(wrong))
