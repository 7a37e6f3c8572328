"""tests/tools/mutate.py - make one package bad in one named way and see what the verifier says.

Usage: mutate.py GOLDEN OTHER TABLE BIN [NAME...]
GOLDEN has run/, stage/ (package.tar, attestations) and signer.key; OTHER is the run
directory of another honest run.  TABLE is tests/mutations.tsv, BIN the programs' folder.

Strengths, each a stronger enemy than the one before:
  unsigned  edits bytes only; the bag's own hashes and the signatures stay
  repaired  also writes the bag's manifests anew; cannot sign
  insider   also signs with the trusted key: subject and packet statement name the new bytes
  forger    edits the run directory before the real packager seals and signs it, and writes
            table, state and plan digests anew: nothing disagrees but what the lie touches
The expected finding must be the first one; with "+" in front, among the findings (evidence
of one lie often stands in several places).  A path behind it is the one that it names."""
import base64
import contextlib
import copy
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import forge
import mutate_ops
import mutate_rows  # noqa: F401 - its operations register themselves
import mutate_steps  # noqa: F401
import mutate_trust  # noqa: F401
import mutate_wal  # noqa: F401


class Laid:
    """Keeps a folder of the files that it was last given."""
    laid = None

    def lay(self, files, folder):
        """FOLDER has these files and no others; most are there since the last case."""
        if self.laid is None:
            self.laid = {}
            shutil.rmtree(folder, ignore_errors=True)
        for name in self.laid.keys() - files.keys():
            os.unlink(folder + name[4:])
            del self.laid[name]
            with contextlib.suppress(OSError):  # others are in it
                os.removedirs(os.path.dirname(folder + name[4:]))
        for name, data in files.items():
            if self.laid.get(name) != data:
                os.makedirs(os.path.dirname(folder + name[4:]), exist_ok=True)
                with open(folder + name[4:], "wb") as f:
                    f.write(data)
                self.laid[name] = data


class Golden(Laid):
    def __init__(self, top, other, bin_dir, work):
        self.work, self.bin, self.run, self.other = work, bin_dir, top + "/run", read_tree(other)
        with open(top + "/stage/package.tar", "rb") as f:
            self.tar = f.read()
        with open(top + "/stage/attestations.intoto.jsonl", "rb") as f:
            self.attestations = f.read()
        self.files = {n[4:]: b for n, b in forge.read_ustar(self.tar).items()}
        self.envelopes = [json.loads(line) for line in self.attestations.splitlines()]
        self.statements = [json.loads(base64.b64decode(e["payload"])) for e in self.envelopes]
        self.signer = forge.Signer(top + "/signer.key", work)
        self.run_files = read_tree(self.run)


def read_tree(top):
    out = {}
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                out["data/" + os.path.relpath(path, top)] = f.read()
    return {n: b for n, b in out.items() if not n.startswith("data/private/")}


