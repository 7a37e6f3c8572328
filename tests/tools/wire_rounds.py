"""tests/tools/wire_rounds.py - what wire.py does to the collector's connections."""
import functools
import itertools
import os
import random
import signal
import struct
import time

import wire
from wire import SEED, Cut, at, check, cut, cut_within, message, nth, sql, stall

LENGTHS = (-1, 0, 3, 2**31 - 1)
SPARSE = 1 if os.environ.get("WIRE") == "all" else 3  # WIRE=all: every case, minutes more
FIRST_EXCHANGE = 1170  # bytes, about: connecting and pinning
SHORT = ("--timeout", "1")


@functools.cache
def record(bench):
    """The messages of an honest run: [(kind, raw)], and whether it succeeded."""
    seen = []

    def change(run, number, kind, raw, link):
        seen.append((kind, raw))
        return raw
    status, text, _, _ = bench.run(change)
    print("%s - through an honest wire the run succeeds" % ("ok" if status == 0 else "not ok"))
    if status != 0:
        print("    status %s %s" % (status, text))
    return seen


def round_cuts(bench):
    """Every message and byte of connecting and pinning, and a sample of the rest."""
    total = len(record(bench))
    rest = random.Random(SEED).sample(range(90, total - 1), 8)
    check(bench, "a connection cut before message k", [("k=%d" % k, at(k, cut)) for k in list(range(0, 90, SPARSE)) + rest], says="connect")
    check(bench, "a connection cut inside message k", [("k=%d" % k, at(k, cut_within)) for k in rest[::2]])
    ks = list(range(0, 400, SPARSE ** 2)) + list(range(400, FIRST_EXCHANGE, 9 * SPARSE))
    check(bench, "a connection cut behind byte k", [("k=%d" % k, cut_at_byte(k)) for k in ks], workers=4)


def cut_at_byte(k):
    sent = [0]

    def change(run, number, kind, raw, link):
        with run.lock:
            before, sent[0] = sent[0], sent[0] + len(raw)
        if before + len(raw) > k:
            raise Cut(raw[:k - before])
        return raw
    return change


# ---- lengths and tags

def with_length(length):
    return lambda run, kind, raw, link: kind + struct.pack("!i", length) + raw[5:]


def becomes(raw_new):
    return lambda run, kind, raw, link: raw_new(raw) if callable(raw_new) else raw_new


def round_lengths(bench):
    kinds = sorted({kind for kind, _ in record(bench)} - {b"E"})
    cases = [("%s %d" % (kind.decode(), n), nth(kind, k, with_length(n)))
             for kind, n, k in itertools.product(kinds, LENGTHS, (1, 9)) if not (k == 9 and (kind in b"RK" or SPARSE > 1 and n in (0, 3)))]
    for kind, n in itertools.product((b"E", b"N", b"A", b"S", b"d"), LENGTHS):  # and where none is expected
        lie = kind + struct.pack("!i", n) + b"SERROR\0C42601\0Mx\0\0"
        cases.append(("%s %d for C" % (kind.decode(), n), nth(b"C", 5, becomes(lie))))
    check(bench, "a length that lies, in every type of message", cases, workers=16, extra=SHORT)


def round_tags(bench):
    random.seed(SEED)
    tags = [b"\0", b"?", b"A", b"E", b"G", b"W", b"H", b"d", b"c", b"Z", b"I", b"s", b"t", b"V", b"v", b"R", b"K", b"T", b"D", b"1"]
    cases = []
    for kind in (b"R", b"S", b"K", b"Z", b"1", b"2", b"T", b"D", b"C", b"n", b"H", b"d", b"c"):
        for tag in random.sample([t for t in tags if t != kind], 8 - 2 * SPARSE):
            cases.append(("%r for %r" % (tag, kind), nth(kind, 1 if kind in b"RK" else 4, becomes(lambda raw, tag=tag: tag + raw[1:]))))
    # a parse or bind that is not confirmed, or a surplus key, says nothing about the data
    check(bench, "a type of message that lies", cases, expected=(0, 5), workers=16, extra=SHORT)


# ---- the shape of answers

