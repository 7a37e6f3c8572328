"""tests/second/strict_shapes.py - closed shapes of every document, FORMAT.md sections 3 to 6.

A shape is a function that raises E_JSON_SCHEMA when a value has not exactly its form."""
import base64
import calendar
import re

from known import remembered
from strict_json import Finding

CLAIMS = """executed identity gates-dry-run-only no-state ids-accounted no-write-witness manifest-deterministic
    preflight-ready owner-present grant-scoped grant-single-use reject-coverage fail-closed real-run-blocked
    readback-clean rollback-oracle contracts-registered catalog-reconciled admitted reuse-first no-forbidden-dot
    authority-firewall""".split()


def bad():
    raise Finding("E_JSON_SCHEMA")


def check(condition):
    if not condition:
        bad()


# ---- the small ones ----
def anything(_):
    pass


def any_text(v):
    check(isinstance(v, str))


def text(v):
    check(isinstance(v, str) and v)


def boolean(v):
    check(isinstance(v, bool))


def signed(v):
    check(isinstance(v, int) and not isinstance(v, bool))


def integer(v):
    signed(v)
    check(v >= 0)


def matching(pattern):
    compiled = re.compile(pattern, re.A)

    def shape(v):
        check(isinstance(v, str) and compiled.fullmatch(v))
    return shape


def exactly(wanted):
    return lambda v: check(v == wanted and type(v) is type(wanted))


def one_of(*words):
    return lambda v: check(isinstance(v, str) and v in words)


def null_or(shape):
    return lambda v: v is None or shape(v)


def null(v):
    check(v is None)


def is_digest(v):
    return isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v) is not None


name = matching("[a-z0-9_-]{1,64}")
digest = matching("[0-9a-f]{64}")
run_id = matching("[0-9a-f]{32}")
lsn = matching("(0|[1-9A-F][0-9A-F]{0,7})/(0|[1-9A-F][0-9A-F]{0,7})")
claim = one_of(*CLAIMS)
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.\d{6}Z", re.A)


def decimal(v):
    check(isinstance(v, str) and re.fullmatch("0|[1-9][0-9]{0,19}", v) and int(v) < 2**64)


def time(v):
    m = TIME.fullmatch(v) if isinstance(v, str) else None
    check(m)
    year, month, day, hour, minute, second = map(int, m.groups())
    check(1 <= month <= 12 and 1 <= day <= calendar.monthrange(year or 4, month)[1])
    check(hour < 24 and minute < 60 and second < 60)


def microseconds(v):
    """Of a time, since 1970; Python's own calendar has no year 0."""
    year, month, day, hour, minute, second = map(int, TIME.fullmatch(v).groups())
    y = year - (month < 3)  # years that begin in March end with the day that leap years add
    days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60000000 + second * 1000000 + int(v[20:26])


def value(v):
    """A database value; base64 only for what is not UTF-8."""
    if v is None or isinstance(v, str):
        return
    check(isinstance(v, dict) and list(v) == ["b64"] and isinstance(v["b64"], str))
    try:
        data = base64.b64decode(v["b64"].encode("ascii"), validate=True)
    except ValueError:
        bad()
    check(base64.b64encode(data).decode() == v["b64"])
    try:
        data.decode()
    except UnicodeDecodeError:
        return
    bad()


# ---- the big ones ----
def array(shape, least=0, most=None):
    def check_array(v):
        check(isinstance(v, list) and len(v) >= least and (most is None or len(v) <= most))
        for item in v:
            shape(item)
    return check_array


def pair(first, second):
    def check_pair(v):
        check(isinstance(v, list) and len(v) == 2)
        first(v[0])
        second(v[1])
    return check_pair


def mapping(shape):
    def check_mapping(v):
        check(isinstance(v, dict))
        for item in v.values():
            shape(item)
    return check_mapping


def obj(optional=None, **members):
    optional = optional or {}

    def check_object(v):
        check(isinstance(v, dict) and members.keys() <= v.keys() <= members.keys() | optional.keys())
        for key, item in v.items():
            (members.get(key) or optional[key])(item)
    return check_object


def versioned(kind, optional=None, **members):
    """A document whose schema is "dryproof.NAME/N"; what follows the slash is its version."""
    name = kind.rsplit("/", 1)[0] + "/"

    def shape(v):
        check(isinstance(v, dict))
        said = v.get("schema")
        if isinstance(said, str) and said != kind and said.startswith(name):
            raise Finding("E_FORMAT_VERSION")
        closed(v)
    closed = obj(optional, schema=exactly(kind), **members)
    return shape


# ---- documents ----
texts = array(text)
any_texts = array(any_text)
size = obj(bytes=integer, ms=integer)
role = obj(bypassrls=boolean, createdb=boolean, createrole=boolean, member_of=texts, name=text, replication=boolean,
           superuser=boolean)
message = obj(detail=null_or(any_text), hint=null_or(any_text), message=null_or(any_text), severity=null_or(any_text),
              sqlstate=null_or(any_text))
