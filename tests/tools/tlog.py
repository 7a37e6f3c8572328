"""tests/tools/tlog.py - the log of a repository once more, from C2SP's tlog-tiles, signed-note
and tlog-proof, RFC 6962 and FORMAT.md section 9; Python's standard library, git and openssl.

Usage: tlog.py check REPO COMMIT PUB   every file of the log, and of each package its proof, is
                                       what the ledger files of that commit give; PUB signed it
       tlog.py leaves REPO COMMIT PUB PROOF   the same without packages, and PROOF of the newest
       tlog.py make FOLDER SIZE...     FOLDER/SIZE: a repository of so many packages that say
                                       nothing, with a log that nobody signed"""
import base64
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import forge

DASH = "\u2014 ".encode()
NOBODY = bytes(64)


def sha256(data):
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962, section 2.1, as it stands there."""

    def __init__(self, entries):
        self.entries = entries
        self.mth = functools.lru_cache(None)(self.mth)

    @staticmethod
    def split(n):
        return 1 << ((n - 1).bit_length() - 1)

    def mth(self, start, end):
        if end - start == 1:
            return sha256(b"\0" + self.entries[start])
        k = self.split(end - start)
        return sha256(b"\1" + self.mth(start, start + k) + self.mth(start + k, end))

    def path(self, m, start, end):
        if end - start == 1:
            return []
        k = self.split(end - start)
        if m < k:
            return self.path(m, start, start + k) + [self.mth(start + k, end)]
        return self.path(m - k, start + k, end) + [self.mth(start, start + k)]


def number(n):
    text = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        text = "x%03d/%s" % (n % 1000, text)
    return text


def pieces(prefix, items):
    """Items in files of 256, the last one partial."""
    files = {}
    for at in range(0, len(items), 256):
        some = items[at:at + 256]
        name = prefix + number(at // 256) + ("" if len(some) == 256 else ".p/%d" % len(some))
        files[name] = b"".join(some)
    return files


def tiles(tree, size):
    files = pieces("log/tile/entries/", [len(e).to_bytes(2, "big") + e for e in tree.entries[:size]])
    level = 0
    while size >> (8 * level):
        width = 256 ** level
        files.update(pieces("log/tile/%d/" % level, [tree.mth(i, i + width) for i in range(0, size // width * width, width)]))
        level += 1
    return files


def key_id(origin, point):
    return sha256(origin.encode() + b"\n\1" + point)[:4]


def text(origin, tree, size):
    return b"%s\n%d\n%s\n" % (origin.encode(), size, base64.b64encode(tree.mth(0, size)))


def signed(body, origin, identity, signature):
    return body + b"\n" + DASH + origin.encode() + b" " + base64.b64encode(identity + signature) + b"\n"


def proof(tree, index, note):
    lines = [b"c2sp.org/tlog-proof@v1", b"index %d" % index]
    lines += [base64.b64encode(h) for h in tree.path(index, 0, index + 1)]
    return b"\n".join(lines) + b"\n\n" + note


def origin_of(first):
    return "dryproof.invalid/log/" + hashlib.sha256(first).hexdigest()[:32]


def point_of(pub):
    return forge.Signer.openssl("pkey", "-pubin", "-in", pub, "-pubout", "-outform", "DER")[-32:]


def check_note(note, expected, origin, pub):
    """The bytes of a checkpoint but for its signature, and that by openssl; what is wrong."""
    body, _, rest = note.partition(b"\n\n")
    if body + b"\n" != expected:
        return "says %r, expected %r" % (body, expected)
    head = DASH + origin.encode() + b" "
    if not rest.startswith(head) or not rest.endswith(b"\n") or rest.count(b"\n") != 1:
        return "has not one signature line"
    raw = base64.b64decode(rest[len(head):-1], validate=True)
    if raw[:4] != key_id(origin, point_of(pub)):
        return "is of another key"
    with tempfile.TemporaryDirectory() as work:
        for name, data in (("text", body + b"\n"), ("sig", raw[4:])):
            with open(os.path.join(work, name), "wb") as f:
                f.write(data)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pub, "-rawin", "-in", work + "/text",
                               "-sigfile", work + "/sig"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return None if done.returncode == 0 else "is not signed by the key"


def git(repo, *args):
    return subprocess.run(("git", "-C", repo) + args, check=True, stdout=subprocess.PIPE).stdout


def read_commit(repo, commit):
    """Every file, with one process for all blobs."""
    listed = [line.decode().split("\t") for line in git(repo, "ls-tree", "-r", "-z", commit).split(b"\0")[:-1]]
    ask = "".join(meta.split()[2] + "\n" for meta, _ in listed).encode()
    answer = subprocess.run(("git", "-C", repo, "cat-file", "--batch"), input=ask, check=True, stdout=subprocess.PIPE).stdout
    files, at = {}, 0
    for _, path in listed:
        lf = answer.index(b"\n", at)
        size = int(answer[at:lf].split()[2])
        files[path] = answer[lf + 1:lf + 1 + size]
        at = lf + 2 + size
    return files


def ledger_of(files):
    names = sorted(n for n in files if n.startswith("ledger/"))
    assert names == ["ledger/%03d/%03d.json" % divmod(i + 1, 1000) for i in range(len(names))], "the ledger has gaps"
    return [files[n] for n in names]


def check(repo, commit, pub, newest=None):
    files = read_commit(repo, commit)
    ledger = ledger_of(files)
    tree, size, origin = Tree([sha256(entry) for entry in ledger]), len(ledger), origin_of(ledger[0])
    want, wrong = tiles(tree, size), []
    have = {n: d for n, d in files.items() if n.startswith("log/")}
    note = have.pop("log/checkpoint", b"")
    wrong += ["%s: not as expected" % n for n in sorted(set(want) | set(have)) if want.get(n) != have.get(n)]
    problem = check_note(note, text(origin, tree, size), origin, pub)
    wrong += ["log/checkpoint: " + problem] if problem else []
    proofs = [] if newest is None else [(size - 1, newest, open(newest, "rb").read())]
    for i, entry in enumerate(ledger if newest is None else []):
        package = json.loads(base64.b64decode(json.loads(entry)["payload"]))["package"]
        name = "packages/%s/%s/%s/package.tlog-proof" % (package[:2], package[2:4], package)
        proofs.append((i, name, files.get(name, b"")))
    for i, name, got in proofs:
        note = got[got.find(b"\n\n") + 2:]
        problem = check_note(note, text(origin, tree, i + 1), origin, pub)
        if problem or got != proof(tree, i, note):
            wrong.append("%s: %s" % (name, problem or "not the path of entry %d" % i))
    return wrong


# ---- repositories of nothing ----
def make(folder, size):
    ledger, files = [], {}
    for i in range(size):
        package = hashlib.sha256(b"package %d" % i).hexdigest()
        payload = base64.b64encode(b'{"package":"%s"}' % package.encode()).decode()
        ledger.append(b'{"payload":"%s"}\n' % payload.encode())
        files["ledger/%03d/%03d.json" % divmod(i + 1, 1000)] = ledger[-1]
        files["packages/%s/%s/%s/package.tar" % (package[:2], package[2:4], package)] = b"x"
    tree, origin = Tree([sha256(entry) for entry in ledger]), origin_of(ledger[0])
    files.update(tiles(tree, size))
    for i in range(size):
        package = hashlib.sha256(b"package %d" % i).hexdigest()
        note = signed(text(origin, tree, i + 1), origin, bytes(4), NOBODY)
        files["packages/%s/%s/%s/package.tlog-proof" % (package[:2], package[2:4], package)] = proof(tree, i, note)
    files["log/checkpoint"] = signed(text(origin, tree, size), origin, bytes(4), NOBODY)
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    stream = [b"commit refs/heads/main\ncommitter x <x> 0 +0000\ndata 1\nx\n"]
    stream += [b"M 100644 inline %s\ndata %d\n%s\n" % (n.encode(), len(d), d) for n, d in files.items()]
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input=b"".join(stream), check=True)


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "make":
        for size in rest[1:]:
            make("%s/%s" % (rest[0], size), int(size))
        return 0
    if not re.fullmatch("check|leaves", what):
        raise SystemExit(__doc__)
    wrong = check(*rest)
    for line in wrong[:10]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
