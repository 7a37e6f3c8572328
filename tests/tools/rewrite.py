"""tests/tools/rewrite.py - rewrite the newest commit of an evidence repository, as somebody
does who may push to it, or (signed) who also holds a packager's key.

Usage: rewrite.py REPO KEY|- OPERATION ARGUMENT... [-- OPERATION ARGUMENT...]
In a path, @N/ is the folder of the package of ledger entry N.  KEY signs the commit and
edited ledger entries; "-" signs nothing.

  edit PATH OLD NEW      rm PATH      add PATH TEXT      mode PATH MODE      copy PATH NEW
  ledger N MEMBER JSON   one member of a ledger entry; later ones get its digest
  reword OLD NEW         in the commit's message
  descend none|on-top|twice   from no commit, from the newest, from its parent and itself
Of the log, LOGKEY signs a checkpoint; "-" leaves the old signature:
  relog LOGKEY           entries, tiles and checkpoint as the ledger now is; "keep" for LOGKEY
                         keeps the old checkpoint
  renote PATH LOGKEY OLD NEW   in a checkpoint, or in that of a proof, which is signed again
  reprove N LOGKEY       the proof of ledger entry N as the ledger now is
  tree SIZE LOGKEY       the log's first SIZE entries and their checkpoint, of the ledger as it is"""
import base64
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import forge
import tlog

LEDGER = "application/vnd.dryproof.ledger+json"


