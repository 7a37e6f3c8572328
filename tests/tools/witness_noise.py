"""tests/tools/witness_noise.py - verdicts beside other people's writes, as statistics.

Usage: witness_noise.py [--bin DIR] [--idle N] [--noisy N] [--writers N] [--nameless N]
                        [--seed N] [--part I/N]

Two clusters at a time.
  idle      an idle server with autovacuum on and a checkpoint every 30 s: a command that only
            reads is DRY, every time
  noisy     pgbench writes another database (its sessions began before), autovacuum is awake
            every second and works on the observed tables, and a reading command is bracketed:
            at least 95 % DRY with the foreign activity named, never NOT_DRY; HOLDs with reasons
  writer    between these, commands that write in the observed database: NOT_DRY, every time
  nameless  commands whose only trace is an id, which in that noise could be anybody's: NOT_DRY
            or HOLD, never DRY"""
import argparse
import collections
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import witness_bracket
from witness_cluster import Cluster, Failed, clean_environment, memory
from witness_oracle import HERE, script

# a server as it comes, but for more checkpoints than anybody has
IDLE = """
wal_level = replica
autovacuum = on
checkpoint_timeout = '30s'
"""
NOISY = IDLE + """
autovacuum_naptime = 1
autovacuum_vacuum_threshold = 5
autovacuum_vacuum_scale_factor = 0
autovacuum_analyze_threshold = 5
autovacuum_analyze_scale_factor = 0
autovacuum_vacuum_cost_delay = 0
"""
READERS = ("SELECT count(*), sum(grp) FROM s.t", "SELECT * FROM s.doc", "COPY s.t TO STDOUT",
           "BEGIN READ ONLY; SELECT max(id) FROM s.t; COMMIT", "EXPLAIN ANALYZE SELECT * FROM s.t")
WRITERS = ("UPDATE s.t SET v = v WHERE id = 1", "BEGIN; DELETE FROM s.t WHERE id < 9; ROLLBACK",
           "INSERT INTO s.t VALUES (-1, 1, 'x'); DELETE FROM s.t WHERE id = -1",
           "SELECT nextval('s.q')", "SELECT s.sneaky()", "CREATE TEMP TABLE x AS SELECT 1",
           "BEGIN; SELECT 1 FROM s.t WHERE id = 1 FOR UPDATE; ROLLBACK", "ALTER TABLE s.t SET (fillfactor = 80)",
           "CREATE TABLE s.x (i int); DROP TABLE s.x", "SELECT lo_unlink(lo_create(0))",
           "BEGIN; TRUNCATE s.doc; ROLLBACK", "COMMENT ON TABLE s.t IS 'x'",
           "UPDATE s.u SET v = v WHERE id = 1")
NAMELESS = ("SELECT txid_current()", "NOTIFY w", "BEGIN; SELECT txid_current(); ROLLBACK")
# what autovacuum then has to work on while the next brackets run
LOAD = """UPDATE s.t SET v = v WHERE id % 7 = {n} % 7;
UPDATE s.doc SET body = repeat(chr(65 + {n} % 26), 200) WHERE id % 5 = {n} % 5;"""


class Tally:
    def __init__(self, name, rule, passes):
        self.name, self.rule, self.passes = name, rule, passes
        self.count, self.ms = collections.Counter(), []
        self.reasons, self.beside, self.named, self.wrong = collections.Counter(), 0, 0, []

    def add(self, verdict, bracket, ms, wanted):
        self.count[verdict] += 1
        self.ms.append(ms)
        if verdict == "HOLD":
            self.reasons[re.sub(r"[0-9]+", "N", bracket.headline)[:150]] += 1
        elif verdict not in wanted:
            self.wrong.append(bracket.why)
        elif verdict == "DRY" and bracket.witnesses & {"ids", "wal"} and not bracket.names_others:
            self.wrong.append([bracket.headline, "others wrote, and it does not say so"])
        self.beside += verdict == "DRY" and bool(bracket.witnesses & {"ids", "wal"})
        self.named += verdict == "DRY" and bracket.names_others

    def cells(self):
        n = sum(self.count.values())
        return [self.name, n, self.count["DRY"], self.count["NOT_DRY"], self.count["HOLD"],
                f"{self.named} of {self.beside}", round(statistics.median(self.ms)) if self.ms else "-", self.rule,
                "ok" if n > 0 and not self.wrong and self.passes(self.count, n) else "NOT OK"]


class Site:
    """A cluster with the fixture, and brackets in it."""

    def __init__(self, cluster, bin_dir, scratch, failures):
        self.cluster, self.bin, self.failures = cluster, bin_dir, failures
        self.run_dir = os.path.join(scratch, cluster.name)
        cluster.psql("postgres", script("fixture.sql"))
        cluster.psql("postgres", "CREATE DATABASE w_seen TEMPLATE w_base")
        cluster.psql("w_seen", "VACUUM (FREEZE, ANALYZE)")
        cluster.settle()

    def bracket(self, tally, sql, role, wanted):
        if self.failures:
            raise Failed("stopped")
        self.cluster.settle()
        argv = self.cluster.psql_argv(role, "w_seen") + ["-c", sql]
        begun = time.monotonic()
        b = witness_bracket.run(self.bin, self.cluster.conninfo("w_observer", "w_seen"),
                                self.cluster.conninfo(role, "w_seen"), argv, 0, self.run_dir)
        tally.add(b.verdict, b, 1000 * (time.monotonic() - begun), wanted)


