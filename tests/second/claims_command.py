"""tests/second/claims_command.py - the command of a bracket: that it is the plan's, that it
reached the database, and that it came to its end (FORMAT.md sections 3 and 10)."""
from claims_base import number, strictly_sorted
from strict_json import LIMITS

FOLDER = "steps/001-command/"
WHERE = FOLDER + "command.json"


def command(package, plan, attribution, found):
    c, p, claim = package.doc(WHERE), plan.doc, "executed"
    step = package.doc("environment.json")["step"]["name"]
    found.unless(c["argv"] == p["command"] and c["role"] == step and p["readonly_role"] in (None, c["role"]), "E_BIND_PLAN", claim, WHERE)
    found.unless((c["exit"] is None) != (c["signal"] is None), "E_EVIDENCE_INCONSISTENT", claim, WHERE)
    for part in ("stdout", "stderr"):
        kept = package.raw(FOLDER + part)
        found.unless(c[part]["kept"] == len(kept) <= LIMITS["MAX_OUTPUT_BYTES"] and
                     (c[part]["bytes"] == len(kept) or len(kept) == LIMITS["MAX_OUTPUT_BYTES"] or b"[MASKED]" in kept),
                     "E_EVIDENCE_INCONSISTENT", claim, FOLDER + part)
    sessions = package.lines(FOLDER + "sessions.ndjson")
    found.unless(strictly_sorted((s["backend_start"] or "", s["pid"]) for s in sessions), "E_EVIDENCE_INCONSISTENT", claim, FOLDER + "sessions.ndjson")
    found.unless(all(strictly_sorted(x.encode() for x in s["xids"]) for s in sessions),
                 "E_EVIDENCE_INCONSISTENT", claim, FOLDER + "sessions.ndjson")
    found.unless(connected(package, attribution, sessions, c["role"]), "HOLD_NOT_CONNECTED", claim, WHERE)
    if p["strict_role"] or p["readonly_role"] is not None:
        found.unless(not logged_in_otherwise(attribution, sessions, c["role"]), "HOLD_CAPABILITY", claim, FOLDER + "sessions.ndjson")
    ended = c["exit"] == p["expect_exit"] and c["signal"] is None and not c["timed_out"]
    found.unless(ended, "HOLD_COMMAND_FAILED", claim, WHERE)
    found.unless(not goes_on(package, attribution, sessions), "HOLD_COMMAND_FAILED", claim, "after/activity.json")


def new(attribution, session):
    return not any(s["pid"] == session["pid"] and session["backend_start"] in (None, s["backend_start"])
                   for s in attribution.activity["before"]["sessions"])


def logged_in_otherwise(attribution, sessions, role):
    """Whether the command was seen as another user than the one that is judged."""
    alone = not attribution.others
    for s in sessions:
        mine = s["named"] or alone and is_client(s) and new(attribution, s)
        if mine and s["user"] not in (role, None):
            return True
    return False


def is_client(session):
    return session["type"] in ("client backend", None)


def connected(package, attribution, sessions, role):
    here, activity = attribution.here, attribution.activity
    if any(s["named"] and s["database"] == here for s in sessions):
        return True
    after = [s for s in activity["after"]["sessions"] if s["database"] == here and new(attribution, s)]
    meanwhile = [s for s in sessions if s["database"] == here and new(attribution, s)]
    seen = {(s["pid"], s["backend_start"]): s for s in after + meanwhile if not s.get("observer")}
    counts = [next((d for d in activity[e]["databases"] if d["oid"] == here), {}).get("sessions") for e in ("before", "after")]
    if None in counts:
        return any(is_client(s) for s in meanwhile)
    more = number(counts[1]) - number(counts[0]) - sum(s["observer"] for s in after)
    if attribution.others:
        more -= sum(s["user"] != role and (s["user"] is not None or is_client(s)) for s in seen.values())
    return more > 0


def goes_on(package, attribution, sessions):
    named = {(s["pid"], s["backend_start"]) for s in sessions if s["named"]}
    for s in attribution.activity["after"]["sessions"]:
        if s["observer"] or not is_client(s) or not new(attribution, s):
            continue
        if (s["pid"], s["backend_start"]) in named or s["database"] == attribution.here and attribution.here not in attribution.others:
            return True
    return False
