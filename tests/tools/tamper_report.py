"""tests/tools/tamper_report.py - what tests/tamper/tamper said, summed up and judged.

Usage: tamper_report.py PACKAGE ACCEPTED WHOLE < lines of all shards
ACCEPTED is tests/tamper/accepted.tsv: the members of evidence in which an edit is legal, and
why.  WHOLE is 1 when the rounds "package" and "attestations" were not sampled, so that their
counts must be exactly those of all edits.  Status 1 when anything else was accepted."""
import json
import re
import sys

import forge

SAYS = {"package": "unsigned edits of the package", "attestations": "edits of the attestations",
        "insider": "edits of the package, signed anew", "deep": "edits of evidence, sealed and signed anew",
        "control": "edits of the attestations, every signature believed"}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def members(text):
    """(start, end, pointer) of every scalar; list positions are written *."""
    path, out, key = [], [], None
    for m in TOKEN.finditer(text):
        token = m.group()
        if token in "{[":
            path.append("*" if token == "[" else None)
        elif token in "}]":
            path.pop()
        elif token == ",":
            if path[-1] != "*":
                path[-1] = None
        elif token != ":":
            if path and path[-1] is None:
                path[-1] = json.loads(token)
                key = m.start()
            else:
                out.append((m.start(), m.end(), "".join("/" + p for p in path)))
                key = None
    del key
    return out


def place(name, data, at):
    """FILE#POINTER of the scalar at that byte, or FILE alone for a file that is no JSON."""
    if not name.endswith("json"):
        return name
    line = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at) if b"\n" in data[at:] else len(data)
    text = data[line:end].decode("latin-1")
    for start, stop, pointer in members(text):
        if start <= at - line <= stop:
            return name + "#" + pointer
    return name + "#"


def numbers(line):
    words = line.split()
    counts = {"tried": int(words[1]), "accepted": int(words[3])}
    counts.update((k, int(v)) for k, v in (w.split("=") for w in words[5:]))
    return words[0], counts


def everything(n):
    """Substitutions, insertions, deletions and cuts of a file of n bytes."""
    return 255 * n + 256 * (n + 1) + n + n


def allowed(path):
    with open(path, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line[0] != "#"][1:]
    return [(re.compile(row[0]), row[0], row[1]) for row in rows]


def main():
    package, table, whole = sys.argv[1:4]
    with open(package, "rb") as f:
        files = {n[len("bag/data/"):]: b for n, b in forge.read_ustar(f.read()).items()}
    rounds, where, bad = {}, {}, []
    for line in sys.stdin:
        if line.startswith("accepted "):
            _, name, kind, at, byte = line.split()
            if name not in files:
                bad.append("accepted: " + line.strip())
                continue
            spot = place(name, files[name], int(at))
            where.setdefault(spot, []).append("%s at %s, byte %s" % (kind, at, byte))
        else:
            name, counts = numbers(line)
            total = rounds.setdefault(name, {})
            for key, value in counts.items():
                total[key] = total.get(key, 0) + value
    for name, total in sorted(rounds.items(), key=lambda item: list(SAYS).index(item[0])):
        print("%s: %d tried, %d accepted" % (SAYS[name], total["tried"], total["accepted"]))
        print("    " + " ".join("%s=%d" % i for i in sorted(total.items()) if i[0] not in ("tried", "accepted")))
    with open(package, "rb") as f:
        size = len(f.read())
    if whole == "1" and rounds["package"]["tried"] != everything(size):
        bad.append("package: %d edits are not all %d" % (rounds["package"]["tried"], everything(size)))
    for name in ("package", "attestations", "insider", "deep", "control"):
        if rounds.get(name, {}).get("tried", 0) == 0:
            bad.append(name + ": nothing was tried")
    for name in ("package", "attestations", "insider"):
        if rounds.get(name, {}).get("accepted", 1) != 0:
            bad.append(name + ": an edit was accepted")
    if rounds.get("control", {}).get("accepted", 0) == 0:
        bad.append("control: a verifier that believes every signature was not noticed")
    rules = allowed(table)
    if where:
        print("accepted where the format says nothing about a value:")
    for rule, text, why in rules:
        spots = [s for s in where if rule.fullmatch(s)]
        if spots:
            print("    %6d  %s: %s" % (sum(len(where.pop(s)) for s in spots), text, why))
    bad += ["accepted in %s, which tests/tamper/accepted.tsv does not allow: %s" % (s, ", ".join(where[s][:3])) for s in sorted(where)]
    for line in bad[:20]:
        print("WRONG: " + line)
    if len(bad) > 20:
        print("WRONG: and %d more" % (len(bad) - 20))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
