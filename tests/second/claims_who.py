"""tests/second/claims_who.py - who wrote (FORMAT.md section 10): every transaction id, record and
difference is explained (None), "run" (the run's) or "unknown" (others were there)."""
import re

from claims_base import EDGES, Absent, number, running_ids
from claims_wal import WHERE, kind_of

# processes of the server itself; whoever else is seen in a database is somebody
SERVER = {"autovacuum launcher", "autovacuum worker", "archiver", "background writer", "checkpointer", "io worker",
          "logical replication launcher", "slotsync worker", "standalone backend", "startup",
          "walreceiver", "walsummarizer", "walwriter"}
STATISTICS = ("pg_catalog.pg_statistic", "pg_catalog.pg_statistic_ext_data")
STATISTICS_FILES = {"2619", "2696", "2840", "2841", "3429", "3430", "3431", "3433"}
TOASTS = {"pg_toast.pg_toast_2619": STATISTICS[0], "pg_toast.pg_toast_3429": STATISTICS[1]}
COUNTERS = ("analyze", "autoanalyze", "autovacuum", "vacuum")
MANY = 1000000


class Attribution:
    def __init__(self, package, plan, records):
        self.package, self.plan = package, plan
        self.here = package.doc("before/identity.json")["database_oid"]
        self.activity = {e: package.doc(e + "/activity.json") for e in EDGES}
        self.ids = {e: package.doc(e + "/transactions.json") for e in EDGES}
        self.first, self.last = (number(self.ids[e]["next_xid"]) for e in EDGES)
        self.groups = package.lines(WHERE)
        self.seen = package.lines("steps/001-command/sessions.ndjson") if plan.bracket and "steps/001-command/sessions.ndjson" in package.files else []
        self.others = {s["database"] for s in self.activity["before"]["sessions"] if s["database"] is not None and self.is_other(s)}
        self.parents, self.members, self.cache = {}, {}, {}
        for g in self.groups:
            for sub in g["subxids"]:
                self.join(g["xid"], sub)
        for g in self.groups:
            if g["xid"] is not None:
                self.members.setdefault(self.root(g["xid"]), []).append(g)
        self.learn_tables()
        self.told = {*self.parents, *self.parents.values(), *self.members,
                     *(h["xid"] for e in EDGES for h in self.activity[e]["holders"]), *(x for s in self.seen for x in s["xids"])}
        self.own = {}
        self.learn_records(records)

    # ---- families of ids ----
    def root(self, i):
        while self.parents.get(i, i) != i:
            i = self.parents[i]
        return i

    def join(self, a, b):
        if a is not None:
            self.parents[self.root(b)] = self.root(a)

    def learn_records(self, records):
        """Whose ids are a record's own: those read in it, or the only one that an error left."""
        raised = []
        for r in records:
            try:
                s, answer = r.session(self.package), r.answer(self.package)
            except Absent:
                continue
            if s["xid"] is not None:
                if number(s["next_xid_before"]) <= number(s["xid"]) < number(s["next_xid_after"]):
                    self.own[self.root(s["xid"])] = (r, answer)
            elif answer.raised:
                raised.append((r, s, answer))
        for r, s, answer in raised:
            enclosed = range(number(s["next_xid_before"]), min(number(s["next_xid_after"]), number(s["next_xid_before"]) + 1000))
            left = {self.root(str(i)) for i in enclosed} - set(self.own)
            left = {i for i in left if self.of_id(i) is not None}
            self.cache.clear()
            if len(left) == 1:
                self.own[left.pop()] = (r, answer)

    def owner(self, folder):
        return any(r.folder == folder for r, _ in self.own.values())

    def open_ids(self, edge):
        t = self.ids[edge]
        shown = running_ids(t["snapshot"], self.package.doc(edge + "/identity.json")["in_recovery"])
        if shown is None:
            return []  # told by the snapshot's own check
        out = t["in_progress"] + t["prepared"] + [str(x) for x in shown[1]]
        low, high = sorted((shown[0], number(t["next_xid"])))
        return out + [str(i) for i in range(low, min(high, low + MANY))]

    def between(self):
        return [str(i) for i in range(self.first, min(self.last, self.first + MANY))]

    # ---- sessions ----
    def is_other(self, s):
        if s["observer"] or s["type"] in SERVER:
            return False
        later = next((x for x in self.activity["after"]["sessions"] if x["pid"] == s["pid"]), None)
        idle = later is not None and s["state"] == later["state"] == "idle" and s["backend_start"] == later["backend_start"] \
            and s["state_change"] == later["state_change"]
        return not idle

    def began(self, database):
        """Whether a session began there during the bracket; None when that cannot be told."""
        known = [next((d for d in self.activity[e]["databases"] if d["oid"] == database), None) for e in EDGES]
        before = {(s["pid"], s["backend_start"]) for s in self.activity["before"]["sessions"]}
        pids = {pid for pid, _ in before}
        for s in self.activity["after"]["sessions"] + self.seen:
            old = (s["pid"], s["backend_start"]) in before or s["backend_start"] is None and s["pid"] in pids
            if s["database"] == database and not s.get("observer") and s["type"] not in SERVER and not old:
                return True
        if known[0] is None:
            return True
        if known[1] is None or known[0]["sessions"] is None or known[1]["sessions"] is None or known[0]["stats_reset"] != known[1]["stats_reset"]:
            return None
        return known[0]["sessions"] != known[1]["sessions"]

    # ---- autovacuum ----
    def learn_tables(self):
        counts = {e: {t["relation"]: {c: number(t[c]) for c in COUNTERS} for t in self.activity[e]["tables"]} for e in EDGES}
        none = dict.fromkeys(COUNTERS, 0)
        resets = [next((d["stats_reset"] for d in self.activity[e]["databases"] if d["oid"] == self.here), None) for e in EDGES]
        self.worked, self.by_hand = set(), resets[0] != resets[1]
        for relation in set(counts["before"]) | set(counts["after"]):
            b, a = counts["before"].get(relation, none), counts["after"].get(relation, none)
            hand = a["vacuum"] != b["vacuum"] or a["analyze"] != b["analyze"]
            self.by_hand |= hand
            if not hand and resets[0] == resets[1] and (a["autovacuum"] > b["autovacuum"] or a["autoanalyze"] > b["autoanalyze"]):
                self.worked.add(relation)
        self.tables = {}
        for edge in EDGES:
            for kind, identity, text in self.package.lines(edge + "/catalog.ndjson"):
                m = re.search(r' ON (?:ONLY )?((?:"(?:[^"]|"")*"|[^ ".]+)\.(?:"(?:[^"]|"")*"|[^ ".]+)) USING ', text.replace('\\"', '"')) if kind == "index" else None
                if m:
                    self.tables.setdefault(identity, m[1])
        self.catalogs = {t for e in EDGES for t in counts[e] if t.startswith("pg_catalog.")} | {
            "pg_catalog." + i for kind, i, _ in self.package.lines("before/cluster.ndjson") if kind == "system" and "." not in i} | set(STATISTICS)

    def tables_of(self, relation):
        """The relation itself and the table that it belongs to as an index; toast tables have counters of their own."""
        out = [relation]
        toast = re.fullmatch(r"(pg_toast\.pg_toast_\d+)_index", relation)
        if toast:
            out.append(toast[1])
        if relation.startswith("pg_catalog."):
            tables = [c for c in self.catalogs if relation.startswith(c + "_") and relation not in self.catalogs]
            out += [max(tables, key=len)] if tables else []
        for r in list(out):
            out += [t for t in (self.tables.get(r), TOASTS.get(r)) if t]
        return out

    def by_autovacuum(self, g):
        """Whether autovacuum of this database writes such a record."""
        kind, under_id = kind_of(g), g["xid"] is not None
        if kind == "housekeeping" or under_id and g["rmgr"] == "Transaction":
            return True
        here = bool(self.worked) and not self.by_hand
        if not g["relations"]:
            return here and under_id and (g["rmgr"], g["type"]) in (("Standby", "LOCK"), ("Heap2", "NEW_CID"))
        return all(self.relation_by_autovacuum(g, r, kind, under_id, here) for r in g["relations"])

    def relation_by_autovacuum(self, g, r, kind, under_id, here):
        if r["relation"] is None or r["database"] not in (self.here, "0"):
            return False
        in_place = (g["rmgr"], g["type"]) == ("Heap", "INPLACE")
        if r["relation"] == "pg_catalog.pg_database":
            on = all(self.activity[e]["settings"]["autovacuum"] == "on" for e in EDGES) and not self.by_hand and not self.began_elsewhere()
            return in_place and (here or on)
        if r["database"] != self.here:
            return False
        tables = self.tables_of(r["relation"])
        if here and set(tables) & set(STATISTICS):
            return True
        if here and "pg_catalog.pg_class" in tables and (in_place if r["relation"] == tables[-1] else kind == "vacuum"):
            return True
        if set(tables) & self.worked:
            return kind in ("vacuum", "read") or under_id and (g["rmgr"], g["type"]) in (("Storage", "TRUNCATE"), ("Standby", "LOCK"), ("Heap2", "NEW_CID"))
        return False

    def began_elsewhere(self):
        oids = {d["oid"] for e in EDGES for d in self.activity[e]["databases"]} - {self.here}
        return any(self.began(d) is not False for d in oids)

    # ---- whose ----
    def blame(self, code, databases):
        return code if self.of_databases(set(databases)) == "run" else "E_EVIDENCE_UNATTRIBUTED"

    def of_databases(self, databases):
        if self.here in databases:
            known = any(d["oid"] == self.here for d in self.activity["before"]["databases"])
            return "unknown" if self.here in self.others or not known else "run"
        return "unknown" if self.others else "run"

    def foreign(self, databases, groups):
        """The rule for an effect that names other databases only."""
        began = [self.began(d) for d in databases]
        if any(b is None for b in began) and True not in began:
            return "unknown"
        if True in began:
            return "unknown" if self.others or None in began else "run"
        if databases <= self.others or all(self.as_autovacuum_elsewhere(g) for g in groups):
            return None
        return "unknown"

    def as_autovacuum_elsewhere(self, g):
        return kind_of(g) is not None or g["rmgr"] in ("Transaction", "Standby") or (g["rmgr"], g["type"]) == ("Storage", "TRUNCATE") \
            or bool(g["relations"]) and all(r["filenode"] in STATISTICS_FILES for r in g["relations"])

    def of_id(self, i):
        i = self.root(str(i))
        # those of which nothing is told are alike, and may be thousands
        which = i if i in self.told or i in self.own else number(i) < self.first
        if which not in self.cache:
            self.cache[which] = self.decide(i)
        return self.cache[which]

    def decide(self, i):
        if i in self.own:
            return None
        groups = self.members.get(i, [])
        family = {i} | {x for x in self.parents if self.root(x) == i}
        databases = {d for g in groups for d in g["databases"]}
        if not databases:
            databases = {h["database"] for e in EDGES for h in self.activity[e]["holders"] if h["xid"] in family}
            databases |= {s["database"] for s in self.seen if family & set(s["xids"])}
            databases.discard(None)
        if databases and self.here not in databases and "0" not in databases:
            verdict = self.foreign(databases, groups)
        elif any(g["relations"] for g in groups) and all(self.by_autovacuum(g) for g in groups):
            verdict = None
        else:
            verdict = self.of_databases(databases)
        if verdict == "run" and min(number(x) for x in family) < self.first:
            return "unknown"
        return verdict

    def of_group(self, g):
        if g["xid"] is not None:
            owner = self.own.get(self.root(g["xid"]))
            return self.of_own(g, *owner) if owner else self.of_id(g["xid"])
        kind = kind_of(g)
        if kind == "read" or kind == "housekeeping" and not self.is_forced_switch(g):
            return None
        databases = set(g["databases"])
        if databases and self.here not in databases and "0" not in databases:
            return self.foreign(databases, [g])
        if kind == "vacuum" and self.by_autovacuum(g):
            return None
        return self.of_databases(databases)

    def is_forced_switch(self, g):
        return (g["rmgr"], g["type"]) == ("XLOG", "SWITCH") and self.activity["before"]["settings"]["archive_timeout"] == "0"

    def of_own(self, g, record, answer):
        """A record of WAL under the id of a step."""
        if g["rmgr"] in ("Sequence", "LogicalMessage"):
            return "run"
        if g["rmgr"] in ("Heap", "Heap2") and not answer.raised:
            allowed = {c["relation"] for c in self.plan.allowed if record.step and record.kind == "execution" and c["step"] == record.step["name"]}
            for r in g["relations"]:
                if r["relation"] is None or not (r["relation"].startswith("pg_toast.") or r["relation"] in allowed):
                    return "run"
        return None

    def explained(self, relation, needs_id):
        """Whether an explained record of this database names the relation."""
        for g in self.groups:
            named = any(r["relation"] == relation and r["database"] == self.here for r in g["relations"])
            if named and (g["xid"] is not None or not needs_id) and self.of_group(g) is None:
                return True
        return False
