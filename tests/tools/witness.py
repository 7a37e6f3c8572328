"""tests/tools/witness.py - does each action of tests/witness/actions.tsv get the verdict it
must get, and is it seen by the witnesses that must see it?

Usage: witness.py [--bin DIR] [--oracle | --only-oracle] [--clusters N] [--roles R,R]
                  [--part N/M] [--select REGEX] [--table FILE] [--why]
  --oracle        also measure with psql alone (witness_oracle.py): it must come to the same
                  verdict, and have seen all that the bracket saw (it may see more: whole catalogs)
  --only-oracle   measure with psql alone; nothing of dryproof runs
  --part N/M      only every M-th line, from the N-th
  --why           after each line, what moved

Column needs: what must be there, by commas: an extension, lib:LIBRARY, client (psql and
pg_dump not older than the server), wal (readable), or versions FIRST- or FIRST-LAST.  A server whose WAL
cannot be read (before 15) is judged with --accept-basis ids.  An expectation (columns super, app, ro) is "ANSWER VERDICT WITNESSES", or "-" where the
action means nothing for the role.  ANSWER: ran (exit 0), refused (psql's 3, expected by
--expect-exit), failed (any other, not expected).  VERDICT: DRY, NOT_DRY, HOLD.  WITNESSES:
exactly those that differ between the edges, of counts content physical catalog sequences
ids wal; and capability, when the verdict must name that the role could have acted outside.
Actions of the group "outside" do act outside, or leave nothing to see: DRY is right, and says
so.  Those of the group "late" write when the bracket is over, and must not be DRY.

One bracket at a time in a cluster (ids and WAL are its own), several clusters at a time."""
import argparse
import csv
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading

import witness_bracket
from witness_cluster import Cluster, Failed, clean_environment, memory
from witness_oracle import HERE, Oracle, script

ROLES = ("super", "app", "ro")
IN_DATABASE = ("counts", "content", "physical", "catalog", "sequences", "ids", "wal")
WRAP = {"auto": "%s\n", "one": "BEGIN;\n%s\nCOMMIT;\n", "readonly": "BEGIN READ ONLY;\n%s\nCOMMIT;\n"}


class Cell:
    """One expectation, or one measurement in the same words."""

    def __init__(self, answer, verdict, witnesses):
        self.answer, self.verdict, self.witnesses = answer, verdict, frozenset(witnesses)

    @classmethod
    def parse(cls, text):
        answer, verdict, witnesses = text.split(" ")
        if answer not in ("ran", "refused", "failed") or verdict not in ("DRY", "NOT_DRY", "HOLD"):
            raise ValueError(text)
        found = set() if witnesses == "-" else set(witnesses.split(","))
        if not found <= {*IN_DATABASE, "capability"}:
            raise ValueError(text)
        return cls(answer, verdict, found)

    def names(self):
        order = (*IN_DATABASE, "capability")
        return ",".join(w for w in order if w in self.witnesses) or "-"

    def __str__(self):
        return f"{self.answer} {self.verdict} {self.names()}"


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)


def load(path):
    with open(path, encoding="utf-8", newline="") as f:
        table = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in table:
        row["setup"], row["action"] = unescape(row["setup"]), unescape(row["action"])
        for role in ROLES:
            if row[role] != "-":
                Cell.parse(row[role])
    return table


