"""tests/second/strict_json.py - strict JSON and its canonical form, FORMAT.md section 1.

parse() takes RFC 8259 without floats, left to right, and stops at the first thing that is
wrong; canonical() writes the one allowed spelling.  Python's own json module knows neither
doubled keys nor lone surrogates: it is only asked first whether the bytes are just what it
would write (plain), and says nothing of those that are not."""
import json
import re

from known import LINES, remembered

LIMITS = {}  # schemas/limits.tsv, by read_limits


class Finding(Exception):
    """code, and the file that it is about."""

    def __init__(self, code, where=""):
        super().__init__(code, where)
        self.code, self.where = code, where


def read_limits(path):
    with open(path, encoding="ascii") as f:
        for line in f.read().splitlines()[1:]:
            name, value = line.split("\t")[:2]
            LIMITS[name] = int(value)


SPACE = re.compile(rb"[ \t\n\r]*")
PLAIN = re.compile(rb'[^"\\\x00-\x1f\x80-\xff]*')
ESCAPE = re.compile(rb'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
WORDS = {b"t": (b"true", True), b"f": (b"false", False), b"n": (b"null", None)}
SHORT = {b'"': b'"', b"\\": b"\\", b"/": b"/", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
                      rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
                      rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}")


class Reader:
    def __init__(self, data, any_key=False):
        self.data, self.at, self.values, self.any_key = data, 0, 0, any_key

    def space(self):
        self.at = SPACE.match(self.data, self.at).end()

    def byte(self):
        return self.data[self.at:self.at + 1]

    def escape(self):
        """One escape, a pair of surrogates being one."""
        m = ESCAPE.match(self.data, self.at)
        if not m:
            raise Finding("E_JSON_SYNTAX")
        if m[1]:
            self.at = m.end()
            return SHORT[m[1]]
        code = int(m[2], 16)
        if 0xD800 <= code < 0xDC00:
            low = ESCAPE.match(self.data, m.end())
            if not low or not low[2] or not 0xDC00 <= int(low[2], 16) < 0xE000:
                raise Finding("E_JSON_UTF8")
            code, m = 0x10000 + ((code - 0xD800) << 10) + int(low[2], 16) - 0xDC00, low
        elif code == 0 or 0xDC00 <= code < 0xE000:
            raise Finding("E_JSON_UTF8")
        self.at = m.end()
        return chr(code).encode()

    def string(self):
        start, parts = self.at, []
        self.at += 1
        while True:
            m = PLAIN.match(self.data, self.at)
            parts.append(m[0])
            self.at = m.end()
            c = self.byte()
            if c == b'"':
                break
            if c == b"\\":
                parts.append(self.escape())
            elif c >= b"\x80":
                m = SEQUENCE.match(self.data, self.at)
                if not m:
                    raise Finding("E_JSON_UTF8")
                parts.append(m[0])
                self.at = m.end()
            else:
                raise Finding("E_JSON_SYNTAX")
        self.at += 1
        if self.at - start - 2 > LIMITS["MAX_JSON_STRING_BYTES"]:
            raise Finding("E_LIMIT_SIZE")
        return b"".join(parts).decode()

    def number(self):
        m = NUMBER.match(self.data, self.at)
        if not m:
            raise Finding("E_JSON_SYNTAX")
        # a part that was begun and has no digits; behind a whole number stands whatever comes next
        begun = b"" if m[2] else b"eE" if m[1] else b"0123456789.eE"
        if self.data[m.end():m.end() + 1] in [bytes([c]) for c in begun]:
            raise Finding("E_JSON_SYNTAX")
        self.at = m.end()
        if m[1] or m[2] or m[0] == b"-0" or len(m[0]) > 17 or abs(int(m[0])) >= 2**53:
            raise Finding("E_JSON_NUMBER")
        return int(m[0])

    def value(self, depth):
        self.space()
        self.values += 1
        if self.values > LIMITS["MAX_JSON_VALUES"]:
            raise Finding("E_LIMIT_COUNT")
        c = self.byte()
        if c == b"{" or c == b"[":
            if depth == LIMITS["MAX_JSON_DEPTH"]:
                raise Finding("E_LIMIT_DEPTH")
            return self.object(depth + 1) if c == b"{" else self.array(depth + 1)
        if c == b'"':
            return self.string()
        if c in WORDS and c:
            word, value = WORDS[c]
            if not self.data.startswith(word, self.at):
                raise Finding("E_JSON_SYNTAX")
            self.at += len(word)
            return value
        return self.number()

    def object(self, depth):
        out, members = {}, 0
        self.at += 1
        self.space()
        if self.byte() == b"}":
            self.at += 1
            return out
        while True:
            self.space()
            if self.byte() != b'"':
                raise Finding("E_JSON_SYNTAX")
            key = self.string()
            if not self.any_key and not key.isascii():
                raise Finding("E_JSON_SCHEMA")
            members += 1
            self.space()
            if self.byte() != b":":
                raise Finding("E_JSON_SYNTAX")
            self.at += 1
            out[key] = self.value(depth)
            if self.end(b"}"):
                if members > LIMITS["MAX_JSON_MEMBERS"]:
                    raise Finding("E_LIMIT_COUNT")
                if len(out) != members:  # keys are compared when the object is there
                    raise Finding("E_JSON_DUPKEY")
                return out

    def array(self, depth):
        out = []
        self.at += 1
        self.space()
        if self.byte() == b"]":
            self.at += 1
            return out
        while True:
            out.append(self.value(depth))
            if self.end(b"]"):
                return out

    def end(self, closing):
        """Past a comma, or past the closing bracket."""
        self.space()
        c = self.byte()
        if c != b"," and c != closing:
            raise Finding("E_JSON_SYNTAX")
        self.at += 1
        return c == closing


def parse(data, any_key=False):
    """The value that data holds; any_key also takes keys that are not ASCII."""
    reader = Reader(data, any_key)
    out = reader.value(0)
    reader.space()
    if reader.at != len(data):
        raise Finding("E_JSON_SYNTAX")
    return out


BACK = {c: b"\\u%04x" % c for c in range(32)}
BACK.update({8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"})
SPECIAL = re.compile(rb'[\x00-\x1f"\\]')


def quoted(text):
    return b'"' + SPECIAL.sub(lambda m: BACK[m[0][0]], text.encode()) + b'"'


def canonical(value):
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return b"{" + b",".join(quoted(k) + b":" + canonical(value[k]) for k in sorted(value, key=str.encode)) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return {True: b"true", False: b"false", None: b"null"}[value] if value is None or isinstance(value, bool) else b"%d" % value


class NotPlain(Exception):
    pass


def not_plain(text):
    raise NotPlain(text)


def small(digits):
    return int(digits) if len(digits) < 16 else not_plain(digits)


PLAINLY = json.JSONDecoder(parse_float=not_plain, parse_int=small, parse_constant=not_plain)
WRITTEN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def shallow(value, depth):
    """Whether arrays and objects in it stay within a depth, and keys within ASCII."""
    if isinstance(value, dict):
        return depth > 0 and all(map(str.isascii, value)) and all(
            shallow(v, depth - 1) for v in value.values() if isinstance(v, (dict, list)))
    return depth > 0 and all(shallow(v, depth - 1) for v in value if isinstance(v, (dict, list)))


def plain(data):
    """The value of bytes that are canonical beyond doubt and far below every limit, or NotPlain.

    What json writes again as it was has no member twice, no other order, no other spelling."""
    if len(data) > min(LIMITS["MAX_JSON_VALUES"], LIMITS["MAX_JSON_STRING_BYTES"]) or b"\\u0000" in data or data[:1] not in (b"{", b"["):
        raise NotPlain
    try:
        text = data.decode()
        value = PLAINLY.decode(text)
        if WRITTEN.encode(value) == text and shallow(value, LIMITS["MAX_JSON_DEPTH"]) and data.count(b":") <= LIMITS["MAX_JSON_MEMBERS"]:
            return value
    except (ValueError, RecursionError):
        pass
    raise NotPlain


def canonical_value(data):
    """The value of bytes in their one spelling."""
    try:
        return plain(data)
    except NotPlain:
        value = parse(data)
        if canonical(value) != data:
            raise Finding("E_JSON_NONCANONICAL") from None
        return value


line_value = remembered(canonical_value, LINES)


def document(data):
    """A canonical document: one value in its one spelling, one LF."""
    if not data.endswith(b"\n"):
        raise Finding("E_JSON_NONCANONICAL")
    try:
        return plain(data[:-1])
    except NotPlain:
        value = parse(data)
    if canonical(value) + b"\n" != data:
        raise Finding("E_JSON_NONCANONICAL")
    return value


def lines(data):
    """The values of an .ndjson file one after the other, each line canonical."""
    if data and not data.endswith(b"\n"):
        raise Finding("E_JSON_NONCANONICAL")
    texts = data.split(b"\n")[:-1]
    if len(texts) > LIMITS["MAX_LINES"]:
        raise Finding("E_LIMIT_COUNT")
    for text in texts:
        yield line_value(text)
