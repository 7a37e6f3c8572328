"""tests/tools/witness_bracket.py - one bracket of `dryproof run`, and what its run directory
says about which witnesses moved.

The witnesses are read from the evidence, not from the verdict: a verdict that is right for
a wrong reason is wrong.  schemas/FORMAT.md section 3 names the files."""
import csv
import json
import os
import shutil
import subprocess

from witness_cluster import Failed, clean_environment

WORDS = {"DRY": 0, "NOT_DRY": 1, "HOLD_NOT_MEASURABLE": 3}
IDS = ("next_xid", "next_multixact", "in_progress", "prepared")
OTHERS = "what others did beside the run: "
OUTSIDE = "could have acted outside"
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas")


class Bracket:
    """verdict is DRY, NOT_DRY, HOLD, or another word where the evidence does not stand; status
    the command's own; why the findings."""

    def __init__(self, doc, moved):
        verdict = doc["verdict"]
        self.verdict, self.status = verdict["verdict"].split("_NOT_M")[0], doc["command"]["exit"]
        self.headline = verdict["headline"]
        self.witnesses = frozenset(moved | ({"capability"} if OUTSIDE in self.headline else set()))
        detail = next(c["detail"] for c in verdict["claims"] if c["id"] == "no-write-witness")
        self.names_others = any(OTHERS in text for text in verdict["not_observed"]) or "autovacuum" in detail
        self.why = [self.headline] + [f"{f['code']} {f['path']}: {f['message']}" for f in verdict["findings"]]


def run(bin_dir, observer, actor, argv, expect_exit, run_dir, options=(), environment=None):
    """Bracket argv.  observer and actor are conninfos."""
    call = [os.path.join(bin_dir, "dryproof"), "run", "--db", observer, "--command-db", actor,
            "--expect-exit", str(expect_exit), "--timeout", "60", "--json", "--out", run_dir, *options, "--", *argv]
    done = subprocess.run(call, env={**clean_environment(), **(environment or {})}, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    try:
        doc = json.loads(done.stdout)
        verdict = doc["verdict"]
        if WORDS.get(verdict["verdict"], done.returncode) != done.returncode:
            raise Failed(f"status {done.returncode} with verdict {verdict['verdict']}")
        return Bracket(doc, witnesses(run_dir))
    except (ValueError, KeyError) as e:
        raise Failed(f"dryproof run: status {done.returncode}, {e!r}: {(done.stdout + done.stderr)[-600:]}") from e
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def wal_classes():
    with open(os.path.join(SCHEMAS, "wal.tsv"), encoding="utf-8") as f:
        table = csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)
        known = {(row["rmgr"], row["type"]): row["class"] for row in table}
    return {**known, ("XLOG", "SWITCH"): "write"}  # archive_timeout is 0 in these clusters


def edges(run_dir, name, take):
    """Whether what take() finds in the file differs between the edges."""
    both = []
    for edge in ("before", "after"):
        path = os.path.join(run_dir, edge, name)
        if name.endswith(".ndjson"):
            both.append(lines(path))
        else:
            with open(path, encoding="utf-8") as f:
                both.append(take(json.load(f)))
    return both[0] != both[1]


def members(*names):
    return lambda doc: [doc[n] for n in names]


def columns(*names):
    return lambda doc: [[row[n] for n in names] for row in doc["tables"]]


def witnesses(run_dir):
    found = set()
    if edges(run_dir, "tables.json", columns("relation", "rows")):
        found.add("counts")
    if edges(run_dir, "tables.json", columns("relation", "digest")):
        found.add("content")
    if edges(run_dir, "physical.json", members("relations")):
        found.add("physical")
    if any(edges(run_dir, n, None) for n in ("catalog.ndjson", "functions.ndjson", "cluster.ndjson")):
        found.add("catalog")
    if edges(run_dir, "sequences.json", members("sequences")):
        found.add("sequences")
    if edges(run_dir, "transactions.json", members(*IDS)):
        found.add("ids")
    known = wal_classes()
    for group in lines(os.path.join(run_dir, "wal", "groups.ndjson")):
        if group["xid"] is not None or known.get((group["rmgr"], group["type"])) not in ("housekeeping", "read"):
            found.add("wal")
    return found
