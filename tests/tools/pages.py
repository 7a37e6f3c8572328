"""tests/tools/pages.py RULE - what is told to people agrees with the programs and with itself.
Prints what does not, a line each; status 1 when there is any.  BIN: where the programs are.
  pages       man/: verbs, options and their texts are those of --help, and the other way round;
              exit statuses are README.md's, the environment is the sources'; mandoc finds no fault;
              every option that README.md and AGENTS.md name in a command is one
  threats     every code, file, verb and option that THREATS.md names is there, and no cell is empty"""
import glob
import os
import re
import subprocess
import sys

BIN = os.environ.get("BIN") or "build/bin"
PROGRAMS = {"dryproof": "driver", "dryproof-collect": "collector", "dryproof-pack": "packager", "dryproof-verify": "verifier"}
WORDS = r"[a-z][a-z-]*(?: [a-z][a-z-]*)*(?![^ ])"  # of a verb: what follows is an argument


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def helped(program, *words):
    """The help; "" where there is none.  HELPS, a folder, remembers them between two runs."""
    kept = os.path.join(os.environ.get("HELPS") or "/nowhere", " ".join((program,) + words))
    if os.path.exists(kept):
        return read(kept)
    run = subprocess.run([f"{BIN}/{program}", *words, "--help"], capture_output=True, text=True)
    text = run.stdout if run.returncode == 0 else ""
    if os.environ.get("HELPS"):
        with open(kept, "w", encoding="utf-8") as file:
            file.write(text)
    return text


def joined(text):
    """Rows of a help, each with what was broken off it; a verb's arguments stand behind a newline."""
    rows = []
    for line in text.split("\n"):
        if line.startswith("    ") and rows and rows[-1]:
            rows[-1] += ("\n" if re.match("  [a-z]", rows[-1]) else " ") + line.strip()
        else:
            rows.append(line)
    return rows


def verbs(program):
    """{verb: (what it does, its arguments)}"""
    found = {}
    for row in joined(helped(program)):
        told, at, usage = row.partition(f"\n{program} ")
        words = re.match(WORDS, usage)
        if at and words:
            found[words[0]] = (told.replace("\n", " ").strip()[len(words[0]):].strip(), usage[words.end():].strip())
    return found


def blocks(text):
    """[(title, what it does, ((option, its value's name, text)..))] of the help of a verb"""
    found = []
    for row in joined(text):
        title = re.match(r"(dryproof\S* .*?) - (.*)", row)
        option = re.match(r"  (--[a-z-]+)((?: [^ a-z]\S*| ids)*) +(\S.*)", row)
        if title:
            found.append((title[1], title[2], []))
        elif option and found:
            found[-1][2].append((option[1], option[2].strip(), option[3]))
    return [(title, what, tuple(rows)) for title, what, rows in found]


class Page:
    def __init__(self, path):
        self.sections, lines = {}, None
        for line in read(path).split("\n"):
            if line.startswith(".Sh "):
                lines = self.sections.setdefault(line[4:], [])
            elif lines is not None:
                lines.append(line.replace("\\&", "").replace("\\-", "-").replace("\\e", "\\"))

    def items(self, section):
        """[(tag, its first text, all)], a subsection being a tag too"""
        found = []
        for line in self.sections.get(section, []):
            if re.match(r"\.(It|Ss) ", line):
                found.append([line[1:], [], [], False])
            elif found:
                found[-1][3] = found[-1][3] or line.startswith(".")
                found[-1][2].append(line)
                if not found[-1][3]:
                    found[-1][1].append(line)
        return [(tag, " ".join(text), "\n".join(whole)) for tag, text, whole, _ in found]

    def tags(self, section, kind):
        return [tag[len(kind) + 4:] for tag, _, _ in self.items(section) if tag.startswith(f"It {kind} ")]


