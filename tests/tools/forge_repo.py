"""tests/tools/forge_repo.py - an insider with the packager's key: a packet that lies and is
signed as it stands, history that was rewritten and mended, objects that never end.

Usage: forge_repo.py REPO KEY OPERATION ARGUMENT... [-- OPERATION ARGUMENT...], operations of
rewrite.py and these:

  verdict N PATH JSON    one value of the verdict of entry N; PATH like /checks/total
  packet N               line 3 of entry N signs the files that are there now
  lines N COUNT          the attestations of entry N keep so many lines
  resign N KEY           they are signed by that key
  careless               the ledger goes on naming the attestations that were there
  bytes PATH OLD NEW     as edit, with Python escapes
  bundles COUNT          so many bundles of 256 entries of the log, all alike
  onto-nothing           the newest commit's parent is one without files
  restore PATH           the commit before the newest rewrites PATH, the newest puts it back
  bend FOLDER OLD NEW    the tree of FOLDER ("" for the top) as it is stored, with other bytes (Python
                         escapes), which git would not write; NEW may name an object of its own:
                         {bomb} a tree of a thousand trees of a thousand files, {blob} an empty file, {tree} no file
  earlier OPERATION ARGUMENT...   in the commit before the newest, which keeps what it makes of
                         files that the newest did not change"""
import base64
import json
import re
import sys
import tempfile

import forge
import mutate_ops
import rewrite


class Forger(rewrite.Rewriter):
    def __init__(self, repo, signer):
        super().__init__(repo, signer)
        self.bends = []

    def verdict(self, number, path, value):
        name = self.path("@%s/verdict.json" % number)
        doc = at = json.loads(self.read(name))
        keys = [int(k) if k.isdigit() else k for k in path.strip("/").split("/")]
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = json.loads(value)
        self.put(name, forge.document(doc))
        self.packet(number)

    def packet(self, number):
        folder = self.path("@%s/" % number)
        name = folder + "attestations.intoto.jsonl"
        lines = self.read(name).splitlines(keepends=True)
        statement = json.loads(base64.b64decode(json.loads(lines[2])["payload"]))
        files = sorted(p for p in self.files if p.startswith(folder) and p not in (name, folder + "package.tar"))
        statement["subject"] = [{"digest": {"sha256": forge.sha256(self.read(p))}, "name": p[len(folder):]} for p in files]
        self.put(name, lines[0] + lines[1] + forge.document(self.signer.envelope(forge.canonical(statement))))

    def lines(self, number, count):
        name = self.path("@%s/attestations.intoto.jsonl" % number)
        self.put(name, b"".join(self.read(name).splitlines(keepends=True)[:int(count)]))

    def resign(self, number, key):
        name = self.path("@%s/attestations.intoto.jsonl" % number)
        with tempfile.TemporaryDirectory() as work:
            other = forge.Signer(key, work)
            self.put(name, b"".join(forge.document(other.envelope(base64.b64decode(json.loads(line)["payload"])))
                                    for line in self.read(name).splitlines()))

    def careless(self):
        self.repair_ledger = lambda: None

    def bytes(self, path, old, new):
        path = self.path(path)
        self.put(path, mutate_ops.substitute(self.read(path), mutate_ops.raw(old), mutate_ops.raw(new)))

    def bundles(self, count):
        self.files = {p: f for p, f in self.files.items() if not p.startswith("log/tile/entries/")}
        self.put("x", (b"\0\x20" + bytes(32)) * 256)
        one = self.files.pop("x")
        for i in range(int(count)):
            self.files["log/tile/entries/" + ("x%03d/" % (i // 1000) if i > 999 else "") + "%03d" % (i % 1000)] = one

    def onto_nothing(self):
        tree = self.git("hash-object", "-t", "tree", "-w", "--stdin", data=b"").decode().strip()
        text = "\n".join(["tree " + tree] + self.who) + "\n\nnothing\n"
        self.parents = [self.git("hash-object", "-t", "commit", "-w", "--stdin", data=text.encode()).decode().strip()]

    def restore(self, path):
        path, tip, message = self.path(path), dict(self.files), self.message
        self.git("update-ref", "refs/heads/main", self.parents[0])
        self.__init__(self.repo, self.signer)
        self.put(path, b"rewritten")
        self.write()
        head = self.git("rev-parse", "main").decode().strip()
        self.files, self.message, self.parents = tip, message, [head]

    def bend(self, folder, old, new):
        self.bends.append((self.path(folder).strip("/"), old, new))

    def store(self, kind, data):
        return self.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=data).decode().strip()

    def object(self, name):
        blob = bytes.fromhex(self.store("blob", b""))
        if name == "blob":
            return blob
        if name == "tree":
            return bytes.fromhex(self.store("tree", b""))
        files = self.store("tree", b"".join(b"100644 %03d\0" % i + blob for i in range(1000)))
        return bytes.fromhex(self.store("tree", b"".join(b"40000 %03d\0" % i + bytes.fromhex(files) for i in range(1000))))

    def made(self, tree):
        for folder, old, new in self.bends:
            above, data = [], self.git("cat-file", "tree", tree)
            for part in folder.split("/") if folder else []:
                mark = data.index(b"40000 %s\0" % part.encode()) + len(part) + 7
                above.append((data, mark))
                data = self.git("cat-file", "tree", data[mark:mark + 20].hex())
            data = mutate_ops.substitute(data, mutate_ops.raw(old), re.sub(
                rb"{(\w+)}", lambda m: self.object(m[1].decode()), mutate_ops.raw(new)))
            tree = self.store("tree", data)
            for data, mark in reversed(above):
                tree = self.store("tree", data[:mark] + bytes.fromhex(tree) + data[mark + 20:])
        self.bends = []
        return tree

    def earlier(self, operation, *words):
        tip, message = dict(self.files), self.message
        self.git("update-ref", "refs/heads/main", self.parents[0])
        self.__init__(self.repo, self.signer)
        old = dict(self.files)
        getattr(self, operation)(*words)
        self.write()
        for path in set(old) | set(self.files):
            if old.get(path) != self.files.get(path) and tip.get(path) == old.get(path):
                tip.pop(path, None)
                if path in self.files:
                    tip[path] = self.files[path]
        head = self.git("rev-parse", "main").decode().strip()
        self.files, self.message, self.parents = tip, message, [head]


def main():
    repo, key = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as work:
        forger, words = Forger(repo, forge.Signer(key, work)), []
        for word in sys.argv[3:] + ["--"]:
            if word != "--":
                words.append(word)
                continue
            getattr(forger, words[0].replace("-", "_"))(*words[1:])
            words = []
        forger.write()


if __name__ == "__main__":
    main()
