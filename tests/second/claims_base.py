"""tests/second/claims_base.py - what all claims*.py share: the files of a package as documents,
the digests of FORMAT.md section 4, the result convention of section 2, and where findings go."""
import base64
import hashlib
import json
import re
from functools import cached_property

from known import LINES, remembered

CLAIMS = ("executed identity gates-dry-run-only no-state ids-accounted no-write-witness manifest-deterministic "
          "preflight-ready owner-present grant-scoped grant-single-use reject-coverage fail-closed real-run-blocked "
          "readback-clean rollback-oracle contracts-registered catalog-reconciled admitted reuse-first "
          "no-forbidden-dot authority-firewall").split()
EDGES = ("before", "after")


class Absent(Exception):
    """A file that is called for is not there; the name is its argument."""


class Unreadable(Exception):
    """Documents of a closed shape contradict each other so that no further step can be taken."""


class Findings:
    """(code, claim or None, where), each once."""

    def __init__(self):
        self.list = []

    def add(self, code, claim, where):
        if (code, claim, where) not in self.list:
            self.list.append((code, claim, where))

    def unless(self, holds, code, claim, where):
        if not holds:
            self.add(code, claim, where)
        return holds


@remembered
def value_of(data):
    return json.loads(data)


@remembered
def values_of(data):
    """Of an .ndjson file; its lines were read one by one before."""
    return json.loads(b"[%s]" % b",".join(data.split(b"\n")[:-1]))


class Package:
    def __init__(self, files):
        self.files = files

    def raw(self, name):
        if name not in self.files:
            raise Absent(name)
        return self.files[name]

    def doc(self, name):
        return value_of(self.raw(name))

    def lines(self, name):
        return values_of(self.raw(name))

    def under(self, prefix):
        return [n for n in self.files if n.startswith(prefix)]

    def table_files(self, edge):
        """file -> entry of the captured tables that have the name which their place gives them."""
        captured = [t for t in self.doc(edge + "/tables.json")["tables"] if t["captured"]]
        return {t["file"]: t for i, t in enumerate(captured, 1) if t.get("file") == "tables/%06d.ndjson" % i}

    def table(self, edge, relation):
        """A captured table of an edge; one that is not there has no rows."""
        for file, t in self.table_files(edge).items():
            if t["relation"] == relation and self.lines("%s/%s" % (edge, file)):
                return Table(self, edge, t)
        return NoTable


class Table:
    """The rows of a captured table, as dictionaries too."""

    def __init__(self, package, edge, entry):
        if "file" not in entry:
            raise Absent("%s/tables.json" % edge)
        self.name, self.entry = "%s/%s" % (edge, entry["file"]), entry
        lines = package.lines(self.name)
        if not lines:
            raise Absent(self.name)
        if not isinstance(lines[0], dict):
            raise Unreadable(self.name)
        self.data, self.head, self.values = package.raw(self.name), lines[0], lines[1:]
        self.columns = self.head.get("columns")
        if not isinstance(self.columns, list) or any(not isinstance(r, list) for r in self.values):
            raise Unreadable(self.name)

    @property
    def rows(self):
        return rows_of(self.data)

    @property
    def texts(self):
        """The rows as lines of COPY."""
        return texts_of(self.data)

    def where(self, wanted):
        return [r for r in self.rows if all(c in r and r[c] == v for c, v in wanted.items())]


@remembered
def rows_of(data):
    head, *values = values_of(data)
    return [dict(reversed([*zip(head["columns"], r)])) for r in values]  # of columns that share a name the first


@remembered
def texts_of(data):
    return tuple(map(row_line, values_of(data)[1:]))


class NoTable:
    columns, values, rows, texts = [], [], [], ()

    @staticmethod
    def where(wanted):
        return []


# ---- digests ----
def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(doc):
    """The canonical document, without LF."""
    return json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def value_bytes(value):
    """A database value as bytes; None stays None."""
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return None if value is None else value.encode()


ESCAPES = {0x5c: b"\\\\", 8: b"\\b", 12: b"\\f", 10: b"\\n", 13: b"\\r", 9: b"\\t", 11: b"\\v"}


SPECIAL = re.compile(b"[\\\\\b\f\n\r\t\v]")


def field(value):
    return b"\\N" if value is None else SPECIAL.sub(lambda m: ESCAPES[m[0][0]], value_bytes(value))


def row_line(values):
    return b"\t".join(map(field, values))


def table_digest(columns, relation, lines):
    """lines: the rows as lines of COPY."""
    return lines_digest(canonical({"columns": columns, "relation": relation, "rows": len(lines)}) + b"\n", tuple(lines))


@remembered
def lines_digest(head, lines):
    return sha256(head + b"".join(sorted(sha256(line).encode() + b"\n" for line in lines)))


def state_digest(package, edge):
    return digest_of_state(package.raw(edge + "/tables.json"), package.raw(edge + "/sequences.json"))


