"""tests/second/strict_trust.py - whom to trust and what they signed: keys, trust policy, DSSE
envelopes and in-toto statements, FORMAT.md section 8."""
import base64
import hashlib
import os
import re

import strict_ed25519
import strict_shapes as shape
import strict_time
from strict_json import LIMITS, Finding, canonical, parse

SPKI = bytes.fromhex("302a300506032b6570032100")
ROLES = ("packager", "log", "verifier", "reviewer", "root")
PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n((?:[A-Za-z0-9+/=]*\n)+)-----END PUBLIC KEY-----\n", re.A)
TYPE = "application/vnd.in-toto+json"
DRY_RUN = "urn:dryproof:attestation:dry-run-evidence:v1"
TESTS = "https://in-toto.io/attestation/test-result/v0.1"
PACKET = "urn:dryproof:attestation:review-packet:v1"
PUBLISHED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas", "published-keys.tsv")
with open(PUBLISHED, encoding="ascii") as f:
    PUBLISHED = {line.split("\t")[0] for line in f.read().splitlines()[1:]}


def base64_bytes(text):
    """Standard base64 with padding and zero bits behind the last byte, or None."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


# ---- keys and policy ----
def public_key(pem):
    """The 32 bytes of a PEM text's key; text lines may stand before it."""
    at = 0 if pem.startswith("-----BEGIN") else pem.find("\n-----BEGIN") + 1
    m = PEM.fullmatch(pem, at)
    der = m and base64_bytes(m[1].replace("\n", ""))
    if not der:
        raise Finding("E_POLICY_INVALID", "key")
    if not der.startswith(SPKI) or len(der) != 44:
        raise Finding("E_ALG_FORBIDDEN", "key")
    if strict_ed25519.is_weak(der[12:]):
        raise Finding("E_KEY_WEAK", "key")
    return der[12:]


class Trust:
    """Keys by id as (key, role), what the policy says of each of them, and what it says beside."""

    def __init__(self):
        self.keys, self.rules, self.max_age, self.threshold = {}, {}, None, None
        self.timestamps = None
        self.version, self.root_threshold = 1, None
        self.policy = {"governed": [], "plans": [], "required_claims": []}

    def add(self, key, role, rules=None):
        keyid = hashlib.sha256(SPKI + key).hexdigest()
        if keyid in self.keys:
            raise Finding("E_POLICY_INVALID", "policy")
        if keyid in PUBLISHED:
            raise Finding("E_KEY_UNTRUSTED", "policy")
        self.keys[keyid], self.rules[keyid] = (key, role), rules or {}

    def asks_for_time(self):
        return self.max_age is not None or any("valid_from" in r or "valid_until" in r for r in self.rules.values())

    def of_time(self, signatures, when, finished, now):
        """Codes of the rules of time, of each key at each time at which it is judged: that of a
        signature's timestamp (when), else now; all times are texts of one form, which order as they read."""
        out = ["E_FUTURE"] if now is not None and now < finished else []
        for keyid, at in dict.fromkeys((keyid, when.get(sig)) for keyid, sig in signatures):
            rule = self.rules[keyid]
            if "revoked_at" in rule and (at is None or at >= rule["revoked_at"]):
                out.append("E_KEY_REVOKED")
            at = at or now
            if at is not None and at < rule.get("valid_from", at):
                out.append("E_KEY_NOTYET")
            if at is not None and at > rule.get("valid_until", at):
                out.append("E_KEY_EXPIRED")
        if self.max_age is not None and now is not None and shape.microseconds(now) - shape.microseconds(finished) > self.max_age * 1000000:
            out.append("E_STALE")
        return out

    def add_authorities(self, rule):
        ids = set()
        for entry in rule["authorities"]:
            keyid = strict_time.authority(entry["certificate"])
            if keyid in PUBLISHED:
                raise Finding("E_KEY_UNTRUSTED", "policy")
            if keyid in ids or keyid in self.keys or entry.get("valid_until", "9") < entry.get("valid_from", ""):
                raise Finding("E_POLICY_INVALID", "policy")
            ids.add(keyid)
        self.timestamps = rule


