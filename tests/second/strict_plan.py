"""tests/second/strict_plan.py - a plan is closed and does not contradict itself, FORMAT.md
section 2; also the plan of a bracket."""
import strict_shapes as s
from strict_json import LIMITS, Finding, canonical, parse
from strict_shapes import array, boolean, check, exactly, integer, mapping, null_or, obj, one_of, text, texts

relation = column = text
word = s.matching("[A-Z0-9_]+")
columns = mapping(null_or(s.any_text))
endpoint = s.matching(r'(?=[^(]*\.)[A-Za-z0-9_"$.]+\([A-Za-z0-9_"$., \[\]]*\)')


def one_in(least, most):
    def shape(v):
        integer(v)
        check(least <= v <= most)
    return shape


def argument(v):
    check(v is None or isinstance(v, (str, dict, list)))


CHECKS = {
    "exists": obj(exists=relation),
    "rows": obj(rows=obj(relation=relation, where=columns, count=integer),
                optional={"not_in": obj(column=column, relation=relation, of=column)}),
    "manifest": obj(manifest=s.name),
    "manifest_rows": obj(manifest_rows=s.name, count=integer),
    "contracts": obj(contracts=integer),
    "case": obj(case=s.name)}


def one_check(v):
    forms = [shape for member, shape in CHECKS.items() if isinstance(v, dict) and member in v]
    check(len(forms) == 1)
    forms[0](v)


expectation = obj(code=word, raised=boolean, fields=mapping(s.anything), manifest_fields=mapping(s.name))
dot = obj(name=s.name, kind=exactly("dot"), phase=text, dot_code=text,
          mode=one_of("PLAN_ONLY", "VERIFY_ONLY", "DRY_RUN"), endpoint=endpoint, args=array(argument), xids=one_in(0, 1),
          expect=expectation)
observe = obj(name=s.name, kind=exactly("observe"), phase=text, sql=text, expect=obj(rows=array(array(s.value))))


def step(v):
    check(isinstance(v, dict))
    (observe if v.get("kind") == "observe" else dot)(v)


def at_least(least):
    def shape(v):
        integer(v)
        check(v >= least)
    return shape


manifest = obj(
    name=s.name, profile=one_of("manifest", "record"), rows_sql=text, bytes_sql=text, hash_sql=text,
    repetitions=at_least(3), expect_sha256=s.digest, object=mapping(s.anything), rows_member=text, order_by=text,
    source=obj(relation=relation, where=columns, members=mapping(obj(column=column, prefix=s.any_text))))
case = obj(name=s.name, set=one_of("primary", "extra"), endpoint=endpoint, args=array(argument),
           expect=obj(code=word, raised=boolean))
PLAN = s.versioned(
    "dryproof.plan/1", {"executor": one_of("allowed", "required")}, carrier=text, plan_ref=text, title=text, verdicts=obj(sandbox=word, governed=word),
    sandbox=obj(database=text, surface=text, labels=texts), step_role=text,
    scope=obj(exclude=array(obj(relation=relation, reason=text))),
    captured=array(obj(relation=relation, redacted=texts, volatile=texts)),
    allowed_changes=array(obj(relation=relation, step=s.name, key=columns, before=columns, after=columns,
                              columns=texts)),
    gates=obj(relation=relation, key=column, value=column, expect=mapping(s.any_text)),
    dispatch=obj(sql=text, actor=text), manifests=array(manifest), steps=array(step, 1),
    harness=obj(step=s.name, cases=array(case)),
    reject_codes=obj(
        primary=obj(declared=texts, unreachable=array(
            obj(code=text, reason=text, unique=obj(relation=relation, column=column)))),
        secondary=obj(declared=texts, unobserved=array(obj(code=text, reason=text)))),
    readback=array(obj(name=s.name, sql=text, expect=s.any_text, field=text, check=one_check)), readback_step=s.name,
    preflight=obj(step=s.name, checks=array(obj(name=text, check=one_check))), owner=one_check,
    grant=obj(relation=relation, key=columns, build_step=s.name, verify_step=s.name, reuse_step=s.name,
              reuse_code=text, status=column, active=text, consumed=text, consumed_at=column, consumed_by=column,
              granted_by=column, expires_at=column, revoked_at=column, scope=column, equals=mapping(s.anything),
              manifest_equals=mapping(s.name), set_equals=mapping(obj(manifest=s.name, member=text))),
    contracts=obj(relation=relation, code=column, endpoint=column, registry=obj(relation=relation, code=column),
                  required=texts, pair=column, pairs=array(array(text, 2, 2))),
    catalog=obj(relation=relation, where=columns, count=column, registry=relation),
    admissions=obj(relation=relation, code=column, definition_digest=column, contract_digest=column, label=column,
                   filled=texts),
    reuse=obj(tool=obj(relation=relation, code=column, ignore=texts), contract=obj(relation=relation, code=column),
              dots=array(obj(code=text, tool_sha256=s.digest, contract_sha256=null_or(s.digest)))),
    forbidden=obj(source=text, named=texts, unnamed=texts), required_claims=array(s.claim, 1))
