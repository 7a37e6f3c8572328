"""tests/second/verify.py - a second verifier of dry-run evidence, written from
schemas/FORMAT.md, findings.tsv and limits.tsv alone; see README.md beside it.

verify.py PACKAGE.tar --attestations FILE... (--key PUB | --policy FILE [--rotation FILE]...)
    [--timestamps FILE] [--json] [--now TIME]
(Each FILE behind the first is a countersignature; --package PACKAGE.tar means the same.)  Exit status as dryproof-verify's."""
import argparse
import datetime
import hashlib
import json
import os
import stat
import sys

import fleet
import strict_bag
import strict_json
import strict_plan
import strict_rotation
import strict_shapes
import strict_time
import strict_trust
from known import remembered
from strict_json import LIMITS, Finding

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMAS = os.path.join(HERE, "..", "..", "schemas")
strict_json.read_limits(os.path.join(SCHEMAS, "limits.tsv"))
with open(os.path.join(SCHEMAS, "findings.tsv"), encoding="ascii") as f:
    ROWS = [line.split("\t") for line in f.read().splitlines()[1:]]
EXIT = {row[0]: int(row[1]) for row in ROWS}
PLACE = {row[0]: i for i, row in enumerate(ROWS)}
WORST = (70, 2, 6, 5, 1, 4, 3, 0)


@remembered
def check_document(kind, data):
    if kind in strict_shapes.DOCUMENTS:
        strict_shapes.DOCUMENTS[kind](strict_json.document(data))
        return
    first, other = strict_shapes.LINES[kind]
    if kind == "wal/groups.ndjson" and data.count(b"\n") > LIMITS["MAX_WAL_GROUPS"]:
        raise Finding("E_LIMIT_COUNT")
    for i, value in enumerate(strict_json.lines(data)):
        (other if i or not first else first)(value)


check_plan = remembered(strict_plan.check_plan)


def check_documents(files):
    """Every document by itself, in order of their names; the first that is wrong ends it."""
    for name in sorted(files):
        kind = strict_shapes.kind_of(name)
        try:
            if kind is None:
                raise Finding("E_MANIFEST_EXTRA")
            if name == "carrier/plan.json":
                check_plan(files[name])
            elif kind:
                check_document(kind, files[name])
        except Finding as f:
            raise Finding(f.code, name) from None
    if "carrier/plan.json" not in files:
        raise Finding("E_MANIFEST_MISSING", "carrier/plan.json")


def signed_parts(trust, attestations):
    """The lines, and of each what it states: (predicate, digest of the package, where)."""
    lines, out = strict_trust.envelopes(trust, attestations), []
    for (_, value, _, _, where), kind in zip(lines, (strict_trust.DRY_RUN, strict_trust.TESTS, strict_trust.PACKET)):
        out.append(strict_trust.statement(value, kind, where) + (where,))
    return lines, out


def clock():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def judge(trust, package, attestations, now=None, more=(), stamps=b""):
    """Findings as [(code, claim or None, where)], in the order of findings.tsv."""
    try:
        if len(package) > LIMITS["MAX_PACKAGE_BYTES"]:
            raise Finding("E_LIMIT_SIZE", "package")
        lines, statements = signed_parts(trust, attestations)
        digest = hashlib.sha256(package).hexdigest()
        for i, (_, about, where) in enumerate(statements):
            strict_trust.about_package(i == 2, about, digest, where)
        signatures = strict_trust.signatures_of(trust, lines, more)
        files = strict_bag.open_package(package)
        check_documents(files)
    except Finding as f:
        return [(f.code, None, f.where)]
    if now is None and trust.asks_for_time():
        now = clock()
    context = {"statement": statements[0][0], "tests": statements[1][0], "policy": trust.policy, "now": now}
    found = claims_of(files, context)
    finished = statements[0][0]["finished_at"]
    times = strict_time.Stamps(stamps, [sig for _, sig in signatures], strict_trust.base64_bytes)
    times.judge(trust.timestamps, finished, [line[3] for line in lines])
    found = found + times.findings + [(code, None, "attestations.intoto.jsonl")
                                      for code in trust.of_time(signatures, times.when, finished, now)]
    return sorted(found, key=lambda f: PLACE[f[0]])