def idle(site, options, tallies):
    for i in range(options.idle)[options.first - 1::options.step]:
        site.bracket(tallies["idle"], READERS[i % len(READERS)], "w_ro", {"DRY"})


def start_pgbench(cluster, seed):
    """Sessions that begin once and write until they are ended."""
    program = os.path.join(cluster.bin, "pgbench")
    where = ["-h", cluster.top, "-p", "5432", "-U", "postgres", "w_noise"]
    cluster.psql("postgres", "CREATE DATABASE w_noise")
    subprocess.run([program, "-i", "-q", "-s", "1", *where], check=True, env=clean_environment(),
                   capture_output=True)
    return subprocess.Popen([program, "-c", "3", "-T", "86400", "-R", "60", f"--random-seed={seed}", *where],
                            env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def plan(options):
    """Readers with the writers and the nameless spread evenly between them."""
    mine = slice(options.first - 1, None, options.step)
    out = [("noisy", i) for i in range(options.noisy)[mine]]
    for kind, n in (("writer", options.writers), ("nameless", options.nameless)):
        some = range(n)[mine]
        for at, i in enumerate(some):
            out.insert((at * len(out)) // len(some), (kind, i))
    return out


def noisy(site, options, tallies):
    pgbench = start_pgbench(site.cluster, options.seed)
    try:
        for number, (kind, i) in enumerate(plan(options)):
            if number % 5 == 0:
                site.cluster.psql("w_seen", LOAD.format(n=number))
            if kind == "noisy":
                site.bracket(tallies[kind], READERS[i % len(READERS)], "w_ro", {"DRY"})
            elif kind == "writer":
                site.bracket(tallies[kind], WRITERS[i % len(WRITERS)], "w_super", {"NOT_DRY"})
            else:
                site.bracket(tallies[kind], NAMELESS[i % len(NAMELESS)], "w_app", {"NOT_DRY"})
        if pgbench.poll() is not None:
            raise RuntimeError("pgbench ended before the last bracket")
        tallies["worked"] = site.cluster.psql("w_seen", WORKED).split("|")
    finally:
        pgbench.terminate()
        pgbench.wait()


WORKED = """SELECT sum(autovacuum_count), sum(autoanalyze_count),
    (SELECT xact_commit FROM pg_stat_database WHERE datname = 'w_noise') FROM pg_stat_all_tables"""


def run_in(name, settings, job, options, tallies, scratch, failures):
    try:
        with Cluster(name, settings) as cluster:
            job(Site(cluster, options.bin, scratch, failures), options, tallies)
    except Exception as e:  # a thread's failure is the program's
        failures.append(str(e) if isinstance(e, Failed) else repr(e))


def report(tallies):
    rows = [["brackets of", "N", "DRY", "NOT_DRY", "HOLD", "others named", "median ms", "must be", ""]]
    shown = [t for t in tallies.values() if isinstance(t, Tally)]
    rows += [t.cells() for t in shown]
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  ".join(str(c).ljust(w) for c, w in zip(r, widths)).rstrip())
    for t in shown:
        for reason, n in t.reasons.most_common():
            print(f"{t.name}: {n} HOLD: {reason}")
        for why in t.wrong[:5]:
            print(f"{t.name}: not ok:\n    " + "\n    ".join(why)[:1500])
    if "worked" in tallies:
        vacuums, analyzes, commits = (x.strip() for x in tallies["worked"])
        print(f"meanwhile: {vacuums} autovacuums and {analyzes} autoanalyzes in the observed "
              f"database, {commits} commits in the other")
    return 0 if all(r[-1] == "ok" for r in rows[1:]) else 1


def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # timeout(1) sends it twice
    sys.exit(143)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", default=os.path.join(HERE, "..", "..", "build", "bin"))
    for name, default in (("idle", 1000), ("noisy", 200), ("writers", 50), ("nameless", 10)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--part", default="1/1")
    options = p.parse_args()
    options.first, options.step = map(int, options.part.split("/"))
    tallies = {t.name: t for t in (
        Tally("idle", "all DRY", lambda c, n: c["DRY"] == n),
        Tally("noisy", ">= 95 % DRY, no NOT_DRY",  # of few, two may hold
              lambda c, n: n - c["DRY"] <= max(2, n / 20) and not c["NOT_DRY"]),
        Tally("writer", "all NOT_DRY", lambda c, n: c["NOT_DRY"] == n),
        Tally("nameless", "no DRY", lambda c, n: not c["DRY"]))}
    failures = []
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix="dryproof-noise-", dir=memory()) as scratch:
        jobs = [("idle", IDLE, idle), ("noisy", NOISY, noisy)]
        threads = [threading.Thread(target=run_in, args=(*job, options, tallies, scratch, failures))
                   for job in jobs if getattr(options, job[0]) > 0]
        try:
            for t in threads:
                t.start()
            for t in threads:
                t.join()
        except BaseException:
            failures.append("stopped")
            for t in threads:
                t.join()
            raise
    if failures:
        sys.exit(f"witness_noise.py: {failures[0]}")
    return report(tallies)


if __name__ == "__main__":
    sys.exit(main())