excluded = array(obj(reason=text, relation=text))
kept = obj(bytes=integer, kept=integer)
coverage = obj(declared=texts, exercised=texts, not_exercised=texts, unreachable=texts)
counted = null_or(obj(digest=digest, rows=integer))
at_edge = null_or(pair(any_text, boolean))


listed_table = obj(captured=boolean, columns=array(pair(any_text, any_text)), digest=digest, kind=one_of("r", "m"), relation=text,
                   rows=integer, optional={"file": text})

DOCUMENTS = {
    "after/answered.json": versioned("dryproof.answered/1", **{"from": exactly("before")}),
    "executor.json": versioned("dryproof.executor/1", address=text),
    "EXCHANGE/exchange.json": versioned(
        "dryproof.exchange/1", content_type=null_or(any_text), finished_at=time, started_at=time, status=null_or(integer),
        failure=null_or(one_of("broken", "no-connection", "secret", "timeout", "too-large")),
        seen=null_or(obj(database=text, user=text))),
    "started.json": versioned("dryproof.started/1", carrier=text, plan_ref=text, plan_sha256=digest, run_id=run_id,
                              started_at=time),
    "run.json": versioned("dryproof.run/1", carrier=text, cases=integer, collector=text, finished_at=time,
                          plan_ref=text, plan_sha256=digest, run_id=run_id, started_at=time, steps=integer),
    "environment.json": versioned("dryproof.environment/1", collector=text, labels=texts, observer=role,
                                  pinned=mapping(any_text), redaction_key_id=null_or(digest), step=role),
    "cost.json": versioned("dryproof.cost/1", after=size, before=size, wal=size),
    "wal.json": versioned("dryproof.wal/2", after_lsn=lsn, before_lsn=lsn, bytes=integer, records=integer,
                          basis=null_or(one_of("equal", "pg_walinspect", "pg_waldump")), reason=null_or(text)),
    "facts.json": versioned(
        "dryproof.facts/1", carrier=text, catalog=obj(after=digest, before=digest),
        coverage=obj(primary=coverage, secondary=coverage),
        harness=array(obj(case=name, code=null_or(any_text), fail_closed=boolean, has_seal=boolean, outcome=null_or(any_text))),
        manifests=array(obj(bytes=integer, name=name, rows=integer, sha256=digest)), plan_ref=text, plan_sha256=digest,
        readback=array(obj(name=name, value=value)),
        sequences=array(obj(after=at_edge, before=at_edge, relation=text)),
        steps=array(obj(code=null_or(any_text), fields=mapping(anything), name=name)),
        tables=array(obj(after=counted, before=counted, relation=text))),
    "assertions.json": versioned(
        "dryproof.assertions/1", assertions=array(obj(claim=text, evidence=texts, values=mapping(anything))),
        authority_effect=text, registration_effect=text),
    "EDGE/identity.json": versioned(
        "dryproof.identity/1", database=text, database_oid=decimal, in_recovery=boolean, labels=texts,
        server_started_at=time, server_version=text, server_version_num=integer, system_identifier=decimal,
        taken_at=time, timeline=integer),
    "EDGE/tables.json": versioned("dryproof.tables/1", excluded=excluded, not_observed=excluded,
                                  tables=array(listed_table)),
    "EDGE/sequences.json": versioned("dryproof.sequences/1", sequences=array(
        obj(is_called=boolean, last_value=any_text, log_cnt=any_text, relation=text))),
    "EDGE/transactions.json": versioned(
        "dryproof.transactions/1", in_progress=array(decimal), lsn=lsn, next_multixact=decimal, next_xid=decimal,
        observer_xid=null_or(decimal), prepared=array(decimal), snapshot=text, taken_at=time),
    "EDGE/activity.json": versioned(
        "dryproof.activity/1", taken_at=time,
        databases=array(obj(commits=decimal, name=text, oid=decimal, rollbacks=decimal, sessions=null_or(decimal),
                            stats_reset=null_or(any_text))),
        holders=array(obj(database=null_or(decimal), kind=one_of("open", "prepared"), pid=null_or(integer), xid=decimal)),
        sessions=array(obj(backend_start=null_or(any_text), database=null_or(decimal), observer=boolean, pid=integer,
                           state=null_or(any_text), state_change=null_or(any_text), type=null_or(any_text), user=null_or(any_text))),
        settings=obj(archive_timeout=any_text, autovacuum=any_text, track_activities=any_text, track_counts=any_text,
                     wal_level=any_text),
        tables=array(obj(analyze=decimal, autoanalyze=decimal, autovacuum=decimal, relation=text, vacuum=decimal))),
    "EDGE/physical.json": versioned("dryproof.physical/1", relations=array(
        obj(digest=null_or(digest), filenode=decimal, kind=one_of("r", "m", "i", "S", "t"), relation=text, size=decimal))),
    "EDGE/wal.json": versioned("dryproof.walpos/1", flush_lsn=lsn, insert_lsn=lsn, redo_lsn=lsn, timeline=integer),
    "EDGE/capability.json": versioned("dryproof.capability/1", channels=array(obj(capability=text, via=text)), role=text),
    "RECORD/request.json": versioned("dryproof.request/1", args=array(null_or(any_text)), role=text, statement_sha256=digest),
    "RECORD/result.json": versioned("dryproof.result/1", columns=any_texts, command=null_or(any_text), error=null_or(message),
                                    notices=array(message), rows=array(array(value))),
    "RECORD/session.json": versioned(
        "dryproof.session/1", backend_pid=integer, current_user=text, end=one_of("COMMIT", "ROLLBACK"),
        finished_at=time, next_xid_after=decimal, next_xid_before=decimal, session_user=text, started_at=time,
        transaction_time=time, xid=null_or(decimal)),
    "CASE/residue.json": versioned("dryproof.residue/1", next_xid_after=decimal, next_xid_before=decimal,
                                   state_after=digest, state_before=digest),
    "manifests/NAME/manifest.json": versioned("dryproof.manifest/1", name=name, profile=text, repetitions=array(
        obj(own_bytes=integer, own_sha256=digest, pg_bytes=integer, pg_hash=text, pg_sha256=digest))),
    "COMMAND/command.json": versioned(
        "dryproof.command/1", argv=any_texts, duration_ms=integer, exit=null_or(integer), finished_at=time, role=text,
        signal=null_or(integer), started_at=time, stderr=kept, stdout=kept, timed_out=boolean),
}

