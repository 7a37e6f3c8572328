"""tests/second/claims_papers.py - the papers of a governed step, by the captured rows: gates,
owner, grant, contracts, catalogue, admissions, reuse and the forbidden list (FORMAT.md section 2)."""
import re

from claims_base import EDGES, Absent, Loose, definition_digest, loose_json, row_line, sha256
from claims_records import Case, same_json
from strict_json import Finding
from strict_shapes import time


class Checks:
    """The CHECKs of a plan, answered from the evidence."""

    def __init__(self, package, plan, records, manifests):
        self.package, self.plan, self.records, self.manifests = package, plan, records, manifests

    def holds(self, check, edge):
        """What is not there does not hold."""
        try:
            return self.is_so(check, edge)
        except Absent:
            return False

    def is_so(self, check, edge):
        if "exists" in check:
            return any(t["relation"] == check["exists"] for t in self.package.doc(edge + "/tables.json")["tables"])
        if "rows" in check:
            return self.count(check, edge) == check["rows"]["count"]
        if "manifest" in check:
            return self.manifests.good.get(check["manifest"], False)
        if "manifest_rows" in check:
            return self.manifests.rows.get(check["manifest_rows"]) == check["count"]
        if "contracts" in check:
            c = self.plan.doc["contracts"]
            table = self.package.table(edge, c["relation"])
            return sum(len(table.where({c["code"]: code})) == 1 for code in c["required"]) == check["contracts"]
        record = next((r for r in self.records if r.kind == "case" and r.case["name"] == check["case"]), None)
        if record is None:
            return False
        case = Case(self.package, record)
        return case.answer.fails and case.as_expected

    def count(self, check, edge):
        rows = self.package.table(edge, check["rows"]["relation"]).where(check["rows"]["where"])
        if "not_in" in check:
            n = check["not_in"]
            others = [r.get(n["of"]) for r in self.package.table(edge, n["relation"]).rows]
            rows = [r for r in rows if r.get(n["column"]) not in others]
        return len(rows)


def papers(package, plan, records, manifests, checks, environment_class, found):
    for check in (gates, owner, grant_scoped, grant_used, contracts, catalogue, admitted, reuse, forbidden):
        try:
            check(package, plan, records, manifests, checks, environment_class, found)
        except Absent as e:
            found.add("E_EVIDENCE_INCOMPLETE", None, str(e))


def gates(package, plan, records, manifests, checks, environment_class, found):
    g = plan.doc["gates"]
    for edge in EDGES:
        table = package.table(edge, g["relation"])
        for gate, value in g["expect"].items():
            rows = table.where({g["key"]: gate})
            found.unless(len(rows) == 1 and rows[0].get(g["value"]) == value, "E_GATE_OPEN", "gates-dry-run-only", edge + "/tables.json")
    if not g["expect"]:
        found.add("E_EVIDENCE_INCOMPLETE", "gates-dry-run-only", "carrier/plan.json")


def owner(package, plan, records, manifests, checks, environment_class, found):
    check = plan.doc["owner"]
    at_least_one = "rows" not in check or check["rows"]["count"] >= 1
    found.unless(at_least_one and checks.holds(check, "before"), "HOLD_NO_GRANT_OR_OWNERSHIP", "owner-present", "before/tables.json")


# ---- the grant ----
def instant(text):
    """A timestamptz as the server prints it in UTC, comparable with the times of section 1."""
    if text == "infinity":
        return "~"
    m = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?\+00", text, re.A) if isinstance(text, str) else None
    if not m:
        return ""
    out = "%sT%s.%sZ" % (m[1], m[2], (m[3] or ".")[1:].ljust(6, "0"))
    try:
        time(out)
    except Finding:  # a day that does not exist
        return ""
    return out


def execution(records, step):
    return next((r for r in records if r.kind == "execution" and r.step["name"] == step), None)


def grant_scoped(package, plan, records, manifests, checks, environment_class, found):
    g, claim, where = plan.doc["grant"], "grant-scoped", "before/tables.json"
    rows = package.table("before", g["relation"]).where(g["key"])
    times = [r.session(package)["transaction_time"] for r in (execution(records, g[s]) for s in ("build_step", "verify_step")) if r]
    good = len(rows) == 1 and rows[0].get(g["status"]) == g["active"] and all(rows[0].get(g[c], "absent") is None for c in ("consumed_at", "consumed_by", "revoked_at")) \
        and all(instant(rows[0].get(g["expires_at"])) > t for t in times)
    if found.unless(good, "HOLD_NO_GRANT_OR_OWNERSHIP", claim, where):
        found.unless(scope_is_exact(g, rows[0].get(g["scope"]), manifests, plan), "E_GRANT_SCOPE", claim, where)


