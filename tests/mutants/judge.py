"""tests/mutants/judge.py - which changes of the verifier's source does a test notice?

Usage: judge.py [FILE...]: mutants of these files of verifier/ (default: all).
Knobs, from the environment:
  N=300      how many mutants, drawn at random; N=all for every one
  SEED=1     another draw          SHARD=1/2  every second mutant, from the first
  FULL=FILE  also write table and survivors there, as Markdown
  SHOW=1     tell at once, and name killers
  CASES=60   how many cases are tried on one mutant; CASES=all: every one that reaches it
  WITH=12,31 only cases of the scripts whose names begin so (and the unit programs)
  AFTER=FILE ask only about those that FILE, earlier output with SHOW=1, does not say are killed

Judges, in order, until the first that deviates: the golden package, what killed neighbours,
the unit programs, the corpus.  A judge that cannot tell the mutant from the original - it
never reaches it, or both give one value there - is not asked.  What deviates: the exit
status, a crash, more than twenty times the CPU time, and any byte of standard output or
standard error, so the whole JSON where there is some."""
import collections
import concurrent.futures
import glob
import json
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

import source

OUT = "build/mutants"
SANITIZED_OUT = OUT + "/sanitized"
PER_FILE = 2000  # numbers of one file's mutants
SLOW = 500000  # microseconds of a unit program that is asked last
SANITIZED = 40  # judges that are asked with the sanitisers
EXCUSED = 12  # cases that are tried on a mutant of survivors.tsv
NOBODY = -1  # no mutant has this number
CFLAGS = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-I.", "-Ibuild", "-Ibuild/gen", "-O1", "-w", "-fwrapv",
          "-fno-delete-null-pointer-checks", "-ftrivial-auto-var-init=pattern", "-include", "tests/mutants/mutants.h"]
