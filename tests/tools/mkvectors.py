"""tests/tools/mkvectors.py - write the corpus tests/vectors from its golden package and cases.tsv.

Usage: mkvectors.py BIN [OUT [KEY]]
Without OUT the committed corpus is written anew, signed with the published test key: the
same input gives equal bytes.  With OUT the same corpus is written there under KEY, or a
key made for the occasion, which no verifier refuses as published (tests/vectors/README.md).
BIN is the folder of dryproof-pack; strengths are those of mutate.py."""
import base64
import copy
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import forge
import mutate
import vector_ops  # noqa: F401 - its operations register themselves

HERE = "tests/vectors"
MARK = "<!-- the table below is written by tests/tools/mkvectors.py from cases.tsv -->\n"
PACKED = ("data/facts.json", "data/assertions.json", "data/harness/ctrf.json", "data/harness/junit.xml")
STRENGTHS = {"unsigned": "unsigned: bytes edited, nothing repaired",
             "repaired": "repaired: the bag's own digests made to fit; not signed",
             "insider": "insider: edited, the bag's digests made to fit, and signed with the trusted key",
             "forger": "forger: the run directory edited before the real packager sealed and signed it"}


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


class Golden(mutate.Laid):
    """What mutate.Golden is, from the committed package alone and under any key."""

    def __init__(self, bin_dir, work, key):
        self.bin, self.work, self.signer = bin_dir, work, forge.Signer(key, work)
        self.tar = read(HERE + "/golden/package.tar")
        self.files = {n[4:]: b for n, b in forge.read_ustar(self.tar).items()}
        self.statements = [json.loads(base64.b64decode(json.loads(line)["payload"]))
                           for line in read(HERE + "/golden/attestations.intoto.jsonl").splitlines()]
        self.envelopes = [self.signer.envelope(forge.canonical(s)) for s in self.statements]
        self.attestations = b"".join(map(forge.document, self.envelopes))
        self.run_files = {n: b for n, b in self.files.items() if n.startswith("data/") and n not in PACKED}
        old = json.loads(self.files["data/run.json"])["run_id"].encode()
        self.other = {n: b.replace(old, b"f" * 32) for n, b in self.run_files.items()}
        self.policy = json.dumps({"governed": [], "keys": [{"public_key": self.signer.public, "role": "packager"}], "plans": [],
                                  "required_claims": [], "schema": "dryproof.policy/1"}, indent=1).encode() + b"\n"


class Case(mutate.Case):
    def pack(self):
        """The real packager's bytes; the name of its version stays the golden package's."""
        tar, text = super().pack()
        statements = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in text.splitlines()]
        statements[0]["predicate"]["tool"] = self.golden.statements[0]["predicate"]["tool"]
        return tar, b"".join(forge.document(self.golden.signer.envelope(forge.canonical(s))) for s in statements)


def rows():
    with open(HERE + "/cases.tsv", encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def folder(row):
    return "%s_%s__%s" % (row["number"], row["slug"], row["finding"])


def policy_of(case):
    """The policy that a row asked for; a bare key becomes one of role packager."""
    if case.trust is None:
        return case.golden.policy
    text = read(case.trust[1])
    if case.trust[0] == "--policy":
        return text
    return case.golden.policy.replace(json.dumps(case.golden.signer.public).encode(), json.dumps(text.decode()).encode())


def readme(row, differs):
    must = "accept" if row["finding"] == "ACCEPT" else "refuse: %s, exit status %s" % (row["finding"], row["exit"])
    return "%s\n\n%s\n\nMust: %s\nAttack: %s\nStrength: %s\nOther than golden/: %s\n" % (
        folder(row), row["why"], must, row["attack"], STRENGTHS[row["strength"]], ", ".join(differs) or "nothing")


def make(golden, row, out):
    case = Case(golden, row["strength"])
    for words in mutate.mutate_ops.split(shlex.split(row["operation"])):
        mutate.mutate_ops.OPS[words[0]](case, *words[1:])
    tar, attestations = case.build()
    wanted = {"package.tar": (tar, golden.tar), "attestations.intoto.jsonl": (attestations, golden.attestations),
              "policy.json": (policy_of(case), golden.policy)}
    differs = [name for name, (ours, theirs) in wanted.items() if ours != theirs]
    top = "%s/%s/" % (out, folder(row))
    for name in differs:
        write(top + name, wanted[name][0])
    if case.place == "link":
        os.makedirs(top)
        os.symlink("../golden/package.tar", top + "package.tar")
        differs = ["package.tar"]
    if not differs and row["finding"] != "ACCEPT":
        raise ValueError("nothing was changed")
    write(top + "README", readme(row, differs).encode())


def table(cases):
    lines = ["| case | attack | strength | exit |\n", "|---|---|---|---|\n"]
    lines += ["| [%s](%s/README) | %s | %s | %s |\n" % (folder(r), folder(r), r["attack"], r["strength"], r["exit"])
              for r in cases]
    return "".join(lines)


def main():
    bin_dir, out = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else HERE
    given = sys.argv[3] if len(sys.argv) > 3 else HERE + "/keys/packager.key" if out == HERE else None
    cases, work = rows(), tempfile.mkdtemp()
    try:
        key = work + "/key"
        if out == HERE:
            for name in os.listdir(out):
                if name[0].isdigit():
                    shutil.rmtree(out + "/" + name)
            text = read(out + "/README.md").decode()
            write(out + "/README.md", (text[:text.index(MARK)] + MARK + table(cases)).encode())
        if given:
            write(key, read(given))
            os.chmod(key, 0o600)  # a checkout cannot keep it so, and the packager wants it
        else:
            subprocess.run([bin_dir + "/dryproof-pack", "key", "new", "--role", "packager", "--out", work + "/fresh"], check=True,
                           stdout=subprocess.DEVNULL)
            key = work + "/fresh.key"
        golden = Golden(bin_dir, work, key)
        write(out + "/golden/package.tar", golden.tar)
        write(out + "/golden/attestations.intoto.jsonl", golden.attestations)
        write(out + "/golden/policy.json", golden.policy)
        for row in cases:
            try:
                make(copy.copy(golden), row, out)
            except Exception as e:
                sys.exit("mkvectors: %s: %s: %s" % (folder(row), type(e).__name__, e))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
