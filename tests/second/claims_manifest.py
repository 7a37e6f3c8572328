"""tests/second/claims_manifest.py - canonical manifests, recomputed from the rows of every
repetition and from the authority table (FORMAT.md section 5)."""
import unicodedata

from claims_base import EDGES, Absent, canonical, sha256

CLAIM = "manifest-deterministic"


def nfc(doc):
    if isinstance(doc, str):
        return unicodedata.normalize("NFC", doc)
    if isinstance(doc, list):
        return [nfc(x) for x in doc]
    if isinstance(doc, dict):
        return {nfc(k): nfc(v) for k, v in doc.items()}
    return doc


def cser(doc):
    return canonical(nfc(doc))


def in_profile(doc, profile):
    version = doc.get("protocol_version")
    if profile == "manifest":
        return isinstance(version, int) and not isinstance(version, bool) and doc.get("serialization") == "cser-v1" and "cser" not in doc
    return doc.get("cser") == "v1" and ("protocol_version" not in doc or isinstance(version, str))


def manifest(entry, rows):
    """The whole object from a list of rows; None when they cannot be one."""
    if any(not isinstance(r.get(entry["order_by"]), str) or any(isinstance(v, dict) for v in r.values()) for r in rows):
        return None
    return dict(entry["object"], **{entry["rows_member"]: sorted(rows, key=lambda r: r[entry["order_by"]].encode())})


def from_authority(package, entry, edge):
    """The same from the captured table that has the authority, at one edge."""
    source = entry["source"]
    rows = []
    for r in package.table(edge, source["relation"]).where(source["where"]):
        row = {}
        for member, m in source["members"].items():
            value = r.get(m["column"])
            row[member] = None if value is None else m["prefix"] + value if isinstance(value, str) else value
        rows.append(row)
    return manifest(entry, rows)


class Manifests:
    def __init__(self, package, plan, found):
        self.digests, self.rows, self.good, self.built = {}, {}, {}, {}
        for entry in plan.manifests:
            name = entry["name"]
            try:
                self.good[name] = self.check(package, entry, found)
            except Absent as e:
                found.add("E_EVIDENCE_INCOMPLETE", CLAIM, str(e))
                self.good[name] = False
        if not plan.manifests and not plan.bracket:
            found.add("E_EVIDENCE_INCOMPLETE", CLAIM, "carrier/plan.json")

    def check(self, package, entry, found):
        name, folder = entry["name"], "manifests/" + entry["name"]
        before = len(found.list)
        for key in ("rows_sql", "bytes_sql", "hash_sql"):
            found.unless("carrier/" + entry[key] in package.files, "E_EVIDENCE_INCOMPLETE", CLAIM, entry[key])
        built = self.of_rows(name, entry, package.lines(folder + "/rep-1.rows.ndjson"))
        doc = package.doc(folder + "/manifest.json")
        found.unless((doc["name"], doc["profile"]) == (name, entry["profile"]), "E_EVIDENCE_INCOMPLETE", CLAIM, folder + "/manifest.json")
        found.unless(len(doc["repetitions"]) == entry["repetitions"], "E_EVIDENCE_INCOMPLETE", CLAIM, folder + "/manifest.json")
        sources, first = [from_authority(package, entry, edge) for edge in EDGES], None
        digests = {entry["expect_sha256"]} | {sha256(cser(s)) if s is not None else None for s in sources}
        for i, said in enumerate(doc["repetitions"][:entry["repetitions"]], 1):
            base = "%s/rep-%d." % (folder, i)
            files = [package.raw(base + n) for n in ("rows.ndjson", "pg.bytes", "own.bytes")]
            if first is None:
                first = files
                digests.add(self.digests.get(name))
                found.unless(entry["rows_member"] not in entry["object"], "E_CANON_MISMATCH", CLAIM, folder)
                found.unless(built is not None and in_profile(built, entry["profile"]), "E_CANON_MISMATCH", CLAIM, folder)
            found.unless(files == first, "E_CANON_UNSTABLE", CLAIM, base + "rows.ndjson")
            digests |= {sha256(files[1]), sha256(files[2]), said["pg_hash"], said["pg_sha256"], said["own_sha256"]}
            found.unless((said["pg_bytes"], said["own_bytes"]) == (len(files[1]), len(files[2])), "E_CANON_MISMATCH", CLAIM, folder)
        found.unless(len(digests) == 1, "E_CANON_MISMATCH", CLAIM, folder)
        return len(found.list) == before

    def of_rows(self, name, entry, lines):
        """The manifest that the first repetition's rows make."""
        if not lines or not isinstance(lines[0], dict):
            return None
        columns, values = lines[0]["columns"], lines[1:]
        self.rows[name] = len(values)
        built = manifest(entry, [dict(zip(columns, v)) for v in values]) if all(len(v) == len(columns) for v in values) else None
        if built is not None:
            self.digests[name], self.built[name] = sha256(cser(built)), built
        return built