def fields(raw):
    out, at_byte = [], 7
    for _ in range(struct.unpack("!h", raw[5:7])[0]):
        n = struct.unpack("!i", raw[at_byte:at_byte + 4])[0]
        out.append(None if n < 0 else raw[at_byte + 4:at_byte + 4 + n])
        at_byte += 4 + max(n, 0)
    return out


def row(values):
    return message(b"D", struct.pack("!h", len(values)) + b"".join(
        struct.pack("!i", -1) if v is None else struct.pack("!i", len(v)) + v for v in values))


def state_of(change_to, when):
    """The n-th ReadyForQuery that says `when` says something else."""
    def make(n):
        seen = []

        def change(run, number, kind, raw, link):
            if kind == b"Z" and raw[5:6] == when:
                seen.append(number)
                if len(seen) == n:
                    return message(b"Z", change_to)
            return raw
        return change
    return make


def before_ready(n, extra):
    return nth(b"Z", n, becomes(lambda raw: extra + raw))


def round_shapes(bench):
    cases, every = [], (1, 3, 40, 200)[::SPARSE - 1 or 1]

    def add(label, kind, ns, new):
        cases.extend(("%s, %d" % (label, n), nth(kind, n, becomes(new))) for n in ns)
    add("one field more", b"D", every, lambda r: r[:5] + struct.pack("!h", len(fields(r)) + 1) + r[7:])
    add("one field less", b"D", every, lambda r: r[:5] + struct.pack("!h", len(fields(r)) - 1) + r[7:])
    add("a negative field count", b"D", (3,), lambda r: r[:5] + struct.pack("!h", -1) + r[7:])
    add("a field of -2 bytes", b"D", (40,), lambda r: r[:7] + struct.pack("!i", -2) + r[11:])
    add("a field longer than its message", b"D", every, lambda r: r[:7] + struct.pack("!i", 2**30) + r[11:])
    add("bytes behind the fields", b"D", every, lambda r: message(b"D", r[5:] + b"more"))
    add("a row twice", b"D", every, lambda r: r + r)
    add("a row missing", b"D", every, b"")
    add("one column more", b"T", (1, 2, 7), lambda r: r[:5] + struct.pack("!h", struct.unpack("!h", r[5:7])[0] + 1) + r[7:])
    add("no columns", b"T", (2, 3), message(b"T", b"\0\0"))
    add("a negative number of columns", b"T", (2,), lambda r: r[:5] + b"\xff\xff" + r[7:])
    add("a column name without end", b"T", (2,), lambda r: message(b"T", r[5:7] + b"x" * 20))
    add("no CommandComplete", b"C", (1, 2, 5, 60), b"")
    add("CommandComplete twice", b"C", (2, 5, 60), lambda r: r + r)
    add("another count", b"C", (1, 2), message(b"C", b"SELECT 99\0"))
    add("a tag without end", b"C", (2,), message(b"C", b"SELECT 12"))
    add("an error behind the answer", b"C", (2, 5), lambda r: r + message(b"E", b"SERROR\0VERROR\0CXX000\0Mno\0\0"))
    add("an error without fields", b"C", (2, 5), message(b"E", b"\0"))
    add("an error of no class", b"C", (5,), message(b"E", b"SERROR\0VERROR\0Cxx\0Mno\0\0"))
    add("an error of no severity", b"C", (5,), message(b"E", b"SERROR\0VSURE\0CXX000\0Mno\0\0"))
    add("an unterminated error", b"C", (5,), message(b"E", b"SERROR\0VERROR"))
    add("no ReadyForQuery", b"Z", (2, 5), b"")
    add("an empty query", b"C", (2,), message(b"I"))
    add("a line missing", b"d", (1, 30), b"")
    add("a line twice", b"d", (1, 30), lambda r: r + r)
    add("a line without its end", b"d", (1,), lambda r: message(b"d", r[5:-1]))
    add("two lines in one message", b"d", (1,), lambda r: message(b"d", r[5:] + r[5:]))
    add("a NUL in a line", b"d", (1,), lambda r: message(b"d", b"\0" + r[5:]))
    add("an empty line message", b"d", (1,), message(b"d"))
    add("a column less in a captured line", b"d", (1,), lambda r: message(b"d", r[5:].split(b"\t", 1)[1]))
    add("a binary COPY", b"H", (1, 9), lambda r: r[:5] + b"\1" + r[6:])
    counted = []

    def miscount(run, number, kind, raw, link):
        if kind != b"C" or not raw[5:].startswith(b"COPY "):
            return raw
        counted.append(number)
        return message(b"C", b"COPY 7777\0") if len(counted) == 12 else raw
    cases.append(("another COPY count", miscount))
    for n in (1, 2, 9, 30):
        cases.append(("idle inside a transaction, %d" % n, state_of(b"I", b"T")(n)))
        cases.append(("failed inside a transaction, %d" % n, state_of(b"E", b"T")(n)))
        cases.append(("in a transaction outside, %d" % n, state_of(b"T", b"I")(n)))
    cases.append(("an unknown state", state_of(b"X", b"T")(1)))
    for setting in (b"client_encoding\0LATIN1", b"DateStyle\0German", b"TimeZone\0Asia/Tokyo", b"standard_conforming_strings\0off",
                    b"IntervalStyle\0iso_8601", b"default_transaction_read_only\0off"):
        cases.append(("a setting becomes %r" % setting, before_ready(9, message(b"S", setting + b"\0"))))
    check(bench, "an answer of another shape", cases, workers=6, extra=SHORT)
    copies = [(kind.decode(), nth(b"C", 2, becomes(message(kind, b"\0\0\0")))) for kind in (b"G", b"W", b"H")]
    # libpq itself forgets the rows that it had; one result of a session that ends
    check(bench, "a COPY where rows were", copies, leaks=False, extra=SHORT)
    fine = [("no CopyDone, %d" % n, nth(b"c", n, becomes(b""))) for n in (1, 9)]
    fine += [("a notification", before_ready(9, message(b"A", b"\0\0\0\1ch\0x\0")))]
    fine += [("an unknown setting", before_ready(9, message(b"S", b"of\0theirs\0")))]
    check(bench, "what says nothing about the data changes nothing", fine, expected=(0,))


