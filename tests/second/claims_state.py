"""tests/second/claims_state.py - nothing changed but what the plan allows: content, catalog,
sequences, cluster and physical state of the two edges (FORMAT.md sections 2 and 10)."""
from collections import Counter

from claims_base import EDGES, Absent, Unreadable
from claims_plan import ANSWERED
from claims_snapshot import members

CLAIM = "no-state"


def state(package, plan, attribution, found):
    for check in (answered, tables, sequences, files, physical):
        try:
            check(package, plan, attribution, found)
        except (Absent, Unreadable):
            pass


def answered(package, plan, attribution, found):
    """The second edge, where it says that it is the first's: the same, and nothing moved in between."""
    if not plan.bracket or ANSWERED not in package.files:
        return
    first, last = (package.doc(e + "/transactions.json") for e in EDGES)
    still = package.doc("wal.json")["basis"] == "equal" and all(first[k] == last[k] for k in ("lsn", "next_multixact", "next_xid"))
    for edge, t in zip(EDGES, (first, last)):
        still = still and t["snapshot"] == "%s:%s:" % (t["next_xid"], t["next_xid"]) and not t["in_progress"] + t["prepared"]
        still = still and not package.doc(edge + "/identity.json")["in_recovery"]
    unlogged = any(line[0] == "relation" and members(line[2]).get("persistence") == "u" for line in package.lines("before/catalog.ndjson"))
    bare = not unlogged and not package.doc("before/capability.json")["channels"]
    found.unless(still and bare, "E_EVIDENCE_INCONSISTENT", CLAIM, ANSWERED)
    for name in ("capability.json", "catalog.ndjson", "functions.ndjson", "physical.json", "tables.json"):
        found.unless(package.raw("before/" + name) == package.raw("after/" + name), "E_EVIDENCE_INCONSISTENT", CLAIM, "after/" + name)


def change(attribution, databases, where, found):
    found.add(attribution.blame("E_EVIDENCE_CHANGED", databases), CLAIM, where)


def tables(package, plan, attribution, found):
    before, after = ({t["relation"]: t for t in package.doc(e + "/tables.json")["tables"]} for e in EDGES)
    here, where = [attribution.here], "after/tables.json"
    if package.doc("before/tables.json")["not_observed"] != package.doc("after/tables.json")["not_observed"]:
        change(attribution, here, where, found)
    for relation in sorted(set(before) | set(after)):
        b, a = before.get(relation), after.get(relation)
        if b is None or a is None or (b["columns"], b["kind"], b["captured"]) != (a["columns"], a["kind"], a["captured"]):
            change(attribution, here, where, found)
        elif all(c["relation"] != relation for c in plan.allowed):  # of a captured one the digest was recomputed
            if (b["rows"], b["digest"]) != (a["rows"], a["digest"]):
                change(attribution, here, where, found)
        else:
            captured(package, plan, attribution, relation, package.table("before", relation), package.table("after", relation), found)
    for allowed in plan.allowed:
        if allowed["relation"] not in before or allowed["relation"] not in after:
            found.add("E_ALLOWED_CHANGE_ABSENT", CLAIM, where)


def captured(package, plan, attribution, relation, before, after, found):
    """The rows that stand at one edge only, less the one row of each allowed change."""
    where = "after/tables.json"
    lines = [Counter(t.texts) for t in (before, after)]
    only = [only_here(t, other) for t, other in ((before, lines[1]), (after, lines[0]))]
    for allowed in plan.allowed:
        if allowed["relation"] != relation:
            continue
        rows = [t.where(allowed["key"]) for t in (before, after)]
        for side, there in zip(only, rows):
            for row in there[-1:]:
                if row in side:
                    side.remove(row)
        if [len(r) for r in rows] != [1, 1] or rows[0] == rows[1]:
            found.add(plan.code("E_ALLOWED_CHANGE_ABSENT", [allowed["step"]]), CLAIM, where)
            continue
        b, a = rows[0][0], rows[1][0]
        changed = {c for c in b if c not in a or b[c] != a[c]}
        good = changed == set(allowed["columns"]) and all(b.get(c) == v for c, v in allowed["before"].items()) \
            and all(a.get(c) == v for c, v in allowed["after"].items())
        if not good:
            change(attribution, [attribution.here], where, found)
    if only[0] or only[1]:
        change(attribution, [attribution.here], where, found)


def only_here(table, other):
    """The rows, as dictionaries, that the other edge does not have as often."""
    left, out = Counter(other), []
    for line, row in zip(table.texts, table.rows):
        if left[line] > 0:
            left[line] -= 1
        else:
            out.append(row)
    return out


def sequences(package, plan, attribution, found):
    before, after = (package.doc(e + "/sequences.json")["sequences"] for e in EDGES)
    if before != after:
        change(attribution, [attribution.here], "after/sequences.json", found)


def files(package, plan, attribution, found):
    for name, databases in (("catalog.ndjson", [attribution.here]), ("functions.ndjson", [attribution.here]), ("cluster.ndjson", [])):
        if package.raw("before/" + name) != package.raw("after/" + name):
            change(attribution, databases, "after/" + name, found)


def physical(package, plan, attribution, found):
    before, after = ({r["relation"]: r for r in package.doc(e + "/physical.json")["relations"]} for e in EDGES)
    allowed = {c["relation"] for c in plan.allowed}
    for relation in sorted(set(before) | set(after)):
        b, a = before.get(relation), after.get(relation)
        if b == a or relation in allowed:
            continue
        more_than_size = b is None or a is None or any(b[k] != a[k] for k in ("digest", "filenode", "kind"))
        if not attribution.explained(relation, more_than_size):
            change(attribution, [attribution.here], "after/physical.json", found)
