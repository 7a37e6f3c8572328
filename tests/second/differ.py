"""tests/second/differ.py - random mutants of a good package, by dryproof-verify and by the second
verifier: the same exit status and the same first finding.

Usage: differ.py GOLDEN BIN   (GOLDEN has stage/ and signer.key)
SEED, N (mutants, default 1500), SHARD=i/n (only those with number i modulo n), ONLY=NUMBER.
A mutant is a function of seed, number and package.  Weights of the kinds: BREEDS below; all but
"damage" are signed again by the insider, so that the readers behind the signature meet them.
A mutant on which the two disagree is kept in KEEP, when that names a folder."""
import base64
import copy
import json
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "tools"))
import forge  # noqa: E402
import strict_ed25519  # noqa: E402
import verify  # noqa: E402

VALUES = [None, True, False, 0, 1, -1, 2**53, "", "x", "0", "01", "18446744073709551616", "0/0", "0" * 64, "é", [], {}, [[]],
          {"b64": "/w=="}, {"b64": "eA=="}, "2026-02-03T04:05:06.000007Z", "PASS", "c1.runtime_gate"]
TOKENS = [b'"', b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\xc3\xa9", b"\n", b"\r", b" ", b"{", b"}", b"[", b"]", b",", b":", b"0",
          b"-", b".5", b"e1", b"true", b"null", b"\0", b"a", b"/", b"\x1b", b"="]


class Golden:
    def __init__(self, top):
        self.tar = open_bytes(top + "/stage/package.tar")
        self.attestations = open_bytes(top + "/stage/attestations.intoto.jsonl")
        self.pem = open_bytes(top + "/signer.pub")
        self.files = {n[4:]: b for n, b in forge.read_ustar(self.tar).items()}
        self.names = sorted(self.files)
        self.documents = [n for n in self.names if n.endswith((".json", ".ndjson")) and self.files[n]]
        self.statements = [json.loads(base64.b64decode(json.loads(line)["payload"]))
                           for line in self.attestations.splitlines()]
        der = base64.b64decode(open_bytes(top + "/signer.key").split(b"-----")[2])
        self.own = strict_ed25519.secret(der[-32:])
        self.keyid = json.loads(self.attestations.splitlines()[0])["signatures"][0]["keyid"]

    def envelope(self, body):
        sig = strict_ed25519.sign(self.own, forge.pae(forge.TYPE, body))
        return {"payload": base64.b64encode(body).decode(), "payloadType": forge.TYPE,
                "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(sig).decode()}]}

    def attest(self, tar, statements=None):
        """Lines 1 to 3 over this package; statements are taken as they are."""
        if statements is None:
            statements = copy.deepcopy(self.statements)
            for s in statements[:2]:
                s["subject"][0]["digest"]["sha256"] = forge.sha256(tar)
            statements[2]["predicate"]["package"] = forge.sha256(tar)
        return b"".join(forge.document(self.envelope(forge.canonical(s))) for s in statements)

    def bag(self, files):
        """The archive of a bag whose own hashes fit."""
        files = dict(files)
        forge.refresh_tags(files)
        return archive(files)


def open_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def archive(files, names=None):
    return b"".join(forge.member("bag/" + n, files[n]) for n in names or sorted(files)) + bytes(1024)


# ---- edits ----
def edit_bytes(rng, data):
    at = rng.randrange(len(data) + 1)
    way = rng.randrange(5)
    if way == 0 and at < len(data):
        return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:]
    if way == 1:
        return data[:at] + rng.choice(TOKENS) + data[at:]
    if way == 2:
        return data[:at] + data[at + rng.randint(1, 4):]
    if way == 3:
        return data[:at] + rng.choice(TOKENS) + data[at + 1:]
    return data[:at] if rng.random() < 0.3 else data[:at] + data[at:at + 8] + data[at:]


def places(node, path=()):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield path + (key,)
        yield from places(value, path + (key,))


def edit_value(rng, value):
    """Another string, number or whatever near this one."""
    if isinstance(value, str) and value and rng.random() < 0.5:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice("0123456789abcXZ_-./ \n") + value[at + rng.randrange(2):]
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.7:
        return value + rng.choice((-1, 1, 10))
    if isinstance(value, bool) and rng.random() < 0.7:
        return not value
    return copy.deepcopy(rng.choice(VALUES))


