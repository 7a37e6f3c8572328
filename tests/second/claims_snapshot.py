"""tests/second/claims_snapshot.py - the files of one snapshot agree with each other, with the
plan and with the environment (FORMAT.md section 3); all that disagrees is E_EVIDENCE_INCONSISTENT."""
from claims_base import Absent, Loose, Table, Unreadable, loose_json, lsn, number, row_line, running_ids, strictly_sorted, table_digest

MAX_PHYSICAL_BYTES = 8388608
CODE = "E_EVIDENCE_INCONSISTENT"


def members(text):
    """The definition of a catalog line as an object; one that is none has no members."""
    try:
        doc = loose_json(text)
    except (Loose, TypeError):
        return {}
    return doc if isinstance(doc, dict) else {}


def quoted(name):
    """The ways in which quote_ident may have written it."""
    return (name, '"%s"' % name.replace('"', '""'))


def snapshot(package, plan, edge, found):
    for check in (sorted_lists, tables, catalog, cluster, activity, physical, positions):
        try:
            check(package, plan, edge, found)
        except Absent:
            pass  # told once, by the list of files that the plan calls for
        except Unreadable as e:
            found.add(CODE, None, str(e))


def sorted_lists(package, plan, edge, found):
    for name in ("catalog.ndjson", "cluster.ndjson", "functions.ndjson"):
        name = "%s/%s" % (edge, name)
        if "functions" not in name:
            found.unless(strictly_sorted(package.raw(name).split(b"\n")[:-1]), CODE, None, name)
        keys = [x["signature"] if isinstance(x, dict) else (x[0], x[1]) for x in package.lines(name)]
        keys = [k for k in keys if k[0] != "comment"]
        found.unless(len(keys) == len(set(keys)), CODE, None, name)
    signatures = [f["signature"].encode() for f in package.lines(edge + "/functions.ndjson")]
    found.unless(strictly_sorted(signatures), CODE, None, edge + "/functions.ndjson")


def tables(package, plan, edge, found):
    name = edge + "/tables.json"
    doc, number = package.doc(name), 0
    for part in ("tables", "excluded", "not_observed"):
        found.unless(strictly_sorted(t["relation"].encode() for t in doc[part]), CODE, None, name)
    everywhere = [t["relation"] for part in ("tables", "excluded", "not_observed") for t in doc[part]]
    found.unless(len(everywhere) == len(set(everywhere)), CODE, None, name)
    excluded = sorted(plan.doc["scope"]["exclude"], key=lambda x: x["relation"].encode())
    found.unless(doc["excluded"] == [{"reason": x["reason"], "relation": x["relation"]} for x in excluded], "E_BIND_PLAN", None, name)
    for t in doc["tables"]:
        capture = plan.capture_of(t["relation"])
        found.unless(t["captured"] == (capture is not None), CODE, None, name)
        if not t["captured"]:
            continue
        number += 1
        found.unless(t.get("file") == "tables/%06d.ndjson" % number, CODE, None, name)
        if capture and t["relation"] in package.table_files(edge):
            captured_table(package, edge, t, capture, found)
    for c in plan.captured:
        found.unless(c["relation"] in package.table_files(edge), "E_EVIDENCE_INCOMPLETE", "no-state", name)


def captured_table(package, edge, entry, capture, found):
    if not package.lines("%s/%s" % (edge, entry["file"])):
        found.add("E_EVIDENCE_INCOMPLETE", "no-state", "%s/%s" % (edge, entry["file"]))
        return
    table = Table(package, edge, entry)
    columns = [c for c, _ in entry["columns"]]
    found.unless(table.columns == columns and table.head["relation"] == entry["relation"], "E_TABLE_DIGEST", "no-state", table.name)
    for part in ("redacted", "volatile"):
        found.unless(sorted(table.head[part]) == sorted(capture[part]), "E_BIND_PLAN", None, table.name)
        found.unless(set(table.head[part]) <= set(columns), CODE, None, table.name)
    if any(len(r) != len(columns) for r in table.values):
        found.add("E_TABLE_DIGEST", "no-state", table.name)
        return
    lines = [row_line(r) for r in table.values]
    digest = table_digest(entry["columns"], entry["relation"], table.values)
    found.unless(lines == sorted(lines) and len(lines) == entry["rows"] and digest == entry["digest"], "E_TABLE_DIGEST", "no-state", table.name)
    for column in table.head["redacted"]:
        for value in (r.get(column) for r in table.rows):
            good = value is None or isinstance(value, str) and value.startswith("hmac-sha256:") and len(value) == 76
            found.unless(good, CODE, None, table.name)


