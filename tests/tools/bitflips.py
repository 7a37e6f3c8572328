"""tests/tools/bitflips.py - random damage: every changed byte and every cut is refused.

Usage: bitflips.py GOLDEN BIN SAN SEED
Four rounds.  "plain": one byte of the package or its attestations changed, nothing else.
"cut": one of the two ends early.  "signed": the package changed and signed again by the
insider, so that the archive reader meets the damage.  "deep": a byte inside a payload file
changed, bag repaired and signed: the document readers meet it; most are refused, a few
bytes are nobody's claim (process ids, say), so only the manner of answering is checked.
A fourth of the plain ones, and all others, run under sanitizers.  FLIPS=all: four times as
many."""
import concurrent.futures
import os
import random
import subprocess
import sys
import threading

import forge
import mutate

TIMES = 4 if os.environ.get("FLIPS") == "all" else 1  # 16-tamper.sh does thousands in one process
PLAIN, CUTS, SIGNED, DEEP = 200 * TIMES, 50 * TIMES, 40 * TIMES, 40 * TIMES
SANITIZED_PLAIN = PLAIN // 4
OPTIONS = {"ASAN_OPTIONS": "exitcode=99:allocator_may_return_null=1", "UBSAN_OPTIONS": "exitcode=99"}
here = threading.local()


def run(program, work, tar, attestations):
    """The status, or what is wrong with the manner of answering."""
    if not hasattr(here, "dir"):
        here.dir = "%s/%d" % (work, threading.get_ident())
        os.makedirs(here.dir)
    for name, data in (("package.tar", tar), ("attestations", attestations)):
        with open(here.dir + "/" + name, "wb") as f:
            f.write(data)
    done = subprocess.run([program, here.dir + "/package.tar", "--attestations", here.dir + "/attestations",
                           "--key", work + "/signer.pub"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, **OPTIONS), timeout=60)
    if done.returncode not in (0, 1, 2, 3, 4, 5, 6):
        return "status %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-300:])
    if done.stderr:
        return "it said on stderr: " + done.stderr.decode(errors="replace")[-300:]
    if done.stdout.startswith(b"PASS") != (done.returncode == 0):
        return "status %d with the headline %r" % (done.returncode, done.stdout[:40])
    return done.returncode


def changed(rng, data):
    where = rng.randrange(len(data))
    return mutate.mutate_ops.patch_byte(data, where, rng.randrange(1, 256)), where


def plain(rng, golden, files, i):
    if i % 3 == 0:  # the attestations are a hundredth of the bytes, and read by other code
        data, where = changed(rng, golden.attestations)
        return "attestations at %d" % where, golden.tar, data
    data, where = changed(rng, golden.tar)
    return "package at %d" % where, data, golden.attestations


def cut(rng, golden, files, i):
    if i % 2:
        n = rng.randrange(len(golden.attestations))
        return "attestations cut to %d" % n, golden.tar, golden.attestations[:n]
    n = rng.randrange(len(golden.tar))
    return "package cut to %d" % n, golden.tar[:n], golden.attestations


def insider(golden):
    case = mutate.Case(golden, "insider")
    mutate.mutate_ops.OPS["lines"](case, "1,2")
    return case


def signed(rng, golden, files, i):
    case, where = insider(golden), rng.randrange(len(golden.tar))
    if i % 2:  # headers are few among the bytes
        where = headers(golden.tar)[rng.randrange(len(golden.files))] + rng.randrange(512)
    mask = rng.randrange(1, 256)
    case.tar_edits.append(lambda tar: mutate.mutate_ops.patch_byte(tar, where, mask))
    return ("signed, package at %d" % where,) + case.build()


def headers(tar):
    out, at = [], 0
    while tar[at]:
        out.append(at)
        size = int(tar[at + 124:at + 135], 8)
        at += 512 + size + (-size % 512)
    return out


def deep(rng, golden, files, i):
    case = insider(golden)
    name = files[rng.randrange(len(files))]
    case.files[name], where = changed(rng, case.files[name])
    return ("deep, %s at %d" % (name, where),) + case.build()


def play(name, make, count, golden, program, rng, pool):
    files = sorted(n for n, b in golden.files.items() if n.startswith("data/") and b)
    bad, accepted, waiting = [], [], []
    for i in range(count):
        what, tar, attestations = make(rng, golden, files, i)
        waiting.append((what, pool.submit(run, program, golden.work, tar, attestations)))
        if len(waiting) > 32 or i == count - 1:  # packages wait in memory
            for what, future in waiting:
                status = future.result()
                if status == 0:
                    accepted.append(what)
                elif not isinstance(status, int):
                    bad.append("%s: %s" % (what, status))
            waiting = []
    if name != "deep" or len(accepted) > count // 10:
        bad += ["accepted: " + what for what in accepted]
    elif accepted:
        print("    accepted as before, no claim of anybody's: " + "; ".join(accepted))
    print("%s - %d times %s" % ("not ok" if bad else "ok", count, name))
    for line in bad[:10]:
        print("    " + line)


def main():
    top, bin_dir, san_dir, seed = sys.argv[1:5]
    work = os.environ["W"] + "/bitflips"
    os.makedirs(work, exist_ok=True)
    golden = mutate.Golden(top, top + "/run", bin_dir, work)
    with open(work + "/signer.pub", "w") as f:
        f.write(golden.signer.public)
    normal, san = bin_dir + "/dryproof-verify", san_dir + "/dryproof-verify"
    rng = random.Random(int(seed))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        sound = [run(p, work, golden.tar, golden.attestations) for p in (normal, san)]
        print("%s - undamaged, both verifiers accept" % ("ok" if sound == [0, 0] else "not ok"))
        play("plain", plain, PLAIN - SANITIZED_PLAIN, golden, normal, rng, pool)
        play("plain, sanitised", plain, SANITIZED_PLAIN, golden, san, rng, pool)
        play("cut, sanitised", cut, CUTS, golden, san, rng, pool)
        play("signed again, sanitised", signed, SIGNED, golden, san, rng, pool)
        play("deep", deep, DEEP, golden, san, rng, pool)


if __name__ == "__main__":
    main()
