"""tests/tools/witness_oracle.py - a second opinion on what an action left behind, measured
with psql alone: it shares neither code nor queries nor recipes with the collector, so where
the two disagree one of them is wrong.  Needs an otherwise idle cluster and a superuser."""
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "witness")

# records without a transaction id that a server writes by itself, or for a reader
HARMLESS = ("XLOG/CHECKPOINT", "Standby/RUNNING_XACTS", "XLOG/FPI_FOR_HINT", "Heap2/PRUNE",
            "CLOG/ZEROPAGE", "CommitTs/ZEROPAGE", "MultiXact/ZERO", "XLOG/NOOP")
KINDS = ("counts", "content", "physical", "catalog", "sequences")


def script(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return f.read()


def rows(text):
    return [line.split("\t") for line in text.splitlines() if "\t" in line]


class Oracle:
    """before() … after() around anything; after() gives the set of witnesses that moved."""

    def __init__(self, cluster, database):
        self.cluster, self.database = cluster, database
        self.why = []

    def measure(self, *names):
        out = rows(self.cluster.psql(self.database, "".join(script(n) for n in names)))
        return {(r[0], r[1]): r[2] for r in out}

    def before(self):
        self.first = self.measure("state.sql", "edge.sql")  # the edge last: reading may prune

    def after(self):
        last = self.measure("edge.sql", "state.sql")
        moved = sorted({k for k in self.first.keys() | last.keys()
                        if self.first.get(k) != last.get(k)})
        self.why = [f"{kind}: {name}" for kind, name in moved if (kind, name) != ("edge", "lsn")]
        seen = {kind for kind, _ in moved if kind in KINDS}
        seen |= {"ids" for kind, name in moved if kind == "edge" and name != "lsn"}
        if self.cluster.reads_wal and self.first[("edge", "lsn")] != last[("edge", "lsn")] and self.wrote(last):
            seen.add("wal")
        return seen

    def wrote(self, last):
        """Records between the edges that no reader and no idle server writes."""
        groups = rows(self.cluster.psql(self.database, script("wal.sql"),
                                        "-v", "from=" + self.first[("edge", "lsn")],
                                        "-v", "to=" + last[("edge", "lsn")]))
        found = [(name, xid) for _, name, xid, _ in groups
                 if xid != "0" or not name.startswith(HARMLESS)]
        self.why += [f"wal: {name} xid {xid}" for name, xid in found]
        return found