# of an .ndjson file: the shape of its first line (or None) and that of the others
def three_texts(v):
    """A kind, and two texts."""
    array(any_text, 3, 3)(v)
    text(v[0])

LINES = {
    "EDGE/tables/FILE": (obj(columns=any_texts, redacted=texts, relation=text, volatile=texts), array(value)),
    "EDGE/catalog.ndjson": (None, three_texts),
    "EDGE/cluster.ndjson": (None, three_texts),
    "EDGE/functions.ndjson": (None, obj(prosecdef=one_of("t", "f"), prosrc=any_text, signature=text)),
    "manifests/NAME/ROWS": (obj(columns=any_texts), array(value)),
    "wal/groups.ndjson": (None, obj(
        bytes=integer, count=integer, databases=array(decimal), first_lsn=lsn, last_lsn=lsn, rmgr=text,
        relations=array(obj(database=decimal, filenode=decimal, relation=null_or(text), tablespace=decimal)),
        subxids=array(decimal), type=text, xid=null_or(decimal))),
    "COMMAND/sessions.ndjson": (None, obj(
        backend_start=null_or(any_text), database=null_or(decimal), first_seen=time, last_seen=time, named=boolean,
        pid=integer, type=null_or(any_text), user=null_or(any_text), xids=array(decimal))),
}

# names below data/, and which shape they have; "" is bytes that have none
RECORD = "(?:steps/[^/]+/(?:dispatch|execution)|harness/[^/]+|readback/[^/]+)/"
PLACES = [(re.compile(pattern), kind) for pattern, kind in [
    ("(?:before|after)/tables/[0-9]{6}\\.ndjson", "EDGE/tables/FILE"),
    ("after/(answered\\.json)", "after/"),
    ("(?:before|after)/([a-z]+\\.(?:nd)?json)", "EDGE/"),
    ("steps/[^/]+/(command\\.json|sessions\\.ndjson)", "COMMAND/"),
    ("steps/[^/]+/(?:stdout|stderr)", ""),
    ("(?:executor|(?:steps|harness)/[^/]+)/(?:http|healthz|selfcheck)/(exchange\\.json)", "EXCHANGE/"),
    ("executor/[^/]+/response", ""),
    ("(?:steps|harness)/[^/]+/http/(?:request|response)", ""),
    ("harness/[^/]+/(residue\\.json)", "CASE/"),
    ("harness/(?:junit\\.xml|ctrf\\.json)", ""),
    (RECORD + "((?:request|result|session)\\.json)", "RECORD/"),
    (RECORD + "request\\.sql", ""),
    ("manifests/[^/]+/(manifest\\.json)", "manifests/NAME/"),
    ("manifests/[^/]+/rep-[0-9]+\\.rows\\.ndjson", "manifests/NAME/ROWS"),
    ("manifests/[^/]+/rep-[0-9]+\\.(?:pg|own)\\.bytes", ""),
    ("carrier/.*", ""),
    ("([a-z]+\\.json|wal/groups\\.ndjson)", "/")]]


@remembered
def kind_of(name):
    """The key of DOCUMENTS or LINES for a file below data/, "" for bytes; None: not in the format."""
    for pattern, kind in PLACES:
        m = pattern.fullmatch(name)
        if m:
            kind = (kind + m[1] if m.groups() else kind).lstrip("/")
            return kind if not kind or kind in DOCUMENTS or kind in LINES else None
    return None