def trust_key(data):
    """Trust in one public key file as packager."""
    if len(data) > LIMITS["MAX_KEY_BYTES"]:
        raise Finding("E_LIMIT_SIZE", "key")
    text, trust = data.decode("latin-1"), Trust()
    key = public_key(text)
    roles = re.findall(r"^dryproof role: (.*)$", text[:text.index("-----BEGIN")], re.M)
    if any(role.rstrip() != "packager" for role in roles):
        raise Finding("E_KEY_ROLE", "key")
    trust.add(key, "packager")
    return trust


POLICY = shape.obj(
    governed=shape.array(shape.obj(database=shape.text, system_identifier=shape.decimal)),
    keys=shape.array(shape.obj(public_key=shape.text, role=shape.text, optional={
        "valid_from": shape.time, "valid_until": shape.time, "revoked": shape.boolean, "revoked_at": shape.time})),
    plans=shape.array(shape.digest), required_claims=shape.array(shape.text),
    schema=shape.exactly("dryproof.policy/1"),
    optional={"max_age": shape.integer, "version": shape.integer,
              "thresholds": shape.obj(optional={"packager": shape.integer, "root": shape.integer}), "timestamps": shape.obj(
                  required=shape.boolean, authorities=shape.array(shape.obj(certificate=shape.text, optional={
                      "valid_from": shape.time, "valid_until": shape.time})))})


def trust_policy(data):
    """The closed shape, then key by key, then claims and threshold."""
    if len(data) > LIMITS["MAX_POLICY_BYTES"]:
        raise Finding("E_LIMIT_SIZE", "policy")
    try:
        policy = parse(data, any_key=True)
        POLICY(policy)
        shape.check(1 <= len(policy["keys"]) <= LIMITS["MAX_POLICY_KEYS"])
    except Finding:
        raise Finding("E_POLICY_INVALID", "policy") from None
    trust = Trust()
    for entry in policy["keys"]:
        if entry["role"] not in ROLES:
            raise Finding("E_POLICY_INVALID", "policy")
        trust.add(public_key(entry["public_key"]), entry["role"], entry)
        if "valid_from" in entry and entry.get("valid_until", entry["valid_from"]) < entry["valid_from"]:
            raise Finding("E_POLICY_INVALID", "policy")
        if "revoked_at" in entry and ("revoked" in entry or entry["role"] != "packager"):
            raise Finding("E_POLICY_INVALID", "policy")
        if entry["role"] == "root" and ("valid_from" in entry or "valid_until" in entry):
            raise Finding("E_POLICY_INVALID", "policy")
    if "timestamps" in policy:
        if not 1 <= len(policy["timestamps"]["authorities"]) <= LIMITS["MAX_AUTHORITIES"]:
            raise Finding("E_POLICY_INVALID", "policy")
        trust.add_authorities(policy["timestamps"])
    trust.policy = {k: policy[k] for k in ("governed", "plans", "required_claims")}
    trust.max_age = policy.get("max_age")
    good = set(policy["required_claims"]) <= set(shape.CLAIMS)
    if "thresholds" in policy:
        asked = policy["thresholds"]
        trust.threshold, trust.root_threshold = asked.get("packager"), asked.get("root")
        good &= asked != {} and all(1 <= n <= sum(e["role"] == role and not e.get("revoked") for e in policy["keys"])
                                    for role, n in asked.items())
    trust.version = policy.get("version", 1)
    good &= trust.version >= 1
    if not good:
        raise Finding("E_POLICY_INVALID", "policy")
    return trust


