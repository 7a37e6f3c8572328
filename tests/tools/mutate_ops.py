"""tests/tools/mutate_ops.py - the named operations of tests/mutations.tsv.

A row's operation and argument are words as a shell splits them; " && " joins several.
PATH is below bag/data/ ("/x" is bag/x itself); PTR is a JSON pointer; BYTES may hold
Python escapes.  See mutate.py for the strengths."""
import base64
import gzip
import json

import forge

OPS = {}


def op(f):
    OPS[f.__name__.rstrip("_").replace("_", "-")] = f
    return f


def split(words):
    out = [[]]
    for w in words:
        if w == "&&":
            out.append([])
        else:
            out[-1].append(w)
    return out


def raw(text):
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def at(path):
    return path[1:] if path[0] == "/" else "data/" + path


def walk(doc, pointer):
    """The container and key of a JSON pointer's last part."""
    parts = pointer.split("/")[1:]
    for part in parts[:-1]:
        doc = doc[int(part)] if isinstance(doc, list) else doc[part]
    return doc, int(parts[-1]) if isinstance(doc, list) and parts[-1] != "-" else parts[-1]


def put(doc, pointer, value):
    inside, key = walk(doc, pointer)
    if key == "-":
        inside.append(value)
    else:
        inside[key] = value


def drop(doc, pointer):
    inside, key = walk(doc, pointer)
    del inside[key]


def substitute(data, old, new):
    if data.count(old) == 0:
        raise ValueError("%r is not there" % old)
    return data.replace(old, new, 1)


# ---- files ----
@op
def nothing(case):
    pass


@op
def set_(case, path, pointer, value):
    doc = json.loads(case.files[at(path)])
    put(doc, pointer, json.loads(value))
    case.files[at(path)] = forge.document(doc)


@op
def unset(case, path, pointer):
    doc = json.loads(case.files[at(path)])
    drop(doc, pointer)
    case.files[at(path)] = forge.document(doc)


@op
def same(case, path, other, pointer):
    """Give PATH the member that OTHER has."""
    inside, key = walk(json.loads(case.files[at(other)]), pointer)
    set_(case, path, pointer, json.dumps(inside[key]))


@op
def write(case, path, data):
    case.files[at(path)] = raw(data)


@op
def newlines(case, path, n):
    """So many empty lines."""
    case.files[at(path)] = b"\n" * int(n)


@op
def sub(case, path, old, new):
    case.files[at(path)] = substitute(case.files[at(path)], raw(old), raw(new))


@op
def nest(case, path, pointer, levels):
    """Put arrays nested so deep at PTR."""
    set_(case, path, pointer, "[" * int(levels) + "]" * int(levels))


@op
def members(case, path, pointer, n):
    """Put an object with so many members at PTR."""
    set_(case, path, pointer, json.dumps({"k%d" % i: "" for i in range(int(n))}))


@op
def many(case, path, pointer, n):
    """Put a list of so many strings at PTR."""
    set_(case, path, pointer, json.dumps(["K%d" % i for i in range(int(n))]))


@op
def rm(case, *paths):
    for path in paths:
        gone = [n for n in case.files if n == at(path) or (path.endswith("/") and n.startswith(at(path)))]
        if not gone:
            raise ValueError(path + " is not there")
        for name in gone:
            del case.files[name]


@op
def cp(case, old, new):
    case.files[at(new)] = case.files[at(old)]


@op
def swap(case, a, b):
    """Exchange two files, or two folders of the same shape ("a/ b/")."""
    for name in sorted(n for n in case.files if n == at(a) or (a.endswith("/") and n.startswith(at(a)))):
        other = at(b) + name[len(at(a)):]
        case.files[name], case.files[other] = case.files[other], case.files[name]


@op
def from_other(case, *paths):
    """Take files or folders, or all, from another honest run."""
    if paths == ("all",):
        case.files = dict(case.golden.other)
        return
    for path in paths:
        for name in [n for n in case.golden.other if n.startswith(at(path))]:
            case.files[name] = case.golden.other[name]


