"""tests/second/claims_facts.py - what the packager added: facts, assertions and the harness
reports, made again from the evidence and compared (FORMAT.md section 6)."""
import re
from collections import Counter

from claims_base import CLAIMS, EDGES, Absent, Table, canonical, number, row_line, sha256, table_digest
from claims_bind import plan_digest
from claims_plan import REPORTS
from claims_records import cases_of, codes_seen, coverage_of
from known import remembered
from strict_shapes import microseconds

WITHOUT = ("assertions.json", "facts.json") + REPORTS
EVIDENCE = {
    "executed": "steps/ environment.json run.json executor.json executor/",
    "identity": "before/identity.json after/identity.json",
    "gates-dry-run-only": "before/tables/ after/tables/",
    "no-state": "before/ after/",
    "ids-accounted": "before/transactions.json after/transactions.json steps/ harness/",
    "no-write-witness": "wal.json wal/ before/activity.json after/activity.json before/physical.json after/physical.json "
                        "before/capability.json after/capability.json",
    "manifest-deterministic": "manifests/", "preflight-ready": "steps/", "owner-present": "before/tables/",
    "grant-scoped": "before/tables/", "grant-single-use": "before/tables/ after/tables/ steps/",
    "reject-coverage": "harness/ steps/", "fail-closed": "harness/", "real-run-blocked": "harness/",
    "readback-clean": "readback/ steps/", "rollback-oracle": "steps/", "contracts-registered": "before/tables/ after/tables/",
    "catalog-reconciled": "before/tables/ after/tables/",
    "admitted": "before/tables/ before/functions.ndjson after/functions.ndjson",
    "reuse-first": "before/tables/ after/tables/", "no-forbidden-dot": "steps/ carrier/plan.json",
    "authority-firewall": "steps/ harness/"}


# ---- facts.json ----
def fact_table(package, plan, edge, entry):
    capture = plan.capture_of(entry["relation"])
    if not entry["captured"] or capture is None:
        return {"digest": entry["digest"], "rows": entry["rows"]}
    table = Table(package, edge, entry)
    out = set(capture["volatile"]) | set(capture["redacted"])
    keep = [i for i, (c, _) in enumerate(entry["columns"]) if c not in out]
    lines = [row_line([r[i] for i in keep if i < len(r)] + r[len(entry["columns"]):]) for r in table.values] if out else table.texts
    return {"digest": table_digest([entry["columns"][i] for i in keep], entry["relation"], lines), "rows": len(lines)}


def both_edges(one, value):
    """relation -> {"after","before"}, null where it is not."""
    out = {}
    for edge in EDGES:
        for x in one(edge):
            out.setdefault(x["relation"], dict.fromkeys(EDGES))[edge] = value(edge, x)
    return [dict(out[r], relation=r) for r in sorted(out, key=str.encode)]


def is_ours(value):
    """Whether it can stand in a document of the package."""
    if isinstance(value, dict):
        return all(map(str.isascii, value)) and all(map(is_ours, value.values()))
    return all(map(is_ours, value)) if isinstance(value, list) else not isinstance(value, str) or "\0" not in value


def step_fact(package, record):
    answer, expect = record.answer(package), record.step["expect"]
    if record.kind == "observe":
        return {"code": "OBSERVED", "fields": {}, "name": record.step["name"]}
    names = list(expect["fields"]) + list(expect["manifest_fields"])
    return {"code": answer.code, "fields": {m: answer.members[m] for m in names if m in answer.members and is_ours(answer.members[m])}, "name": record.step["name"]}


def command_fact(package):
    c = package.doc("steps/001-command/command.json")
    code = "TIMED_OUT" if c["timed_out"] else "EXIT_%d" % c["exit"] if c["exit"] is not None else "SIGNAL_%d" % (c["signal"] or 0)
    return [{"code": code, "fields": {}, "name": "command"}]