def differ(name, told, written):
    for one in told:
        if one not in written:
            yield f"man/{name}: not there as --help tells it: {one}"
    for one in written:
        if one not in told:
            yield f"man/{name}: --help does not tell it so: {one}"


def optioned(page):
    found = []
    for tag, text, _ in page.items("OPTIONS"):
        option = re.match(r"It Fl -([a-z-]+)(?: Ar (.*))?$", tag)
        if option and found:
            found[-1][2].append(("--" + option[1], option[2] or "", text))
        else:
            found.append((tag[3:], text, []))
    return [(title, what, tuple(rows)) for title, what, rows in found]


def flat(found):
    return [(title, what) for title, what, _ in found] + [(title, *row) for title, _, rows in found for row in rows]


def program_page(program, page):
    name = f"{program}.1"
    text = helped(program)
    if program == "dryproof-verify":
        told = blocks(f"{program} options - \n" + text)
        named = set(re.findall(r"--[a-z-]+", text))
        for option in named - {row[0] for row in told[0][2]}:
            yield f"{program} --help: {option} has no line of its own"
        page.sections["OPTIONS"] = [".Ss dryproof-verify options"] + page.sections.get("OPTIONS", [])
        yield from differ(name, flat(told), flat(optioned(page)))
    else:
        listed = {tag[6:]: (text, whole) for tag, text, whole in page.items("VERBS")}
        own = []
        for verb, (what, usage) in verbs(program).items():
            written, whole = listed.pop(verb, ("", ""))
            if written != what:
                yield f"man/{name}: verb {verb} is not told as --help tells it: {what}"
            found = blocks(helped(program, *verb.split()))
            if not helped(program, *verb.split()):
                yield f"{program} {verb} --help says nothing"
            if found and found[0][0].startswith(program + " "):
                own += found
                if ".Xr" in whole:
                    yield f"man/{name}: verb {verb} is its own, and refers elsewhere"
            else:
                other = found[0][0].split(" ")[0] if found else "dryproof-verify" if verb in ("verify", "explain", "log verify") else "dryproof-pack"
                if f"Xr {other} 1" not in whole:
                    yield f"man/{name}: verb {verb} does not refer to {other}"
        for verb in listed:
            yield f"man/{name}: no verb of --help: {verb}"
        yield from differ(name, flat(own), flat(optioned(page)))
    if (".Nd " + re.match(rf"{program} - (.*)", joined(text)[0])[1]) not in page.sections.get("NAME", []):
        yield f"man/{name}: its first line is not that of --help"
    statuses = re.findall(r"^\| (\d{1,2}) \| (.*) \|$", read("README.md"), re.M)
    if [(tag[3:], text) for tag, text, _ in page.items("EXIT STATUS")] != statuses:
        yield f"man/{name}: its exit statuses are not README.md's"
    source = "".join(read(file) for file in glob.glob(f"{PROGRAMS[program]}/*.c"))
    written = page.tags("ENVIRONMENT", "Ev")
    for variable in sorted(set(re.findall(r'(?:getenv|from_environment)\("(\w+)"\)', source)) - set(written)):
        yield f"man/{name}: ENVIRONMENT lacks {variable}"
    for variable in written:
        if f'"{variable}"' not in source:
            yield f"man/{name}: {variable} is not read"
    for section in ("ENVIRONMENT", "FILES", "EXAMPLES"):
        if not page.sections.get(section):
            yield f"man/{name}: no {section}"


def evidence_page(page):
    chapters = [f"Section {n}, {title}" for n, title in re.findall(r"^## (\d+)\. (.*)$", read("schemas/FORMAT.md"), re.M)]
    if [tag[3:] for tag, _, _ in page.items("DESCRIPTION")] != chapters:
        yield "man/dryproof-evidence.5: its sections are not FORMAT.md's"
    files = sorted(os.path.basename(file) for file in glob.glob("schemas/*") if not file.endswith("FORMAT.md"))
    if sorted(page.tags("FILES", "Pa")) != files:
        yield "man/dryproof-evidence.5: its files are not those of schemas/"