@op
def line(case, path, number, text):
    lines = case.files[at(path)].splitlines(True)
    lines[int(number)] = raw(text) + b"\n"
    case.files[at(path)] = b"".join(lines)


@op
def rm_line(case, path, start):
    """Take out the one line that starts with these bytes."""
    lines = case.files[at(path)].splitlines(True)
    kept = [x for x in lines if not x.startswith(raw(start))]
    if len(kept) != len(lines) - 1:
        raise ValueError("%d lines start so" % (len(lines) - len(kept)))
    case.files[at(path)] = b"".join(kept)


@op
def double_line(case, path, start):
    """Repeat the one line that starts with these bytes."""
    lines = case.files[at(path)].splitlines(True)
    hits = [i for i, x in enumerate(lines) if x.startswith(raw(start))]
    if len(hits) != 1:
        raise ValueError("%d lines start so" % len(hits))
    lines.insert(hits[0], lines[hits[0]])
    case.files[at(path)] = b"".join(lines)


@op
def relabel(case, path, start, text):
    """Put another line in the place that belongs to it; the one that starts so goes ('' for none)."""
    lines = case.files[at(path)].splitlines(True)
    kept = [x for x in lines if not start or not x.startswith(raw(start))]
    if len(kept) != len(lines) - bool(start):
        raise ValueError("%d lines start so" % (len(lines) - len(kept)))
    case.files[at(path)] = b"".join(sorted(kept + [raw(text) + b"\n"]))


@op
def cut_lines(case, path, n):
    """Keep the first lines only."""
    case.files[at(path)] = b"".join(case.files[at(path)].splitlines(True)[:int(n)])


@op
def each(case, path, pointer, key, value):
    """Give every element of the list at PTR that member."""
    doc = json.loads(case.files[at(path)])
    inside, name = walk(doc, pointer)
    for element in inside[name]:
        element[key] = json.loads(value)
    case.files[at(path)] = forge.document(doc)


@op
def repeat(case, path, source, pointer):
    """Put the value that stands at SOURCE at PTR too."""
    inside, key = walk(json.loads(case.files[at(path)]), source)
    set_(case, path, pointer, json.dumps(inside[key]))


@op
def swap_items(case, path, pointer, a, b):
    """Exchange two elements of the list at PTR."""
    doc = json.loads(case.files[at(path)])
    inside, key = walk(doc, pointer)
    items, a, b = inside[key], int(a), int(b)
    items[a], items[b] = items[b], items[a]
    case.files[at(path)] = forge.document(doc)


@op
def state_of(case, path, edge):
    """Give a case the state of that edge, before and after it."""
    state = json.dumps(states(case.files)[["before", "after"].index(edge)].decode())
    set_(case, path, "/state_before", state)
    set_(case, path, "/state_after", state)


@op
def answer(case, path, pointer, value):
    """Change a member of the JSON value that a record's result holds."""
    doc = json.loads(case.files[at(path + "/result.json")])
    value_of = json.loads(doc["rows"][0][0])
    put(value_of, pointer, json.loads(value))
    doc["rows"][0][0] = json.dumps(value_of)
    case.files[at(path + "/result.json")] = forge.document(doc)


@op
def no_answer(case, path, pointer):
    doc = json.loads(case.files[at(path + "/result.json")])
    value_of = json.loads(doc["rows"][0][0])
    drop(value_of, pointer)
    doc["rows"][0][0] = json.dumps(value_of)
    case.files[at(path + "/result.json")] = forge.document(doc)


def states(files):
    return [forge.state_digest(json.loads(files["data/%s/tables.json" % e]),
                               json.loads(files["data/%s/sequences.json" % e])).encode()
            for e in ("before", "after")]


def repair_states(case):
    """Residue states of the harness follow the tables that the forger rewrote."""
    if any("data/%s/%s" % (e, f) not in case.files for e in ("before", "after")
           for f in ("tables.json", "sequences.json")):
        return
    old, new = states(case.golden.run_files), states(case.files)
    for name in case.files:
        if name.endswith("/residue.json"):
            for a, b in zip(old, new):
                case.files[name] = case.files[name].replace(a, b)


