"""tests/second/claims_snapshot.py - the files of one snapshot agree with each other, with the
plan and with the environment (FORMAT.md section 3); all that disagrees is E_EVIDENCE_INCONSISTENT."""
import re

from claims_base import EDGES, Absent, Loose, Table, Unreadable, loose_json, lsn, number, running_ids, strictly_sorted, table_digest
from known import LINES, remembered

MAX_PHYSICAL_BYTES = 8388608
CODE = "E_EVIDENCE_INCONSISTENT"


def members(text):
    """The definition of a catalog line as an object; one that is none has no members."""
    return members_of(text) if isinstance(text, str) else {}


def members_of(text):
    try:
        doc = loose_json(text)
    except Loose:
        return {}
    return doc if isinstance(doc, dict) else {}


members_of = remembered(members_of, LINES)


def quoted(name):
    """The ways in which quote_ident may have written it."""
    return (name, '"%s"' % name.replace('"', '""'))


def snapshot(package, plan, edge, found):
    for check in (tables, catalog, cluster, activity, physical, positions):
        try:
            check(package, plan, edge, found)
        except Absent:
            pass  # told once, by the list of files that the plan calls for
        except Unreadable as e:
            found.add(CODE, None, str(e))


def ordered(package, found):
    """Every list of an edge, its lines and the rows of captured tables in their order, each once."""
    for edge in EDGES:
        doc = lambda name: package.doc("%s/%s" % (edge, name))  # noqa: E731,B023
        lists = [("tables.json", doc("tables.json")[part], relation) for part in ("tables", "excluded", "not_observed")]
        lists += [("sequences.json", doc("sequences.json")["sequences"], relation), ("physical.json", doc("physical.json")["relations"], relation)]
        lists += [("activity.json", doc("activity.json")[part], key) for part, key in (
            ("databases", lambda d: number(d["oid"])), ("holders", lambda h: h["xid"].encode()), ("sessions", lambda s: s["pid"]), ("tables", relation))]
        lists += [("functions.ndjson", package.lines(edge + "/functions.ndjson"), lambda f: f["signature"].encode())]
        for name, entries, key in lists:
            found.unless(strictly_sorted(map(key, entries)), CODE, None, "%s/%s" % (edge, name))
        for name in ("catalog.ndjson", "cluster.ndjson"):
            name = "%s/%s" % (edge, name)
            keys = [(kind, identity) for kind, identity, _ in package.lines(name) if kind != "comment"]
            found.unless(strictly_sorted(package.raw(name).split(b"\n")[:-1]) and len(keys) == len(set(keys)), CODE, None, name)
        for t in doc("tables.json")["tables"]:
            if t["captured"] and t.get("file") in package.table_files(edge):
                table = Table(package, edge, t)
                found.unless(list(table.texts) == sorted(table.texts), "E_TABLE_DIGEST", None, table.name)


def relation(entry):
    return entry["relation"].encode()


def tables(package, plan, edge, found):
    name = edge + "/tables.json"
    doc, number = package.doc(name), 0
    everywhere = [t["relation"] for part in ("tables", "excluded", "not_observed") for t in doc[part]]
    found.unless(len(everywhere) == len(set(everywhere)), CODE, None, name)
    excluded = sorted(plan.doc["scope"]["exclude"], key=lambda x: x["relation"].encode())
    found.unless(doc["excluded"] == [{"reason": x["reason"], "relation": x["relation"]} for x in excluded], "E_BIND_PLAN", None, name)
    for t in doc["tables"]:
        capture = plan.capture_of(t["relation"])
        if not t["captured"]:
            found.unless("file" not in t, CODE, None, name)
            continue
        number += 1
        if found.unless(t.get("file") == "tables/%06d.ndjson" % number, CODE, None, name):
            captured_table(package, edge, t, capture, found)
    for c in plan.captured:
        found.unless(any(t["relation"] == c["relation"] for t in package.table_files(edge).values()), "E_EVIDENCE_INCOMPLETE", "no-state", name)