def ledger_path(number):
    return "ledger/%03d/%03d.json" % (number // 1000, number % 1000)


class Rewriter:
    def __init__(self, repo, signer):
        self.repo, self.signer = repo, signer
        raw = self.git("cat-file", "commit", "main").decode()
        head, self.message = raw.split("\n\n", 1)
        head = re.sub(r"(?m)^gpgsig .*\n( .*\n?)*", "", head + "\n")
        self.parents = re.findall(r"(?m)^parent (\w+)", head)
        self.who = re.findall(r"(?m)^(?:author|committer) .*", head)
        self.files = {}
        for line in self.git("ls-tree", "-r", "-z", "main").split(b"\0")[:-1]:
            meta, path = line.decode().split("\t")
            mode, _, oid = meta.split()
            self.files[path] = (mode, oid)

    def git(self, *args, data=None, env=None):
        return subprocess.run(("git", "-C", self.repo) + args, input=data, check=True, stdout=subprocess.PIPE,
                              env=dict(os.environ, **(env or {}))).stdout

    def path(self, text):
        number = re.match(r"@(\d+)/", text)
        if number is None:
            return text
        entry = json.loads(self.payload(ledger_path(int(number[1]))))
        folder = "packages/%s/%s/%s/" % (entry["package"][:2], entry["package"][2:4], entry["package"])
        return folder + text[number.end():]

    def read(self, path):
        return self.git("cat-file", "blob", self.files[path][1])

    def payload(self, path):
        return base64.b64decode(json.loads(self.read(path))["payload"])

    def put(self, path, data, mode="100644"):
        self.files[path] = (mode, self.git("hash-object", "-w", "--stdin", data=data).decode().strip())

    # ---- operations ----
    def edit(self, path, old, new):
        path, data = self.path(path), self.read(self.path(path))
        if old.encode() not in data:
            raise ValueError("%r is not in %s" % (old, path))
        self.put(path, data.replace(old.encode(), new.encode(), 1))

    def rm(self, path):
        path = self.path(path)
        gone = [p for p in self.files if p == path or (path.endswith("/") and p.startswith(path))]
        for p in gone or [path]:
            del self.files[p]

    def add(self, path, text):
        self.put(self.path(path), text.encode())

    def copy(self, path, new):
        self.files[self.path(new)] = self.files[self.path(path)]

    def mode(self, path, mode):
        self.files[self.path(path)] = (mode, self.files[self.path(path)][1])

    def ledger(self, number, member, value):
        number, previous = int(number), None
        while ledger_path(number) in self.files:
            path = ledger_path(number)
            doc = json.loads(self.payload(path))
            if previous is None:
                doc[member] = json.loads(value)
            else:
                doc["previous"] = previous
            old = json.loads(self.read(path))
            body = forge.canonical(doc)
            if self.signer is None:
                line = dict(old, payload=base64.b64encode(body).decode())
            else:
                line = self.signer.envelope(body, LEDGER)
            self.put(path, forge.document(line))
            previous, number = forge.sha256(forge.document(line)), number + 1

    def repair_ledger(self):
        """Who can sign lets the ledger name the attestations as they are now."""
        for path in sorted(p for p in self.files if p.startswith("ledger/")):
            number = int(path[7:10] + path[11:14])
            try:
                entry = json.loads(self.payload(path))
                now = forge.sha256(self.read(self.path("@%d/attestations.intoto.jsonl" % number)))
            except (ValueError, KeyError):
                continue
            if entry.get("attestations") not in (None, now):
                self.ledger(number, "attestations", json.dumps(now))

    # ---- the log ----
    def entries(self):
        names = sorted(p for p in self.files if p.startswith("ledger/"))
        return tlog.Tree([tlog.sha256(self.read(p)) for p in names]), tlog.origin_of(self.read(names[0]))

    def note(self, body, log_key, old):
        """body as a checkpoint; without a key the old one's last line goes under it."""
        if log_key == "-":
            return body + b"\n" + old[old.index(b"\n\n") + 2:]
        signer, origin = forge.Signer(log_key, self.signer.work), body.decode().split("\n")[0]
        point = signer.openssl("pkey", "-in", log_key, "-pubout", "-outform", "DER")[-32:]
        return tlog.signed(body, origin, tlog.key_id(origin, point), signer.sign(body))

    def tree(self, size, log_key):
        (tree, origin), size = self.entries(), int(size)
        old = self.read("log/checkpoint")
        self.files = {p: f for p, f in self.files.items() if not p.startswith("log/tile/")}
        for path, data in tlog.tiles(tree, size).items():
            self.put(path, data)
        if log_key != "keep":
            self.put("log/checkpoint", self.note(tlog.text(origin, tree, size), log_key, old))

    def relog(self, log_key):
        self.tree(len(self.entries()[0].entries), log_key)

    def renote(self, path, log_key, old, new):
        path = self.path(path)
        data = self.read(path)
        at = data.index(b"dryproof.invalid/")
        body = data[at:data.index(b"\n\n", at) + 1]
        if old.encode() not in body:
            raise ValueError("%r is not in %s" % (old, path))
        self.put(path, data[:at] + self.note(body.replace(old.encode(), new.encode(), 1), log_key, data[at:]))

    def reprove(self, number, log_key):
        (tree, origin), index = self.entries(), int(number) - 1
        path = self.path("@%s/package.tlog-proof" % number)
        old = self.read(path)
        note = self.note(tlog.text(origin, tree, index + 1), log_key, old[old.index(b"\n\n") + 2:])
        self.put(path, tlog.proof(tree, index, note))

    def reword(self, old, new):
        self.message = self.message.replace(old.replace("\\n", "\n"), new.replace("\\n", "\n"), 1)

    def descend(self, how):
        tip = self.git("rev-parse", "main").decode().strip()
        self.parents = {"none": [], "on-top": [tip], "twice": self.parents + [tip]}[how]

    # ---- the new commit ----
    def made(self, tree):
        return tree

    def signature(self, text):
        def s(x):
            return struct.pack(">I", len(x)) + x
        point = forge.Signer.openssl("pkey", "-in", self.signer.key, "-pubout", "-outform", "DER")[-32:]
        inner = b"SSHSIG" + s(b"git") + s(b"") + s(b"sha256") + s(hashlib.sha256(text).digest())
        blob = (b"SSHSIG" + struct.pack(">I", 1) + s(s(b"ssh-ed25519") + s(point)) + s(b"git") + s(b"") +
                s(b"sha256") + s(s(b"ssh-ed25519") + s(self.signer.sign(inner))))
        b64 = base64.b64encode(blob).decode()
        lines = [b64[i:i + 70] for i in range(0, len(b64), 70)]
        return ["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----"]

    def write(self):
        if self.signer is not None:
            self.repair_ledger()
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": folder + "/index"}
            listing = "".join("%s %s\t%s\0" % (m, o, p) for p, (m, o) in self.files.items())
            self.git("update-index", "-z", "--index-info", data=listing.encode(), env=index)
            tree = self.made(self.git("write-tree", "--missing-ok", env=index).decode().strip())
        head = ["tree " + tree] + ["parent " + p for p in self.parents] + self.who
        text = "\n".join(head) + "\n\n" + self.message
        if self.signer is not None:
            head.append("gpgsig " + "\n ".join(self.signature(text.encode())))
            text = "\n".join(head) + "\n\n" + self.message
        oid = self.git("hash-object", "-t", "commit", "-w", "--stdin", data=text.encode()).decode().strip()
        self.git("update-ref", "refs/heads/main", oid)


def main():
    repo, key = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as work:
        r = Rewriter(repo, None if key == "-" else forge.Signer(key, work))
        words = []
        for word in sys.argv[3:] + ["--"]:
            if word == "--":
                getattr(r, words[0])(*words[1:])
                words = []
            else:
                words.append(word)
        r.write()


if __name__ == "__main__":
    main()