SANITIZE = ["-DSANITIZED", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
LIBS = ["-lcrypto", "-lutf8proc", "-lgit2", "-lz", "-pthread"]
ACCEPT = ["attest", "bag", "canon", "claims", "crypto", "crypto_wire", "dsse", "findings", "order", "output", "outside", "policy", "report",
          "rotation", "same", "source", "stamp", "sums", "ustar", "verify"]
SURVIVORS = "tests/mutants/survivors.tsv"


def sources():
    found = []
    for i, path in enumerate(sorted(glob.glob("verifier/*.c"))):
        with open(path, encoding="utf-8") as f:
            found.append(source.Source(path, f.read()))
        source.number([found[-1]])
        for m in found[-1].mutants:
            assert m.number < PER_FILE
            m.number += i * PER_FILE
    return found


def excused():
    """The listed survivors: {key: reason}."""
    with open(SURVIVORS, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")][1:]
    return {tuple(r[:3]): r[3] for r in rows}


# ---- building ----
def compile_file(src, count, out, how):
    """The object with all mutants of a file that compile."""
    name = os.path.basename(src.path)[:-2]
    here, obj = "%s/src/%s.c" % (out, name), "%s/obj/%s.o" % (out, name)
    flags = CFLAGS + how + ["-DMUTANTS=%d" % count] + (["-Dmain=verifier_main"] if name == "main" else [])
    dead = set()

    def attempt(alive, *how):
        text = '#line 1 "%s"\n' % here + src.schemata(alive)
        with open(here, "w", encoding="utf-8") as f:
            f.write(text)
        return subprocess.run(["gcc"] + flags + list(how) + [here], stderr=subprocess.PIPE, text=True), text

    stamp = "%s/obj/%s.json" % (out, name)
    if os.path.exists(stamp):
        with open(stamp) as f:
            old = json.load(f)
        dead = set(old["dead"])
        with open("verifier/%s.c" % name) as f:
            text = src.schemata(lambda m: m.number not in dead)
        if old["text"] == text and old["count"] == count and os.path.exists(obj) and os.path.getmtime(obj) > newest_header():
            src.dead = dead
            return obj
        dead = set()
    for _ in range(5):
        done, _ = attempt(lambda m: m.number not in dead, "-fmax-errors=0", "-c", "-o", obj)
        if done.returncode == 0:
            break
        lines = {int(n) for n in re.findall(r"\.c:(\d+):\d+: error", done.stderr)}
        for m in src.mutants:
            if any(m.line <= n <= m.line + 6 for n in lines) and m.number not in dead:
                if attempt(lambda other: other is m, "-fsyntax-only")[0].returncode != 0:
                    dead.add(m.number)
    else:
        sys.exit("%s does not compile with its mutants:\n%s" % (src.path, done.stderr[:2000]))
    src.dead = dead
    with open(stamp, "w") as f:
        json.dump({"dead": sorted(dead), "count": count, "text": src.schemata(lambda m: m.number not in dead)}, f)
    return obj


def newest_header():
    return max(os.path.getmtime(p) for p in glob.glob("verifier/*.h") + glob.glob("build/gen/*.inc") + glob.glob("tests/mutants/mutants.h"))


def is_older(path, than):
    return not os.path.exists(path) or os.path.getmtime(path) <= max(map(os.path.getmtime, than))


def build(found, out, how):
    """The server and the unit programs, in a folder; the paths of these."""
    count = len(found) * PER_FILE
    os.makedirs(out + "/src", exist_ok=True)
    os.makedirs(out + "/obj", exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(lambda s: compile_file(s, count, out, how), found))
    define = ["-DMUTANTS=%d" % count]
    serve = CFLAGS[:5] + ["-D_DEFAULT_SOURCE", "-O1"] + how + define
    if is_older(out + "/verify", objects + ["tests/mutants/serve.c"]):
        subprocess.run(["gcc"] + serve + ["-DSERVES", "tests/mutants/serve.c"] + objects + LIBS + ["-o", out + "/verify"], check=True)
        subprocess.run(["gcc"] + serve + ["-c", "tests/mutants/serve.c", "-o", out + "/serve.o"], check=True)
    rest = [o for o in objects if not o.endswith("/main.o")]
    units = []
    for path in sorted(glob.glob("tests/unit/verifier_*.c")):
        unit = "%s/%s" % (out, os.path.basename(path)[:-2])
        if is_older(unit, rest + [path, out + "/serve.o"]):
            subprocess.run(["gcc"] + CFLAGS[:6] + how + ["-w", path] + rest + [out + "/serve.o"] + LIBS + ["-lcmocka", "-o", unit], check=True)
        units.append(unit)
    return units


# ---- judges ----
class Unit:
    def __init__(self, path, work):
        self.path, self.name, self.work, self.used, self.limit = path, os.path.basename(path), work, 0, 60
        self.codes = set()

    def run(self, env, path=None):
        command = ["sh", "-c", "ulimit -t %d; exec timeout %d ./%s" % (self.limit, 60 + self.limit, path or self.path)]
        return subprocess.run(command, env=dict(os.environ, **env), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def baseline(self):
        if is_older(self.path + ".seen", [self.path]):
            seen, before = self.work + "/unit-seen", os.times()
            status = self.run({"MUTANT_SEEN": seen})
            after = os.times()
            seconds = after.children_user + after.children_system - before.children_user - before.children_system
            write_packed(self.path + ".seen", (status, seconds, read(seen)))
        status, seconds, self.seen = read_packed(self.path + ".seen")
        self.used, self.limit = int(1e6 * seconds), 2 + int(20 * seconds)
        return status == 0

    def kills(self, number):
        return self.run({"MUTANT": str(number)}) != 0

    def is_refused(self, number, _):
        path = "%s/%s" % (SANITIZED_OUT, self.name)
        return self.run({"MUTANT": str(number)}, path) != 0 == self.run({"MUTANT": str(NOBODY)}, path)


class Server:
    def __init__(self, work, out):
        self.work = work
        self.p = subprocess.Popen([out + "/verify", "--serve", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, number, milliseconds, case):
        """(exit status, standard output, standard error), and the CPU time."""
        out, err = "/dev/full" if case.full else self.work + "/out", self.work + "/err"
        self.p.stdin.write("\t".join(["%d %d %s" % (number, milliseconds, case.folder), out, err] + case.args) + "\n")
        self.p.stdin.flush()
        status, used = map(int, self.p.stdout.readline().split())
        return (status, b"" if case.full else read(out), read(err)), used


def read(path):
    with open(path, "rb") as f:
        return f.read()


def read_packed(path):
    return pickle.loads(zlib.decompress(read(path)))


def write_packed(path, what):
    with open(path, "wb") as f:
        f.write(zlib.compress(pickle.dumps(what), 1))


class Case:
    def __init__(self, server, folder):
        self.server, self.folder, self.name = server, os.path.abspath(folder), os.path.basename(folder)
        with open(folder + "/case.json") as f:
            told = json.load(f)
        self.args, self.status, self.full = told["args"], told["status"], told["full"]
        self.expected = told["expected"]
        self.codes = set((self.expected or "").lstrip("+").split())
        self.limit = 2000
        self.name += " (%s)" % self.expected if self.expected else ""

    def is_met(self, status, out):
        """Is this what the recorded test looks for?"""
        if status != self.status:
            return False
        if "--json" not in self.args or not out or self.args[0] == "explain":
            return True
        old, new = json.loads(read(self.folder + "/out")), json.loads(out)
        if new["exit_status"] != status or (new["status"] == "PASS") != (status == 0):
            return False
        codes = [f["code"] for f in new.get("repository", {}).get("findings", [])] if "verdicts" in new else []
        codes += [f["code"] for v in new.get("verdicts", [new]) for f in v["findings"]]
        if self.expected is None or self.expected in ("+", "+-"):
            return all(new.get(k) == old.get(k) for k in ("status", "verdict"))
        if self.expected == "-":
            return codes == []
        if self.expected[0] == "+":
            return all(c in codes for c in self.expected[1:].split())
        return codes[:1] == [self.expected]

    def baseline(self):
        """What the original does: what the test looks for, and the same whenever it is asked."""
        kept = self.folder + "/seen"
        if is_older(kept, [OUT + "/verify"]):
            first, used = self.server.ask(0, 20000, self)
            seen = read(self.server.work + "/seen")
            is_good = self.is_met(*first[:2]) and (b'"now":' not in first[1] or "--now" in self.args)  # else the clock's
            if first[1] != read(self.folder + "/out"):  # it prints names of files, or is it chance?
                is_good = is_good and first == self.server.ask(NOBODY, 20000, self)[0]
            write_packed(kept, (is_good, used, first, seen))
        is_good, used, self.whole, self.seen = read_packed(kept)
        self.used = used
        self.limit = max(400, used // 1000 * 20)
        return is_good

    def kills(self, number):
        return self.server.ask(number, self.limit, self)[0] != self.whole

    def is_refused(self, number, server):
        """By the sanitisers, which have nothing against the original."""
        return server.ask(number, 5 * self.limit, self)[0] != self.whole == server.ask(NOBODY, 5 * self.limit, self)[0]


def judges_of(units, cases, files):
    """{mutant number: the judges that can tell it from the original}, of the mutants of these files."""
    can = collections.defaultdict(list)
    stale = []
    for judge in units + cases:
        if not judge.baseline():
            stale.append(judge.name)
            continue
        for i in files:
            end = (i + 1) * PER_FILE
            at = judge.seen.find(b"\1", i * PER_FILE, end)
            while at >= 0:
                can[at].append(judge)
                at = judge.seen.find(b"\1", at + 1, end)
        judge.seen = None
    if stale:
        print("%d judges do not accept the original and are not asked; record anew (RECORD=SCRIPT): %s"
              % (len(stale), ", ".join(stale[:20])))
    return can


def main():
    began = time.time()
    only = {re.sub(r"^verifier/|\.c$", "", f) for f in sys.argv[1:]}
    found = sources()
    listed = excused()
    mutants = [m for s in found for m in s.mutants]
    if "--check" in sys.argv[1:]:
        known = {m.key() for m in mutants}
        gone = [k for k in listed if k not in known]
        for k in gone:
            print("survivors.tsv: no such mutant any more: %s %s(): %s" % k)
        sys.exit(bool(gone))
    work = tempfile.mkdtemp(prefix="dryproof-mutants-")
    try:
        units = [Unit(path, work) for path in build(found, OUT, [])]
        build(found, SANITIZED_OUT, SANITIZE)
        server, sanitized = Server(work, OUT), Server(work, SANITIZED_OUT)
        only_scripts = tuple(os.environ.get("WITH", "").split(","))
        cases = [Case(server, os.path.dirname(p)) for p in sorted(glob.glob(OUT + "/corpus/*/case.json"))
                 if os.path.basename(os.path.dirname(p)).startswith(only_scripts)]
        print("built in %d s; %d unit programs, %d cases" % (time.time() - began, len(units), len(cases)), flush=True)
        can = judges_of(units, cases, [i for i, s in enumerate(found) if not only or os.path.basename(s.path)[:-2] in only])
        print("what reaches what: after %d s" % (time.time() - began), flush=True)
        dead = set().union(*(s.dead for s in found))
        chosen = [m for m in mutants if m.number not in dead and not m.is_text and (not only or os.path.basename(m.path)[:-2] in only)]
        draw = os.environ.get("N", "300")
        if draw != "all":
            random.Random(int(os.environ.get("SEED", "1"))).shuffle(chosen)
            chosen = chosen[:int(draw)]
        part, parts = map(int, os.environ.get("SHARD", "1/1").split("/"))
        chosen.sort(key=lambda m: (os.path.basename(m.path)[:-2] not in ACCEPT, m.number))
        chosen = chosen[part - 1::parts]
        asked = chosen
        if os.environ.get("AFTER"):
            with open(os.environ["AFTER"], encoding="utf-8") as f:
                killed = set(re.findall(r"^killed  (.*?)  by ", f.read(), re.M))
            asked = [m for m in chosen if m.told() not in killed]
        survivors = judge_all(asked, can, listed, mutants, sanitized)
    finally:
        shutil.rmtree(work)
    report(chosen, survivors, listed, len(dead), began)


def tellers(can, mutants):
    """How well each judge can tell the mutants of one function: who reaches what few reach, comes first."""
    score = collections.Counter()
    for m in mutants:
        for j in can.get(m.number, []):
            score[j] += 1 / len(can[m.number])
    return score


def judge_all(chosen, can, listed, mutants, sanitized):
    last, survivors = [], []
    functions, score, where = collections.defaultdict(list), None, None
    for m in mutants:
        functions[m.path, m.function].append(m)
    most = os.environ.get("CASES", "60")
    most = 1 << 30 if most == "all" else int(most)
    for n, m in enumerate(chosen):
        able = can.get(m.number, [])
        first = [j for j in able if j.name.startswith("00-golden")]
        slow = [j for j in able if isinstance(j, Unit) and j.used > SLOW]
        near = [j for j in last if j in able and j not in first + slow]
        rest = [j for j in able if j not in first + slow + near]
        if where != (m.path, m.function):
            where = m.path, m.function
            score = tellers(can, functions[where])
        rest.sort(key=lambda j: (not isinstance(j, Unit), not j.codes & m.codes, -score[j] / (10000 + j.used)))
        tried = (first + near + rest)[:EXCUSED if m.key() in listed else most] + slow
        killer = next((j for j in tried if j.kills(m.number)), None)
        refuser = None if killer else next((j for j in tried[:SANITIZED] if j.is_refused(m.number, sanitized)), None)
        if refuser is not None:
            if os.environ.get("SHOW"):
                print("killed  %s  by %s, sanitised" % (m.told(), refuser.name), flush=True)
        elif killer is None:
            survivors.append((m, "%d judges" % len(able) if able else "not reached"))
            if os.environ.get("SHOW"):
                print("survives  %s  [%s]" % (m.told(), survivors[-1][1]), flush=True)
        else:
            last = [killer] + [j for j in last if j is not killer][:7]
            if os.environ.get("SHOW"):
                print("killed  %s  by %s" % (m.told(), killer.name), flush=True)
        if n % 500 == 499:
            print("%d of %d, %d survive" % (n + 1, len(chosen), len(survivors)), flush=True)
    return survivors


def report(chosen, survivors, listed, dead, began):
    total, alive, known = collections.Counter(), collections.Counter(), collections.Counter()
    for m in chosen:
        total[m.path] += 1
    for m, why in survivors:
        if m.key() in listed:
            known[m.path] += 1
            continue
        alive[m.path] += 1
        print("survives  %s  [%s]" % (m.told(), why))
    alive_keys = {m.key() for m, _ in survivors}
    for m in chosen:
        if m.key() in listed and m.key() not in alive_keys:
            print("survivors.tsv says that this one survives: %s" % m.told())
    lines = ["| file | mutants | killed | survivors with a reason | survivors | killed % |", "|---|---|---|---|---|---|"]

    def row(name, t, a, k):
        lines.append("| %s | %d | %d | %d | %d | %.1f |" % (name, t, t - a - k, k, a, 100.0 * (t - a - k) / max(1, t - k)))
    for path in sorted(total):
        row(path, total[path], alive[path], known[path])
    accept = ["verifier/%s.c" % n for n in ACCEPT]
    row("the accept path", sum(total[p] for p in accept), sum(alive[p] for p in accept), sum(known[p] for p in accept))
    row("all", sum(total.values()), sum(alive.values()), sum(known.values()))
    print("\n".join(lines))
    print("%d of %d killed, %d excused, %d survive; %d alternatives did not compile; %d s" %
          (len(chosen) - len(survivors), len(chosen), sum(known.values()), sum(alive.values()), dead, time.time() - began))
    if os.environ.get("FULL"):
        with open(os.environ["FULL"], "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
