"""tests/second/claims_executor.py - endpoints called through an executor: what it was asked and
answered (FORMAT.md section 3, executor)."""
import strict_shapes as s
from claims_base import Absent, Loose, canonical, loose_value
from strict_json import Finding
from strict_shapes import array, null_or, obj

ASKED = ("executor/healthz", "executor/selfcheck")
REFUSALS = (400, 403, 409)
result = obj(columns=s.any_texts, command=null_or(s.any_text), error=null_or(s.message), notices=array(s.message),
             rows=array(array(s.value)))
session = obj(backend_pid=s.integer, current_user=s.text, end=s.one_of("COMMIT", "ROLLBACK"), session_user=s.text,
              transaction_time=s.time, xid=null_or(s.decimal))
EXECUTED = obj(correlation_id=s.any_text, result=result, session=session)
REFUSED = obj(correlation_id=s.any_text, refusal=obj(code=s.any_text, message=s.any_text))


def names(folder):
    """What stands in it."""
    return {folder + "/exchange.json", folder + "/response"} | (set() if folder in ASKED else {folder + "/request"})


def answered(package, folder, statuses, shape):
    """The object that was answered, or None."""
    try:
        doc, body = package.doc(folder + "/exchange.json"), package.raw(folder + "/response")
    except Absent:
        return None
    if doc["status"] not in statuses or doc["content_type"] != "application/json":
        return None
    try:
        answer = loose_value(body.decode())
        shape(answer)
        return answer
    except (Loose, Finding, UnicodeDecodeError):
        return None


def of_call(package, folder, correlation, statuses, shape):
    answer = answered(package, folder, statuses, shape)
    return answer if answer and answer["correlation_id"] == correlation else None


def execution(package, folder, correlation):
    """What it says came of the call, or None: then there is no record."""
    return of_call(package, folder, correlation, (200,), EXECUTED)


def judge(package, plan, found):
    way = plan.doc.get("executor")
    if not plan.executor:
        found.unless(way != "required", "E_EVIDENCE_INCOMPLETE", "executed", "executor.json")
        return
    found.unless(way is not None, "E_BIND_PLAN", "executed", "executor.json")
    asked(package, found)
    for call in plan.calls():
        if all(n in package.files for n in names(call.folder)):
            one_call(package, plan, call, found)


def form(package, folder, claim, found):
    doc = package.doc(folder + "/exchange.json")
    failed = doc["failure"] is not None
    found.unless((doc["status"] is None) is failed and (doc["content_type"] is None) is failed, "E_EVIDENCE_INCONSISTENT",
                 claim, folder + "/exchange.json")


def asked(package, found):
    identity = package.doc("before/identity.json")
    for folder, good in zip(ASKED, (
            lambda a: a.get("status") == "ok",
            lambda a: a.get("dry_run_only") is True and all(a.get(m) == identity[m] for m in ("database", "system_identifier")))):
        if names(folder) <= package.files.keys():
            form(package, folder, "executed", found)
            answer = answered(package, folder, (200,), s.mapping(s.anything))
            found.unless(answer is not None and good(answer), "HOLD_EXECUTOR_ANSWER", "executed", folder + "/exchange.json")


def one_call(package, plan, call, found):
    where, claim = call.folder + "/exchange.json", call.claim
    form(package, call.folder, claim, found)
    answer = execution(package, call.folder, call.correlation)
    if answer is None:
        refused = of_call(package, call.folder, call.correlation, REFUSALS, REFUSED)
        found.add("HOLD_EXECUTOR_REFUSED" if refused else "HOLD_EXECUTOR_ANSWER", claim, where)
        return
    if any("%s/%s" % (call.record, n) not in package.files for n in ("request.json", "request.sql", "result.json", "session.json")):
        return
    run_id, exchange = package.doc("run.json")["run_id"], package.doc(where)
    request = {"actor": plan.doc["dispatch"]["actor"], "args": package.doc(call.record + "/request.json")["args"],
               "correlation_id": call.correlation, "dot_code": call.step["dot_code"], "endpoint": call.endpoint,
               "idempotency_root": run_id, "mode": call.step["mode"], "namespace": "DRYRUN-NS:" + call.correlation,
               "write_observation": False}
    found.unless(package.raw(call.folder + "/request") == canonical(request) + b"\n", "E_EXECUTOR_DISAGREES", claim, where)
    have = dict(package.doc(call.record + "/result.json"), schema=None)
    kept = package.doc(call.record + "/session.json")
    same = have == dict(answer["result"], schema=None) and all(kept[m] == v for m, v in answer["session"].items()) \
        and all(kept[m] == exchange[m] for m in ("started_at", "finished_at"))
    found.unless(same, "E_EXECUTOR_DISAGREES", claim, where)
    seen = exchange["seen"]
    if found.unless(seen is not None and seen["database"] == package.doc("before/identity.json")["database"],
                    "HOLD_EXECUTOR_ANSWER", claim, where):
        found.unless(seen["user"] == plan.doc["step_role"], "E_EVIDENCE_PRIV", claim, where)


def moments(package, plan):
    """When it was asked before the steps."""
    docs = [(f + "/exchange.json", package.doc(f + "/exchange.json")) for f in ASKED
            if plan.executor and f + "/exchange.json" in package.files]
    return [(where, doc[m]) for where, doc in docs for m in ("started_at", "finished_at")]
