"""tests/second/fleet.py - a fleet: one run over several databases, FORMAT.md section 12."""
import hashlib
import json
import re

import strict_bag
import strict_json
import strict_shapes as shape
import strict_trust
from strict_json import LIMITS, Finding

FLEET = "urn:dryproof:attestation:fleet-evidence:v1"
PACKAGE, LINES = "package.tar", "attestations.intoto.jsonl"
SIGNED = LINES + ":1"
TOLD = dict(argv=shape.array(shape.any_text), duration_ms=shape.integer, exit=shape.null_or(shape.integer), finished_at=shape.time,
            signal=shape.null_or(shape.integer), started_at=shape.time, timed_out=shape.boolean,
            **{n: shape.obj(bytes=shape.integer, kept=shape.integer) for n in ("stderr", "stdout")})
DOCUMENT = shape.versioned(
    "dryproof.fleet/1", collector=shape.text, command=shape.null_or(shape.obj(**TOLD)), finished_at=shape.time,
    fleet_id=shape.run_id, nonce=shape.run_id, started_at=shape.time, targets=shape.array(shape.obj(
        name=shape.text, state=shape.one_of("collected", "lost"), reason=shape.null_or(shape.obj(
            code=shape.one_of("ended", "input", "limit", "system", "internal"), message=shape.any_text)))))
strict_trust.PREDICATES[FLEET] = shape.obj(
    finished_at=shape.time, fleet_id=shape.run_id, profile=shape.integer, started_at=shape.time, tool=shape.text,
    targets=shape.array(shape.obj(database=shape.null_or(shape.text), name=shape.text, package=shape.null_or(shape.digest),
                                  system_identifier=shape.null_or(shape.decimal))))


def is_fleet(attestations):
    """What the file says of itself; whoever reads it then checks that."""
    try:
        payload = strict_trust.base64_bytes(json.loads(attestations.split(b"\n")[0])["payload"])
        return json.loads(payload)["predicateType"] == FLEET
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def id_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def statement(trust, attestations, digest):
    """(predicate, keyid, signature) of the one line."""
    if not attestations.count(b"\n"):
        raise Finding("E_DSSE_NONCANONICAL", SIGNED)
    if attestations.index(b"\n") + 1 != len(attestations):
        raise Finding("E_ATTESTATION_SET", SIGNED)
    _, value, keyid, sig = strict_trust.one_line(trust, attestations, SIGNED)
    predicate, (about, _) = strict_trust.statement(value, FLEET, SIGNED)
    strict_trust.about_package(False, (about, [s["name"] for s in value["subject"]] == ["fleet.tar"]), digest, SIGNED)
    return predicate, keyid, sig


def document(files):
    if "fleet.json" not in files:
        raise Finding("E_MANIFEST_MISSING", "fleet.json")
    try:
        doc = strict_json.document(files["fleet.json"])
        DOCUMENT(doc)
    except Finding as f:
        raise Finding(f.code, "fleet.json") from None
    return doc


def check_targets(doc, files):
    known, last = {"fleet.json"}, ""
    if len(doc["targets"]) > LIMITS["MAX_TARGETS"]:
        raise Finding("E_LIMIT_COUNT", "fleet.json")
    for target in doc["targets"]:
        name, is_lost = target["name"], target["state"] == "lost"
        if not re.fullmatch("[a-z0-9_]{1,40}", name, re.A) or strict_bag.RESERVED.fullmatch(name):
            raise Finding("E_PATH_UNSAFE", "fleet.json")
        if name <= last or is_lost != (target["reason"] is not None):
            raise Finding("E_JSON_SCHEMA", "fleet.json")
        last = name
        for file in () if is_lost else ("targets/%s/%s" % (name, f) for f in (LINES, PACKAGE)):
            if file not in files:
                raise Finding("E_MANIFEST_MISSING", file)
            if file.endswith(LINES) and len(files[file]) > LIMITS["MAX_ATTESTATIONS_BYTES"]:
                raise Finding("E_LIMIT_SIZE", file)
            known.add(file)
    for file in sorted(files.keys() - known):
        raise Finding("E_MANIFEST_EXTRA", file)
    if not doc["targets"]:
        raise Finding("E_EVIDENCE_INCOMPLETE", "fleet.json")


