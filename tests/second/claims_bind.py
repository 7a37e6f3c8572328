"""tests/second/claims_bind.py - one run of one plan on one server: what was signed, what ran and
what was measured belong together, and in which order (FORMAT.md sections 2, 3 and 8)."""
import claims_executor
from claims_base import EDGES, Loose, loose_json, lsn, number, sha256, strictly_sorted
from claims_records import cases_of

PINNED = {"DateStyle": "ISO, YMD", "IntervalStyle": "postgres", "TimeZone": "UTC", "bytea_output": "hex",
          "client_encoding": "UTF8", "default_transaction_read_only": "on", "extra_float_digits": "1", "lc_monetary": "C",
          "quote_all_identifiers": "off", "row_security": "off", "search_path": "", "standard_conforming_strings": "on"}
SERVER = ("database", "database_oid", "system_identifier", "timeline", "server_started_at", "server_version", "server_version_num")
ATTRIBUTES = ("superuser", "createrole", "createdb", "replication", "bypassrls")


def plan_digest(package):
    names = sorted((n for n in package.under("carrier/")), key=str.encode)
    return sha256("".join("%s  %s\n" % (sha256(package.files[n]), n[8:]) for n in names).encode())


def bind(package, plan, context, found):
    """Plan, run and statements."""
    digest, run, statement = plan_digest(package), package.doc("run.json"), context["statement"]
    ours = {"carrier": plan.doc["carrier"], "plan_ref": plan.doc["plan_ref"], "plan_sha256": digest}
    started = package.doc("started.json")
    found.unless(all(started[key] == run[key] for key in ours), "E_BIND_RUN", None, "started.json")
    for name, doc in (("started.json", started), ("run.json", run), ("attestations.intoto.jsonl:1", statement)):
        for key, value in ours.items():
            found.unless(doc[key] == value or doc is started, "E_BIND_PLAN", None, name)
        found.unless(doc["run_id"] == run["run_id"] and doc["started_at"] == run["started_at"], "E_BIND_RUN", None, name)
    driven = sum(r.kind == "case" and r.whole(package) for r in plan.records())
    found.unless(run["steps"] == (len(plan.steps) or 1) and run["cases"] in (len(plan.cases), driven), "E_BIND_PLAN", None, "run.json")
    found.unless(statement["finished_at"] == run["finished_at"], "E_BIND_RUN", None, "attestations.intoto.jsonl:1")
    found.unless(package.doc("environment.json")["collector"] == run["collector"], "E_BIND_RUN", None, "environment.json")
    found.unless(run["started_at"] <= run["finished_at"], "E_CLOCK", None, "run.json")
    if context["policy"]["plans"]:
        found.unless(digest in context["policy"]["plans"], "HOLD_PLAN_NOT_IN_POLICY", None, "run.json")


def bind_statement(package, plan, records, context, found):
    """The rest of lines 1 and 2."""
    line, statement, wal, identity = "attestations.intoto.jsonl:1", context["statement"], package.doc("wal.json"), package.doc("before/identity.json")
    found.unless(statement["facts_sha256"] == sha256(package.raw("facts.json")), "E_BIND_RUN", None, line)
    found.unless(statement["lsn"] == {"after": wal["after_lsn"], "before": wal["before_lsn"]}, "E_BIND_RUN", None, line)
    found.unless(statement["database"] == {"name": identity["database"], "server_version": identity["server_version"],
                                           "system_identifier": identity["system_identifier"], "timeline": identity["timeline"]},
                 "E_BIND_CLUSTER", None, line)
    tests, line = context["tests"], "attestations.intoto.jsonl:2"
    found.unless(tests["configuration"] == [{"digest": {"sha256": plan_digest(package)}, "name": "plan"}], "E_BIND_PLAN", None, line)
    cases = [(c.name, c.passed) for c in cases_of(package, plan, records)]
    passed, failed = [n for n, ok in cases if ok], [n for n, ok in cases if not ok]
    found.unless((tests["passedTests"], tests["failedTests"], tests["warnedTests"], tests["result"]) ==
                 (passed, failed, [], "FAILED" if failed else "PASSED"), "E_BIND_RUN", None, line)


def is_sandbox(package):
    if any(package.doc(e + "/identity.json")["labels"] for e in EDGES) or package.doc("environment.json")["labels"]:
        return True
    return any(line[:2] == ["role", "dryproof_sandbox"] for e in EDGES for line in package.lines(e + "/cluster.ndjson"))


def environment_class(package, policy):
    identity = package.doc("before/identity.json")
    if is_sandbox(package):
        return "sandbox"
    named = {"database": identity["database"], "system_identifier": identity["system_identifier"]}
    return "governed" if named in policy["governed"] else "unlisted"


