"""tests/second/differ.py - random mutants of good packages, by dryproof-verify and by the second
verifier: the same exit status and the same first finding.

Usage: differ.py TOP BIN NAME=WEIGHT...   (TOP has signer.key, signer.pub and a folder NAME with
package.tar and attestations.intoto.jsonl for each; weights say how often a mutant is of it)
In the environment: SEED; N, mutants; SHARD=i/n, the i-th of n parts of them; ONLY=NUMBER, one;
JOBS, processes; KEEP=FOLDER, where mutants go on which the two disagree; JUDGE=PROGRAM.

dryproof-verify answers through judge.c, its objects in one process.  Every AFRESH-th mutant,
and every one on which the two disagree, is also asked of BIN/dryproof-verify itself and of a
second verifier that remembers nothing: other answers then are disagreements too."""
import collections
import concurrent.futures
import fcntl
import json
import os
import random
import select
import struct
import subprocess
import sys
import time

import known
import mutants
import verify

AFRESH, PART, PATIENCE = 1000, 100, 60


class Judge:
    """judge.c for one key; begun again after a mutant that ended it."""

    def __init__(self, program, key):
        self.command, self.process = [program, key], None

    def begin(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        fcntl.fcntl(self.process.stdin, fcntl.F_SETPIPE_SZ, 1 << 20)  # so that both verifiers work at once

    def ask(self, tar, attestations):
        if self.process is None:
            self.begin()
        try:
            for data in (tar, attestations):
                self.process.stdin.write(struct.pack("<I", len(data)) + data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its status says why

    def answer(self):
        """(status, codes); of one that ended its status, and what it said, as the only code."""
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline().decode() if ready else ""
        if line.endswith("\n"):
            status, *codes = line.split()
            return int(status), codes
        self.process.kill() if not ready else None
        said = self.process.communicate()[1].decode(errors="replace")[:200].strip()
        status, self.process = self.process.returncode, None
        return status, ["the judge ended: %s" % said]


def program(path, work, tar, attestations, key):
    """(status, codes) of dryproof-verify itself."""
    for name, data in (("package.tar", tar), ("attestations", attestations)):
        with open(work + "/" + name, "wb") as f:
            f.write(data)
    done = subprocess.run([path, work + "/package.tar", "--attestations", work + "/attestations", "--key", key, "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    try:
        return done.returncode, [f["code"] for f in json.loads(done.stdout)["findings"]]
    except ValueError:
        return done.returncode, [done.stderr.decode(errors="replace")[:200]]


def second(tar, attestations, key):
    try:
        return verify.verify(key, tar, attestations, kind="key")
    except Exception as e:  # a mutant must be answered, whatever it is
        return 70, ["%s: %s" % (type(e).__name__, e)]


class Worker:
    def __init__(self, top, bin_dir, goldens):
        insider = mutants.Insider(mutants.open_bytes(top + "/signer.key"))
        self.goldens = [(name, weight, mutants.Golden(top + "/" + name, insider)) for name, weight in goldens]
        self.pub, self.verify = top + "/signer.pub", bin_dir + "/dryproof-verify"
        self.pem, self.keep = mutants.open_bytes(self.pub), os.environ.get("KEEP")
        self.judge = Judge(os.environ.get("JUDGE") or bin_dir + "/judge", self.pub)
        self.work = "%s/differ.%d" % (top, os.getpid())
        os.makedirs(self.work)

    def one(self, seed, number):
        """(first finding, whether all are the same, complaint or None)."""
        what, tar, attestations = mutants.mutant(seed, number, self.goldens)
        self.judge.ask(tar, attestations)
        two = second(tar, attestations, self.pem)
        one = self.judge.answer()
        answers = {"judge": one, "second": two}
        same = one[0] == two[0] and one[1][:1] == two[1][:1]
        if not same or number % AFRESH == 0:
            known.forget()
            answers["dryproof-verify"] = program(self.verify, self.work, tar, attestations, self.pub)
            answers["second, afresh"] = second(tar, attestations, self.pem)
            same = same and answers["dryproof-verify"] == one and answers["second, afresh"] == two
        first = one[1][0] if one[1] else "accepted"
        if same:
            return first, one == two, None
        if self.keep:
            self.save(number, tar, attestations)
        return first, False, "\n".join(["not ok - mutant %d (%s)" % (number, what)] + [
            "    %-15s %d %s" % (who, status, " ".join(codes[:6])) for who, (status, codes) in answers.items()])

    def save(self, number, tar, attestations):
        os.makedirs("%s/%d" % (self.keep, number), exist_ok=True)
        for name, data in (("package.tar", tar), ("attestations", attestations)):
            with open("%s/%d/%s" % (self.keep, number, name), "wb") as f:
                f.write(data)


WORKER = []  # of this process


def begin(*args):
    WORKER.append(Worker(*args))


def part(seed, numbers):
    """(how often each first finding, how many agree entirely, complaints) of some mutants."""
    tally, entirely, complaints = collections.Counter(), 0, []
    for number in numbers:
        first, whole, complaint = WORKER[0].one(seed, number)
        if complaint:
            complaints.append(complaint)
        else:
            tally[first] += 1
            entirely += whole
    return tally, entirely, complaints


def settings():
    """(seed, numbers, jobs) of the environment."""
    env = {k: os.environ.get(k) or None for k in ("SEED", "N", "SHARD", "ONLY", "JOBS")}
    seed = env["SEED"] or str(random.SystemRandom().randrange(2**32))
    i, n = map(int, (env["SHARD"] or "1/1").split("/"))
    if not 1 <= i <= n:
        sys.exit("differ: SHARD=i/n: the i-th of n parts, from 1 to n")
    if env["ONLY"]:
        return seed, [int(env["ONLY"])], 1
    return seed, range(i, int(env["N"] or 20000) + 1, n), int(env["JOBS"] or len(os.sched_getaffinity(0)))


def main():
    goldens = [(name, int(weight)) for name, weight in (a.split("=") for a in sys.argv[3:])]
    seed, numbers, jobs = settings()
    print("seed %s" % seed, flush=True)
    began, done, entirely, bad, tally = time.time(), 0, 0, 0, collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(jobs, initializer=begin, initargs=(sys.argv[1], sys.argv[2], goldens)) as pool:
        parts = [pool.submit(part, seed, numbers[at:at + PART]) for at in range(0, len(numbers), PART)]
        for future in concurrent.futures.as_completed(parts):  # raises what ended a process
            some, whole, complaints = future.result()
            tally += some
            entirely += whole
            bad += len(complaints)
            done = sum(tally.values()) + bad
            for complaint in complaints:
                print(complaint, flush=True)
            if sys.stderr.isatty():
                sys.stderr.write("\r%d of %d, %.0f a second " % (done, len(numbers), done / (time.time() - began)))
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    took = time.time() - began
    good = bad == 0 and done == len(numbers) > 0
    print("%s - two verifiers agree on %d of %d random mutants (on %d in every finding) in %d s, %.0f a second: %s" % (
        "ok" if good else "not ok", done - bad, len(numbers), entirely, took, done / max(took, 0.001),
        ", ".join("%s %d" % (k, n) for k, n in sorted(tally.items(), key=lambda x: (-x[1], x[0])))))
    sys.exit(not good)


if __name__ == "__main__":
    main()
