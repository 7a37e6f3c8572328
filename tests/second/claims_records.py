"""tests/second/claims_records.py - what ran: records, dispatches, steps, the harness and its
coverage, readback and preflight (FORMAT.md sections 2 and 3)."""
import re

from claims_base import Absent, number, sha256, state_digest


class Case:
    """A driven case as it was observed."""

    def __init__(self, package, record):
        self.name, self.plan, self.folder = record.case["name"], record.case, record.folder
        self.answer, self.residue = record.answer(package), package.doc(record.folder + "/residue.json")
        self.code, self.raised = self.answer.code, self.answer.raised
        self.has_seal = self.answer.has_seal
        same = self.residue["state_before"] == self.residue["state_after"]
        self.fail_closed = self.answer.fails and not self.has_seal and same
        self.as_expected = self.code == self.plan["expect"]["code"] and self.raised == self.plan["expect"]["raised"]

    @property
    def outcome(self):
        return self.answer.outcome

    @property
    def passed(self):
        return self.fail_closed and self.as_expected


class NotDriven:
    """A case of a harness whose dispatch raised."""
    code, outcome, folder, fail_closed, has_seal, passed = None, None, None, False, False, False

    def __init__(self, case):
        self.name, self.plan = case["name"], case


def cases_of(package, plan, records):
    """All cases of the plan."""
    driven = {r.case["name"]: r for r in records if r.kind == "case"}
    return [Case(package, driven[c["name"]]) if c["name"] in driven else NotDriven(c) for c in plan.cases]


def claim_of(record):
    return {"case": "fail-closed", "readback": "readback-clean"}.get(record.kind, "executed")


def each_record(package, plan, records, found):
    """What every record has to be, whatever it answered."""
    for r in (x for x in records if x.whole(package)):
        if r.sql is None:
            found.add("E_EVIDENCE_INCOMPLETE", claim_of(r), r.folder)
            continue
        for check in (request, result, session):
            check(package, plan, r, claim_of(r), found)


def request(package, plan, r, claim, found):
    name = r.folder + "/request.json"
    doc, environment = package.doc(name), package.doc("environment.json")
    sql = package.raw(r.folder + "/request.sql")
    found.unless(sql == r.sql and doc["statement_sha256"] == sha256(sql), "E_BIND_PLAN", claim, r.folder + "/request.sql")
    role = environment["observer" if r.kind == "readback" else "step"]["name"]
    found.unless(doc["role"] == role, "E_EVIDENCE_PRIV", claim, name)
    of_run = r.kind == "dispatch" and any(doc["args"][i:i + 1] != r.args[i:i + 1] for i in (1, 5))
    found.unless(doc["args"] == r.args, "E_BIND_RUN" if of_run else "E_BIND_PLAN", claim, name)  # two of a dispatch name the run


def result(package, plan, r, claim, found):
    name = r.folder + "/result.json"
    doc = package.doc(name)
    error, good = doc["error"], doc["command"] == "SELECT %d" % len(doc["rows"]) and all(len(x) == len(doc["columns"]) for x in doc["rows"])
    if error is not None:
        code = error["sqlstate"]
        good = not doc["columns"] and not doc["rows"] and doc["command"] is None and error["severity"] in ("ERROR", "FATAL", "PANIC") \
            and isinstance(code, str) and re.fullmatch(r"[0-9A-Z]{5}", code) and code[:2] not in ("00", "01", "02")
    found.unless(good, "E_EVIDENCE_INCONSISTENT", claim, name)


