"""tests/tools/mutate_rows.py - operations on the rows of captured tables, whose digests follow,
and on manifests; the rest of mutate_ops.py."""
import json

import forge
from mutate_ops import at, op, put


# ---- tables: edges are before, after or both ----
def edit_table(case, edge, relation, edit):
    tables = json.loads(case.files["data/%s/tables.json" % edge])
    entry = [t for t in tables["tables"] if t["relation"] == relation][0]
    path = "data/%s/%s" % (edge, entry["file"])
    head, *rows = [json.loads(x) for x in case.files[path].splitlines()]
    rows = edit(head["columns"], rows)
    rows.sort(key=forge.row_line)
    case.files[path] = b"".join(forge.document(x) for x in [head] + rows)
    entry["rows"], entry["digest"] = len(rows), forge.table_digest(relation, entry["columns"], rows)
    case.files["data/%s/tables.json" % edge] = forge.document(tables)


def edges(which):
    return ["before", "after"] if which == "both" else [which]


def fits(columns, row, where):
    return all(row[columns.index(k)] == v for k, v in where.items())


@op
def row(case, which, relation, where, change):
    """Change columns of the rows that fit WHERE."""
    where, change = json.loads(where), json.loads(change)

    def edit(columns, rows):
        hits = [r for r in rows if fits(columns, r, where)]
        if not hits:
            raise ValueError("no such row")
        for r in hits:
            for key, value in change.items():
                r[columns.index(key)] = value
        return rows
    for edge in edges(which):
        edit_table(case, edge, relation, edit)


@op
def add_row(case, which, relation, where, change):
    """Add a copy of the row that fits WHERE, with these columns changed."""
    where, change = json.loads(where), json.loads(change)

    def edit(columns, rows):
        new = list([r for r in rows if fits(columns, r, where)][0])
        for key, value in change.items():
            new[columns.index(key)] = value
        return rows + [new]
    for edge in edges(which):
        edit_table(case, edge, relation, edit)


@op
def rm_row(case, which, relation, where):
    where = json.loads(where)

    def edit(columns, rows):
        kept = [r for r in rows if not fits(columns, r, where)]
        if len(kept) == len(rows):
            raise ValueError("no such row")
        return kept
    for edge in edges(which):
        edit_table(case, edge, relation, edit)


@op
def inside(case, which, relation, where, column, pointer, value):
    """Change a member of the JSON text that a column of the row holds."""
    where = json.loads(where)

    def edit(columns, rows):
        at_column = columns.index(column)
        for r in rows:
            if fits(columns, r, where):
                text = json.loads(r[at_column])
                put(text, pointer, json.loads(value))
                r[at_column] = json.dumps(text)
        return rows
    for edge in edges(which):
        edit_table(case, edge, relation, edit)


@op
def reprofile(case, profile, members):
    """Another kind of manifest, with these fixed members, and every digest of it anew."""
    plan = json.loads(case.files["data/carrier/plan.json"])
    m = plan["manifests"][0]
    dir_, old = "data/manifests/%s/" % m["name"], m["expect_sha256"]
    rows = json.loads(case.files[dir_ + "rep-1.pg.bytes"])[m["rows_member"]]
    m["profile"], m["object"] = profile, json.loads(members)
    text = forge.canonical(dict(m["object"], **{m["rows_member"]: rows}))
    case.files["data/carrier/plan.json"] = forge.document(plan)
    doc = json.loads(case.files[dir_ + "manifest.json"])
    doc["profile"] = profile
    for i, rep in enumerate(doc["repetitions"]):
        rep["pg_bytes"] = rep["own_bytes"] = len(text)
        for kind in ("pg", "own"):
            case.files["%srep-%d.%s.bytes" % (dir_, i + 1, kind)] = text
    case.files[dir_ + "manifest.json"] = forge.document(doc)
    case.files = {n: b.replace(old.encode(), forge.sha256(text).encode()) for n, b in case.files.items()}
    for edge in ("before", "after"):
        for t in json.loads(case.files["data/%s/tables.json" % edge])["tables"]:
            if t["captured"]:
                edit_table(case, edge, t["relation"], lambda columns, rows: rows)