def environment(package, plan, context, found):
    """Which server it was, and whether that may be believed."""
    labels = package.doc("environment.json")["labels"]
    before, after = (package.doc(e + "/identity.json") for e in EDGES)
    same = labels == before["labels"] == after["labels"] and strictly_sorted(x.encode() for x in labels)
    wanted = plan.bracket or not is_sandbox(package) or labels == sorted(plan.doc["sandbox"]["labels"], key=str.encode)
    found.unless(same and wanted, "E_SANDBOX_LABELS", "identity", "environment.json")
    same = all(before[key] == after[key] for key in SERVER)  # of a bracket it cannot be told then whether it was dry
    found.unless(same, "HOLD_NO_WRITE_WITNESS" if plan.bracket else "E_BIND_CLUSTER", "identity", "after/identity.json")
    if not plan.bracket:
        for edge, identity in zip(EDGES, (before, after)):
            found.unless(not identity["in_recovery"], "E_BIND_CLUSTER", "identity", edge + "/identity.json")
        if environment_class(package, context["policy"]) == "unlisted":
            found.add("HOLD_ENVIRONMENT_NOT_IN_POLICY", None, "before/identity.json")


def sql_ascii(package):
    name = package.doc("before/identity.json")["database"]
    for line in package.lines("before/cluster.ndjson"):
        try:
            if line[:2] == ["database", name] and loose_json(line[2]).get("encoding") == "SQL_ASCII":
                return True
        except (Loose, AttributeError):
            pass
    return False


def session_rules(package, plan, found):
    """The pins of the observer, and a step role that has no more rights than its own."""
    doc, where = package.doc("environment.json"), "environment.json"
    pins = dict(PINNED, client_encoding="SQL_ASCII") if sql_ascii(package) else PINNED
    found.unless(doc["pinned"] == pins, "E_EVIDENCE_UNSUPPORTED", "executed", where)
    redacts = any(c["redacted"] for c in plan.captured)
    found.unless(redacts == (doc["redaction_key_id"] is not None), "E_EVIDENCE_INCONSISTENT", None, where)
    if plan.bracket:
        return
    step = doc["step"]
    found.unless(step["name"] == plan.doc["step_role"], "E_BIND_PLAN", None, where)
    found.unless(step["name"] != doc["observer"]["name"] and not step["member_of"] and not any(step[a] for a in ATTRIBUTES), "E_EVIDENCE_PRIV", "executed", where)


def order(package, plan, records, found):
    """The collector's clock, the server's, the counters and the positions, each in the order of section 3."""
    run, moments, ids, server = package.doc("run.json"), [], [], []
    edges = [(package.doc(e + "/transactions.json"), package.doc(e + "/identity.json")) for e in EDGES]
    (t0, i0), (t1, i1) = edges
    a0, a1 = (package.doc(e + "/activity.json") for e in EDGES)
    moments += [("run.json", run["started_at"]), ("before/activity.json", a0["taken_at"]), ("before/transactions.json", t0["taken_at"]),
                ("before/identity.json", i0["taken_at"])]
    ids.append(("before/transactions.json", t0["next_xid"]))
    server.append(("before/identity.json", i0["server_started_at"]))
    if plan.bracket:
        where, command = "steps/001-command/command.json", package.doc("steps/001-command/command.json")
        moments += [(where, command["started_at"]), (where, command["finished_at"])]
    moments += claims_executor.moments(package, plan)
    for r in records:
        where = r.folder + "/session.json"
        if not r.whole(package):
            continue
        s = r.session(package)
        residue = package.doc(r.folder + "/residue.json") if r.kind == "case" and r.folder + "/residue.json" in package.files else None
        moments += [(where, s["started_at"]), (where, s["finished_at"])]
        inner = [(where, s["next_xid_before"]), (where, s["next_xid_after"])]
        if residue:
            name = r.folder + "/residue.json"
            inner = [(name, residue["next_xid_before"])] + inner + [(name, residue["next_xid_after"])]
        ids += inner
        server.append((where, s["transaction_time"]))
        if s["xid"] is not None:
            found.unless(number(s["next_xid_before"]) <= number(s["xid"]) < number(s["next_xid_after"]), "E_STEP_XID", "no-state", where)
    moments += [("after/identity.json", i1["taken_at"]), ("after/transactions.json", t1["taken_at"]), ("after/activity.json", a1["taken_at"]),
                ("run.json", run["finished_at"])]
    ids.append(("after/transactions.json", t1["next_xid"]))
    for chain, key, claim in ((moments, str, "no-state"), (server, str, "no-state"), (ids, number, "ids-accounted")):
        for (_, a), (where, b) in zip(chain, chain[1:]):
            found.unless(key(a) <= key(b), "E_EVIDENCE_ORDER", claim, where)

    found.unless(lsn(t0["lsn"]) <= lsn(t1["lsn"]), "E_EVIDENCE_ORDER", "no-state", "after/transactions.json")
