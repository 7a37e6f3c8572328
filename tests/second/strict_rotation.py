"""tests/second/strict_rotation.py - from a trust policy to its successor, FORMAT.md section 8."""
import strict_ed25519
import strict_shapes as shape
from strict_json import LIMITS, Finding, canonical, parse
from strict_trust import base64_bytes, trust_policy

TYPE = "application/vnd.dryproof.policy+json"
ENVELOPE = shape.obj(payload=shape.text, payloadType=shape.exactly(TYPE),
                     signatures=shape.array(shape.obj(keyid=shape.digest, sig=shape.text)))


def roots(trust):
    """The keys that may sign, by id, and how many have to."""
    keys = {i: key for i, (key, role) in trust.keys.items() if role == "root" and not trust.rules[i].get("revoked")}
    return keys, trust.root_threshold or 1


def invalid(where):
    return Finding("E_POLICY_INVALID", where)


def follow(trust, data, where):
    """The trust that the rotation in data leads to."""
    if len(data) > 2 * LIMITS["MAX_POLICY_BYTES"]:
        raise Finding("E_LIMIT_SIZE", where)
    try:
        envelope = parse(data[:-1])
        ENVELOPE(envelope)
        shape.check(canonical(envelope) + b"\n" == data)
    except Finding:
        raise invalid(where) from None
    body = base64_bytes(envelope["payload"])
    if body is None or len(body) > LIMITS["MAX_POLICY_BYTES"]:
        raise invalid(where)
    successor = trust_policy(body)
    if successor.version != trust.version + 1:
        raise invalid(where)
    said = b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), len(body), body)
    signers = [one["keyid"] for one in envelope["signatures"]]
    if signers != sorted(set(signers)):
        raise invalid(where)
    (old, need_old), (new, need_new) = roots(trust), roots(successor)
    for one in envelope["signatures"]:
        key, sig = old.get(one["keyid"]) or new.get(one["keyid"]), base64_bytes(one["sig"])
        if key is None or sig is None or len(sig) != 64 or not strict_ed25519.verify(key, said, sig):
            raise invalid(where)
    if len(old.keys() & set(signers)) < need_old or len(new.keys() & set(signers)) < need_new:
        raise invalid(where)
    return successor