def session(package, plan, r, claim, found):
    name = r.folder + "/session.json"
    doc, answer = r.session(package), r.answer(package)
    role = package.doc("environment.json")["observer" if r.kind == "readback" else "step"]["name"]
    found.unless(doc["session_user"] == doc["current_user"] == role, "E_EVIDENCE_PRIV", claim, name)
    found.unless(doc["end"] == ("ROLLBACK" if answer.raised else "COMMIT"), "E_STEP_RESULT", claim, name)
    may = 0 if r.case or r.kind != "execution" else r.step["xids"]
    must = any(c["step"] == r.step["name"] for c in plan.allowed) if r.kind == "execution" else False
    took = doc["xid"] is not None
    found.unless(took <= bool(may) and took >= bool(may and not answer.raised), "E_STEP_XID", "ids-accounted", name)
    found.unless(took >= must, "E_STEP_XID", "no-state", name)
    found.unless(took <= bool(may), "E_XID_UNACCOUNTED", "ids-accounted", name)


# ---- steps ----
def steps(package, plan, records, manifests, found):
    """manifests: name -> digest as this verifier computes it."""
    secondary = set(plan.codes["secondary"]["declared"])
    for i, folder in enumerate(plan.folders):
        found.unless(plan.executed(i), "E_EVIDENCE_INCOMPLETE", "executed", folder + "/execution")
    for r in records:
        if r.kind not in ("dispatch", "execution", "observe"):
            continue
        try:
            answer = r.answer(package)
        except Absent:
            continue
        if r.kind == "observe":
            found.unless(not answer.raised and answer.result["rows"] == r.step["expect"]["rows"], "E_STEP_RESULT", "executed", r.folder)
        elif r.kind == "dispatch":
            members = ("validated", "endpoint_present") + (("true_dry_run_possible",) if r.step["mode"] == "DRY_RUN" else ())
            found.unless(all(answer.members.get(m) is True for m in members), "E_DISPATCH", "executed", r.folder)
        else:
            step(r, answer, manifests, secondary, found)
        failing_path(r, answer, found)
        authority(r, answer, found)


def step(r, answer, manifests, secondary, found):
    expect = r.step["expect"]
    oracle = expect["code"] in secondary
    found.unless(answer.code == expect["code"], "E_ROLLBACK_CODE" if oracle else "E_STEP_RESULT",
                 "rollback-oracle" if oracle else "executed", r.folder)
    fields = dict(expect["fields"], **{m: manifests.get(n) for m, n in expect["manifest_fields"].items()})
    same = answer.raised == expect["raised"] and all(m in answer.members and same_json(answer.members[m], v) for m, v in fields.items())
    found.unless(same, "E_STEP_RESULT", "executed", r.folder)


def same_json(a, b):
    """Equal as JSON values: true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_json(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_json(x, y) for x, y in zip(a, b))
    return type(a) is type(b) and a == b


def failing_path(r, answer, found):
    """A refusal or an error of a step has neither seal nor success word."""
    if answer.fails:
        found.unless(not answer.has_seal, "E_REJECT_SEAL", "executed", r.folder)
        found.unless(not answer.has_token, "E_REJECT_TOKEN", "executed", r.folder)
    if answer.refused:
        found.unless(answer.members.get("outcome") == "REJECT", "E_REJECT_CODE", "executed", r.folder)


def seals(doc, outcome_fails):
    """Seals and effects on authority that are claimed anywhere in a result."""
    if isinstance(doc, dict):
        for key, value in doc.items():
            if key == "seal" and value is not None and value != "WITHHELD_DRY_RUN":
                yield key
            if key in ("authority_effect", "registration_effect") and value != "NONE":
                yield key
            yield from seals(value, outcome_fails)
    elif isinstance(doc, list):
        for value in doc:
            yield from seals(value, outcome_fails)


def authority(r, answer, found):
    found.unless(not list(seals(answer.members, answer.fails)), "E_AUTHORITY_CLAIMED", "authority-firewall", r.folder)


def expected_state(package, plan, record):
    """The state in which a case leaves the database: after's, once an allowed change happened."""
    index, _ = plan.step(plan.harness["step"])
    changed = any(plan.step(c["step"])[0] <= index for c in plan.allowed)
    return state_digest(package, "after" if changed else "before")