def lie_about(n, value):
    """The n-th DataRow has this value in its last column, or is narrow."""
    def new(raw):
        values = fields(raw)
        return row(values[:-1] + [value])
    return nth(b"D", n, becomes(new))


def without_last(description):
    """A RowDescription with one column less."""
    count, end = struct.unpack("!h", description[5:7])[0], 7
    for _ in range(count - 1):
        end = description.index(b"\0", end) + 19
    return message(b"T", struct.pack("!h", count - 1) + description[7:end])


def narrow(n):
    """The n-th answer that has rows has one column less, consistently."""
    held, seen, inside = [], [], [False]

    def change(run, number, kind, raw, link):
        first = held.pop() if held else b""
        if kind == b"T":
            held.append(raw)  # until it is known whether rows follow
            return b""
        if kind == b"D" and first:
            seen.append(number)
            inside[0] = len(seen) == n
        if kind == b"D" and inside[0]:
            return (without_last(first) if first else b"") + row(fields(raw)[:-1])
        return first + raw
    return change


def round_values(bench):
    random.seed(SEED)
    kinds = [kind for kind, _ in record(bench) if kind in (b"T", b"D", b"C")]
    with_rows = sum(this == b"T" and then == b"D" for this, then in zip(kinds, kinds[1:]))
    check(bench, "an answer with a column less", [("answer %d" % n, narrow(n)) for n in range(1, min(with_rows, 44) + 1, SPARSE - 1 or 1)])
    pins = [("a temporary schema", lambda v: v[:-1] + [b"16400"]), ("another value", lambda v: [v[0], b"x", v[2]]),
            ("another name", lambda v: [b"x"] + v[1:])]
    check(bench, "a session that is not the one we made",
          [(label, nth(b"D", 14, becomes(lambda raw, new=new: row(new(fields(raw)))))) for label, new in pins], says="unsafe session")
    cases = []
    for n in list(range(13, 25)) + random.sample(range(25, 1400), 12):
        value = random.choice([None, b"", b"x", b"\xff\xfe", b"[[]]", b"{}", b"-1", b"9" * 40, b"%s%n%n", b"a" * 100000])
        cases.append(("row %d %r" % (n, value and value[:8]), lie_about(n, value)))
    # a lie of the right form is a lie in the evidence; a name may make the plan wrong
    check(bench, "a value that lies", cases, expected=(0, 2, 5), extra=SHORT)