class Worker:
    """One cluster, and the lines that it is given."""

    def __init__(self, cluster, options, scratch):
        self.cluster, self.options, self.scratch = cluster, options, scratch
        self.database, self.serial, self.dirty = None, 0, True
        cluster.psql("postgres", script("fixture.sql"))

    def lacks(self, line):
        """Why a line cannot be done with this server, or ''."""
        for need in filter(lambda n: n != "-", line.row["needs"].split(",")):
            lowest, _, highest = need.partition("-")
            if lowest.isdigit():
                if not int(lowest) <= self.cluster.major <= int(highest or 99):
                    return f"not in PostgreSQL {self.cluster.major}"
            elif need == "wal":
                continue
            elif need == "client":
                if self.cluster.client_major < self.cluster.major:
                    return f"pg_dump {self.cluster.client_major} does not speak to {self.cluster.major}"
            elif need.startswith("lib:"):
                if not self.cluster.has_library(need[4:]):
                    return f"{need[4:]} is not installed here"
            elif need not in self.cluster.extensions:
                return f"extension {need} is not installed here"
        if not self.cluster.reads_wal:
            if line.expected.witnesses == {"wal"} or "wal" in line.row["needs"].split(","):
                return "this server's WAL cannot be read"
            line.expected.witnesses -= {"wal"}
        return ""

    def fresh(self):
        """A copy of the fixture; what the last action left is undone first."""
        if self.database is not None:
            self.cluster.settle()
            self.cluster.psql(self.database, script("clean.sql"))
            self.cluster.psql("postgres", f"DROP DATABASE {self.database} WITH (FORCE)")
        self.serial += 1
        self.database = f"w_{self.serial}"
        self.cluster.psql("postgres", f"CREATE DATABASE {self.database} TEMPLATE w_base")

    def command(self, row, role):
        """argv and environment of the action, for the login role w_ROLE."""
        login = "w_" + role
        environment = {"ROLE": login, "PSQL": "psql -X -q -v ON_ERROR_STOP=1"}
        # before 14 no counter tells that a session was there: it has to last until it is seen
        linger = "SELECT pg_sleep(0.3)" if self.cluster.major < 14 else ""
        if row["form"] == "shell":
            waits = f"$PSQL -c '{linger}' >/dev/null; " if linger and "$PSQL" in row["action"] else ""
            return ["sh", "-c", waits + row["action"]], environment
        path = os.path.join(self.scratch, f"{self.cluster.name}.sql")
        with open(path, "w", encoding="utf-8") as f:
            f.write(WRAP[row["form"]] % row["action"])
        return self.cluster.psql_argv(login, self.database) + (["-c", linger] if linger else []) + [
            "-v", "db=" + self.database, "-v", "role=" + login, "-v", "host=" + self.cluster.top,
            "-f", path], environment

    def measure(self, row, role):
        """The cells: by the bracket, by the oracle; either may be None."""
        if self.database is None or self.dirty or row["setup"] != "-":
            self.fresh()
        self.dirty = True  # until the oracle or the verdict says otherwise
        if row["setup"] != "-":
            self.cluster.psql(self.database, row["setup"], "-v", "db=" + self.database,
                              "-v", "role=w_" + role, "-v", "host=" + self.cluster.top)
        self.cluster.settle()
        argv, environment = self.command(row, role)
        oracle = Oracle(self.cluster, self.database) if self.options.oracle else None
        if oracle is not None:
            oracle.before()
            self.cluster.settle()
        seen = told = None
        if self.options.bracket:
            seen, status, said = self.bracket(row, role, argv, environment)
        else:
            here = {"PGHOST": self.cluster.top, "PGPORT": "5432", "PGUSER": "w_" + role,
                    "PGDATABASE": self.database}
            done = subprocess.run(argv, env={**clean_environment(), **environment, **here}, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True)
            status, said = done.returncode, done.stderr
        if oracle is not None:
            self.cluster.settle()
            moved = oracle.after()
            told = Cell(answer(status), "NOT_DRY" if moved else "DRY", moved)
            told.why = oracle.why + [line for line in said.splitlines() if "ERROR" in line]
        self.dirty = row["setup"] != "-" or (told or seen).verdict != "DRY"
        return seen, told

    def bracket(self, row, role, argv, environment):
        refused = row[role].startswith("refused")
        b = witness_bracket.run(
            self.options.bin, self.cluster.conninfo("w_observer", self.database),
            self.cluster.conninfo("w_" + role, self.database), argv, 3 if refused else 0,
            os.path.join(self.scratch, self.cluster.name + ".run"),
            [] if self.cluster.reads_wal else ["--accept-basis", "ids"], environment)
        cell = Cell(answer(b.status), b.verdict, b.witnesses)
        cell.why = b.why
        return cell, b.status, ""


def answer(status):
    return {0: "ran", 3: "refused"}.get(status, "failed")


class Line:
    """A line of the printed table: an action by a role, what was seen, what was expected."""

    def __init__(self, row, role):
        self.row, self.role, self.expected = row, role, Cell.parse(row[role])
        self.seen = self.told = None
        self.skipped, self.wrong, self.done = "", [], threading.Event()

    def judge(self):
        want = self.expected
        if self.seen is not None:
            self.wrong = [part for part in ("answer", "verdict", "witnesses")
                          if getattr(self.seen, part) != getattr(want, part)]
        if self.told is not None and self.row["group"] != "late":
            if self.told.answer != want.answer or want.verdict not in (self.told.verdict, "HOLD"):
                self.wrong.append("oracle")
            elif self.seen is not None and not self.seen.witnesses <= self.told.witnesses | {"capability"}:
                self.wrong.append("not seen by the oracle")

    def cells(self):
        seen = self.seen or self.told
        if seen is None:
            return [self.row["id"], self.role, self.row["name"], "", "", "", "skip: " + self.skipped]
        verdict = "NOT OK: " + ", ".join(self.wrong) if self.wrong else "ok"
        return [self.row["id"], self.role, self.row["name"], seen.answer, seen.names(),
                seen.verdict, verdict]


def work(cluster_number, todo, options, scratch, failures):
    line = None
    try:
        with Cluster(str(cluster_number)) as cluster:
            worker = Worker(cluster, options, scratch)
            while not failures:
                line = todo.get_nowait()
                line.skipped = worker.lacks(line)
                if not line.skipped:
                    line.seen, line.told = worker.measure(line.row, line.role)
                    line.judge()
                line.done.set()
    except queue.Empty:
        pass
    except Exception as e:  # a thread's failure is the program's
        at = f"{line.row['id']} {line.role}: " if line is not None else ""
        failures.append(at + (str(e) if isinstance(e, Failed) else repr(e)))


