"""tests/tools/fleet.py - make one fleet's package bad in one way.

Usage: fleet.py STAGE OTHER KEY OUT STRENGTH CODE
STAGE and OTHER have fleet.tar and attestations.intoto.jsonl of two honest fleets, OUT gets those
of the bad one.  CODE is Python that edits, of the first:
  files      name below data/ to bytes
  fleet      fleet.json
  signed     the statement, and predicate its predicate
  theirs     files of the other; text: attestations to write instead of the one line
with take(), drop() and rebind() below; raw: files["fleet.json"] is written as it is.
STRENGTH: unsigned edits bytes only; repaired writes the bag's manifests anew; insider also signs
with the trusted key, the subject being the new archive."""
import base64
import json
import os
import sys
import tempfile

import forge


def read(stage):
    with open(stage + "/fleet.tar", "rb") as f, open(stage + "/attestations.intoto.jsonl", "rb") as g:
        return {n[4:]: b for n, b in forge.read_ustar(f.read()).items()}, g.read()


def main():
    stage, other, key, out, strength, code = sys.argv[1:]
    bag, envelope = read(stage)
    files = {n[5:]: b for n, b in bag.items() if n.startswith("data/")}
    theirs = {n[5:]: b for n, b in read(other)[0].items() if n.startswith("data/")}
    envelope = json.loads(envelope)
    signed, fleet = json.loads(base64.b64decode(envelope["payload"])), json.loads(files["fleet.json"])
    predicate, before = signed["predicate"], forge.canonical(signed)

    def index(name):
        return [t["name"] for t in fleet["targets"]].index(name)

    def rebind(name):
        """The predicate says again what is there."""
        predicate["targets"][index(name)]["package"] = forge.sha256(files["targets/%s/package.tar" % name])

    def take(name, whose, theirs=theirs):
        """The target is now another package."""
        for file in "package.tar", "attestations.intoto.jsonl":
            files["targets/%s/%s" % (name, file)] = theirs["targets/%s/%s" % (whose, file)]
        rebind(name)

    def drop(name):
        del predicate["targets"][index(name)], fleet["targets"][index(name)]
        for file in "package.tar", "attestations.intoto.jsonl":
            del files["targets/%s/%s" % (name, file)]

    scope = dict(files=files, fleet=fleet, signed=signed, predicate=predicate, theirs=theirs, index=index, rebind=rebind,
                 take=take, drop=drop, forge=forge, text=None, subject=True, raw=False)
    exec(code, scope)
    if not scope["raw"]:
        files["fleet.json"] = forge.document(fleet)
    bag = {n: b for n, b in bag.items() if not n.startswith("data/")}
    bag.update(("data/" + n, b) for n, b in files.items())
    if strength != "unsigned":
        forge.refresh_tags(bag)
    tar = b"".join(forge.member("bag/" + n, bag[n]) for n in sorted(bag, key=str.encode)) + bytes(1024)
    if strength == "insider" and scope["subject"]:
        signed["subject"] = [{"digest": {"sha256": forge.sha256(tar)}, "name": "fleet.tar"}]
    if strength == "insider":
        with tempfile.TemporaryDirectory() as work:
            envelope = forge.Signer(key, work).envelope(forge.canonical(signed))
    elif forge.canonical(signed) != before:
        envelope["payload"] = base64.b64encode(forge.canonical(signed)).decode()
    os.makedirs(out, exist_ok=True)
    with open(out + "/fleet.tar", "wb") as f, open(out + "/attestations.intoto.jsonl", "wb") as g:
        f.write(tar)
        g.write(forge.document(envelope) if scope["text"] is None else scope["text"])


main()
