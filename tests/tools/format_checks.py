#!/usr/bin/env python3
"""tests/tools/format_checks.py BIN W VECTORS GOLDEN - what tests/e2e/59-formats.sh checks: reports
of `dryproof verify --format`, read by other people's parsers.  One line "ok - " or "not ok - " for each."""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

BIN, W, VECTORS, GOLDEN = map(os.path.abspath, sys.argv[1:])
FORMATS = ("junit", "ctrf", "github", "codex-review", "html")
UNIT = {"type": "number", "minimum": 0, "maximum": 1}
LINE = {"type": "integer", "minimum": 1}


def closed(**members):
    return {"type": "object", "additionalProperties": False, "required": list(members), "properties": members}


# what Codex asks of a review
try:
    import jsonschema
    REVIEW = jsonschema.Draft202012Validator(closed(
        findings={"type": "array", "items": closed(
            title={"type": "string", "maxLength": 80}, body={"type": "string"}, confidence_score=UNIT,
            priority={"type": "integer", "minimum": 0, "maximum": 3},
            code_location=closed(absolute_file_path={"type": "string"}, line_range=closed(start=LINE, end=LINE)))},
        overall_correctness={"enum": ["patch is correct", "patch is incorrect"]}, overall_explanation={"type": "string"},
        overall_confidence_score=UNIT))
except ImportError:
    REVIEW = None
    print("skip - formats: codex-review by its schema: no python3-jsonschema")


def check(name, good, said=""):
    print(("ok - " if good else "not ok - ") + "formats: " + name)
    if not good:
        print("    " + repr(said)[:600])


