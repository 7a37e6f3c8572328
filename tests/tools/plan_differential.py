"""tests/tools/plan_differential.py - plan.schema.json and dryproof-collect check agree.

Every member of carriers/c1/plan.json is in turn removed, given a value of another type,
and given an unknown neighbour.  What the schema refuses the program must refuse; what the
program refuses for its shape (not for a reference between parts) the schema must refuse.
Usage: plan_differential.py DRYPROOF_COLLECT CARRIER_COPY [PART/PARTS]: every PARTS-th mutant from
the PART-th on, from 0 (default 0/1, all)
"""
import copy
import itertools
import json
import subprocess
import sys

import jsonschema

program, carrier, share = (sys.argv[1:] + ["0/1"])[:3]
part, parts = (int(n) for n in share.split("/"))
plan = json.load(open(carrier + "/plan.json"))
schema = jsonschema.Draft202012Validator(json.load(open("schemas/plan.schema.json")))


def places(node, path=()):
    """Paths of all members, of long lists only the first element."""
    if isinstance(node, dict):
        for key in node:
            yield path + (key,)
            yield from places(node[key], path + (key,))
    elif isinstance(node, list) and node:
        yield from places(node[0], path + (0,))


def at(node, path):
    for part in path:
        node = node[part]
    return node


def mutants():
    for path in places(plan):
        parent, last = path[:-1], path[-1]
        if isinstance(last, str):
            mutant = copy.deepcopy(plan)
            del at(mutant, parent)[last]
            yield "without", path, mutant
        for value in (None, 7, "", [], {"x": 1}):
            mutant = copy.deepcopy(plan)
            at(mutant, parent)[last] = value
            yield "%s at" % json.dumps(value), path, mutant
        if isinstance(at(plan, path), dict):
            mutant = copy.deepcopy(plan)
            at(mutant, path)["unknown_member"] = 1
            yield "unknown below", path, mutant


SHAPE = ("expected", "unknown member", "is missing", "unknown claim")
count = refused = bad = 0
for what, path, mutant in itertools.islice(mutants(), part % parts, None, parts):
    with open(carrier + "/plan.json", "w") as f:
        json.dump(mutant, f)
    run = subprocess.run([program, "check", "--carrier", carrier], capture_output=True, text=True)
    count += 1
    by_schema = not schema.is_valid(mutant)
    by_program = run.returncode != 0
    by_shape = by_program and any(word in run.stderr for word in SHAPE)
    refused += by_program
    if run.returncode not in (0, 2, 6) or (by_schema and not by_program) or (by_shape and not by_schema):
        bad += 1
        print("disagree: %s %s: schema %s, program %d %s" % (what, path, by_schema, run.returncode, run.stderr.strip()))
print("%d mutants, %d refused, %d disagreements" % (count, refused, bad))
sys.exit(bad != 0 or refused == 0)