def repair_plan(case):
    """run.json and started.json name the digest of the plan that the forger rewrote."""
    carrier = {n[len("data/carrier/"):]: b for n, b in case.files.items() if n.startswith("data/carrier/")}
    old = json.loads(case.golden.run_files["data/run.json"])["plan_sha256"].encode()
    for name in ("data/run.json", "data/started.json"):
        if name in case.files:
            case.files[name] = case.files[name].replace(old, forge.sha256(forge.lines(carrier)).encode())


@op
def plain_database(case):
    """The database is SQL_ASCII, at both edges."""
    name = json.loads(case.files["data/before/identity.json"])["database"]
    for edge in ("before", "after"):
        path = "data/%s/cluster.ndjson" % edge
        lines = case.files[path].splitlines(True)
        start = b'["database","%s",' % name.encode()
        case.files[path] = b"".join(x.replace(b"UTF8", b"SQL_ASCII") if x.startswith(start) else x for x in lines)


@op
def lose(case, path):
    """A file of the carrier goes, and everything that names the plan's digest follows."""
    old = json.loads(case.files["data/run.json"])["plan_sha256"]
    del case.files[at("carrier/" + path)]
    new = forge.sha256(forge.lines({n[len("data/carrier/"):]: b for n, b in case.files.items() if n.startswith("data/carrier/")}))
    case.files = {n: b.replace(old.encode(), new.encode()) for n, b in case.files.items()}
    facts = forge.sha256(case.files["data/facts.json"])
    case.statements = json.loads(json.dumps(case.statements).replace(old, new))
    case.statements[0]["predicate"]["facts_sha256"] = facts


# ---- the bag's own files, after the repair ----
@op
def tag(case, name, old, new):
    """Edit a tag file; tagmanifest follows unless it is the one edited."""
    def edit(files):
        files[name] = substitute(files[name], raw(old), raw(new))
        if name != "tagmanifest-sha256.txt":
            forge.refresh_tagmanifest(files)
    case.tag_edits.append(edit)


@op
def rm_tag(case, name):
    case.tag_edits.append(lambda files: files.pop(name))


@op
def tag_lines(case, name, how):
    """reverse, double or drop the first line of a manifest."""
    def edit(files):
        lines = files[name].splitlines(True)
        lines = {"reverse": lines[::-1], "double": lines[:1] + lines, "drop": lines[1:]}[how]
        files[name] = b"".join(lines)
        if name != "tagmanifest-sha256.txt":
            forge.refresh_tagmanifest(files)
    case.tag_edits.append(edit)


@op
def stale(case, path, data):
    """Replace a file behind the manifest's back."""
    case.tag_edits.append(lambda files: files.__setitem__(at(path), raw(data)))


@op
def vanish(case, path):
    case.tag_edits.append(lambda files: files.pop(at(path)))


# ---- the archive ----
@op
def head(case, path, field, value):
    """Give a member's header another field, with its checksum right."""
    case.headers.setdefault(at(path), {})[field] = raw(value)


@op
def order(case, how):
    names = sorted(set(case.files) | {"tagmanifest-sha256.txt"}, key=str.encode)
    if how == "reverse":
        names = names[::-1]
    elif how == "swap":
        names[3], names[4] = names[4], names[3]
    else:  # double
        names.insert(3, names[3])
    case.names = names


@op
def end(case, blocks):
    case.blocks = int(blocks)


def tar_op(name, edit):
    OPS[name] = lambda case, *args: case.tar_edits.append(lambda tar: edit(tar, *args))


