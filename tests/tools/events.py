"""tests/tools/events.py FILE STATUS|none [SHAPE] - what --events wrote: whole lines of printable ASCII, each
valid, numbered from 1, none older than the one before it, from begin to an end with this status (none: no
end); SHAPE is a regular expression for "EVENT EVENT:WHAT ..." of all of them."""
import json
import re
import sys

with open(sys.argv[1], "rb") as f:
    data = f.read()
assert data.endswith(b"\n") and all(c == 10 or 32 <= c < 127 for c in data), data[-300:]
lines = [json.loads(line) for line in data.split(b"\n")[:-1]]
try:
    import jsonschema
    with open("schemas/event.schema.json", encoding="utf-8") as f:
        rules = json.load(f)
    jsonschema.Draft202012Validator.check_schema(rules)
    for line in lines:
        jsonschema.Draft202012Validator(rules).validate(line)
except ImportError:
    print("no python3-jsonschema: lines are not validated")
assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
assert all(line.get("done", 0) <= line.get("total", 0) for line in lines)
names = [line["event"] for line in lines]
assert names[0] == "begin" and names.count("begin") == 1, names
if sys.argv[2] == "none":
    assert "end" not in names, names
else:
    assert names[-1] == "end" and names.count("end") == 1 and lines[-1]["exit_status"] == int(sys.argv[2]), lines[-1]
said = " ".join(line["event"] + (":" + line["what"] if "what" in line else "") for line in lines)
assert len(sys.argv) < 4 or re.fullmatch(sys.argv[3], said), said