def catalog(package, plan, edge, found):
    name = edge + "/catalog.ndjson"
    lines, doc = package.lines(name), package.doc(edge + "/tables.json")
    kinds = {identity: members(text) for kind, identity, text in lines if kind == "relation"}
    observed = {t["relation"]: t for t in doc["tables"]}
    beside = {t["relation"] for t in doc["not_observed"] if not t["relation"].startswith(("pg_temp", '"pg_temp'))}
    excluded = {t["relation"] for t in doc["excluded"]}
    here = {r for r, m in kinds.items() if m.get("kind") in ("r", "m") and m.get("populated") is not False} - excluded
    there = {r for r, m in kinds.items() if m.get("kind") == "f" or m.get("kind") == "m" and m.get("populated") is False} - excluded
    found.unless(here == set(observed) and there == beside, CODE, None, name)
    for relation, t in observed.items():
        found.unless(kinds.get(relation, {}).get("kind", t["kind"]) == t["kind"], CODE, None, name)
        columns = sorted(((members(text).get("position"), identity[len(relation) + 1:], members(text).get("type"))
                          for kind, identity, text in lines if kind == "column" and identity.startswith(relation + ".")),
                         key=lambda c: c[0] if isinstance(c[0], int) else 0)
        same = len(columns) == len(t["columns"]) and all(
            seen in quoted(column) and type_ == kind for (column, kind), (_, seen, type_) in zip(t["columns"], columns))
        found.unless(same, CODE, None, name)
    sequences = {s["relation"] for s in package.doc(edge + "/sequences.json")["sequences"]}
    found.unless(sequences == {i for kind, i, _ in lines if kind == "sequence"}, CODE, None, edge + "/sequences.json")
    found.unless(strictly_sorted(s["relation"].encode() for s in package.doc(edge + "/sequences.json")["sequences"]), CODE, None, edge + "/sequences.json")
    functions = {f["signature"]: f for f in package.lines(edge + "/functions.ndjson")}
    definitions = {i: members(text).get("definition") for kind, i, text in lines if kind == "function"}
    found.unless(set(functions) == set(definitions), CODE, None, edge + "/functions.ndjson")
    for signature, f in functions.items():
        text = definitions.get(signature)
        good = not isinstance(text, str) or f["prosrc"] in text and (f["prosecdef"] == "f" or "SECURITY DEFINER" in text)
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
        found.unless(direct <= set(role["member_of"]) and bool(direct) == bool(role["member_of"]), CODE, None, name)
        found.unless(strictly_sorted(x.encode() for x in role["member_of"]), CODE, None, "environment.json")


def activity(package, plan, edge, found):
    name, identity, ids = edge + "/activity.json", package.doc(edge + "/identity.json"), package.doc(edge + "/transactions.json")
    doc = package.doc(name)
    found.unless(strictly_sorted(number(d["oid"]) for d in doc["databases"]), CODE, None, name)
    found.unless(strictly_sorted(s["pid"] for s in doc["sessions"]), CODE, None, name)
    found.unless(strictly_sorted(t["relation"].encode() for t in doc["tables"]), CODE, None, name)
    found.unless(all(any(number(t[c]) for c in ("analyze", "autoanalyze", "autovacuum", "vacuum")) for t in doc["tables"]), CODE, None, name)
    found.unless(strictly_sorted(h["xid"].encode() for h in doc["holders"]), CODE, None, name)
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
    found.unless(strictly_sorted(r["relation"].encode() for r in relations), CODE, None, name)
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
