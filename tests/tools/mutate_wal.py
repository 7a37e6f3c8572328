"""tests/tools/mutate_wal.py - operations on who was there and who wrote, and the package of a
bracket; the rest of mutate_ops.py.  DATABASE is an oid, or "here"."""
import json

import forge
from mutate_ops import at, op, put


def load(case, path):
    return json.loads(case.files[at(path)])


def store(case, path, doc):
    case.files[at(path)] = forge.document(doc)


def here(case, database):
    return load(case, "before/identity.json")["database_oid"] if database == "here" else database


def edit_groups(case, edit):
    """Change the list of groups; sums and order follow."""
    groups = edit([json.loads(x) for x in case.files[at("wal/groups.ndjson")].splitlines()])
    case.files[at("wal/groups.ndjson")] = b"".join(sorted(forge.document(g) for g in groups))
    wal = load(case, "wal.json")
    wal["records"], wal["bytes"] = sum(g["count"] for g in groups), sum(g["bytes"] for g in groups)
    store(case, "wal.json", wal)


@op
def group(case, kind, pointer, value):
    """Change the one group of records of that type."""
    def edit(groups):
        found = [g for g in groups if g["type"] == kind]
        if len(found) != 1:
            raise ValueError("%d groups of that type" % len(found))
        put(found[0], pointer, json.loads(value))
        return groups
    edit_groups(case, edit)


@op
def no_wal(case, basis="null", reason='"not read"'):
    """No records; basis and reason as given."""
    edit_groups(case, lambda groups: [])
    wal = load(case, "wal.json")
    wal["basis"], wal["reason"] = json.loads(basis), json.loads(reason)
    store(case, "wal.json", wal)


@op
def runs(case, *ids):
    """These ids run by the snapshot of the last edge."""
    doc = load(case, "after/transactions.json")
    doc["snapshot"] = "%s:%s:%s" % (ids[0], doc["next_xid"], ",".join(ids))
    store(case, "after/transactions.json", doc)


@op
def takes(case, n="1"):
    """So many ids more are taken at the end."""
    doc = load(case, "after/transactions.json")
    doc["next_xid"] = str(int(doc["next_xid"]) + int(n))
    doc["snapshot"] = "%s:%s:" % (doc["next_xid"], doc["next_xid"])
    store(case, "after/transactions.json", doc)


@op
def writes(case, database, relation="null", rmgr="Heap", kind="INSERT"):
    """One id more, and a record of it in that database (of a relation, - for none)."""
    doc = load(case, "after/transactions.json")
    oid, new = here(case, database), doc["next_xid"]
    takes(case)

    def edit(groups):
        g = dict(groups[0], bytes=0, count=1, rmgr=rmgr, type=kind, xid=new, subxids=[], databases=[oid], relations=[])
        g["last_lsn"] = g["first_lsn"]
        if relation != "-":
            g["relations"] = [{"database": oid, "filenode": "999999", "relation": json.loads(relation), "tablespace": "1663"}]
        return groups + [g]
    edit_groups(case, edit)


@op
def beside(case, database, state="active", both="both", pid="1"):
    """A session of somebody else, at both edges."""
    for edge in ("before", "after") if both == "both" else (both,):
        doc = load(case, edge + "/activity.json")
        doc["sessions"].insert(0, {"backend_start": "2026-01-01T00:00:00.000000Z", "database": here(case, database),
                                   "observer": False, "pid": int(pid), "state": state, "type": "client backend", "user": "u",
                                   "state_change": "2026-01-01T00:00:01.000000Z"})
        store(case, edge + "/activity.json", doc)


@op
def born(case, database):
    """One session more was counted in that database."""
    doc = load(case, "after/activity.json")
    for d in doc["databases"]:
        if d["oid"] == here(case, database):
            d["sessions"] = str(int(d["sessions"]) + 1)
    store(case, "after/activity.json", doc)


