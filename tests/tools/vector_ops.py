"""tests/tools/vector_ops.py - operations that only the small packages of tests/vectors need;
the rest of mutate_ops.py."""
import base64

import forge
from mutate_ops import OPS, at, op, tar_op
from mutate_wal import load, store

ORDER = 2 ** 252 + 27742317777372353535851937790883648493  # of the base point of Ed25519


@op
def malleate(case, line):
    """Add the group's order to S: another spelling of the same signature."""
    def edit(e):
        sig = base64.b64decode(e["signatures"][0]["sig"])
        s = int.from_bytes(sig[32:], "little") + ORDER
        e["signatures"][0]["sig"] = base64.b64encode(sig[:32] + s.to_bytes(32, "little")).decode()
    case.env_edits.append((int(line) - 1, edit))


@op
def longer_signature(case, line):
    def edit(e):
        sig = base64.b64decode(e["signatures"][0]["sig"])
        e["signatures"][0]["sig"] = base64.b64encode(sig + b"\0").decode()
    case.env_edits.append((int(line) - 1, edit))


@op
def many_signatures(case, line, n):
    case.env_edits.append((int(line) - 1, lambda e: e.update(signatures=e["signatures"] * int(n))))


@op
def signed_facts(case):
    """The statement names the facts as they are now."""
    case.statement_edits.append(lambda s: s[0]["predicate"].update(facts_sha256=forge.sha256(case.files["data/facts.json"])))


@op
def second_member(case, path, data):
    """The same name twice in the archive; the second has other bytes."""
    name = "bag/" + at(path)

    def edit(tar):
        start = tar.index(name.encode() + b"\0")
        size = int(tar[start + 124:start + 135], 8)
        end = start + 512 + size + (-size % 512)
        return tar[:end] + forge.member(name, data.encode()) + tar[end:]
    case.tar_edits.append(edit)


@op
def link_name(case, path, kind, target):
    """A member of another type that names a target; its bytes stay."""
    OPS["head"](case, path, "type", kind)
    OPS["head"](case, path, "linkname", target)


# the first header's checksum as GNU tar 1.13 wrote it: seven digits and a NUL
tar_op("checksum-form", lambda tar: tar[:148] + b"0" + tar[148:154] + b"\0" + tar[156:])
tar_op("delete-block", lambda tar, i: tar[:512 * int(i)] + tar[512 * (int(i) + 1):])


@op
def record(case, rmgr, kind, relation="public.item_id"):
    """One WAL record between the edges, without a transaction id, of that relation."""
    before, oid = load(case, "before/wal.json")["insert_lsn"], load(case, "before/identity.json")["database_oid"]
    high, low = before.split("/")
    after = "%s/%X" % (high, int(low, 16) + 128)
    node = [r["filenode"] for r in load(case, "before/physical.json")["relations"] if r["relation"] == relation][0]
    store(case, "after/wal.json", dict(load(case, "after/wal.json"), insert_lsn=after, flush_lsn=after))
    store(case, "after/transactions.json", dict(load(case, "after/transactions.json"), lsn=after))
    store(case, "wal.json", dict(load(case, "wal.json"), after_lsn=after, basis="pg_walinspect", bytes=99, records=1))
    store(case, "wal/groups.ndjson",
          {"bytes": 99, "count": 1, "databases": [oid], "first_lsn": before, "last_lsn": before, "rmgr": rmgr, "type": kind,
           "relations": [{"database": oid, "filenode": node, "relation": relation, "tablespace": "1663"}], "subxids": [],
           "xid": None})