# ---- the harness ----
def harness(package, plan, records, attribution, found):
    for r in (x for x in records if x.kind == "case"):
        try:
            case = Case(package, r)
            one_case(package, plan, r, case, attribution, found)
        except Absent:
            continue
    if plan.cases:
        report(package, plan, records, found)
    blocked = [r for r in records if r.kind == "case" and r.case["expect"]["raised"]]
    for r in blocked:
        try:
            answer = r.answer(package)
            found.unless(answer.raised and answer.code == r.case["expect"]["code"], "E_REAL_RUN_NOT_BLOCKED", "real-run-blocked", r.folder)
        except Absent:
            pass
    if not blocked:
        found.add("E_EVIDENCE_INCOMPLETE", "real-run-blocked", "carrier/plan.json")
    if not any(r.kind == "case" for r in records):
        found.add("E_EVIDENCE_INCOMPLETE", "fail-closed", "carrier/plan.json")


def one_case(package, plan, r, case, attribution, found):
    claim, answer, residue = "fail-closed", case.answer, case.residue
    kind = answer.raised or answer.refused and answer.members.get("outcome") == "REJECT"
    found.unless(case.as_expected and kind, "E_REJECT_CODE", claim, r.folder)
    found.unless(not (answer.members.get("seal") is not None if answer.fails else case.has_seal), "E_REJECT_SEAL", claim, r.folder)
    found.unless(not answer.has_token, "E_REJECT_TOKEN", claim, r.folder)
    authority(r, answer, found)
    own = r.session(package)["xid"] is not None or attribution.owner(r.folder) and not answer.raised
    found.unless(not own, "E_REJECT_RESIDUE", claim, r.folder)
    states = {residue["state_before"], residue["state_after"]}
    if states != {expected_state(package, plan, r)}:
        found.add(attribution.blame("E_REJECT_RESIDUE", [attribution.here]), claim, r.folder)
    more = number(residue["next_xid_after"]) - number(residue["next_xid_before"])
    inner = number(r.session(package)["next_xid_after"]) - number(r.session(package)["next_xid_before"])
    if more > 0 and not own:
        for i in range(number(residue["next_xid_before"]), min(number(residue["next_xid_after"]), number(residue["next_xid_before"]) + 1000)):
            verdict = attribution.of_id(i)
            if verdict is not None:
                found.add("E_REJECT_RESIDUE" if verdict == "run" and inner else verdict_code(verdict, "E_XID_UNACCOUNTED"), claim, r.folder)
                break


def verdict_code(verdict, code):
    return code if verdict == "run" else "E_EVIDENCE_UNATTRIBUTED"


def report(package, plan, records, found):
    """What the surface's own harness says of the cases."""
    folder = next((r.folder for r in records if r.kind == "execution" and r.step["name"] == plan.harness["step"]), None)
    if folder is None:
        return
    try:
        answer = next(r for r in records if r.folder == folder).answer(package)
        primary = [Case(package, r) for r in records if r.kind == "case" and r.case["set"] == "primary"]
    except Absent:
        return
    said = answer.members.get("cases")
    rows = [{"case": c.name, "outcome": c.answer.outcome, "reject_code": c.code if c.answer.fails else None,
             "has_seal": c.has_seal, "fail_closed": c.fail_closed} for c in primary]
    same = isinstance(said, list) and len(said) == len(rows) and all(
        isinstance(s, dict) and all(k in s and same_json(s[k], v) for k, v in row.items()) for s, row in zip(said, rows))
    found.unless(same, "E_HARNESS_DISAGREES", "fail-closed", folder)


# ---- coverage ----
def codes_seen(package, records):
    return {r.answer(package).code for r in records if r.kind in ("execution", "case")}


def coverage_of(plan, part, seen):
    codes = plan.codes[part]
    excused = {u["code"] for u in codes["unreachable" if part == "primary" else "unobserved"]}
    declared = set(codes["declared"])
    exercised = declared & seen
    unreachable = (declared & excused) - exercised
    order = lambda x: sorted(x, key=str.encode)  # noqa: E731
    return {"declared": order(declared), "exercised": order(exercised), "unreachable": order(unreachable),
            "not_exercised": order(declared - exercised - unreachable)}


