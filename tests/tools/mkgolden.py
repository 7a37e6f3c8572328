"""tests/tools/mkgolden.py - take out of a recorded bracket what a tiny package can do without.

Usage: mkgolden.py RUN
What every PostgreSQL has (its own roles, settings, system catalogs and processes, counters
of other databases and of maintenance) goes from both edges alike, so that what is left is
the run of a smaller cluster.  Nothing else is touched."""
import json
import sys

import forge

EDGES = ("before", "after")
ROLE = "dryproof_observer"


def edit(path, change):
    with open(path, "rb") as f:
        lines = [json.loads(line) for line in f.read().splitlines()]
    with open(path, "wb") as f:
        f.write(b"".join(forge.document(doc) for doc in change(lines)))


def of_this_cluster(database):
    def kept(line):
        kind, name, _ = line
        return (kind == "database" and name == database or kind in ("role", "role-password") and name == ROLE
                or kind == "membership" and name.split(" ")[0] == ROLE)
    return lambda lines: [line for line in lines if kept(line)]


def clients(sessions):
    return [s for s in sessions if s["type"] == "client backend"]


def of_this_database(database):
    def change(docs):
        for doc in docs:
            doc["databases"] = [d for d in doc["databases"] if d["name"] == database]
            doc["sessions"], doc["tables"] = clients(doc["sessions"]), []
        return docs
    return change


def main():
    run = sys.argv[1]
    with open(run + "/before/identity.json", "rb") as f:
        database = json.load(f)["database"]
    for edge in EDGES:
        edit("%s/%s/cluster.ndjson" % (run, edge), of_this_cluster(database))
        edit("%s/%s/activity.json" % (run, edge), of_this_database(database))
    edit(run + "/steps/001-command/sessions.ndjson", clients)


if __name__ == "__main__":
    main()