def run(program, *args):
    done = subprocess.run([program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.decode("utf-8"), done.returncode, done.stderr.decode("ascii")


def junit(text):
    """Is it red?  Its numbers are those of its cases."""
    top = ElementTree.fromstring(text)
    suite, = top
    cases = list(suite)
    for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        n = sum(1 for c in cases if [x.tag for x in c] == [kind])
        assert top.get(attribute) == suite.get(attribute) == str(n), (kind, n)
    assert top.tag == "testsuites" and suite.tag == "testsuite" and suite.get("tests") == str(len(cases)) == top.get("tests")
    assert all(c.tag == "testcase" and c.get("name") and c.get("classname") for c in cases)
    return any(x.tag in ("failure", "error") for c in cases for x in c)


def ctrf(text):
    report = json.loads(text)
    results = report.pop("results")
    assert report == {"reportFormat": "CTRF", "specVersion": "0.0.0"}, report
    tests, summary = results["tests"], results["summary"]
    assert results["tool"]["name"] == "dryproof" and set(results) == {"tool", "summary", "tests"}
    assert set(summary) == {"tests", "passed", "failed", "pending", "skipped", "other", "start", "stop"}
    for status in ("passed", "failed", "pending", "skipped", "other"):
        assert summary[status] == sum(t["status"] == status for t in tests), status
    assert summary["tests"] == len(tests) == sum(summary[s] for s in ("passed", "failed", "pending", "skipped", "other"))
    assert all(t["name"] and t["duration"] == 0 and set(t) == {"name", "duration", "status", "rawStatus", "message"} for t in tests)
    return summary["failed"] > 0


def unescape(text, special):
    assert not re.search("[\r\n%s]" % special, re.sub("%(25|0D|0A|3A|2C)", "", text)) and "%" not in re.sub("%(25|0D|0A|3A|2C)", "", text), text
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def github(text):
    """As the runner reads a workflow command: ::NAME KEY=VALUE,KEY=VALUE::DATA"""
    levels = []
    assert text.endswith("\n") and text.count("\n") <= 10
    for line in text[:-1].split("\n"):
        level, properties, data = re.fullmatch("::(error|notice) ([^\n]*?)::(.*)", line).groups()
        keys = dict(p.split("=", 1) for p in properties.split(","))
        assert set(keys) == {"file", "title"} and unescape(data, "") and all(unescape(v, ":,") for v in keys.values()), line
        levels.append(level)
    return "error" in levels


def codex(text):
    review = json.loads(text)
    if REVIEW is not None:
        REVIEW.validate(review)
    assert all(f["title"][:5] in ("[P0] ", "[P1] ") and os.path.isabs(f["code_location"]["absolute_file_path"]) for f in review["findings"])
    assert (review["overall_correctness"] == "patch is correct") == (review["findings"] == [])
    for f in review["findings"]: # the path is the caller's own, as it is
        del f["code_location"]
    assert json.dumps(review, ensure_ascii=False).isascii()
    return review["overall_correctness"] != "patch is correct"


class Page(HTMLParser):
    """Of our elements alone, each closed; what data says is text."""
    TAGS = set("html head meta style title body main h1 h2 p code ul li strong table caption thead tbody tr th td".split())
    ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}

    def __init__(self, text):
        super().__init__()
        self.open, self.rows, self.met, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [] and self.met[:3] == ["html", "head", "meta"] and {"h1", "table"} <= set(self.met), self.met

    def handle_starttag(self, tag, attrs):
        assert tag in self.TAGS and {k for k, _ in attrs} <= self.ATTRIBUTES, (tag, attrs)
        self.met.append(tag)
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append(dict(attrs).get("class"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words.append(data)


def html(text):
    assert text.startswith("<!DOCTYPE html>\n") and "default-src 'none'" in text and "url(" not in text.split("</style>")[0]
    rows = Page(text).rows
    assert rows[0] is None and set(rows[1:]) <= {"passed", "skipped", "failed", "held"}, rows
    return rows[1] != "passed"


READERS = dict(zip(FORMATS, (junit, ctrf, github, codex, html)))


def all_formats(name, dryproof, *args, want=None):
    """Each is red exactly when the exit status is not 0, and the status is the verifier's."""
    _, status, _ = run(dryproof, *args)
    wrong = [] if want is None or status == want else [status]
    for f in FORMATS:
        out, got, errors = run(dryproof, *args, "--format", f)
        try:
            assert all(c >= " " or c == "\n" for c in out) and (f == "codex-review" or out.isascii()), out
            if got != status or errors or READERS[f](out) != (status != 0):
                wrong.append((f, got, status, out, errors))
        except Exception as e:
            wrong.append((f, repr(e), out))
    check(name, not wrong, wrong)


dryproof, stage, pub = BIN + "/dryproof", GOLDEN + "/stage", GOLDEN + "/signer.pub"
one = ["--attestations", stage + "/attestations.intoto.jsonl", "--key", pub]
all_formats("a package that passes", dryproof, "verify", stage + "/package.tar", *one, want=0)
all_formats("a repository", dryproof, "verify", "--repo", GOLDEN + "/evidence", "--all", "--key", pub, want=0)
all_formats("a repository without the log that was asked for", dryproof, "log", "verify", "--repo", GOLDEN + "/evidence", "--key", pub, want=3)
all_formats("a package that is not there", dryproof, "verify", W + "/none.tar", *one, want=5)
for case in sorted(os.listdir(VECTORS)):
    if re.match("(020|083|120|230|208)_", case): # refused at different stages, and held
        args = [os.path.join(VECTORS, case if os.path.exists(os.path.join(VECTORS, case, f)) else "golden", f)
                for f in ("package.tar", "attestations.intoto.jsonl", "policy.json")]
        all_formats(case, dryproof, "verify", args[0], "--attestations", args[1], "--policy", args[2])
check("json is --json", run(dryproof, "verify", stage + "/package.tar", *one, "--format=json") == run(dryproof, "verify", stage + "/package.tar", *one, "--json"))
check("text is text", run(dryproof, "verify", stage + "/package.tar", *one, "--format", "text") == run(dryproof, "verify", stage + "/package.tar", *one))
check("one that is none", run(dryproof, "verify", "x", "--format", "xml") == (
    "", 2, "dryproof: error: unknown format xml; expected text, json, junit, ctrf, github, codex-review or html\n"))
check("what the verifier refuses is refused", run(dryproof, "verify", "x", "--format", "junit")[:2] == ("", 2))

# ---- a verifier that lies, in every field ----
os.mkdir(W + "/bin")
shutil.copy(dryproof, W + "/bin/dryproof")
EVIL = "%0A::error::x\r\n::set-output name=a::b,c:d\x1b[2J\x07<b a=\"1\" c='2'>&amp;]]>\u202e\u00e9{{}}" + "z" * 3000


def lies(doc, status):
    with open(W + "/doc", "w") as f:
        json.dump(doc, f)
    with open(W + "/bin/dryproof-verify", "w") as f:
        f.write("#!/bin/sh\ncat '%s/doc'; exit %d\n" % (W, status))
    os.chmod(W + "/bin/dryproof-verify", stat.S_IRWXU)


finding = {"code": EVIL, "message": EVIL, "path": EVIL, "suggestion": EVIL}
claim = {"id": EVIL, "status": EVIL, "detail": EVIL, "required": True, "basis": EVIL, "evidence": []}
verdict = {"schema": "dryproof.verdict/2", "exit_status": 1, "status": "FAIL", "headline": EVIL, "findings": [finding] * 30,
           "claims": [claim, {**claim, "required": False}, {**claim, "status": None}, {**claim, "id": "PASS", "status": "PASS"}],
           "package": {"sha256": EVIL}}
lying = W + "/bin/dryproof"
for name, doc in (("FAIL", verdict), ("HOLD", {**verdict, "exit_status": 3, "status": "HOLD"}), ("no word at all", {**verdict, "status": EVIL}),
                  ("PASS", {**verdict, "exit_status": 0, "status": "PASS"}), ("FAIL, yet status 0", {**verdict, "exit_status": 0}),
                  ("PASS, yet status 1", {**verdict, "status": "PASS"}), ("nothing else", {"schema": "dryproof.verdict/2", "exit_status": 3}),
                  ("other types", {"schema": "dryproof.verdict/2", "exit_status": 3, "status": 1, "findings": [1, None], "claims": [2, []], "headline": []}),
                  ("a repository", {"schema": "dryproof.verdicts/1", "exit_status": 1, "status": "FAIL", "repository": {"findings": [finding]}, "verdicts": [verdict, 1]}),
                  ("a repository that passes", {"schema": "dryproof.verdicts/1", "exit_status": 0, "status": "PASS", "repository": {"findings": []}, "verdicts": [verdict]}),
                  ("a log", {"schema": "dryproof.log/1", "exit_status": 3, "status": "HOLD", "findings": [finding]})):
    lies(doc, doc["exit_status"])
    all_formats("a lying verifier: " + name, lying, "verify", EVIL[:200], "--key", "x")
for name, doc, status in (("another status", verdict, 0), ("another schema", {**verdict, "schema": "x"}, 1), ("a list", [], 0),
                          ("no status", {"schema": "dryproof.verdict/2"}, 0), ("a status that is text", {**verdict, "exit_status": "0"}, 0)):
    lies(doc, status)
    got = [run(lying, "verify", "x", "--format", f)[:2] for f in FORMATS]
    check("a lying verifier: " + name + " is a bug", got == [("", 70)] * len(FORMATS), got)
lies(verdict, 1)
out = json.loads(run(lying, "verify", "x", "--format", "codex-review")[0])
check("titles are short, findings all there", len(out["findings"]) == 30 and all(len(f["title"]) == 80 for f in out["findings"]), out)
with open(stage + "/package.tar", "rb") as f, open(W + "/bent.tar", "wb") as g:
    g.write(f.read() + b"x")
bent = ["verify", W + "/bent.tar", *one]
claims = json.loads(run(dryproof, *bent, "--json")[0])["claims"]
cases = ElementTree.fromstring(run(dryproof, *bent, "--format", "junit")[0])[0][1:]
page = Page(run(lying, "verify", "x", "--format", "html")[0])
check("a page lists every finding and every claim", page.met.count("li") == 30 and page.rows[1:] == ["failed", "held", "skipped", "held", "passed"]
      and sum("::error::x" in w for w in page.words) >= 90, page.rows)
check("a claim that is not required is no error", [[x.tag for x in c] for c in cases] == [["error" if c["required"] else "skipped"] for c in claims]
      and {c["required"] for c in claims} == {True, False} and [c.get("name") for c in cases] == [c["id"] for c in claims], claims)
os.chdir(W)
places = [json.loads(run(dryproof, "verify", place, *one, "--format", "codex-review")[0])["findings"][0]["code_location"]["absolute_file_path"]
          for place in (W + "/bent.tar", "bent.tar")]
check("a place is absolute", places == [W + "/bent.tar"] * 2, places)
out = run(lying, "verify", "x", "--format", "github")[0].splitlines()
check("what is escaped comes back", unescape(re.fullmatch("::.*?::(.*)", out[1])[1], "").startswith("%0A::error::x\\x0d ::set-output"), out[1])
check("ten annotations, and how many more", len(out) == 10 and "and 22 more" in out[-1], out[-1:])