def coverage(package, plan, records, found):
    there = [r for r in records if r.whole(package)]
    seen = codes_seen(package, there)
    primary, secondary = coverage_of(plan, "primary", seen), coverage_of(plan, "secondary", seen)
    found.unless(not primary["not_exercised"], "E_COVERAGE", "reject-coverage", "carrier/plan.json")
    found.unless(not secondary["not_exercised"], "E_COVERAGE", "rollback-oracle", "carrier/plan.json")
    found.unless(primary["exercised"], "E_EVIDENCE_INCOMPLETE", "reject-coverage", "carrier/plan.json")
    found.unless(secondary["exercised"], "E_EVIDENCE_INCOMPLETE", "rollback-oracle", "carrier/plan.json")
    excuses = set()
    for u in plan.codes["primary"]["unreachable"]:
        key = (u["unique"]["relation"], u["unique"]["column"])
        grant = plan.doc["grant"]
        good = key not in excuses and key[0] == grant["relation"] and key[1] in grant["key"]
        excuses.add(key)
        for edge in ("before", "after"):
            try:
                found.unless(good and is_unique(package, edge, *key), "E_UNREACHABLE_UNPROVEN", "reject-coverage", edge + "/catalog.ndjson")
            except Absent:
                pass


def is_unique(package, edge, relation, column):
    """A constraint over this column alone, enforced at once."""
    words = {"%s (%s)" % (w, c) for w in ("PRIMARY KEY", "UNIQUE") for c in (column, '"%s"' % column.replace('"', '""'))}
    return any(kind == "constraint" and i.startswith(relation + ".") and text in words
               for kind, i, text in package.lines(edge + "/catalog.ndjson"))


# ---- readback and preflight ----
def readback(package, plan, records, checks, found):
    claim = "readback-clean"
    step, folder = None, plan.folders[plan.step(plan.doc["readback_step"])[0]] + "/execution"
    for r in records:
        if r.folder == folder and r.whole(package):
            step = r.answer(package)
    for entry, r in zip(plan.readback, (x for x in records if x.kind == "readback")):
        try:
            rows = r.answer(package).result["rows"]
        except Absent:
            continue
        if r.sql is None:
            continue
        value = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 and not r.answer(package).raised else None
        found.unless(value == entry["expect"], plan.code("E_READBACK"), claim, r.folder)
        said = step.members.get(entry["field"]) if step else None
        said = str(said) if isinstance(said, int) and not isinstance(said, bool) else said if isinstance(said, str) else None
        found.unless(said == entry["expect"], plan.code("E_READBACK", [plan.doc["readback_step"]]), claim, folder)
        found.unless(checks.holds(entry["check"], "after"), plan.code("E_READBACK"), claim, "after/tables.json")
    if not plan.readback:
        found.add("E_EVIDENCE_INCOMPLETE", claim, "carrier/plan.json")


def preflight(package, plan, records, checks, found):
    claim, wanted = "preflight-ready", plan.doc["preflight"]
    if not wanted["checks"]:
        found.add("E_EVIDENCE_INCOMPLETE", claim, "carrier/plan.json")
    r = next((r for r in records if r.kind == "execution" and r.step["name"] == wanted["step"]), None)
    if r:
        try:
            said = r.answer(package).members.get("checks")
            same = isinstance(said, list) and len(said) == len(wanted["checks"]) and all(
                isinstance(s, dict) and s.get("check") == w["name"] and s.get("ok") is True for s, w in zip(said, wanted["checks"]))
            found.unless(same, "HOLD_PREFLIGHT", claim, r.folder)
        except Absent:
            found.add("HOLD_PREFLIGHT", claim, r.folder)
    for w in wanted["checks"]:
        found.unless(checks.holds(w["check"], "before"), "HOLD_PREFLIGHT", claim, "before/tables.json")