def facts(package, plan, records):
    seen, last = codes_seen(package, records), {}
    for r in records:
        if r.kind in ("execution", "observe"):
            last[r.step["name"]] = step_fact(package, r)
    manifests = []
    for m in plan.manifests:
        data = package.raw("manifests/%s/rep-1.pg.bytes" % m["name"])
        rows = max(0, len(package.lines("manifests/%s/rep-1.rows.ndjson" % m["name"])) - 1)
        manifests.append({"bytes": len(data), "name": m["name"], "rows": rows, "sha256": sha256(data)})
    readback = []
    for entry, r in zip(plan.readback, (x for x in records if x.kind == "readback")):
        rows = r.answer(package).result["rows"]
        readback.append({"name": entry["name"], "value": rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else None})
    return {
        "carrier": plan.doc["carrier"], "plan_ref": plan.doc["plan_ref"], "plan_sha256": plan_digest(package), "schema": "dryproof.facts/1",
        "catalog": {e: sha256(package.raw(e + "/catalog.ndjson")) for e in EDGES},
        "coverage": {part: coverage_of(plan, part, seen) for part in ("primary", "secondary")},
        "harness": [{"case": c.name, "code": c.code, "fail_closed": c.fail_closed, "has_seal": c.has_seal, "outcome": c.outcome}
                    for c in cases_of(package, plan, records)],
        "manifests": manifests, "readback": readback,
        "sequences": both_edges(lambda e: package.doc(e + "/sequences.json")["sequences"], lambda e, s: [s["last_value"], s["is_called"]]),
        "steps": command_fact(package) if plan.bracket else [last.get(s["name"], {"code": None, "fields": {}, "name": s["name"]}) for s in plan.steps],
        "tables": both_edges(lambda e: package.doc(e + "/tables.json")["tables"], lambda e, t: fact_table(package, plan, e, t))}


# ---- the harness for other tools ----
def junit(cases):
    word = lambda c: c if c is not None and re.fullmatch(r"[A-Z0-9_]+", c) else "no code"  # noqa: E731
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="harness" tests="%d" failures="%d" errors="0" skipped="0">\n'
           % (len(cases), sum(not c.passed for c in cases))]
    for c in cases:
        line = '  <testcase classname="harness" name="%s"' % c.name
        if c.passed:
            out.append(line + "/>\n")
        else:
            out.append('%s>\n    <failure message="expected %s, got %s"/>\n  </testcase>\n' % (line, word(c.plan["expect"]["code"]), word(c.code)))
    return ("".join(out) + "</testsuite>\n").encode()


def milliseconds(time):
    return microseconds(time) // 1000


def ctrf(package, cases):
    run, tests = package.doc("run.json"), []
    for c in cases:
        s = package.doc(c.folder + "/session.json") if c.folder else None
        duration = milliseconds(s["finished_at"]) - milliseconds(s["started_at"]) if s else 0
        tests.append({"duration": duration, "name": c.name, "status": "passed" if c.passed else "failed"})
    passed = sum(c.passed for c in cases)
    return canonical({"reportFormat": "CTRF", "specVersion": "0.0.0", "results": {
        "tool": {"name": "dryproof"}, "tests": tests,
        "summary": {"tests": len(cases), "passed": passed, "failed": len(cases) - passed, "other": 0, "pending": 0, "skipped": 0,
                    "start": milliseconds(run["started_at"]), "stop": milliseconds(run["finished_at"])}}}) + b"\n"


def reports(package, plan, records, found):
    for name, make in (("facts.json", lambda: canonical(facts(package, plan, records)) + b"\n"),
                       ("harness/junit.xml", lambda: junit(cases_of(package, plan, records))), ("harness/ctrf.json", lambda: ctrf(package, cases_of(package, plan, records)))):
        try:
            found.unless(package.files.get(name) == make(), "E_FACTS_MISMATCH", None, name)
        except Absent:
            continue  # told once, by the list of files that the plan calls for


# ---- assertions.json ----
def changed_rows(package):
    """The note of section 10: (changed rows, tables)."""
    docs = {e: {t["relation"]: t for t in package.doc(e + "/tables.json")["tables"]} for e in EDGES}
    total, relations = 0, set(docs["before"]) | set(docs["after"])
    for r in relations:
        b, a = docs["before"].get(r), docs["after"].get(r)
        if b and a and b["captured"] and a["captured"]:
            one, other = (Counter(Table(package, e, t).texts) for e, t in (("before", b), ("after", a)))
            total += max((one - other).total(), (other - one).total())
        else:
            rows = abs((a["rows"] if a else 0) - (b["rows"] if b else 0))
            total += max(rows, 1) if a and b and a["digest"] != b["digest"] else rows
    return total, len(relations)


def count(package, edge, relation, where):
    for file, t in package.table_files(edge).items():
        if t["relation"] == relation and not package.lines("%s/%s" % (edge, file)):
            raise Absent(file)  # told once
    return len(package.table(edge, relation).where(where))