def captured_table(package, edge, entry, capture, found):
    table = Table(package, edge, entry)
    columns = [c for c, _ in entry["columns"]]
    found.unless(table.columns == columns and table.head["relation"] == entry["relation"], "E_TABLE_DIGEST", "no-state", table.name)
    for part in ("redacted", "volatile"):
        found.unless(capture and table.head[part] == capture[part], "E_BIND_PLAN", None, table.name)
        found.unless(set(table.head[part]) <= set(columns), CODE, None, table.name)
    if any(len(r) != len(columns) for r in table.values):
        found.add("E_TABLE_DIGEST", "no-state", table.name)
        return
    lines = table.texts
    digest = table_digest(entry["columns"], entry["relation"], lines)
    found.unless(len(lines) == entry["rows"] and digest == entry["digest"], "E_TABLE_DIGEST", "no-state", table.name)
    for column in table.head["redacted"]:
        for value in (r.get(column) for r in table.rows):
            good = value is None or isinstance(value, str) and re.fullmatch("hmac-sha256:[0-9a-f]{64}", value)
            found.unless(good, CODE, None, table.name)


def catalog(package, plan, edge, found):
    name = edge + "/catalog.ndjson"
    lines, doc = package.lines(name), package.doc(edge + "/tables.json")
    kinds = {identity: members(text) for kind, identity, text in lines if kind == "relation"}
    every_column = [(identity, text) for kind, identity, text in lines if kind == "column"]
    observed = {t["relation"]: t for t in doc["tables"]}
    beside = {t["relation"] for t in doc["not_observed"] if not t["relation"].startswith(("pg_temp", '"pg_temp'))}
    excluded = {t["relation"] for t in doc["excluded"]}
    here = {r for r, m in kinds.items() if m.get("kind") in ("r", "m") and m.get("populated") is not False} - excluded
    there = {r for r, m in kinds.items() if m.get("kind") == "f" or m.get("kind") == "m" and m.get("populated") is False} - excluded
    found.unless(here == set(observed) and there == beside, CODE, None, name)
    for relation, t in observed.items():
        found.unless(kinds.get(relation, {}).get("kind", t["kind"]) == t["kind"], CODE, None, name)
        columns = sorted(((members(text).get("position"), identity[len(relation) + 1:], members(text).get("type"))
                          for identity, text in every_column if identity.startswith(relation + ".")),
                         key=lambda c: c[0] if isinstance(c[0], int) else 0)
        same = len(columns) == len(t["columns"]) and all(
            seen in quoted(column) and type_ == kind and at == i + 1
            for i, ((column, kind), (at, seen, type_)) in enumerate(zip(t["columns"], columns)))
        found.unless(same, CODE, None, name)
    sequences = {s["relation"] for s in package.doc(edge + "/sequences.json")["sequences"]}
    found.unless(sequences == {i for kind, i, _ in lines if kind == "sequence"}, CODE, None, edge + "/sequences.json")
    functions = {f["signature"]: f for f in package.lines(edge + "/functions.ndjson")}
    definitions = {i: members(text) for kind, i, text in lines if kind == "function"}
    found.unless(set(functions) == set(definitions), CODE, None, edge + "/functions.ndjson")
    for signature, f in functions.items():
        d = definitions.get(signature, {})
        text, aggregate = d.get("definition"), d.get("aggregate")
        good = isinstance(aggregate, list) and aggregate or isinstance(text, str) and f["prosrc"] in text and (f["prosecdef"] == "f" or "SECURITY DEFINER" in text)
        found.unless(good, CODE, None, edge + "/functions.ndjson")


