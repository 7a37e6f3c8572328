"""tests/second/mutants.py - random mutants of a good package: a function of seed, number and
package.  All but those of "damage" are signed by the insider, so that the readers behind the
signature meet them, and most are a bag whose own hashes fit, so that what is said is judged.

What a mutant shares with its package is kept ready: members as they stand in the archive, and
lines of the manifest."""
import base64
import copy
import hashlib
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "tools"))
import forge  # noqa: E402
import strict_ed25519  # noqa: E402

VALUES = [None, True, False, 0, 1, -1, 2**53, "", "x", "0", "01", "18446744073709551616", "0/0", "0" * 64, "é", [], {}, [[]],
          {"b64": "/w=="}, {"b64": "eA=="}, "2026-02-03T04:05:06.000007Z", "PASS", "c1.runtime_gate"]
TOKENS = [b'"', b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\xc3\xa9", b"\n", b"\r", b" ", b"{", b"}", b"[", b"]", b",", b":", b"0",
          b"-", b".5", b"e1", b"true", b"null", b"\0", b"a", b"/", b"\x1b", b"="]


class Insider:
    """Who has the packager's key."""

    def __init__(self, pem):
        self.own = strict_ed25519.secret(base64.b64decode(pem.split(b"-----")[2])[-32:])
        self.keyid = forge.sha256(bytes.fromhex("302a300506032b6570032100") + self.own[2])

    def envelope(self, body):
        sig = strict_ed25519.sign(self.own, forge.pae(forge.TYPE, body))
        return {"payload": base64.b64encode(body).decode(), "payloadType": forge.TYPE,
                "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(sig).decode()}]}


class Golden:
    """A good package: FOLDER/package.tar and its attestations, of two lines or three."""

    def __init__(self, folder, insider):
        self.insider = insider
        self.tar = open_bytes(folder + "/package.tar")
        self.attestations = open_bytes(folder + "/attestations.intoto.jsonl")
        self.files = {n[4:]: b for n, b in forge.read_ustar(self.tar).items()}
        self.names = sorted(self.files)
        self.documents = [n for n in self.names if n.endswith((".json", ".ndjson")) and self.files[n]]
        self.bodies = [base64.b64decode(json.loads(line)["payload"]) for line in self.attestations.splitlines()]
        self.digest = forge.sha256(self.tar).encode()
        self.attestations = self.sign(self.bodies)  # it may come from somebody else
        self.members = {n: forge.member("bag/" + n, b) for n, b in self.files.items()}
        self.entries = {n: entry(n, b) for n, b in self.files.items()}

    def statements(self):
        return [json.loads(body) for body in self.bodies]

    def attest(self, tar):
        """The statements as they were, about this package; the packet may be left out."""
        digest = forge.sha256(tar).encode()
        return self.sign([body.replace(self.digest, digest) for body in self.bodies[:2]])

    def sign(self, bodies):
        return b"".join(forge.document(self.insider.envelope(body)) for body in bodies)

    def bag(self, files):
        """The archive of a bag whose own hashes fit."""
        data = [n for n in files if n.startswith("data/")]
        files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        files["bag-info.txt"] = b"Payload-Oxum: %d.%d\n" % (sum(len(files[n]) for n in data), len(data))
        files["manifest-sha256.txt"] = self.list(files, data)
        self.list_tags(files)
        return self.archive(files)

    def list(self, files, names):
        return b"".join(self.entries[n] if files[n] is self.files.get(n) else entry(n, files[n]) for n in sorted(names))

    def list_tags(self, files):
        files["tagmanifest-sha256.txt"] = self.list(files, [n for n in forge.TAGS if n in files])

    def archive(self, files, names=None):
        return b"".join([self.members[n] if files[n] is self.files.get(n) else forge.member("bag/" + n, files[n])
                         for n in names or sorted(files)] + [bytes(1024)])


def open_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def entry(name, data):
    return b"%s  %s\n" % (hashlib.sha256(data).hexdigest().encode(), name.encode())


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
    return rng.choice(VALUES)


def edit_document(rng, document):
    """One member or element changed, added, dropped, doubled or exchanged with another."""
    found = list(places(document))
    if not found:
        return rng.choice(VALUES)
    path = rng.choice(found)
    inside = document
    for part in path[:-1]:
        inside = inside[part]
    key, way = path[-1], rng.randrange(8)
    if way == 0:
        del inside[key]
    elif way == 1 and isinstance(inside, dict):
        inside[rng.choice(("x", "b64", "schema", "é", "PASS"))] = rng.choice(VALUES)
    elif way == 1:
        inside.insert(rng.randint(0, len(inside)), rng.choice((inside[key], rng.choice(VALUES))))
    elif way == 2:
        other = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        inside[key], inside[other] = inside[other], inside[key]
    elif way == 3:
        source = document
        for part in rng.choice(found):
            source = source[part]
        inside[key] = copy.deepcopy(source)  # or it would be inside itself
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
    at = rng.randrange(len(lines))
    lines[at] = forge.document(edit_document(rng, json.loads(lines[at])))
    return g.tar, b"".join(lines[:rng.choice((1, 2, 3, 3, 3))])


def statement(rng, g):
    statements = g.statements()
    at = rng.randrange(len(statements))
    statements[at] = edit_document(rng, statements[at])
    if rng.random() < 0.1:
        rng.shuffle(statements)
    if rng.random() < 0.7:
        return g.tar, g.sign(map(forge.canonical, statements))
    bodies = list(g.bodies)
    bodies[at] = edit_bytes(rng, bodies[at])
    return g.tar, g.sign(bodies)


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
            g.list_tags(files)
    else:
        names = sorted(files)
        i, j = rng.randrange(len(names)), rng.randrange(len(names))
        names[i], names[j] = names[j], names[i]
    fits = way < 4 and rng.random() < 0.8
    tar = g.bag(files) if fits else g.archive(files, names)
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
KINDS, WEIGHTS = list(BREEDS), list(BREEDS.values())


def mutant(seed, number, goldens):
    """(which golden and breed, package, attestations); goldens as [(name, weight, Golden)]."""
    rng = random.Random("%s:%d" % (seed, number))
    name, _, golden = rng.choices(goldens, [weight for _, weight, _ in goldens])[0]
    breed = rng.choices(KINDS, WEIGHTS)[0]
    return ("%s, %s" % (name, breed.__name__),) + breed(rng, golden)