def scope_is_exact(g, text, manifests, plan):
    try:
        scope = loose_json(text) if isinstance(text, str) else None
    except Loose:
        return False
    if not isinstance(scope, dict) or set(scope) != set(g["equals"]) | set(g["manifest_equals"]) | set(g["set_equals"]):
        return False
    wanted = dict(g["equals"], **{m: manifests.digests.get(name) for m, name in g["manifest_equals"].items()})
    if not all(same_json(scope[m], v) for m, v in wanted.items()):
        return False
    for member, of in g["set_equals"].items():
        have, built = scope[member], manifests.built.get(of["manifest"])
        if not any(m["name"] == of["manifest"] for m in plan.manifests):
            return False
        if built is None:
            continue  # that manifest is a finding of its own
        rows = next(m["rows_member"] for m in plan.manifests if m["name"] == of["manifest"])
        want = {r.get(of["member"]) for r in built[rows]}
        if not isinstance(have, list) or any(not isinstance(x, str) for x in have) or len(have) != len(set(have)) or set(have) != want:
            return False
    return True


def grant_used(package, plan, records, manifests, checks, environment_class, found):
    g, claim = plan.doc["grant"], "grant-single-use"
    rows, verify = package.table("after", g["relation"]).where(g["key"]), execution(records, g["verify_step"])
    good = len(rows) == 1 and verify is not None
    if good:
        row, session = rows[0], verify.session(package)
        later = [r for r in records[records.index(verify) + 1:] if r.whole(package)]
        at = instant(row.get(g["consumed_at"]))
        good = row.get(g["status"]) == g["consumed"] and row.get(g["consumed_by"]) is not None \
            and g["granted_by"] in row and row[g["consumed_by"]] != row[g["granted_by"]] \
            and session["xid"] is not None and not verify.answer(package).raised \
            and session["transaction_time"] <= at and (not later or at <= later[0].session(package)["transaction_time"])
    found.unless(good, plan.code("E_GRANT_NOT_CONSUMED", [g["verify_step"]]), claim, "after/tables.json")
    order = [next(i for i, s in enumerate(plan.doc["steps"]) if s["name"] == g[n]) for n in ("build_step", "verify_step", "reuse_step")]
    declared = [plan.doc["steps"][i].get("xids", 0) for i in order]
    found.unless(order == sorted(set(order)) and declared[0] == declared[2] == 0, "E_GRANT_NOT_CONSUMED", claim, "carrier/plan.json")
    for r in records:
        wrote = r.kind in ("dispatch", "execution") and r is not verify and r.whole(package) \
            and r.session(package)["xid"] is not None
        found.unless(not wrote, "E_GRANT_NOT_CONSUMED", claim, r.folder)
    reuse = execution(records, g["reuse_step"])
    if reuse:
        answer = reuse.answer(package)
        found.unless(answer.fails and answer.code == g["reuse_code"], "E_GRANT_REUSED", claim, reuse.folder)


# ---- the registry ----
def contracts(package, plan, records, manifests, checks, environment_class, found):
    c, claim = plan.doc["contracts"], "contracts-registered"
    if not c["required"]:
        found.add("E_EVIDENCE_INCOMPLETE", claim, "carrier/plan.json")
    for edge in EDGES:
        where, table, registry = edge + "/tables.json", package.table(edge, c["relation"]), package.table(edge, c["registry"]["relation"])
        endpoints = {}
        for code in c["required"]:
            rows = table.where({c["code"]: code})
            endpoints[code] = rows[0].get(c["endpoint"]) if rows else None
            found.unless(len(rows) == 1 and rows[0].get(c["endpoint"]), "HOLD_CONTRACTS_NOT_REGISTERED", claim, where)
            found.unless(len(registry.where({c["registry"]["code"]: code})) == 1, "HOLD_CONTRACTS_NOT_REGISTERED", claim, where)
        for step in plan.steps:
            if step["kind"] == "dot":
                rows = table.where({c["code"]: step["dot_code"]})
                found.unless(len(rows) == 1 and rows[0].get(c["endpoint"]) == step["endpoint"], "HOLD_CONTRACTS_NOT_REGISTERED", claim, where)
        for case in plan.cases:
            found.unless(case["endpoint"] in endpoints.values(), "HOLD_CONTRACTS_NOT_REGISTERED", claim, where)
        for a, b in c["pairs"]:
            for one, other in ((a, b), (b, a)):
                found.unless(any(r.get(c["pair"]) == other for r in table.where({c["code"]: one})), "HOLD_CONTRACTS_NOT_REGISTERED", claim, where)