def cluster(package, plan, edge, found):
    name, environment, identity = edge + "/cluster.ndjson", package.doc("environment.json"), package.doc(edge + "/identity.json")
    lines = package.lines(name)
    databases = [members(text) for kind, i, text in lines if kind == "database" and i in quoted(identity["database"])]
    found.unless(len(databases) == 1, CODE, None, name)
    parents = {}
    for kind, i, _ in lines:
        if kind == "membership" and " in " in i:
            member, role = i.split(" in ", 1)
            parents.setdefault(member, set()).add(role.rsplit(" by ", 1)[0])
    for who in ("observer", "step"):
        role = environment[who]
        found_roles = [members(text) for kind, i, text in lines if kind == "role" and i in quoted(role["name"])]
        same = len(found_roles) == 1 and found_roles[0].get("login") is True and all(
            found_roles[0].get(a) == role[a] for a in ("superuser", "createrole", "createdb", "replication", "bypassrls"))
        found.unless(same, CODE, None, name)
        direct = {p.strip('"').replace('""', '"') for m in quoted(role["name"]) for p in parents.get(m, ())}
        bare = any(kind == "membership" and i in quoted(role["name"]) for kind, i, _ in lines)
        found.unless(not bare and direct <= set(role["member_of"]) and bool(direct) == bool(role["member_of"]), CODE, None, name)
        found.unless(strictly_sorted(x.encode() for x in role["member_of"]), CODE, None, "environment.json")


def activity(package, plan, edge, found):
    name, identity, ids = edge + "/activity.json", package.doc(edge + "/identity.json"), package.doc(edge + "/transactions.json")
    doc = package.doc(name)
    found.unless(all(any(number(t[c]) for c in ("analyze", "autoanalyze", "autovacuum", "vacuum")) for t in doc["tables"]), CODE, None, name)
    found.unless((identity["database"], identity["database_oid"]) in {(d["name"], d["oid"]) for d in doc["databases"]}, CODE, None, name)
    found.unless(any(s["observer"] and s["database"] == identity["database_oid"] for s in doc["sessions"]), CODE, None, name)
    found.unless(running_ids(ids["snapshot"], identity["in_recovery"]) is not None, CODE, None, edge + "/transactions.json")
    for part in ("in_progress", "prepared"):
        found.unless(strictly_sorted(x.encode() for x in ids[part]), CODE, None, edge + "/transactions.json")
    held = sorted(set(ids["in_progress"]) | set(ids["prepared"]))
    found.unless(held == [h["xid"] for h in doc["holders"]], CODE, None, name)
    found.unless(all((h["kind"] == "prepared") == (h["xid"] in ids["prepared"]) for h in doc["holders"]), CODE, None, name)
    sessions = {s["pid"]: s for s in doc["sessions"]}
    for h in doc["holders"]:
        found.unless(h["kind"] == "open" or h["pid"] is None, CODE, None, name)
        found.unless(h["pid"] not in sessions or sessions[h["pid"]]["database"] == h["database"], CODE, None, name)


def physical(package, plan, edge, found):
    name = edge + "/physical.json"
    relations = package.doc(name)["relations"]
    stored = {r["relation"]: r["kind"] for r in relations}
    for t in package.doc(edge + "/tables.json")["tables"]:
        found.unless(stored.get(t["relation"]) == t["kind"], CODE, None, name)
    for s in package.doc(edge + "/sequences.json")["sequences"]:
        found.unless(stored.get(s["relation"]) == "S", CODE, None, name)
    for r in relations:
        found.unless(r["digest"] is None or r["kind"] in "rm" and number(r["size"]) <= MAX_PHYSICAL_BYTES, CODE, None, name)


def positions(package, plan, edge, found):
    wal, ids = package.doc(edge + "/wal.json"), package.doc(edge + "/transactions.json")
    found.unless(lsn(wal["insert_lsn"]) == lsn(ids["lsn"]), CODE, None, edge + "/wal.json")
    capability, name = package.doc(edge + "/capability.json"), edge + "/capability.json"
    found.unless(capability["role"] == package.doc("environment.json")["step"]["name"], CODE, None, name)
    found.unless(strictly_sorted(c["capability"].encode() for c in capability["channels"]), CODE, None, name)
