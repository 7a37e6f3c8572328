"""tests/tools/printed.py PACKET - every command that is printed to people, "WHERE<tab>COMMAND" a line:
blocks of README.md, EXAMPLES of man/, examples of --help (BIN), fenced blocks and commands in the pages of
PACKET.  A fenced block is one command.  Lines of a block that are output are told apart by their first word."""
import glob
import os
import re
import sys

from pages import PROGRAMS, Page, helped, read, verbs

FIRST = r"(?:make|git|tar|jq|openssl|sh|sha256sum|(?:build/bin/)?dryproof(?:-collect|-pack|-verify)?) "
OUTPUT = r"(?:package|evidence|to read|PASS:|verdict) "  # of `make demo`


def readme():
    block, inside = 0, False
    for line in read("README.md").split("\n"):
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


for source in (readme(), manuals(), helps(), packet(sys.argv[1])):
    for where, command in source:
        print(f"{where}\t{command}")