def edit_document(rng, document):
    """One member or element changed, added, dropped, doubled or exchanged with another."""
    found = list(places(document))
    if not found:
        return copy.deepcopy(rng.choice(VALUES))
    path = rng.choice(found)
    inside = document
    for part in path[:-1]:
        inside = inside[part]
    key, way = path[-1], rng.randrange(8)
    if way == 0:
        del inside[key]
    elif way == 1 and isinstance(inside, dict):
        inside[rng.choice(("x", "b64", "schema", "é", "PASS"))] = copy.deepcopy(rng.choice(VALUES))
    elif way == 1:
        inside.insert(rng.randint(0, len(inside)), copy.deepcopy(rng.choice((inside[key], rng.choice(VALUES)))))
    elif way == 2:
        other = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        inside[key], inside[other] = inside[other], inside[key]
    elif way == 3:
        source = document
        for part in rng.choice(found):
            source = source[part]
        inside[key] = copy.deepcopy(source)
    else:
        inside[key] = edit_value(rng, inside[key])
    return document


def edit_lines(rng, data):
    """Whole lines of an .ndjson file, or a value in one of them."""
    lines = data.splitlines(True)
    at, way = rng.randrange(len(lines)), rng.randrange(5)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines.insert(rng.randrange(len(lines) + 1), lines[at])
    elif way == 2:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at] = forge.document(edit_document(rng, json.loads(lines[at])))
    return b"".join(lines)


# ---- mutants: (package, attestations) ----
def damage(rng, g):
    """Nobody signs it."""
    if rng.random() < 0.2:
        return edit_bytes(rng, g.tar), g.attestations
    lines = g.attestations.splitlines(True)
    if rng.random() < 0.4:
        return g.tar, edit_bytes(rng, g.attestations)
    at = rng.randrange(3)
    lines[at] = forge.document(edit_document(rng, json.loads(lines[at])))
    return g.tar, b"".join(lines[:rng.choice((1, 2, 3, 3, 3))])


def statement(rng, g):
    statements = copy.deepcopy(g.statements)
    at = rng.randrange(3)
    statements[at] = edit_document(rng, statements[at])
    if rng.random() < 0.1:
        rng.shuffle(statements)
    if rng.random() < 0.7:
        return g.tar, g.attest(g.tar, statements)
    lines = g.attest(g.tar, g.statements).splitlines(True)
    lines[at] = forge.document(g.envelope(edit_bytes(rng, forge.canonical(g.statements[at]))))
    return g.tar, b"".join(lines)