class Case:
    """One mutation: operations edit files and statements or hang a function on a stage."""

    def __init__(self, golden, strength):
        self.golden, self.strength = golden, strength
        self.files = dict(golden.run_files if strength == "forger" else golden.files)
        self.statements = copy.deepcopy(golden.statements)
        self.headers, self.names, self.kinds, self.signed = {}, None, {}, {}
        self.tag_edits, self.tar_edits, self.statement_edits = [], [], []
        self.body_edits, self.env_edits, self.text_edits = [], [], []
        self.keeps_subject, self.blocks, self.args, self.trust = False, 2, [], None
        self.attestations, self.place, self.prefix, self.says = None, None, [], []

    def archive(self):
        if self.strength not in ("unsigned", "forger"):
            forge.refresh_tags(self.files)
        for edit in self.tag_edits:
            edit(self.files)
        names = self.names or sorted(self.files, key=str.encode)
        tar = b"".join(forge.member("bag/" + n, self.files[n], **self.headers.get(n, {})) for n in names)
        tar += bytes(512 * self.blocks)
        for edit in self.tar_edits:
            tar = edit(tar)
        return tar

    def envelope(self, i):
        kind, old = self.kinds.get(i, forge.TYPE), self.golden.envelopes[i]
        body = forge.canonical(self.statements[i])
        for line, edit in self.body_edits:
            body = edit(body) if line == i else body
        if self.strength == "insider":
            signed = self.signed[i](kind, body) if i in self.signed else None
            out = self.golden.signer.envelope(body, kind, signed)
        else:
            out = dict(old, payload=base64.b64encode(body).decode(), payloadType=kind)
        out = copy.deepcopy(out)
        for line, edit in self.env_edits:
            if line == i:
                edit(out)
        return out

    def build(self):
        """The bytes of the package and of its attestations."""
        if self.strength == "forger":
            return self.pack()
        tar = self.archive()
        if self.strength == "insider" and not self.keeps_subject:
            for s in self.statements[:2]:
                s["subject"] = [{"digest": {"sha256": forge.sha256(tar)}, "name": "package.tar"}]
            for s in self.statements[2:]:  # a bare package may do without the packet's line
                s["predicate"]["package"] = forge.sha256(tar)
        for edit in self.statement_edits:
            edit(self.statements)
        text = b"".join(forge.document(self.envelope(i)) for i in range(len(self.statements)))
        for edit in self.text_edits:
            text = edit(text)
        return tar, text if self.attestations is None else self.attestations

    def pack(self):
        run, stage = self.golden.work + "/run", self.golden.work + "/stage"
        shutil.rmtree(stage, ignore_errors=True)
        mutate_ops.repair_states(self)
        mutate_ops.repair_plan(self)
        self.golden.lay(self.files, run)
        done = subprocess.run([self.golden.bin + "/dryproof-pack", "pack", run, "--key", self.golden.signer.key,
                               "--out", stage], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError("dryproof-pack refused: " + done.stdout.decode(errors="replace").strip())
        with open(stage + "/package.tar", "rb") as f, open(stage + "/attestations.intoto.jsonl", "rb") as g:
            return f.read(), g.read()


def put_package(path, tar, place):
    if os.path.lexists(path):
        os.rmdir(path) if os.path.isdir(path) else os.unlink(path)
    if place == "folder":
        os.mkdir(path)
    elif place != "nowhere":
        with open(path + ".real", "wb") as f:
            f.write(tar)
            f.truncate(int(place[7:]) if (place or "").startswith("sparse-") else len(tar))
        os.symlink(path + ".real", path) if place == "link" else os.rename(path + ".real", path)


def verify(case, program, tar, attestations, wanted=""):
    """Exit status and the findings, in order: "CODE PATH"."""
    work = case.golden.work
    put_package(work + "/package.tar", tar, case.place)
    with open(work + "/attestations", "wb") as f:
        f.write(attestations)
    trust = case.trust or ["--key", work + "/signer.pub"]
    done = subprocess.run(case.prefix + [program, work + "/package.tar", "--attestations", work + "/attestations", "--json"]
                          + trust + case.args, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, DRYPROOF_EXPECTED=wanted))
    try:
        verdict = json.loads(done.stdout)
    except ValueError:  # without memory there is no verdict, only a line
        line = re.match(rb"dryproof-verify: (E_[A-Z]+): ", done.stderr)
        return done.returncode, [line[1].decode() + " "] if line else None, done.stderr.decode(errors="replace")
    if verdict["exit_status"] != done.returncode:
        return done.returncode, None, "the verdict says exit status %s" % verdict["exit_status"]
    if (verdict["status"] == "PASS") != (done.returncode == 0):
        return done.returncode, None, "the verdict says " + verdict["status"]
    for pointer, value in case.says:
        inside, key = mutate_ops.walk(verdict, pointer)
        got = inside[key]
        if got != value:
            return done.returncode, None, "the verdict says %s %s" % (pointer, json.dumps(got))
    return done.returncode, ["%s %s" % (f["code"], f["path"]) for f in verdict["findings"]], "; ".join(
        "%s %s: %s" % (f["code"], f["path"], f["message"]) for f in verdict["findings"])


def is_expected(found, wanted):
    """wanted: CODE, or CODE PATH."""
    if found is None or wanted == "-":
        return found == []
    if " " not in wanted:
        found = [f.split(" ")[0] for f in found]
    return wanted[1:] in found if wanted[0] == "+" else found[:1] == [wanted]


def run_row(golden, program, row, also):
    name, strength, operation, argument, status, finding = row[:6]
    case = Case(golden, strength)
    for words in mutate_ops.split(shlex.split(operation + " " + argument)):
        mutate_ops.OPS[words[0]](case, *words[1:])
    tar, attestations = case.build()
    if finding != "-" and (tar, attestations) == (golden.tar, golden.attestations) and not (case.trust or case.args or case.place or case.prefix):
        return "nothing was mutated"
    got, found, text = verify(case, program, tar, attestations, finding.split(" ")[0])
    if got == int(status) and is_expected(found, finding):
        return also(case, tar, attestations, finding, (got, found))
    return "exit %d, expected %s with %s; it said: %s" % (got, status, finding, text[:1500])


def main(also=lambda *judged: None):
    """also(case, tar, attestations, finding, (status, findings)) may find another problem."""
    top, other, table, bin_dir = sys.argv[1:5]
    only = sys.argv[5:]
    work = os.environ["W"] + "/mutate"
    os.makedirs(work, exist_ok=True)
    golden = Golden(top, other, bin_dir, work)
    with open(work + "/signer.pub", "w") as f:
        f.write(golden.signer.public)
    with open(table, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"][1:]
    program = os.environ.get("VERIFIER", bin_dir + "/dryproof-verify")
    if len({r[0] for r in rows}) != len(rows):
        print("not ok - mutations.tsv names a row twice")
    for row in rows:
        if only and row[0] not in only:
            continue
        if len(row) != 7:
            problem = "%d columns, expected 7" % len(row)
        else:
            try:
                problem = run_row(golden, program, row, also)
            except Exception as e:  # a broken row must not hide the others
                problem = "%s: %s" % (type(e).__name__, e)
        if problem is None:
            print("ok - %s: %s" % (row[1], row[0]))
        else:
            print("not ok - %s: %s\n    %s" % (row[1], row[0], problem))


if __name__ == "__main__":
    main()