def bound(doc, predicate):
    """What is wrong with what is signed of the fleet."""
    names, of = [t["name"] for t in doc["targets"]], predicate["targets"]
    good = [doc["fleet_id"] == id_of("".join(n + "\n" for n in [doc["nonce"]] + names)),
            doc["started_at"] <= doc["finished_at"], len(of) == len(names)]
    good += [predicate[n] == doc[n] for n in ("fleet_id", "started_at", "finished_at")]
    if len(of) == len(names):
        good += [t["name"] == o["name"] and {o[k] is None for k in ("package", "database", "system_identifier")} == {t["state"] == "lost"}
                 for t, o in zip(doc["targets"], of)]
    out = [] if all(good) else [("E_BIND_FLEET", None, SIGNED)]
    databases = [(o["system_identifier"], o["database"]) for o in of if o["package"] is not None]
    return out + [("E_FLEET_TWICE", None, SIGNED)] * (len(set(databases)) < len(databases) and len(of) == len(names))


def read(files, name):
    """A document of a target's package, None where there is none that can be read."""
    try:
        return json.loads(files[name])
    except (KeyError, ValueError):
        return None


def is_of_fleet(doc, name, of, package, files, plan):
    run, identity = read(files, "run.json"), read(files, "before/identity.json")
    told = read(files, "steps/001-command/command.json")
    if of is None or of["package"] != hashlib.sha256(package).hexdigest():
        return False
    if run is None or identity is None:
        return True  # its own verdict says what is missing
    if told is not None:
        told = {k: v for k, v in told.items() if k not in ("role", "schema")}
    return (of["system_identifier"], of["database"]) == (identity["system_identifier"], identity["database"]) \
        and run["run_id"] == id_of("%s/%s" % (doc["fleet_id"], name)) \
        and doc["started_at"] <= run["started_at"] and run["finished_at"] <= doc["finished_at"] \
        and plan.setdefault("sha256", run["plan_sha256"]) == run["plan_sha256"] and told == doc["command"]


def judge(trust, package, attestations, now, alone):
    """Findings as verify.judge() gives them; those of a target have its name before their path.
    alone(package, lines): those of one target, and its files where they could be read."""
    try:
        if len(package) > LIMITS["MAX_PACKAGE_BYTES"]:
            raise Finding("E_LIMIT_SIZE", "package")
        predicate, keyid, sig = statement(trust, attestations, hashlib.sha256(package).hexdigest())
        files = strict_bag.open_package(package)
        doc = document(files)
        check_targets(doc, files)
    except Finding as f:
        return [(f.code, None, f.where)]
    out, theirs, plan = bound(doc, predicate), [], {}
    of = predicate["targets"] if len(predicate["targets"]) == len(doc["targets"]) else [None] * len(doc["targets"])
    for target, said in zip(doc["targets"], of):
        name = target["name"]
        if target["state"] == "lost":
            out.append(("HOLD_TARGET_LOST", None, name))
            continue
        tar = files["targets/%s/%s" % (name, PACKAGE)]
        found, inside = alone(tar, files["targets/%s/%s" % (name, LINES)])
        theirs += [(code, claim, "%s: %s" % (name, where)) for code, claim, where in found]
        if not is_of_fleet(doc, name, said, tar, inside, plan):
            out.append(("E_BIND_FLEET", None, name))
    out += [(code, None, LINES) for code in trust.of_time([(keyid, sig)], {}, predicate["finished_at"], now)]
    if trust.timestamps is not None and trust.timestamps["required"]:
        out.append(("E_TIMESTAMP_MISSING", None, LINES))
    return out + theirs