def claims_of(files, context):
    try:
        import claims
    except ImportError:
        return []
    return claims.check(files, context)


def exit_of(codes):
    return next(s for s in WORST if s in [0] + [EXIT[c] for c in codes])


READ = {"policy": remembered(strict_trust.trust_policy), "key": remembered(strict_trust.trust_key)}


def verify(policy, package, attestations, now=None, kind="policy", more=()):
    """(exit status, codes in order) of bytes; kind "key": policy is a public key instead."""
    try:
        found = judge(READ[kind](policy), package, attestations, now, more)
    except Finding as f:
        found = [(f.code, None, f.where)]
    codes = [code for code, _, _ in found]
    return exit_of(codes), codes


# ---- the program ----
def read(path, most):
    """The bytes of a regular file; a link is not followed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise Finding("E_IO", path) from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise Finding("E_IO", path)
        if status.st_size > LIMITS[most]:
            raise Finding("E_LIMIT_SIZE", path)
        with open(fd, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(fd)


def from_files(args):
    try:
        if args.key:
            trust = strict_trust.trust_key(read(args.key, "MAX_KEY_BYTES"))
        else:
            trust = strict_trust.trust_policy(read(args.policy, "MAX_POLICY_BYTES"))
            for path in args.rotation:
                trust = strict_rotation.follow(trust, read(path, "MAX_PACKET_FILE_BYTES"), path)
        attestations, *more = [read(path, "MAX_ATTESTATIONS_BYTES") for path in args.attestations]
        stamps = read(args.timestamps, "MAX_ATTESTATIONS_BYTES") if args.timestamps else b""
        package = read(args.package, "MAX_PACKAGE_BYTES")
    except Finding as f:
        return [(f.code, None, f.where)]
    if not fleet.is_fleet(attestations):
        return judge(trust, package, attestations, args.now, more, stamps)
    if more or args.timestamps:
        raise SystemExit(2)
    return judge_fleet(trust, package, attestations, args.now)


def judge_fleet(trust, package, attestations, now=None):
    if now is None and trust.asks_for_time():
        now = clock()

    def alone(tar, lines):
        found = judge(trust, tar, lines, now)
        try:
            files = strict_bag.open_package(tar)
            signed_parts(trust, lines)
            check_documents(files)
        except Finding:
            files = {}
        return found, files
    return fleet.judge(trust, package, attestations, now, alone)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("archive", nargs="?")
    parser.add_argument("--package")
    parser.add_argument("--attestations", required=True, action="append")
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument("--key")
    trust.add_argument("--policy")
    parser.add_argument("--timestamps")
    parser.add_argument("--rotation", action="append", default=[])
    parser.add_argument("--now")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if len(args.attestations) > 1 + LIMITS["MAX_COUNTERSIGNATURES"]:
        parser.error("too many countersignatures")
    if args.rotation and args.key:
        parser.error("--rotation goes on from a --policy")
    args.package = args.archive or args.package
    if not args.package:
        parser.error("a package is needed")
    try:
        if args.now is not None:
            strict_shapes.time(args.now)
    except Finding:
        parser.error("--now: a time like 2026-06-22T10:11:12.123456Z")
    found = from_files(args)
    status = exit_of([f[0] for f in found])
    word = {0: "PASS", 3: "HOLD"}.get(status, "FAIL")
    if args.json:
        print(json.dumps({"verdict": word, "exit": status,
                          "findings": [{"code": c, "claim": claim, "path": where} for c, claim, where in found]}))
    else:
        print(word)
        for code, _, where in found:
            print("%s  %s" % (code, ascii(where)[1:-1]))  # names in evidence are hostile
    sys.exit(status)


if __name__ == "__main__":
    main()
