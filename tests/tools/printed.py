"""tests/tools/printed.py PACKET TABLE - every command that is printed to people, a line each: where, its row
of TABLE (status, what comes before it), itself.  They are in blocks of README.md, EXAMPLES of man/, examples of
--help (BIN), fenced blocks and commands in the pages of PACKET; a fenced block is one command, an example of
--help or in the packet that stood before is left out.  A row without a command is told on standard error."""
import glob
import os
import re
import sys

from pages import PROGRAMS, Page, helped, read, verbs

FIRST = r"(?:make|git|tar|jq|openssl|sh|sha256sum|(?:build/bin/)?dryproof(?:-collect|-pack|-verify)?) "
OUTPUT = r"(?:package|evidence|to read|keys|PASS:|verdict) |  (?:PASS|FAIL|HOLD)  "  # of `make demo`, of a fleet


def readme():
    block, inside = 0, False
    # a fenced block is the packet's: tests/e2e/74-drill.sh runs it, and compares the two
    for line in re.sub(r"^```sh\n.*?^```$", "", read("README.md"), flags=re.M | re.S).split("\n"):
        if not line.startswith("    "):
            inside = False
            continue
        block += not inside
        inside = True
        line = line[4:].removeprefix("check it    ")
        if line.startswith("$ "):
            yield f"README.md {block}", line[2:]
        elif re.match(FIRST, line):
            yield f"README.md {block}", line
        elif not re.match(OUTPUT + r"|DRY$|NOT_DRY: ", line):
            raise SystemExit(f"README.md: neither a command nor known output: {line}")


def manuals():
    for path in sorted(glob.glob("man/*")):
        inside = False
        for line in Page(path).sections["EXAMPLES"]:
            if line.startswith(".Bd") or line.startswith(".Ed"):
                inside = line.startswith(".Bd")
            elif inside:
                yield path, line


def helps():
    for program in PROGRAMS:
        found = [(program,)] + [(program, *verb.split()) for verb in (verbs(program) if program != "dryproof-verify" else ())]
        for words in found:
            for command in re.findall(r"\nexample:\n((?:  .*\n)+)", helped(*words)):
                for line in command.rstrip("\n").split("\n"):
                    yield "--help", line.strip()


def packet(folder):
    for path in sorted(glob.glob(f"{folder}/*.md")):
        text, name = read(path), os.path.basename(path)
        for block in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S):
            yield f"packet {name}", "; ".join(block.strip("\n").split("\n"))
        for span in re.findall(rf"`({FIRST}[^`\n]+)`", re.sub(r"^```sh\n.*?^```$", "", text, flags=re.M | re.S)):
            yield f"packet {name}", span


def main():
    table = [line.split("\t") for line in read(sys.argv[2]).rstrip("\n").split("\n")]
    met, seen = [], set()
    for source in (readme(), manuals(), helps(), packet(sys.argv[1])):
        for where, command in source:
            if command in seen and re.match("--help|packet", where):
                continue
            seen.add(command)
            rows = [row for row in table if (command + "`").startswith(row[0])]
            row = max(rows, key=lambda row: len(row[0])) if rows else ["", "0", "nothing"]
            met.append(row)
            print(where, row[1], row[2], command, sep="\t")
    missed = [row[0] for row in table if row not in met]
    if missed:
        sys.exit("printed nowhere: " + "; ".join(missed))


main()