def values(package, plan, records, claim):
    d, cases = plan.doc, plan.cases
    if claim == "executed":
        return {"steps": len(plan.steps) or 1}
    if claim == "identity":
        i = package.doc("before/identity.json")
        return {"database": i["database"], "system_identifier": i["system_identifier"]}
    if claim == "no-state":
        return dict(zip(("changed_rows", "tables"), changed_rows(package)))
    if claim == "ids-accounted":
        return {"ids": number(package.doc("after/transactions.json")["next_xid"]) - number(package.doc("before/transactions.json")["next_xid"])}
    if claim == "no-write-witness":
        return {"records": package.doc("wal.json")["records"]}
    if claim == "gates-dry-run-only":
        return {"gates": len(d["gates"]["expect"])}
    if claim == "manifest-deterministic":
        first = sha256(package.raw("manifests/%s/rep-1.pg.bytes" % plan.manifests[0]["name"])) if plan.manifests else None
        return {"manifests": len(plan.manifests), "sha256": first}
    if claim == "preflight-ready":
        return {"checks": len(d["preflight"]["checks"])}
    if claim == "owner-present":
        rows = d["owner"].get("rows")
        return {"rows": count(package, "before", rows["relation"], rows["where"]) if rows else 0}
    if claim == "grant-scoped":
        return {"grants": count(package, "before", d["grant"]["relation"], d["grant"]["key"])}
    if claim == "grant-single-use":
        used = dict(d["grant"]["key"], **{d["grant"]["status"]: d["grant"]["consumed"]})
        return {"consumed": count(package, "after", d["grant"]["relation"], used) - count(package, "before", d["grant"]["relation"], used)}
    if claim in ("reject-coverage", "rollback-oracle"):
        c = coverage_of(plan, "primary" if claim == "reject-coverage" else "secondary", codes_seen(package, records))
        if claim == "rollback-oracle":
            return {"codes": len(c["exercised"])}
        return {k: len(c[k]) for k in ("declared", "exercised", "unreachable")}
    if claim == "fail-closed":
        return {"cases": len(cases), "primary_cases": sum(c["set"] == "primary" for c in cases)}
    if claim == "real-run-blocked":
        return {"cases": sum(c.outcome == "RAISED" for c in cases_of(package, plan, records))}
    if claim == "readback-clean":
        return {"queries": len(plan.readback)}
    if claim == "contracts-registered":
        c = d["contracts"]
        return {"contracts": sum(count(package, "before", c["relation"], {c["code"]: code}) > 0 for code in c["required"])}
    if claim == "catalog-reconciled":
        return {"rows": next((t["rows"] for t in package.doc("before/tables.json")["tables"] if t["relation"] == d["catalog"]["registry"]), 0)}
    if claim == "admitted":
        return {"records": count(package, "before", d["admissions"]["relation"], {})}
    if claim == "reuse-first":
        return {"dots": len(d["reuse"]["dots"])}
    if claim == "no-forbidden-dot":
        return {"named": len(d["forbidden"]["named"])}
    return {"cases": len(cases), "steps": len(plan.steps)}


def asserted_claims(plan):
    return [c for c in CLAIMS[:6] if c != "gates-dry-run-only"] if plan.bracket else CLAIMS


@remembered
def covered(names):
    """The names, and the folders below which one of the collector's files is."""
    return names | {name[:i + 1] for name in names if name not in WITHOUT for i, c in enumerate(name) if c == "/"}


def assertions(package, plan, records, found):
    doc, name = package.doc("assertions.json"), "assertions.json"
    found.unless(doc["authority_effect"] == doc["registration_effect"] == "NONE", "E_AUTHORITY_CLAIMED", "authority-firewall", name)
    wanted, given = asserted_claims(plan), doc["assertions"]
    called, here = (covered(frozenset(names)) for names in (plan.called_for() | {"carrier/plan.json"}, package.files))
    at = 0
    for claim in wanted:
        entry = given[at] if at < len(given) else {"claim": None}
        if not found.unless(entry["claim"] == claim, "E_ASSERTION_MISSING", claim, name):
            continue
        at += 1
        evidence = [p for p in EVIDENCE[claim].split() if p in called]
        there = all(p in here for p in evidence)
        found.unless(entry["evidence"] == evidence and there, "E_ASSERTION_UNSUPPORTED", claim, name)
        try:
            own = values(package, plan, records, claim)
        except Absent:
            continue
        said = entry["values"]
        found.unless(not set(said) - set(own), "E_ASSERTION_UNSUPPORTED", claim, name)
        found.unless(not set(own) - set(said), "E_ASSERTION_MISSING", claim, name)
        for key in set(own) & set(said):
            found.unless(type(own[key]) is type(said[key]) and own[key] == said[key], "E_ASSERTION_CONTRADICTED", claim, name)
    found.unless(at == len(given), "E_ASSERTION_UNSUPPORTED", None, name)