def mandoc():
    ours = sorted(glob.glob("man/*.[15]"))
    run = subprocess.run(["mandoc", "-T", "lint", *ours], capture_output=True, text=True)
    # it looks for pages where this system has them; ours are to be beside each other
    yield from (line for line in run.stdout.split("\n")[:-1] if "referenced manual not found" not in line)
    if run.returncode > 2:
        yield "mandoc: " + run.stderr.strip()
    for page in ours:
        for name, section in re.findall(r"Xr (\S+) (\d)", read(page)):
            if f"man/{name}.{section}" not in ours:
                yield f"{page}: refers to {name}({section}), which is none of ours"


def named_options(*files):
    """of commands in these"""
    for file in files:
        for span in re.findall(r"`([^`\n]+)`", read(file)) + re.findall(r"^    (.+?)(?: +# .*)?$", read(file), re.M):
            for program, rest in re.findall(r"(?:^|&& )(?:\S*/)?(dryproof(?:-collect|-pack|-verify)?) (.*?)(?= -- | && |$)", span):
                words = re.match(WORDS, rest)
                words = words[0].split() if words else []
                while words and not helped(program, *words):
                    words.pop()  # an operand
                for option in re.findall(r"(?<![\w-])--[a-z-]+", rest):
                    if option not in helped(program, *words) and option not in ("--help", "--version"):
                        yield f"{file}: {' '.join([program, *words])} has no option {option}: {span}"


def missing_programs():
    return [f"{BIN}/{program} --help says nothing; run make" for program in PROGRAMS if not helped(program)]


def threats():
    text = read("THREATS.md")
    codes = {line.split("\t")[0] for line in read("schemas/findings.tsv").split("\n")}
    for code in sorted(set(re.findall(r"\b(?:E|HOLD)_[A-Z0-9_]+", text)) - codes):
        yield f"THREATS.md: {code} is not published"
    known = read("schemas/FORMAT.md")
    for file in re.findall(r"`([\w./-]+\.(?:md|tsv|sh|json|jsonl))`|\]\(([^)]+)\)", text):
        file = file[0] or file[1]
        if not os.path.exists(file) and f"`{file}`" not in known:
            yield f"THREATS.md: there is no {file}"
    for command in re.findall(r"`(dryproof[a-z-]* ?[^`]*)`", text):
        program, *words = re.match(WORDS, command)[0].split()
        if program not in PROGRAMS or (words and not helped(program, *words)):
            yield f"THREATS.md: no such command: {command}"
    yield from named_options("THREATS.md")
    for option in re.findall(r"`(--[a-z-]+)`", text):
        if not any(option in helped(program, *words) for program, words in (("dryproof-verify", ()), ("dryproof", ("run",)))):
            yield f"THREATS.md: no such option: {option}"
    rows = [line.split(" | ") for line in text.split("\n") if line.startswith("| ")]
    for row in rows:
        if len(row) != 4 or not all(cell.strip("| ") for cell in row):
            yield f"THREATS.md: not four cells: {row[0]}"
        if row is not rows[0] and not re.search("E_|HOLD_|tests/", row[2] if len(row) > 2 else ""):
            yield f"THREATS.md: nothing that notices is named: {row[0]}"


def pages():
    names = sorted(os.path.basename(file) for file in glob.glob("man/*"))
    if names != sorted([f"{program}.1" for program in PROGRAMS] + ["dryproof-evidence.5"]):
        yield f"man/: other pages than there are programs: {names}"
    for program in PROGRAMS:
        yield from program_page(program, Page(f"man/{program}.1"))
    yield from evidence_page(Page("man/dryproof-evidence.5"))
    yield from mandoc()
    yield from named_options("README.md", "AGENTS.md")


def main():
    found = missing_programs() or list({"pages": pages, "threats": threats}[sys.argv[1]]())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