# ---- envelopes ----
def envelope(line, where):
    """(payload, keyid, signature) of a line with its LF."""
    value = parse(line)
    if canonical(value) + b"\n" != line:
        raise Finding("E_DSSE_NONCANONICAL", where)
    if not isinstance(value, dict) or not all(isinstance(value.get(k), str) for k in ("payload", "payloadType")):
        raise Finding("E_DSSE_FORMAT", where)
    signatures = value.get("signatures")
    if signatures is None or signatures == []:
        raise Finding("E_SIG_MISSING", where)
    if not isinstance(signatures, (list, dict)) or len(signatures) != 1:  # an object of one has one, without keyid
        raise Finding("E_DSSE_SIGCOUNT", where)
    one = signatures[0] if isinstance(signatures, list) and isinstance(signatures[0], dict) else {}
    if not shape.is_digest(one.get("keyid")):
        raise Finding("E_KEY_ID", where)
    if set(value) - {"payload", "payloadType", "signatures"} or set(one) - {"keyid", "sig"}:
        raise Finding("E_DSSE_NONCANONICAL", where)
    if value["payloadType"] != TYPE:
        raise Finding("E_DSSE_PAYLOADTYPE", where)
    payload = base64_bytes(value["payload"])
    sig = base64_bytes(one["sig"]) if isinstance(one.get("sig"), str) else None
    if payload is None or sig is None or len(sig) != 64:
        raise Finding("E_DSSE_FORMAT", where)
    return payload, one["keyid"], sig


def pae(payload):
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(payload), payload)


def authentic(trust, parts, where):
    payload, keyid, sig = parts
    if keyid not in trust.keys:
        raise Finding("E_KEY_UNTRUSTED", where)
    key, role = trust.keys[keyid]
    if role != "packager":
        raise Finding("E_KEY_ROLE", where)
    if trust.rules[keyid].get("revoked"):
        raise Finding("E_KEY_REVOKED", where)
    if not strict_ed25519.verify(key, pae(payload), sig):
        raise Finding("E_SIG_INVALID", where)


def one_line(trust, line, where):
    """(payload, its value, keyid, signature) of one line, signed by a trusted packager."""
    if not line.endswith(b"\n"):
        raise Finding("E_DSSE_NONCANONICAL", where)
    try:
        parts = envelope(line, where)
    except Finding as f:
        raise Finding(f.code, where) from None
    authentic(trust, parts, where)
    try:
        value = parse(parts[0])
        if canonical(value) != parts[0]:
            raise Finding("E_JSON_NONCANONICAL")
    except Finding as f:
        raise Finding(f.code, where) from None
    return parts[0], value, parts[1], parts[2]


def lines_of(data):
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def envelopes(trust, data):
    """[(payload, its value, keyid, signature, where)] of the two or three lines, each signed by a trusted packager."""
    if len(data) > LIMITS["MAX_ATTESTATIONS_BYTES"]:
        raise Finding("E_LIMIT_SIZE", "attestations")
    out = []
    for i, line in enumerate(lines_of(data), 1):
        where = "attestations.intoto.jsonl:%d" % i
        if i > 3 and line.endswith(b"\n"):
            raise Finding("E_ATTESTATION_SET", where)
        out.append(one_line(trust, line, where) + (where,))
    if len(out) < 2:
        raise Finding("E_ATTESTATION_SET", "attestations.intoto.jsonl")
    return out


def countersignature(trust, data, lines, signers, where="countersignature"):
    """[(keyid, signature)] of a file that has lines 1 and 2 once more, signed by one who has not signed yet."""
    if len(data) > LIMITS["MAX_ATTESTATIONS_BYTES"]:
        raise Finding("E_LIMIT_SIZE", where)
    texts, keys = lines_of(data), []
    for text, line in zip(texts, lines[:2]):
        if not text.endswith(b"\n"):
            raise Finding("E_COUNTERSIGNATURE", where)
        payload, _, keyid, sig = one_line(trust, text, where)
        if payload != line[0]:
            raise Finding("E_COUNTERSIGNATURE", where)
        keys.append((keyid, sig))
    if len(texts) != 2 or keys[0][0] != keys[1][0] or keys[0][0] in signers:
        raise Finding("E_COUNTERSIGNATURE", where)
    return keys