# ---- time

def drip(run, kind, raw, link):
    for i in range(len(raw)):
        link["client"].sendall(raw[i:i + 1])
        if run.over.wait(1):
            break
    return b""


def round_stalls(bench):
    ks = [0, 1, 13, 14, 15, 18, 31, 60, 200, 700]
    cases = [("k=%d" % k, at(k, stall)) for k in ks]
    cases += [("inside COPY %d" % n, nth(b"d", n, stall)) for n in (1, 40)] + [("before the end of COPY", nth(b"c", 3, stall))]
    cases += [("one byte at a time, %d" % k, at(k, drip)) for k in (1, 18, 60)]
    check(bench, "a server that stalls", cases, workers=10, extra=SHORT, says="time-out", limit=40)


def flood(make):
    def act(run, kind, raw, link):
        for i in itertools.count(0, 1000):
            link["client"].sendall(b"".join(make(i + k) for k in range(1000)))
            if run.over.is_set():
                return b""
    return act


def notice(i):
    return message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mn%d\0\0" % i)


def round_floods(bench):
    check(bench, "a flood of notices", [("k=%d" % k, at(k, flood(notice))) for k in (2, 18, 60)], expected=(6,), says="notices")
    cases = [("notifications, k=%d" % k, at(k, flood(lambda i: message(b"A", b"\0\0\0\1ch\0x\0")))) for k in (18, 60)]
    cases += [("settings, k=%d" % k, at(k, flood(lambda i: message(b"S", b"p%d\0v\0" % i)))) for k in (2, 60)]
    check(bench, "a flood of something else", cases, workers=2, extra=SHORT, says="time-out")


def round_big(bench):
    """Rows without end, each of 4 MB."""
    value = b"x" * (1 << 22)

    def act(run, kind, raw, link):
        narrow_row = row([value] + [None] * (len(fields(raw)) - 1))
        while not run.over.is_set():
            link["client"].sendall(narrow_row)
        return b""
    check(bench, "an answer without end", [("row 14", nth(b"D", 14, act))], expected=(6,), says="bytes")


# ---- ends of server processes

def round_kills(bench):
    def terminate(run, kind, raw, link):
        sql(bench.upstream, "SELECT pg_terminate_backend(%d)::text" % link["pid"])
        return raw
    ns = [1, 2, 13, 20, 25] + random.Random(SEED).sample(range(26, 2500), 15)
    cases = [("row %d" % n, nth(b"D", n, terminate)) for n in ns] + [("inside COPY", nth(b"d", 2, terminate))]
    check(bench, "a server process that is terminated", cases)


def round_stop(bench):
    """SIGQUIT to the postmaster is pg_ctl stop -m immediate."""
    with open(bench.folder + "/data/postmaster.pid") as f:
        pid = int(f.readline())

    def stop(run, kind, raw, link):
        os.kill(pid, signal.SIGQUIT)
        while os.path.exists(bench.folder + "/data/postmaster.pid"):
            time.sleep(0.02)
        return raw
    bench.idle = lambda: []
    check(bench, "a server that stops at once", [("", nth(b"D", int(os.environ["AT"]), stop))], says="connect")


def round_replaced(bench):
    """A table that its owner replaces by a view after it was listed; it breaks the database."""
    def act(run, kind, raw, link):
        for text in ("ALTER TABLE c1.runtime_gate RENAME TO was_a_table",
                     "CREATE FUNCTION c1.evil() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'EVIL RAN'; END $$",
                     "CREATE VIEW c1.runtime_gate AS SELECT gate, c1.evil() AS value FROM c1.was_a_table"):
            sql(bench.upstream, text, database=bench.database)
        return raw
    met = []

    def change(run, number, kind, raw, link):
        """Behind the second SAVEPOINT the tables are listed, and none is locked yet."""
        if kind == b"C" and raw[5:].startswith(b"SAVEPOINT"):
            met.append(number)
            if len(met) == 2:
                return act(run, kind, raw, link)
        return raw
    check(bench, "a table replaced by a view", [("", change)], says="cannot copy from view")