def header(rng, g):
    """A byte or two of one member's header, with or without its checksum."""
    tar, at = bytearray(g.tar), 0
    for _ in range(rng.randrange(len(g.names))):
        at += 512 + -(-int(tar[at + 124:at + 135], 8) // 512) * 512
    for _ in range(rng.randint(1, 2)):
        start, width = rng.choice(list(forge.FIELDS.values()))
        tar[at + start + rng.randrange(width)] = rng.choice((0, 32, 46, 47, 48, 49, 55, 56, 65, 255, rng.randrange(256)))
    if rng.random() < 0.8:
        tar[at + 148:at + 156] = b"%06o\0 " % forge.checksum(bytes(tar[at:at + 512]))
    tar = bytes(tar)
    return tar, g.attest(tar)


def blocks(rng, g):
    """Whole blocks gone, doubled, exchanged, zeroed; or the end."""
    tar = [g.tar[i:i + 512] for i in range(0, len(g.tar), 512)]
    a, b, way = rng.randrange(len(tar)), rng.randrange(len(tar)), rng.randrange(6)
    if way == 0:
        del tar[a]
    elif way == 1:
        tar.insert(a, tar[b])
    elif way == 2:
        tar[a], tar[b] = tar[b], tar[a]
    elif way == 3:
        tar[a] = bytes(512)
    elif way == 4:
        tar = tar[:a] + [bytes(512)] * rng.randrange(4)
    else:
        tar += [rng.choice((bytes(512), b"x", bytes(1), tar[a]))] * rng.randint(1, 3)
    tar = b"".join(tar)
    return tar, g.attest(tar)


def bag(rng, g):
    """Files gone, more, renamed, exchanged; the bag's own files made to fit or not."""
    files, names, way = dict(g.files), None, rng.randrange(6)
    one, two = rng.choice(g.names), rng.choice(g.names)
    if way == 0:
        del files[one]
    elif way == 1:
        files[one], files[two] = files[two], files[one]
    elif way == 2:
        files[one.rsplit("/", 1)[0] + "/" + rng.choice(("x", "nul", ".git", "a.", "request.sql", "RUN.json", "x.json", ".."))] = b"{}\n"
    elif way == 3:
        files["data/" + rng.choice(("steps", "harness", "before", "x")) + "/" + two.split("/")[-1]] = files[two]
    elif way == 4:
        tag = rng.choice(("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"))
        files[tag] = edit_bytes(rng, files[tag]) if rng.random() < 0.5 else edit_tag(rng, files[tag])
        if tag != "tagmanifest-sha256.txt":
            forge.refresh_tagmanifest(files)
    else:
        names = sorted(files)
        i, j = rng.randrange(len(names)), rng.randrange(len(names))
        names[i], names[j] = names[j], names[i]
    fits = way < 4 and rng.random() < 0.8
    tar = g.bag(files) if fits else archive(files, names)
    return tar, g.attest(tar)


def edit_tag(rng, data):
    lines = data.splitlines(True)
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[at:at + rng.randrange(2)] = [lines[other]]
    return b"".join(lines)


def member(rng, g, times=1):
    """Values of the JSON documents."""
    files = dict(g.files)
    for _ in range(times):
        name = rng.choice(g.documents)
        if name.endswith(".ndjson"):
            files[name] = edit_lines(rng, files[name]) if files[name] else b""
        else:
            files[name] = forge.document(edit_document(rng, json.loads(files[name])))
    tar = g.bag(files)
    return tar, g.attest(tar)


def members(rng, g):
    return member(rng, g, rng.randint(2, 4))


def inside(rng, g):
    """Bytes of any payload file."""
    files = dict(g.files)
    name = rng.choice(g.documents if rng.random() < 0.7 else [n for n in g.names if n.startswith("data/")])
    files[name] = edit_bytes(rng, files[name])
    tar = g.bag(files)
    return tar, g.attest(tar)


BREEDS = {damage: 4, statement: 3, header: 3, blocks: 2, bag: 4, member: 12, members: 4, inside: 6}


def first(program, work, tar, attestations, key):
    """(status, codes) of the C program."""
    for name, data in (("package.tar", tar), ("attestations", attestations), ("key", key)):
        with open(work + "/" + name, "wb") as f:
            f.write(data)
    done = subprocess.run([program, work + "/package.tar", "--attestations", work + "/attestations", "--key",
                           work + "/key", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    try:
        return done.returncode, [f["code"] for f in json.loads(done.stdout)["findings"]]
    except ValueError:
        return done.returncode, [done.stderr.decode(errors="replace")[:200]]


def second(tar, attestations, key):
    try:
        return verify.verify(key, tar, attestations, kind="key")
    except Exception as e:  # a mutant must be answered, whatever it is
        return 70, ["%s: %s" % (type(e).__name__, e)]


def main():
    g, program = Golden(sys.argv[1]), sys.argv[2] + "/dryproof-verify"
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(2**32))
    count, keep = int(os.environ.get("N") or 1500), os.environ.get("KEEP")
    part, parts = map(int, (os.environ.get("SHARD") or "0/1").split("/"))
    work = os.environ["W"] + "/differ"
    os.makedirs(work, exist_ok=True)
    numbers = [int(os.environ["ONLY"])] if os.environ.get("ONLY") else range(part, count, parts)
    kinds, tally, agreed, entirely, began = list(BREEDS), {}, 0, 0, time.time()
    print("seed %s" % seed)
    for number in numbers:
        rng = random.Random("%s:%d" % (seed, number))
        breed = rng.choices(kinds, BREEDS.values())[0]
        tar, attestations = breed(rng, g)
        one, two = first(program, work, tar, attestations, g.pem), second(tar, attestations, g.pem)
        if one[0] == two[0] and one[1][:1] == two[1][:1]:
            agreed += 1
            entirely += one == two
            tally[one[1][0] if one[1] else "accepted"] = tally.get(one[1][0] if one[1] else "accepted", 0) + 1
            continue
        print("not ok - mutant %d (%s)\n    dryproof-verify %d %s\n    second          %d %s" % (
            number, breed.__name__, one[0], " ".join(one[1][:6]), two[0], " ".join(two[1][:6])))
        if keep:
            os.makedirs("%s/%d" % (keep, number), exist_ok=True)
            for name, data in (("package.tar", tar), ("attestations", attestations)):
                with open("%s/%d/%s" % (keep, number, name), "wb") as f:
                    f.write(data)
    print("    " + ", ".join("%s %d" % (k, n) for k, n in sorted(tally.items(), key=lambda x: -x[1])))
    good = agreed == len(numbers) > 0
    print("%s - two verifiers agree on %d of %d random mutants (on %d in every finding), %d s"
          % ("ok" if good else "not ok", agreed, len(numbers), entirely, time.time() - began))
    sys.exit(not good)


if __name__ == "__main__":
    main()
