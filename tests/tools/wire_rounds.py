"""tests/tools/wire_rounds.py - what wire.py does to the collector's connections."""
import random
import struct

import wire
from wire import SEED, Cut, at, check, cut, cut_within, message, nth, sql, stall

LENGTHS = (-1, 0, 3, 5, 2**31 - 1)


def honest(bench):
    """Kinds and bytes of an honest run's messages."""
    status, text, _, run = bench.run(wire.passed)
    print("%s - through an honest wire the run succeeds" % ("ok" if status == 0 else "not ok"))
    if status != 0:
        print("    status %s %s" % (status, text))
    return run


def round_boundaries(bench):
    """Cut at every message of the first session, and at a sample of the rest."""
    total = honest(bench).count
    rest = random.Random(SEED).sample(range(60, total - 1), 60)
    ks = list(range(60)) + sorted(rest)
    check(bench, "a connection cut before message k", [("k=%d" % k, at(k, cut)) for k in ks])
    check(bench, "a connection cut inside message k", [("k=%d" % k, at(k, cut_within)) for k in ks[::2]])


def cut_at_byte(k):
    """Close behind the k-th byte that the server sends."""
    sent = [0]

    def change(run, number, kind, raw, link):
        with run.lock:
            before, sent[0] = sent[0], sent[0] + len(raw)
        if before + len(raw) > k:
            raise Cut(raw[:k - before])
        return raw
    return change


def round_bytes(bench):
    """Cut at every byte of connecting and pinning the settings."""
    run = bench.run(wire.passed)[3]
    first = [0]

    def count(this, number, kind, raw, link):
        first[0] += len(raw) if number < 40 else 0
        return raw
    bench.run(count)
    n = min(first[0], 2000)
    check(bench, "a connection cut behind byte k, every byte of the first exchange",
          [("k=%d" % k, cut_at_byte(k)) for k in range(n)], workers=4)
    return run