BRACKET = s.versioned(
    "dryproof.bracket/1", accept_basis=array(exactly("ids"), 0, 1), carrier=exactly("command"),
    command=array(s.any_text, 1), expect_exit=one_in(0, 255), plan_ref=s.matching("[A-Za-z0-9._-]{1,64}"),
    readonly_role=null_or(text), scope=obj(exclude=array(obj(reason=text, relation=relation))), strict_role=boolean,
    timeout=integer)


def unique(values):
    values = list(values)
    if len(values) > LIMITS["MAX_JSON_MEMBERS"]:
        raise Finding("E_LIMIT_COUNT")
    check(len(set(values)) == len(values))
    return set(values)


def check_references(plan):
    """A step that is named is a dot step; a manifest or case that is not there never holds."""
    dots = {v["name"] for v in plan["steps"] if v["kind"] == "dot"}
    for listed in (plan["manifests"], plan["harness"]["cases"], plan["steps"], plan["readback"]):
        unique(v["name"] for v in listed)
    grant = plan["grant"]
    check({plan["harness"]["step"], plan["readback_step"], plan["preflight"]["step"], grant["build_step"],
           grant["verify_step"], grant["reuse_step"]} <= dots)
    check({v["step"] for v in plan["allowed_changes"]} <= dots)
    called = {v["endpoint"] for v in plan["steps"] if v["kind"] == "dot"}
    check("executor" not in plan or {v["endpoint"] for v in plan["harness"]["cases"]} <= called)


def check_contradictions(plan):
    words = plan["verdicts"]
    check("SANDBOX" in words["sandbox"] and "SANDBOX" not in words["governed"])
    check(not any(w.startswith(("HOLD_", "REJECT_")) for w in words.values()))
    captured = unique(v["relation"] for v in plan["captured"])
    check(not captured & unique(v["relation"] for v in plan["scope"]["exclude"]))
    unique(v["endpoint"].encode() + b" " + canonical(v["args"]) for v in plan["harness"]["cases"])
    primary, secondary = plan["reject_codes"]["primary"], plan["reject_codes"]["secondary"]
    unique(primary["declared"])
    unique(secondary["declared"])
    unique(v["code"] for v in primary["unreachable"])
    excused = {v["code"] for v in primary["unreachable"] + secondary["unobserved"]}
    expected = {v["expect"].get("code") for v in plan["steps"] + plan["harness"]["cases"]}
    check(not excused & expected)


def check_plan(data):
    plan = parse(data)
    if isinstance(plan, dict) and isinstance(plan.get("schema"), str) and plan["schema"].startswith("dryproof.bracket/"):
        if canonical(plan) + b"\n" != data:
            raise Finding("E_JSON_NONCANONICAL")
        BRACKET(plan)
        unique(v["relation"] for v in plan["scope"]["exclude"])
        return
    PLAN(plan)
    check_references(plan)
    check_contradictions(plan)