tar_op("trail", lambda tar, data, n="1": tar + raw(data) * int(n))
tar_op("cut", lambda tar, n: tar[:int(n)] if int(n) >= 0 else tar[:len(tar) + int(n)])
tar_op("flip", lambda tar, where, mask="1": patch_byte(tar, int(where), int(mask)))
tar_op("gzip", lambda tar: gzip.compress(tar, mtime=0))
tar_op("as-bytes", lambda tar, data, n="1": raw(data) * int(n))
tar_op("in-front", lambda tar, data, n="1": raw(data) * int(n) + tar)
tar_op("pax", lambda tar: forge.member("bag/PaxHeaders/x", b"19 path=../../evil\n", type=b"x") + tar)
tar_op("again", lambda tar: tar + tar)
tar_op("after-one-zero", lambda tar: tar[:-512] + forge.member("bag/zz", b"hidden") + bytes(1024))


def patch_byte(data, where, mask):
    where %= len(data)
    return data[:where] + bytes([data[where] ^ mask]) + data[where + 1:]


@op
def padding(case, path):
    """Hide a byte in the padding behind a member."""
    def edit(tar):
        name = b"bag/" + at(path).encode() + b"\0"
        start = tar.index(name)
        size = int(tar[start + 124:start + 135], 8)
        if size % 512 == 0:
            raise ValueError("no padding behind " + path)
        return patch_byte(tar, start + 512 + size, 0x41)
    case.tar_edits.append(edit)


# ---- statements (LINE is 1 to 3), envelopes, the file ----
@op
def statement(case, line, pointer, value):
    case.statement_edits.append(lambda s: put(s[int(line) - 1], pointer, json.loads(value)))


@op
def no_statement(case, line, pointer):
    case.statement_edits.append(lambda s: drop(s[int(line) - 1], pointer))


@op
def body(case, line, old, new):
    """Edit a payload's bytes before they are signed."""
    case.body_edits.append((int(line) - 1, lambda b: substitute(b, raw(old), raw(new))))


@op
def kind(case, line, text):
    case.kinds[int(line) - 1] = text


@op
def sign_over(case, line, how):
    """Sign something else than the pre-authentication encoding."""
    ways = {"raw": lambda k, b: b, "v0": lambda k, b: forge.pae(k, b).replace(b"DSSEv1", b"DSSEv0", 1),
            "zero-length": lambda k, b: forge.pae(k, b).replace(b"DSSEv1 ", b"DSSEv1 0", 1),
            "no-type": lambda k, b: forge.pae("", b)}
    case.signed[int(line) - 1] = ways[how]


@op
def envelope(case, line, pointer, value):
    case.env_edits.append((int(line) - 1, lambda e: put(e, pointer, json.loads(value))))


@op
def no_envelope(case, line, pointer):
    case.env_edits.append((int(line) - 1, lambda e: drop(e, pointer)))


@op
def signature_byte(case, line, where):
    def edit(e):
        sig = base64.b64decode(e["signatures"][0]["sig"])
        e["signatures"][0]["sig"] = base64.b64encode(patch_byte(sig, int(where), 1)).decode()
    case.env_edits.append((int(line) - 1, edit))


@op
def second_signature(case, line):
    case.env_edits.append((int(line) - 1, lambda e: e["signatures"].append(dict(e["signatures"][0]))))


@op
def url_base64(case, line):
    case.env_edits.append((int(line) - 1, lambda e: e.update(payload=e["payload"].rstrip("=") + "-_==")))


@op
def text(case, old, new):
    case.text_edits.append(lambda t: substitute(t, raw(old), raw(new)))


@op
def lines(case, which):
    case.text_edits.append(lambda t: b"".join(t.splitlines(True)[int(i) - 1] for i in which.split(",")))


@op
def last_byte(case):
    """Take the last byte from the attestations."""
    case.text_edits.append(lambda t: t[:-1])


@op
def old_subject(case):
    case.keeps_subject = True


@op
def padded_lines(case, n):
    case.text_edits.append(lambda t: t + b" " * int(n))


@op
def other_attestations(case):
    """The attestations of another honest package, signed by the same key."""
    packed = type(case)(case.golden, "forger")
    packed.files = dict(case.golden.other)
    case.attestations = packed.pack()[1]