HEAD = ["id", "role", "action", "server", "witnesses that moved", "verdict", "as expected"]


def print_table(lines, failures, why):
    """Each line as soon as it and those before it are done."""
    widths = [max(len(str(c)) for c in column) for column in zip(HEAD, *(
        [x.row["id"], x.role, x.row["name"], x.expected.answer, x.expected.names(), x.expected.verdict, ""]
        for x in lines))]
    for line in [None, *lines]:
        while line is not None and not line.done.wait(0.2):
            if failures:
                return
        cells = HEAD if line is None else line.cells()
        print("  ".join(c.ljust(w) for c, w in zip(cells, widths)).rstrip(), flush=True)
        if line is None or not (line.wrong or why):
            continue
        print(f"      expected {line.expected}; seen {line.seen}; oracle {line.told}")
        for cell in (line.seen, line.told):
            for text in cell.why if cell is not None else []:
                print("      " + text[:300])


def count_row(title, role, lines):
    pairs = [(x, x.seen or x.told) for x in lines if x.role == role and (x.seen or x.told)]
    judged = [(x.expected.verdict, s.verdict) for x, s in pairs if x.seen or x.expected.verdict != "HOLD"]
    inside = [s for x, s in pairs if x.expected.verdict == "NOT_DRY"]
    outside = [s for x, s in pairs if x.row["group"] == "outside" and x.expected.verdict == "DRY"
               and x.expected.answer == "ran"]

    def caught(*names):
        return sum(1 for s in inside if s.witnesses & set(names))
    return [title, role, sum(1 for _, s in pairs if s.answer == "ran"), len(inside) + len(outside),
            caught("counts", "content"), caught("ids"), caught("wal"), caught(*IN_DATABASE),
            sum(1 for s in outside if "capability" in s.witnesses),
            sum(1 for _, s in pairs if s.verdict == "HOLD"),
            sum(1 for want, seen in judged if seen == "DRY" != want),
            sum(1 for want, seen in judged if seen == "NOT_DRY" != want),
            sum(1 for x, _ in pairs if x.wrong)]


def summary(lines, bracketed):
    """What the table is for, in numbers.  An effect is a line that must be NOT_DRY, or acts outside."""
    rows = [["actions", "role", "ran", "effects", "by counts+content", "by ids", "by WAL", "by all",
             "outside, named", "held", "false DRY", "false NOT_DRY", "unexpected"]]
    for title, some in (("W01-W41", [x for x in lines if x.row["id"].startswith("W")]), ("all", lines)):
        rows += [count_row(title, role, some) for role in ROLES]
    print("\neffects, as the " + ("bracket" if bracketed else "oracle") + " saw them:")
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(rows[0]))]
    for r in rows:
        print("  " + "  ".join(str(c).rjust(w) for c, w in zip(r, widths)))


def parse_options():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", default=os.path.join(HERE, "..", "..", "build", "bin"))
    p.add_argument("--oracle", action="store_true")
    p.add_argument("--only-oracle", action="store_true")
    p.add_argument("--clusters", type=int, default=3)
    p.add_argument("--roles", default=",".join(ROLES))
    p.add_argument("--part", default="1/1")
    p.add_argument("--select", default="")
    p.add_argument("--table", default=os.path.join(HERE, "actions.tsv"))
    p.add_argument("--why", action="store_true")
    options = p.parse_args()
    options.oracle = options.oracle or options.only_oracle
    options.bracket = not options.only_oracle
    return options


def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # timeout(1) sends it twice
    sys.exit(143)


def main():
    options = parse_options()
    first, step = map(int, options.part.split("/"))
    lines = [Line(row, role) for row in load(options.table) for role in options.roles.split(",")
             if row[role] != "-" and re.search(options.select, row["id"])][first - 1::step]
    todo, failures = queue.Queue(), []
    for line in lines:
        todo.put(line)
    signal.signal(signal.SIGTERM, stop)
    with tempfile.TemporaryDirectory(prefix="dryproof-witness-", dir=memory()) as scratch:
        threads = [threading.Thread(target=work, args=(n, todo, options, scratch, failures))
                   for n in range(options.clusters)]
        try:
            for t in threads:
                t.start()
            print_table(lines, failures, options.why)
        finally:
            if not all(x.done.is_set() for x in lines):
                failures.append("stopped")
            for t in threads:
                t.join()
    if failures:
        sys.exit(f"witness.py: {failures[0]}")
    summary(lines, options.bracket)
    wrong = sum(1 for x in lines if x.wrong)
    done = sum(1 for x in lines if x.seen or x.told)
    print(f"{done - wrong} passed, {wrong} failed, {len(lines) - done} skipped")
    return 1 if wrong or done == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
