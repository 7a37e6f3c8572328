"""tests/tools/forge_repo.py - an insider with the packager's key: a packet that lies and is
signed as it stands, history that was rewritten and mended, objects that never end.

Usage: forge_repo.py REPO KEY OPERATION ARGUMENT... [-- OPERATION ARGUMENT...], operations of
rewrite.py and these:

  verdict N PATH JSON    one value of the verdict of entry N; PATH like /checks/total
  packet N               line 3 of entry N signs the files that are there now
  restore PATH           the commit before the newest rewrites PATH, the newest puts it back
  earlier OPERATION ARGUMENT...   in the commit before the newest, which keeps what it makes of
                         files that the newest did not change"""
import base64
import json
import sys
import tempfile

import forge
import rewrite


class Forger(rewrite.Rewriter):
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

    def restore(self, path):
        path, tip, message = self.path(path), dict(self.files), self.message
        self.git("update-ref", "refs/heads/main", self.parents[0])
        self.__init__(self.repo, self.signer)
        self.put(path, b"rewritten")
        self.write()
        head = self.git("rev-parse", "main").decode().strip()
        self.files, self.message, self.parents = tip, message, [head]

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
            getattr(forger, words[0])(*words[1:])
            words = []
        forger.write()


if __name__ == "__main__":
    main()