@op
def longer(case, *paths):
    """Every row of these files has one value more than it has columns."""
    for path in paths:
        head, *rows = case.files[at(path)].splitlines()
        case.files[at(path)] = b"".join([head + b"\n"] + [forge.document(json.loads(x) + ["more"]) for x in rows])


@op
def redact(case, relation, column, cell='"hmac-sha256:%s"' % ("0" * 64), key='"%s"' % ("1" * 64)):
    """Withhold a column, as the plan asks: what stands in its cells, and the key's id."""
    plan = json.loads(case.files["data/carrier/plan.json"])
    for t in plan["captured"]:
        if t["relation"] == relation:
            t["redacted"] = [column]
    case.files["data/carrier/plan.json"] = forge.document(plan)
    for edge in ("before", "after"):
        def edit(columns, rows):
            if column in columns:
                for r in rows:
                    r[columns.index(column)] = json.loads(cell)
            return rows
        edit_table(case, edge, relation, edit)
        tables = json.loads(case.files["data/%s/tables.json" % edge])["tables"]
        path = "data/%s/%s" % (edge, [t for t in tables if t["relation"] == relation][0]["file"])
        head, *rows = case.files[path].splitlines(True)
        case.files[path] = forge.document(dict(json.loads(head), redacted=[column])) + b"".join(rows)
    environment = json.loads(case.files["data/environment.json"])
    case.files["data/environment.json"] = forge.document(dict(environment, redaction_key_id=json.loads(key)))


@op
def exclude(case, relation, reason, which="both"):
    """Leave a table out at an edge, and say why."""
    for edge in edges(which):
        path = "data/%s/tables.json" % edge
        doc = json.loads(case.files[path])
        doc["tables"] = [t for t in doc["tables"] if t["relation"] != relation]
        doc["excluded"].append({"reason": reason, "relation": relation})
        case.files[path] = forge.document(doc)


@op
def table(case, entry, which="both"):
    """A table more at an edge, of which there are no rows, with its file."""
    entry = dict({"captured": False, "columns": [], "digest": "0" * 64, "kind": "r", "rows": 0}, **json.loads(entry))
    for edge in edges(which):
        path = "data/%s/tables.json" % edge
        doc = json.loads(case.files[path])
        doc["tables"] = sorted(doc["tables"] + [entry], key=lambda t: t["relation"].encode())
        case.files[path] = forge.document(doc)
        path = "data/%s/physical.json" % edge
        doc = json.loads(case.files[path])
        doc["relations"].append({"digest": None, "filenode": "99999", "kind": entry["kind"], "relation": entry["relation"], "size": "0"})
        doc["relations"].sort(key=lambda r: r["relation"].encode())
        case.files[path] = forge.document(doc)


@op
def column(case, relation, number, name):
    """Another name of a column, in the lists of tables."""
    for edge in ("before", "after"):
        path = "data/%s/tables.json" % edge
        doc = json.loads(case.files[path])
        for t in doc["tables"]:
            if t["relation"] == relation:
                t["columns"][int(number)][0] = name
        case.files[path] = forge.document(doc)


@op
def function(case, which, definition, source="x", definer="f", aggregate="null"):
    """The function c1.zz() at both edges: in the catalog, in functions.ndjson, or in both."""
    signature = "c1.zz()"
    for edge in ("before", "after"):
        if which != "listed":
            path = "data/%s/catalog.ndjson" % edge
            d = json.dumps({"aggregate": json.loads(aggregate), "definition": json.loads(definition)})
            lines = case.files[path].splitlines(True) + [forge.document(["function", signature, d])]
            case.files[path] = b"".join(sorted(lines))
        if which != "defined":
            path = "data/%s/functions.ndjson" % edge
            docs = [json.loads(x) for x in case.files[path].splitlines()]
            docs.append({"prosecdef": definer, "prosrc": source, "signature": signature})
            docs.sort(key=lambda f: f["signature"].encode())
            case.files[path] = b"".join(forge.document(x) for x in docs)


@op
def unended(case, path):
    """Take the last byte, a line feed."""
    case.files[at(path)] = case.files[at(path)].removesuffix(b"\n")