def catalogue(package, plan, records, manifests, checks, environment_class, found):
    c = plan.doc["catalog"]
    for edge in EDGES:
        rows = package.table(edge, c["relation"]).where(c["where"])
        count = [t["rows"] for t in package.doc(edge + "/tables.json")["tables"] if t["relation"] == c["registry"]]
        good = len(rows) == 1 and len(count) == 1 and rows[0].get(c["count"]) == str(count[0])
        found.unless(good, "HOLD_CATALOG_NOT_RECONCILED", "catalog-reconciled", edge + "/tables.json")


def admitted(package, plan, records, manifests, checks, environment_class, found):
    a, c, claim = plan.doc["admissions"], plan.doc["contracts"], "admitted"
    table = package.table("before", a["relation"])
    for code in c["required"]:
        rows = table.where({a["code"]: code})
        good = len(rows) == 1 and rows[0].get(a["label"]) in ("rehearsal", "operator") and all(rows[0].get(f) not in (None, "") for f in a["filled"])
        if not found.unless(good, "HOLD_ADMISSION_MISSING_OR_INVALID", claim, "before/tables.json"):
            continue
        if environment_class == "governed":
            found.unless(rows[0][a["label"]] == "operator", "E_ADMISSION_REHEARSAL", claim, "before/tables.json")
        for edge in EDGES:
            contract = package.table(edge, c["relation"])
            lines = [text for text, r in zip(contract.texts, contract.rows) if r.get(c["code"]) == code]
            endpoint = next((r.get(c["endpoint"]) for r in contract.rows if r.get(c["code"]) == code), None)
            if len(lines) != 1:
                continue  # HOLD_CONTRACTS_NOT_REGISTERED tells it
            digests = {definition_digest(f) for f in package.lines(edge + "/functions.ndjson") if f["signature"] == endpoint}
            found.unless(digests == {rows[0].get(a["definition_digest"])}, "E_ADMISSION_DEFINITION", claim, edge + "/functions.ndjson")
            found.unless(sha256(lines[0]) == rows[0].get(a["contract_digest"]), "E_ADMISSION_DEFINITION", claim, edge + "/tables.json")


def reuse(package, plan, records, manifests, checks, environment_class, found):
    r, claim = plan.doc["reuse"], "reuse-first"
    if not r["dots"]:
        found.add("E_EVIDENCE_INCOMPLETE", claim, "carrier/plan.json")
    for edge in EDGES:
        tool, contract = package.table(edge, r["tool"]["relation"]), package.table(edge, r["contract"]["relation"])
        for dot in r["dots"]:
            tools = lines_of(tool, r["tool"]["code"], dot["code"], r["tool"]["ignore"])
            rows = lines_of(contract, r["contract"]["code"], dot["code"], [])
            want = [] if dot["contract_sha256"] is None else [dot["contract_sha256"]]
            found.unless(tools == [dot["tool_sha256"]] and rows == want, "E_REUSED_CHANGED", claim, edge + "/tables.json")


def lines_of(table, column, code, ignored):
    """The digests of the rows of that code, without the ignored columns."""
    keep = [i for i, c in enumerate(table.columns) if c not in ignored]
    return [sha256(row_line([v[i] for i in keep if i < len(v)])) for v, r in zip(table.values, table.rows) if r.get(column) == code]


def forbidden(package, plan, records, manifests, checks, environment_class, found):
    named, claim = plan.doc["forbidden"]["named"], "no-forbidden-dot"
    found.unless(named, "HOLD_FORBIDDEN_LIST_EMPTY", claim, "carrier/plan.json")
    for step in plan.steps:
        found.unless(step.get("dot_code") not in named or step["kind"] != "dot", "E_FORBIDDEN_DOT", claim, "carrier/plan.json")