@op
def holds(case, edge, kind, xid, database):
    """A transaction that is open or prepared at that edge."""
    doc, who = load(case, edge + "/transactions.json"), load(case, edge + "/activity.json")
    doc["in_progress" if kind == "open" else "prepared"] = [xid]
    who["holders"] = [{"database": here(case, database), "kind": kind, "pid": None, "xid": xid}]
    store(case, edge + "/transactions.json", doc)
    store(case, edge + "/activity.json", who)


@op
def autovacuum(case, relation):
    """Autovacuum worked on that relation."""
    doc = load(case, "after/activity.json")
    tables = {t["relation"]: t for t in doc["tables"]}
    tables[relation] = dict({"analyze": "0", "autoanalyze": "0", "relation": relation, "vacuum": "0"},
                            **dict(tables.get(relation, {}), autovacuum="7"))
    doc["tables"] = [tables[name] for name in sorted(tables)]
    store(case, "after/activity.json", doc)


SESSION = {"backend_start": "2026-01-01T00:00:00.000000Z", "named": True, "pid": 2, "type": "client backend",
           "user": "u", "xids": []}


@op
def bracket(case, *pairs):
    """Make of the run a bracket of the command "true", in which nothing happened; PTR VALUE
    pairs change its plan."""
    run = load(case, "run.json")
    plan = {"accept_basis": [], "carrier": "command", "command": ["true"], "expect_exit": 0, "plan_ref": "r",
            "readonly_role": None, "schema": "dryproof.bracket/1", "scope": {"exclude": []}, "strict_role": False,
            "timeout": 0}
    for pointer, value in zip(pairs[::2], pairs[1::2]):
        put(plan, pointer, json.loads(value))
    keep = ("data/before/", "data/cost.json", "data/environment.json", "data/run.json", "data/started.json", "data/wal")
    case.files = {n: b for n, b in case.files.items() if n.startswith(keep) and "/tables/" not in n}
    tables = load(case, "before/tables.json")
    for t in tables["tables"]:
        t["captured"] = False
        t.pop("file", None)
    store(case, "before/tables.json", tables)
    for name in [n for n in case.files if n.startswith("data/before/")]:
        case.files["data/after/" + name[12:]] = case.files[name]
    no_wal(case, '"equal"', "null")
    wal = load(case, "wal.json")
    store(case, "wal.json", dict(wal, after_lsn=wal["before_lsn"]))
    store(case, "carrier/plan.json", plan)
    digest = forge.sha256(forge.lines({"plan.json": case.files[at("carrier/plan.json")]}))
    for name in ("run.json", "started.json"):
        store(case, name, dict(load(case, name), carrier="command", plan_ref=plan["plan_ref"], plan_sha256=digest))
    run = dict(load(case, "run.json"), cases=0, steps=1)
    store(case, "run.json", run)
    time = load(case, "before/identity.json")["taken_at"]
    for edge in ("before", "after"):
        for name in ("identity.json", "transactions.json"):
            store(case, "%s/%s" % (edge, name), dict(load(case, "%s/%s" % (edge, name)), taken_at=time))
        store(case, edge + "/activity.json", dict(load(case, edge + "/activity.json"), taken_at=time))
    folder = "steps/001-command/"
    store(case, folder + "command.json",
          {"argv": plan["command"], "duration_ms": 1, "exit": 0, "finished_at": time, "signal": None, "started_at": time,
           "role": load(case, "environment.json")["step"]["name"], "schema": "dryproof.command/1",
           "stderr": {"bytes": 0, "kept": 0}, "stdout": {"bytes": 2, "kept": 2}, "timed_out": False})
    case.files[at(folder + "stderr")], case.files[at(folder + "stdout")] = b"", b"x\n"
    store(case, folder + "sessions.ndjson", dict(SESSION, database=here(case, "here"), first_seen=time, last_seen=time,
                                                    user=load(case, "environment.json")["step"]["name"]))
    environment = load(case, "environment.json")
    store(case, "environment.json", dict(environment, redaction_key_id=None))


@op
def answered(case, edge="after", source="before"):
    """The second edge is answered from the first."""
    store(case, edge + "/answered.json", {"from": source, "schema": "dryproof.answered/1"})


