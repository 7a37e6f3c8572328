"""tests/second/claims_plan.py - a plan read for what it calls for: the records it makes, what
each of them sent, and the files that a package of it has (FORMAT.md sections 2, 3 and 7)."""
import re

from claims_base import EDGES, Absent, answer_of, canonical
from claims_executor import ASKED, execution
from claims_executor import names as of_exchange
from known import remembered

RECORD = ("request.json", "request.sql", "result.json", "session.json")
SNAPSHOT = ("activity.json", "capability.json", "catalog.ndjson", "cluster.ndjson", "functions.ndjson", "identity.json",
            "physical.json", "sequences.json", "tables.json", "transactions.json", "wal.json")
REPORTS = ("harness/ctrf.json", "harness/junit.xml")
ROOT = ("assertions.json", "cost.json", "environment.json", "facts.json", "run.json", "started.json", "wal.json", "wal/groups.ndjson") + REPORTS
ANSWERED = "after/answered.json"
COMMAND = ("command.json", "sessions.ndjson", "stderr", "stdout")


class Record:
    """One statement that the plan calls for: folder, statement, parameters, and whose it is."""

    def __init__(self, folder, kind, sql, args, step=None, case=None):
        self.folder, self.kind, self.sql, self.args, self.step, self.case = folder, kind, sql, args, step, case
        self.is_whole = None  # of the one package that it is a record of

    def whole(self, package):
        """Of a record that lacks a file nothing is said."""
        if self.is_whole is None:
            self.is_whole = all("%s/%s" % (self.folder, n) in package.files for n in RECORD)
        return self.is_whole

    def answer(self, package):
        self.document(package, "result.json")
        return answer_of(package.raw(self.folder + "/result.json"))

    def session(self, package):
        return self.document(package, "session.json")

    def document(self, package, name):
        if not self.whole(package):
            raise Absent(self.folder)
        return package.doc("%s/%s" % (self.folder, name))


class Call:
    """An endpoint that an executor is asked for: where the exchange and the record of it stand."""

    def __init__(self, folder, record, correlation, step, endpoint, claim):
        self.folder, self.record, self.correlation = folder, record, correlation
        self.step, self.endpoint, self.claim = step, endpoint, claim


@remembered
def endpoint_sql(endpoint):
    name, types = re.fullmatch(r"(.*?)\((.*)\)", endpoint, re.S).groups()
    types = types.split(",") if types else []
    return ("SELECT %s(%s)" % (name, ", ".join("$%d::%s" % (i + 1, t) for i, t in enumerate(types)))).encode()


def sent(args):
    """The parameters as they are sent."""
    return [a if a is None or isinstance(a, str) else canonical(a).decode() for a in args]


