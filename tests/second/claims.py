"""tests/second/claims.py - the second verifier's judgement of a package whose bytes are already
proven and whose documents have their closed shapes: findings, claims and the verdict's word
(FORMAT.md, mainly section 10).  strict*.py does what comes before."""
import os

import claims_bind
import claims_command
import claims_executor
import claims_facts
import claims_papers
import claims_records
import claims_state
import claims_wal
from claims_base import CLAIMS, EDGES, Absent, Findings, Package, Unreadable
from claims_manifest import Manifests
from claims_plan import REPORTS, Plan
from claims_snapshot import ordered, snapshot
from claims_who import Attribution

PRECEDENCE = (70, 2, 6, 5, 1, 4, 3, 0)
WRITES = ("E_EVIDENCE_CHANGED", "E_XID_UNACCOUNTED", "E_WAL_WRITE")


def published():
    """findings.tsv: code -> (place, exit status, stage)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas", "findings.tsv")
    with open(path, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    return {r[0]: (i, int(r[1]), r[2]) for i, r in enumerate(rows)}


CODES = published()


class Verdict:
    """What is said of the package."""

    def __init__(self, package, plan, policy, found, earlier):
        required = plan.required(policy)
        judged = claims_facts.asserted_claims(plan)
        for claim in CLAIMS:  # what is not applicable cannot be required
            found.unless(claim in judged or claim not in required, "E_EVIDENCE_INCOMPLETE", claim, "carrier/plan.json")
        known = [f for f in found.list if f[1] is None or f[1] in required or plan.bracket and CODES[f[0]][1] == 1]
        self.findings = sorted(list(earlier) + known, key=lambda f: CODES[f[0]][0])
        statuses = {}
        for code, claim, _ in found.list:
            status = "FAIL" if CODES[code][1] == 1 else "HOLD"
            statuses[claim] = "FAIL" if "FAIL" in (status, statuses.get(claim)) else "HOLD"
        lacks = any(code == "E_EVIDENCE_INCOMPLETE" and claim is None for code, claim, _ in found.list)
        self.claims = {c: statuses.get(c, "HOLD" if lacks else "PASS") if c in judged else "N-A" for c in CLAIMS}
        exits = {CODES[code][1] for code, _, _ in self.findings}
        self.exit_status = next((e for e in PRECEDENCE if e in exits), 0)
        self.status = {0: "PASS", 1: "FAIL", 4: "FAIL"}.get(self.exit_status, "HOLD")
        try:
            self.environment_class = claims_bind.environment_class(package, policy)
        except Absent:
            self.environment_class = "unknown"
        self.verdict = self.word(plan)

    def word(self, plan):
        first = next((c for c, _, _ in self.findings if CODES[c][1] == self.exit_status), None)
        if self.status == "PASS":
            return "DRY" if plan.bracket else plan.doc["verdicts"][self.environment_class]
        if self.status == "HOLD":
            if self.exit_status != 3:
                return "HOLD_NOT_CHECKED"
            if plan.bracket:
                return "HOLD_NOT_MEASURABLE"
            return first if first.startswith("HOLD_") else "HOLD_EVIDENCE_INCOMPLETE"
        if self.exit_status == 4:
            return "REJECT_KEY_NOT_TRUSTED"
        if CODES[first][2] != "EVIDENCE":
            return "REJECT_INTEGRITY"
        bad = [c for c, _, _ in self.findings if CODES[c][1] == 1]
        return "NOT_DRY" if plan.bracket and all(c in WRITES for c in bad) else "REJECT_CLAIM_REFUTED"


def judge(files, context, findings=()):
    package, found = Package(files), Findings()
    plan = Plan(package)
    called = plan.called_for()
    for name in sorted(called - set(files) - set(REPORTS)):
        found.add("E_EVIDENCE_INCOMPLETE", missing_claim(name), name)
    for edge in EDGES:
        for name in ("%s/%s" % (edge, f) for f in package.table_files(edge)) if edge + "/tables.json" in files else ():
            found.unless(files.get(name, b"?"), "E_EVIDENCE_INCOMPLETE", None, name)  # without a header no table
    if any(code == "E_EVIDENCE_INCOMPLETE" and claim is None for code, claim, _ in found.list):
        return Verdict(package, plan, context["policy"], found, findings)
    ordered(package, found)
    if any(code != "E_EVIDENCE_INCOMPLETE" for code, _, _ in found.list):
        return Verdict(package, plan, context["policy"], found, findings)
    for name in sorted(n for n in files if n not in called and not n.startswith("carrier/")):
        found.add("E_MANIFEST_EXTRA", None, name)
    records = plan.records()

    def step(function, *arguments):
        """One part of the judgement; without its files it says nothing more."""
        try:
            return function(*arguments)
        except Absent:
            return None
        except Unreadable as e:
            found.add("E_EVIDENCE_INCONSISTENT", None, str(e))
            return None

    step(claims_bind.bind, package, plan, context, found)
    step(claims_bind.environment, package, plan, context, found)
    step(claims_bind.session_rules, package, plan, found)
    for edge in EDGES:
        snapshot(package, plan, edge, found)
    step(claims_bind.order, package, plan, records, found)
    step(claims_wal.whole, package, found)
    step(claims_wal.measured, package, plan, found)
    attribution = step(Attribution, package, plan, records)
    if attribution:
        step(claims_state.state, package, plan, attribution, found)
        step(claims_wal.ids, package, plan, attribution, found)
        step(claims_wal.judge, package, plan, attribution, found)
    if plan.bracket:
        if attribution:
            step(claims_command.command, package, plan, attribution, found)
    else:
        carrier(package, plan, records, attribution, context, found, step)
    step(claims_bind.bind_statement, package, plan, records, context, found)
    step(claims_facts.reports, package, plan, records, found)
    step(claims_facts.assertions, package, plan, records, found)
    return Verdict(package, plan, context["policy"], found, findings)


def carrier(package, plan, records, attribution, context, found, step):
    manifests = step(Manifests, package, plan, found)
    if manifests is None:
        return
    checks = claims_papers.Checks(package, plan, records, manifests)
    step(claims_executor.judge, package, plan, found)
    step(claims_records.each_record, package, plan, records, found)
    step(claims_records.steps, package, plan, records, manifests.digests, found)
    if attribution:
        step(claims_records.harness, package, plan, records, attribution, found)
    step(claims_records.coverage, package, plan, records, found)
    step(claims_records.readback, package, plan, records, checks, found)
    step(claims_records.preflight, package, plan, records, checks, found)
    try:
        environment_class = claims_bind.environment_class(package, context["policy"])
    except Absent:
        environment_class = "unknown"
    step(claims_papers.papers, package, plan, records, manifests, checks, environment_class, found)


def missing_claim(name):
    """The claim that lacks its evidence; without a document of the run, of an edge or of the command it is all of them."""
    if name in ("steps/001-command/command.json", "steps/001-command/sessions.ndjson"):
        return None
    return {"steps": "executed", "executor": "executed", "harness": "fail-closed", "manifests": "manifest-deterministic", "readback": "readback-clean"}.get(name.split("/")[0])


def check(files, context):
    return judge(files, context).findings