def signatures_of(trust, lines, more):
    """[(keyid, signature)] of the lines and of each countersignature; enough of them signed lines 1 and 2."""
    out, both = [(line[2], line[3]) for line in lines], {lines[0][2]} & {lines[1][2]}
    for data in more:
        pair = countersignature(trust, data, lines, {keyid for keyid, _ in out})
        out += pair
        both.add(pair[0][0])
    if trust.threshold is not None and len(both) < trust.threshold:
        raise Finding("E_SIG_THRESHOLD", "attestations.intoto.jsonl")
    return out


# ---- statements ----
PREDICATES = {
    DRY_RUN: shape.obj(
        carrier=shape.text, facts_sha256=shape.digest, finished_at=shape.time, plan_ref=shape.text,
        plan_sha256=shape.digest, profile=shape.integer, run_id=shape.run_id, started_at=shape.time,
        supersedes=shape.null_or(shape.digest), tool=shape.text, lsn=shape.obj(after=shape.lsn, before=shape.lsn),
        database=shape.obj(name=shape.text, server_version=shape.text, system_identifier=shape.decimal,
                           timeline=shape.integer)),
    TESTS: shape.obj(
        configuration=shape.array(shape.obj(digest=shape.obj(sha256=shape.digest), name=shape.exactly("plan"))),
        failedTests=shape.array(shape.text), passedTests=shape.array(shape.text),
        result=shape.one_of("PASSED", "FAILED"), warnedTests=shape.array(shape.text)),
    PACKET: shape.obj(package=shape.digest, profile=shape.integer)}
PACKET_FILES = """CODEX_AUDIT_INSTRUCTIONS.md EVIDENCE_PATH_MAP.json EXPECTED_HASHES_AND_TREES.json README_FOR_CODEX.md
    README_FOR_REVIEWER.md REQUIRED_READ_ORDER.md RERUN.sh REVIEW.md VERIFY.sh commands.sh exit_codes.json manifest.json
    review.html review.json verdict.json""".split()


def statement(value, kind, where):
    """The predicate of a statement, and what it is about: (digest of the package, whether its subjects
    are the ones it must have)."""
    if not isinstance(value, dict) or value.get("_type") != "https://in-toto.io/Statement/v1":
        raise Finding("E_STMT_TYPE", where)
    if value.get("predicateType") != kind:
        raise Finding("E_STMT_PREDICATE", where)
    subjects(value.get("subject"), where)
    predicate = value.get("predicate")
    profile = predicate.get("profile") if isinstance(predicate, dict) else None
    if kind != TESTS and (profile != 1 or isinstance(profile, bool)):
        raise Finding("E_STMT_VERSION", where)
    try:
        PREDICATES[kind](predicate)
        if len(value) != 4:
            raise Finding("E_JSON_SCHEMA")
    except Finding as f:
        raise Finding(f.code, where) from None
    names = [s["name"] for s in value["subject"]]
    if kind == PACKET:
        return predicate, (predicate["package"], names == PACKET_FILES)
    return predicate, (value["subject"][0]["digest"]["sha256"], names == ["package.tar"])


def about_package(kind_is_packet, about, digest, where):
    """Of the packet its package comes first, of the others the subject's name."""
    findings = [("E_DIGEST_MISMATCH", about[0] == digest), ("E_STMT_SUBJECT", about[1])]
    for code, good in findings if kind_is_packet else reversed(findings):
        if not good:
            raise Finding(code, where)


def subjects(entries, where):
    if not isinstance(entries, list) or not entries:
        raise Finding("E_STMT_SUBJECT", where)
    for entry in entries:
        digest = entry.get("digest") if isinstance(entry, dict) else None
        if not isinstance(digest, dict):
            raise Finding("E_STMT_SUBJECT", where)
        if set(digest) != {"sha256"}:
            raise Finding("E_STMT_DIGESTALG", where)
        if not shape.is_digest(digest["sha256"]) or set(entry) != {"digest", "name"} or not (isinstance(entry["name"], str) and entry["name"]):
            raise Finding("E_STMT_SUBJECT", where)