class Plan:
    def __init__(self, package):
        self.package, self.doc = package, package.doc("carrier/plan.json")
        self.made = None
        self.executor = "executor.json" in package.files and self.doc["schema"].startswith("dryproof.plan/")
        self.bracket = self.doc["schema"].startswith("dryproof.bracket/")
        get = (lambda name, default: default) if self.bracket else (lambda name, default: self.doc[name])
        self.steps, self.manifests, self.captured = get("steps", []), get("manifests", []), get("captured", [])
        self.readback, self.allowed = get("readback", []), get("allowed_changes", [])
        self.harness = get("harness", {"step": None, "cases": []})
        self.cases = self.harness["cases"]
        self.codes = get("reject_codes", {"primary": {"declared": [], "unreachable": []},
                                          "secondary": {"declared": [], "unobserved": []}})
        self.folders = ["steps/%03d-%s" % (i + 1, s["name"]) for i, s in enumerate(self.steps)]
        self.case_folders = ["harness/%02d-%s" % (i + 1, c["name"]) for i, c in enumerate(self.cases)]

    def step(self, name):
        return next((i, s) for i, s in enumerate(self.steps) if s["name"] == name)

    def capture_of(self, relation):
        return next((c for c in self.captured if c["relation"] == relation), None)

    def required(self, policy):
        if self.bracket:
            basic = ["executed", "identity", "no-state", "ids-accounted"]
            return set(policy["required_claims"]) | set(basic if "ids" in self.doc["accept_basis"] else basic + ["no-write-witness"])
        return set(self.doc["required_claims"]) | set(policy["required_claims"]) | {
            "executed", "identity", "no-state", "ids-accounted", "no-write-witness", "authority-firewall"}

    def dispatched(self, i):
        """Whether the dispatch of step i did not raise: only then it was executed."""
        try:
            return self.steps[i]["kind"] != "dot" or not Record(self.folders[i] + "/dispatch", "dispatch", b"", []).answer(self.package).raised
        except Absent:
            return True

    def calls(self):
        """Whatever an executor is asked for."""
        run_id = self.package.doc("run.json")["run_id"] if "run.json" in self.package.files else None
        out = []
        for i, step in enumerate(self.steps if self.executor else []):
            if step["kind"] == "dot" and self.dispatched(i):
                out.append(Call(self.folders[i] + "/http", self.folders[i] + "/execution", "%s/%s" % (run_id, step["name"]),
                                step, step["endpoint"], "executed"))
            if step["name"] == self.harness["step"] and self.executed(i):
                for folder, case in zip(self.case_folders, self.cases):
                    whose = next(s for s in self.steps if s.get("endpoint") == case["endpoint"])
                    out.append(Call(folder + "/http", folder, "%s/%s/%s" % (run_id, step["name"], case["name"]), whose,
                                    case["endpoint"], "fail-closed"))
        return out

    def executed(self, i):
        """Whether step i was: its dispatch did not raise, and an executor did not do otherwise."""
        run_id = self.package.doc("run.json")["run_id"] if "run.json" in self.package.files else None
        return self.dispatched(i) and (not self.executor or self.steps[i]["kind"] != "dot" or execution(
            self.package, self.folders[i] + "/http", "%s/%s" % (run_id, self.steps[i]["name"])) is not None)

    def code(self, code, steps=None):
        """code; but where an executor did not execute one of the steps (by default of those that are to
        change something) what it leaves is missing."""
        names = [a["step"] for a in self.allowed] if steps is None else steps
        good = not self.executor or all(self.executed(self.step(n)[0]) for n in names)
        return code if good else "E_EVIDENCE_INCOMPLETE"

    def records(self):
        """All records in the order in which they are made."""
        if self.made is None:
            self.made = self.make_records()
        return self.made

    def make_records(self):
        out, dispatch = [], {} if self.bracket else self.doc["dispatch"] or {}
        run_id = self.package.doc("run.json")["run_id"] if "run.json" in self.package.files else None
        for i, step in enumerate(self.steps):
            folder = self.folders[i]
            if step["kind"] == "dot":
                out.append(Record(folder + "/dispatch", "dispatch", self.file(dispatch["sql"]),
                                  [step["dot_code"], "%s/%s" % (run_id, step["name"]), dispatch["actor"], step["mode"], "false", run_id], step))
                if self.executed(i):
                    out.append(Record(folder + "/execution", "execution", endpoint_sql(step["endpoint"]), sent(step["args"]), step))
            else:
                out.append(Record(folder + "/execution", "observe", self.file(step["sql"]), [], step))
            if step["name"] == self.harness["step"] and self.executed(i):
                out += [Record(f, "case", endpoint_sql(c["endpoint"]), sent(c["args"]), step, c)
                        for f, c in zip(self.case_folders, self.cases)
                        if not self.executor or execution(self.package, f + "/http", "%s/%s/%s" % (run_id, step["name"], c["name"]))]
        return out + [Record("readback/" + r["name"], "readback", self.file(r["sql"]), []) for r in self.readback]

    def listed(self, manifest):
        """The repetitions of a manifest: as many as its document lists, the plan's at most."""
        name = "manifests/%s/manifest.json" % manifest["name"]
        listed = len(self.package.doc(name)["repetitions"]) if name in self.package.files else 0
        return min(manifest["repetitions"], listed)

    def file(self, name):
        return self.package.files.get("carrier/" + name)

    def called_for(self):
        """The names of all files that a package of this plan has, and no others (carrier/ aside)."""
        names = set(ROOT) | {"%s/%s" % (e, n) for e in EDGES for n in SNAPSHOT}
        for edge in EDGES:
            if edge + "/tables.json" in self.package.files:
                names |= {"%s/%s" % (edge, f) for f in self.package.table_files(edge)}
            else:
                names |= {"%s/tables/%06d.ndjson" % (edge, i + 1) for i in range(len(self.captured))}
        if self.bracket:
            return names | {"steps/001-command/" + n for n in COMMAND} | {ANSWERED} & self.package.files.keys()
        if self.executor:
            names |= {"executor.json"}.union(*map(of_exchange, ASKED + tuple(c.folder for c in self.calls())))
        for r in self.records():
            names |= {"%s/%s" % (r.folder, n) for n in RECORD + (("residue.json",) if r.kind == "case" else ())}
        for m in self.manifests:
            names.add("manifests/%s/manifest.json" % m["name"])
            for r in range(1, self.listed(m) + 1):
                names |= {"manifests/%s/rep-%d.%s" % (m["name"], r, n) for n in ("rows.ndjson", "pg.bytes", "own.bytes")}
        return names
