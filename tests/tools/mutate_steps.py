"""tests/tools/mutate_steps.py - operations on what ran: steps more, ids that an error took; the rest
of mutate_ops.py."""
import json

import forge
from mutate_ops import at, op


def load(case, path):
    return json.loads(case.files[at(path)])


def store(case, path, doc):
    case.files[at(path)] = forge.document(doc)


@op
def observe(case, expected, returned, sql="SELECT 1"):
    """A last step that only looks; what the plan expects and what came back, as lists of rows."""
    plan = load(case, "carrier/plan.json")
    plan["steps"].append({"expect": {"rows": json.loads(expected)}, "kind": "observe", "name": "look", "phase": "P7", "sql": "sql/look.sql"})
    store(case, "carrier/plan.json", plan)
    case.files[at("carrier/sql/look.sql")] = b"SELECT 1"
    n, last = len(plan["steps"]), plan["steps"][-2]["name"]
    folder, like = "steps/%03d-look/execution/" % n, "steps/%03d-%s/execution/" % (n - 1, last)
    case.files[at(folder + "request.sql")] = sql.encode()
    store(case, folder + "request.json", dict(load(case, like + "request.json"), args=[], statement_sha256=forge.sha256(sql.encode())))
    rows = json.loads(returned)
    width = len(rows[0]) if rows else 1
    store(case, folder + "result.json", dict(load(case, like + "result.json"), columns=["c"] * width, command="SELECT %d" % len(rows), rows=rows))
    session = load(case, like + "session.json")
    store(case, folder + "session.json", dict(session, started_at=session["finished_at"]))
    store(case, "run.json", dict(load(case, "run.json"), steps=n))


@op
def aborted(case, folder, n="1"):
    """The error of that case took an id: it and all counters behind it move."""
    started, n = load(case, folder + "/session.json")["started_at"], int(n)
    for path in sorted(case.files):
        if not path.endswith(("/session.json", "/residue.json")):
            continue
        doc = json.loads(case.files[path])
        own = path.startswith(at(folder) + "/")
        if not own and json.loads(case.files[path[:path.rindex("/")] + "/session.json"])["started_at"] <= started:
            continue
        doc["next_xid_after"] = str(int(doc["next_xid_after"]) + n)
        if not own:
            doc["next_xid_before"] = str(int(doc["next_xid_before"]) + n)
        case.files[path] = forge.document(doc)


@op
def output(case, n):
    """The command of a bracket wrote so much, and all of it was kept."""
    path, n = "steps/001-command/command.json", int(n)
    case.files[at("steps/001-command/stdout")] = b"x" * n
    store(case, path, dict(load(case, path), stdout={"bytes": n, "kept": n}))