@remembered
def digest_of_state(tables, sequences):
    tables = [[t["relation"], t["rows"], t["digest"]] for t in value_of(tables)["tables"]]
    sequences = [[s["relation"], s["last_value"], s["is_called"]] for s in value_of(sequences)["sequences"]]
    return sha256(canonical({"sequences": sequences, "tables": tables}) + b"\n")


def definition_digest(function):
    return sha256("\n".join((function["signature"], function["prosecdef"], function["prosrc"])).encode())


def strictly_sorted(keys):
    keys = list(keys)
    return all(a < b for a, b in zip(keys, keys[1:]))


@remembered
def number(text):
    """A decimal number of section 1; int() alone would take spaces, underscores and digits of other scripts."""
    if not re.fullmatch("[0-9]+", text):
        raise Unreadable(text)
    return int(text)


def running_ids(text, in_recovery):
    """(MAX, [OPEN..]) of a snapshot MIN:MAX:OPEN,.. that a server can give, or None."""
    if not re.fullmatch("(?:0|[1-9][0-9]*):(?:0|[1-9][0-9]*):(?:(?:0|[1-9][0-9]*)(?:,(?:0|[1-9][0-9]*))*)?", text):
        return None
    bottom, top, running = text.split(":")
    bottom, top, ids = number(bottom), number(top), [number(x) for x in running.split(",") if x]
    if max([bottom, top] + ids) >= 2 ** 64 or not strictly_sorted(ids + [top]):
        return None
    good = ids[0] == bottom if ids else bottom == top or in_recovery and bottom < top
    return (top, ids) if good else None


@remembered
def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


# ---- what an endpoint answered ----
class Loose(Exception):
    pass


def loose_value(text):
    """JSON as a database prints it: strict RFC 8259, keys once, integers of section 1 only."""
    def pairs(items):
        if len({k for k, _ in items}) != len(items):
            raise Loose("a key twice")
        return dict(items)

    def number(text):
        if not re.fullmatch(r"-?(0|[1-9][0-9]*)", text) or text == "-0" or abs(int(text)) >= 2 ** 53:
            raise Loose("a number")
        return int(text)

    def refused(text):
        raise Loose(text)
    try:
        doc = json.loads(text, object_pairs_hook=pairs, parse_int=number, parse_float=refused, parse_constant=refused)
        json.dumps(doc, ensure_ascii=False).encode()  # a lone surrogate is no text
        return doc
    except (ValueError, Loose, RecursionError):
        raise Loose("no JSON of section 2") from None


loose_json = remembered(loose_value, LINES)


class Answer:
    """result.json of an endpoint, read by the result convention."""

    def __init__(self, data):
        result = value_of(data)
        self.result, self.raised = result, result["error"] is not None
        self.members = {}
        if not self.raised and len(result["rows"]) == 1 and len(result["rows"][0]) == 1:
            value = result["rows"][0][0]
            try:
                doc = loose_json(value) if isinstance(value, str) else None
                self.members = doc if isinstance(doc, dict) else {}
            except Loose:
                pass

    @property
    def reject_code(self):
        code = self.members.get("reject_code")
        return code if isinstance(code, str) else None

    @property
    def refused(self):
        return self.reject_code is not None

    @property
    def fails(self):
        return self.raised or self.refused

    @property
    def code(self):
        if self.raised:
            return re.match(r"[A-Z0-9_]*", self.result["error"]["message"] or "")[0]
        outcome = self.members.get("outcome")
        return self.reject_code if self.refused else outcome if isinstance(outcome, str) else None

    @property
    def outcome(self):
        if self.raised:
            return "RAISED"
        if self.refused:
            return "REJECT"
        outcome = self.members.get("outcome")
        return outcome if isinstance(outcome, str) else None

    @property
    def has_seal(self):
        seal = self.members.get("seal")
        return seal is not None and (self.fails or seal != "WITHHELD_DRY_RUN")

    @cached_property
    def has_token(self):
        """A reserved success word, by itself."""
        return any(TOKEN.search(t) for t in self.texts())

    def texts(self):
        """Every string that the server said, as it was said and with the escapes of its JSON undone."""
        values = [value_bytes(v).decode("utf-8", "replace") for row in self.result["rows"] for v in row if v is not None]
        return deep_texts(self.result) + values + deep_texts(self.members)


def bytes_of(text):
    try:
        return [base64.b64decode(text, validate=True).decode("latin-1")] if isinstance(text, str) else []
    except ValueError:
        return []


def deep_texts(doc):
    if isinstance(doc, str):
        return [doc]
    if isinstance(doc, dict):
        return list(doc) + bytes_of(doc.get("b64")) + [t for v in doc.values() for t in deep_texts(v)]
    return [t for v in doc for t in deep_texts(v)] if isinstance(doc, list) else []


TOKEN = re.compile(r"(?<![A-Za-z0-9_])(PASS|CERT|SEAL|APPROVED|ACCEPTED|DIGEST)(?![A-Za-z0-9_])")

answer_of = remembered(Answer)
