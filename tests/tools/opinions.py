"""tests/tools/opinions.py - second opinions from Python's own parsers, one a word:

  junit FILE N        well-formed, N test cases, none failed
  ctrf FILE N         the members CTRF asks for, N tests, all passed
  canonical FOLDER    every document of a bag is canonical by Python's json
  tables FOLDER       every captured table's digest, by Python's hashlib
  schema SCHEMA FILE  valid by python3-jsonschema (exit 77 when that is not installed)"""
import glob
import json
import os
import sys
import xml.etree.ElementTree

import forge


def check_junit(path, n):
    root = xml.etree.ElementTree.parse(path).getroot()
    cases = root.findall(".//testcase")
    assert len(cases) == int(n) and all(c.get("name") and c.get("classname") for c in cases)
    assert root.findall(".//failure") == [] and root.findall(".//error") == []
    for suite in [root] + root.findall(".//testsuite"):
        assert suite.get("tests") in (None, n) and suite.get("failures") in (None, "0")


def check_ctrf(path, n):
    with open(path, encoding="utf-8") as f:
        doc = json.load(f)
    assert doc["reportFormat"] == "CTRF" and doc["specVersion"]
    results, summary = doc["results"], doc["results"]["summary"]
    assert results["tool"]["name"]
    assert set(summary) >= {"tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"}
    assert summary["tests"] == len(results["tests"]) == summary["passed"] == int(n)
    assert summary["failed"] == summary["skipped"] == summary["pending"] == summary["other"] == 0
    for test in results["tests"]:
        assert test["name"] and test["status"] == "passed" and isinstance(test["duration"], int)


def check_canonical(folder):
    seen = 0
    for path in glob.glob(folder + "/**/*", recursive=True):
        if not path.endswith(("json")) or "/carrier/" in path or path.endswith("ctrf.json"):
            continue
        with open(path, "rb") as f:
            data = f.read()
        documents = data.splitlines(True) if path.endswith(".ndjson") else [data]
        for text in documents:
            assert forge.document(json.loads(text)) == text, path
            seen += 1
    assert seen > 100


def check_tables(folder):
    for edge in ("before", "after"):
        with open("%s/%s/tables.json" % (folder, edge), encoding="utf-8") as f:
            tables = [t for t in json.load(f)["tables"] if t["captured"]]
        assert len(tables) > 10
        for t in tables:
            with open("%s/%s/%s" % (folder, edge, t["file"]), encoding="utf-8") as f:
                rows = [json.loads(line) for line in f][1:]
            assert (len(rows), forge.table_digest(t["relation"], t["columns"], rows)) == (t["rows"], t["digest"])


def check_schema(schema, path):
    try:
        import jsonschema
    except ImportError:
        sys.exit(77)
    with open(schema, encoding="utf-8") as f, open(path, encoding="utf-8") as g:
        rules, doc = json.load(f), json.load(g)
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(doc)


if __name__ == "__main__":
    assert os.path.exists(sys.argv[2])
    globals()["check_" + sys.argv[1]](*sys.argv[2:])