@op
def unlogged(case):
    """One relation is, at both edges."""
    for edge in ("before", "after"):
        path = at(edge + "/catalog.ndjson")
        case.files[path] = case.files[path].replace(b'persistence\\" : \\"p', b'persistence\\" : \\"u', 1)


@op
def rm_group(case, kind):
    """Hide the records of a type; FIRST: those of the group with the first record of all (a
    server may have logged its running transactions before the steps' records)."""
    def lsn(group):
        return [int(part, 16) for part in group["first_lsn"].split("/")]
    edit_groups(case, lambda groups: [g for g in groups
                                      if (g["type"] != kind if kind != "FIRST" else g is not min(groups, key=lsn))])


@op
def many_lines(case, path, n):
    case.files[at(path)] = case.files[at(path)].splitlines(True)[0] * int(n)


@op
def ours_after(case):
    """One connection more of our own at the second edge."""
    doc = load(case, "after/activity.json")
    ours = [s for s in doc["sessions"] if s["observer"]][0]
    doc["sessions"].append(dict(ours, pid=2 ** 31))
    store(case, "after/activity.json", doc)


@op
def seen_in(case, database):
    seen = load(case, "steps/001-command/sessions.ndjson")
    store(case, "steps/001-command/sessions.ndjson", dict(seen, database=database))


@op
def channels(case, where="both", *words):
    """The role could run programs on the server, or what the words name: WHAT or WHAT:VIA."""
    for edge in ("before", "after") if where == "both" else (where,):
        doc = load(case, edge + "/capability.json")
        named = [w.partition(":") for w in words or ["run programs on the server"]]
        named = [{"capability": what, "via": via or "x"} for what, _, via in named]
        store(case, edge + "/capability.json", dict(doc, channels=named))


@op
def seen(case, *changes):
    """One session more beside the command for each of these changes, otherwise like the first."""
    path = at("steps/001-command/sessions.ndjson")
    first = json.loads(case.files[path].splitlines()[0])
    case.files[path] += b"".join(forge.document(dict(first, **json.loads(c))) for c in changes)


@op
def unnamed(case):
    """The session bears no name, so it is the command's only if nobody else could have been there."""
    path = "steps/001-command/sessions.ndjson"
    store(case, path, dict(load(case, path), named=False))


@op
def observers(case, database):
    """Our sessions of the first edge were in that database, or there were none."""
    doc = load(case, "before/activity.json")
    doc["sessions"] = [dict(s, database=database if s["observer"] else s["database"])
                       for s in doc["sessions"] if database or not s["observer"]]
    store(case, "before/activity.json", doc)


@op
def uncounted(case, edge):
    """A server that counts no sessions, at that edge."""
    doc = load(case, edge + "/activity.json")
    for d in doc["databases"]:
        d["sessions"] = None
    store(case, edge + "/activity.json", doc)


@op
def more_group(case, kind, *changes):
    """Groups more, each like the one of that type but for these members."""
    def edit(groups):
        like = [g for g in groups if g["type"] == kind][0]
        return groups + [dict(like, **json.loads(c)) for c in changes]
    edit_groups(case, edit)


@op
def crowd(case, n):
    """So many kinds of records that nothing explains."""
    def edit(groups):
        like = [g for g in groups if g["type"] == "PRUNE"][0]
        return groups + [dict(like, bytes=0, type="TYPE_%02d" % i, relations=[]) for i in range(int(n))]
    edit_groups(case, edit)


@op
def pruned(case, relation, kind="PRUNE"):
    """A record more of a relation of this database, without an id."""
    physical = {r["relation"]: r for r in load(case, "before/physical.json")["relations"]}
    oid = here(case, "here")
    r = {"database": oid, "filenode": physical[relation]["filenode"], "relation": relation, "tablespace": "1663"}
    more_group(case, "PRUNE", json.dumps({"bytes": 0, "databases": [oid], "relations": [r], "type": kind}))


@op
def grown(case, relation, key, value):
    """Another member of the relation's physical state, after."""
    doc = load(case, "after/physical.json")
    for r in doc["relations"]:
        if r["relation"] == relation:
            r[key] = json.loads(value)
    store(case, "after/physical.json", doc)
