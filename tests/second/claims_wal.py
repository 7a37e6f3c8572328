"""tests/second/claims_wal.py - the record of WAL between the edges: that it is whole, and whose
each of its records is (FORMAT.md sections 3 and 10)."""
import os

from claims_base import EDGES, lsn, number, strictly_sorted

ENDS = ("COMMIT", "ABORT", "COMMIT_PREPARED", "ABORT_PREPARED")
WHERE = "wal/groups.ndjson"
MAX_GROUPS = 200000


def classes():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas", "wal.tsv")
    with open(path, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f][1:]
    return {(r[0], r[1]): r[2] for r in rows}


CLASSES = classes()


def kind_of(group):
    return CLASSES.get((group["rmgr"], group["type"]))


# ---- whole ----
def whole(package, found):
    wal, groups, name = package.doc("wal.json"), package.lines(WHERE), "wal.json"
    code, claim = "E_EVIDENCE_INCONSISTENT", None
    t0, t1 = (package.doc(e + "/transactions.json") for e in EDGES)
    for key, t in (("before_lsn", t0), ("after_lsn", t1)):
        found.unless(wal[key] == t["lsn"], "E_BIND_RUN", None, name)
    first, last = lsn(wal["before_lsn"]), lsn(wal["after_lsn"])
    read, records, size = wal["basis"] in ("pg_walinspect", "pg_waldump"), wal["records"], wal["bytes"]
    found.unless((wal["reason"] is None) == (wal["basis"] is not None), code, claim, name)
    found.unless((wal["basis"] == "equal") <= (first == last), code, claim, name)
    found.unless(read or (records, size, groups) == (0, 0, []), code, claim, name)
    found.unless(not read or (first == last) == (records == 0), code, claim, name)
    found.unless((sum(g["count"] for g in groups), sum(g["bytes"] for g in groups)) == (records, size), code, claim, name)
    found.unless(size <= max(0, last - first), code, claim, name)
    found.unless(strictly_sorted(package.raw(WHERE).split(b"\n")[:-1]), code, claim, WHERE)
    keys = [repr((g["databases"], g["relations"], g["rmgr"], g["type"], g["xid"])) for g in groups]
    found.unless(len(keys) == len(set(keys)), code, claim, WHERE)
    if groups:
        found.unless(min(lsn(g["first_lsn"]) for g in groups) == first, code, claim, WHERE)
    names = filenodes(package)
    for g in groups:
        found.unless(one_group(package, g, first, last, names, number(t1["next_xid"])), code, claim, WHERE)


def filenodes(package):
    """(filenode) -> names in this database, by the first edge that knows it; two tablespaces may have one number."""
    out = {}
    for edge in EDGES:
        known = set(out)
        for r in package.doc(edge + "/physical.json")["relations"]:
            if r["filenode"] != "0" and r["filenode"] not in known:
                out.setdefault(r["filenode"], set()).add(r["relation"])
    return out


def one_group(package, g, first, last, names, next_xid):
    a, b = lsn(g["first_lsn"]), lsn(g["last_lsn"])
    if not (first <= a <= b < last and g["count"] >= 1 and (g["count"] == 1) == (a == b)):
        return False
    ids = [number(x) for x in ([g["xid"]] if g["xid"] is not None else []) + g["subxids"]]
    if any(i >= next_xid for i in ids) or not strictly_sorted(x.encode() for x in g["subxids"]):
        return False
    if g["subxids"] and (g["rmgr"] != "Transaction" or g["type"] not in ENDS):
        return False
    here = package.doc("before/identity.json")["database_oid"]
    for r in g["relations"]:
        if r["database"] not in g["databases"]:
            return False
        if r["database"] == here and r["filenode"] in names and r["relation"] not in names[r["filenode"]]:
            return False
    order = [(number(r["database"]), number(r["filenode"]), number(r["tablespace"])) for r in g["relations"]]
    return strictly_sorted(order) and strictly_sorted(number(d) for d in g["databases"])


# ---- measured at all ----
def measured(package, plan, found):
    claim, wal, where = "no-write-witness", package.doc("wal.json"), None
    i0, i1 = (package.doc(e + "/identity.json") for e in EDGES)
    w0, w1 = (package.doc(e + "/wal.json") for e in EDGES)
    if any(i0[k] != i1[k] for k in ("server_started_at", "timeline", "system_identifier")):
        where = "after/identity.json"
    elif w0["timeline"] != w1["timeline"] or i0["timeline"] != w0["timeline"]:
        where = "after/wal.json"
    elif (i0["in_recovery"] or i1["in_recovery"]) and wal["before_lsn"] != wal["after_lsn"]:
        where = "before/identity.json"
    elif wal["basis"] is None:
        where = "wal.json"
    found.unless(where is None, "HOLD_NO_WRITE_WITNESS", claim, where)
    for edge in EDGES:
        held = package.doc(edge + "/capability.json")["channels"] and (not plan.bracket or plan.doc["strict_role"])
        found.unless(not held, "HOLD_CAPABILITY", None if plan.bracket else claim, edge + "/capability.json")


# ---- whose ----
def judge(package, plan, attribution, found):
    claim = "no-write-witness"
    for g in package.lines(WHERE):
        verdict = attribution.of_group(g)
        if verdict is not None:
            found.add("E_WAL_WRITE" if verdict == "run" else "E_EVIDENCE_UNATTRIBUTED", claim, WHERE)


def ids(package, plan, attribution, found):
    claim, t0, t1 = "ids-accounted", package.doc("before/transactions.json"), package.doc("after/transactions.json")
    for edge, t in zip(EDGES, (t0, t1)):
        where = edge + "/transactions.json"
        found.unless(t["observer_xid"] is None, "E_XID_UNACCOUNTED", claim, where)
        for i in attribution.open_ids(edge):
            tell(attribution.of_id(i), claim, where, found)
    for i in attribution.between():
        tell(attribution.of_id(i), claim, "after/transactions.json", found)
    if t0["next_multixact"] != t1["next_multixact"]:
        found.add(attribution.blame("E_XID_UNACCOUNTED", []), claim, "after/transactions.json")


def tell(verdict, claim, where, found):
    if verdict is not None:
        found.add("E_XID_UNACCOUNTED" if verdict == "run" else "E_EVIDENCE_UNATTRIBUTED", claim, where)
