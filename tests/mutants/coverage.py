"""tests/mutants/coverage.py - line and branch coverage of the verifier, by unit programs and corpus.

Usage: coverage.py PROGRAMS...: built with --coverage; dryproof-verify replays the corpus that
tests/mutants/run.sh records, and stands in for the verifier of the scripts in ASKED; the
others are run once.  FULL=FILE: the table as Markdown; SHOW=1: lines and branches that
nothing reaches, too."""
import glob
import json
import os
import subprocess
import sys

CORPUS = "build/mutants/corpus"
COV = "build/cov"
ASKED = ["19-verifier-faults"]  # where the system fails it


def replay(program):
    n = 0
    for path in sorted(glob.glob(CORPUS + "/*/case.json")):
        with open(path) as f:
            case = json.load(f)
        with open("/dev/full" if case["full"] else os.devnull, "wb") as out:
            done = subprocess.run([os.path.abspath(program)] + case["args"], cwd=os.path.dirname(path), stdin=subprocess.DEVNULL,
                                  stdout=out, stderr=subprocess.DEVNULL)
        if done.returncode != case["status"]:
            print("%s: status %d, recorded %d" % (os.path.dirname(path), done.returncode, case["status"]))
        n += 1
    return n


def failed_by_the_system(program):
    """What the scripts look for is judged elsewhere: writing counts is not confined, and not small."""
    folder = os.path.abspath("build/mutants/bin-cov")
    os.makedirs(folder, exist_ok=True)
    for name, real in [(n, "build/bin/" + n) for n in os.listdir("build/bin")] + [("dryproof-verify", program)]:
        if os.path.lexists(os.path.join(folder, name)):
            os.unlink(os.path.join(folder, name))
        os.symlink(os.path.abspath(real), os.path.join(folder, name))
    done = subprocess.run(["sh", "tests/run.sh"] + ASKED, env=dict(os.environ, DRYPROOF_TEST_BIN=folder, JOBS="1"),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if os.environ.get("SHOW"):
        print(done.stdout)
    print("%s: %s" % (" ".join(ASKED), done.stdout.splitlines()[-1]), flush=True)


def measured():
    """{file: ([(line, count, [branch counts])])}, lines that several compilations share merged."""
    gcda = [os.path.abspath(p) for p in sorted(glob.glob(COV + "/verifier/*.gcda"))]
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities"] + gcda, stdout=subprocess.PIPE, check=True)
    found = {}
    for line in done.stdout.splitlines():
        for f in json.loads(line)["files"]:
            if f["file"].startswith("verifier/") and f["file"].endswith(".c"):
                lines = found.setdefault(f["file"], {})
                for n in f["lines"]:
                    count, branches = lines.get(n["line_number"], (0, []))
                    lines[n["line_number"]] = (count + n["count"], branches + [b["count"] for b in n["branches"]])
    return found


def main():
    for old in glob.glob(COV + "/*/*.gcda") + glob.glob(COV + "/*/*/*.gcda"):
        os.unlink(old)
    for program in sys.argv[1:]:
        if program.endswith("dryproof-verify"):
            print("%d cases replayed" % replay(program), flush=True)
            failed_by_the_system(program)
        elif subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            print("%s failed" % program)
    rows, sums = [], [0, 0, 0, 0]
    for path, lines in sorted(measured().items()):
        branches = [b for _, bs in lines.values() for b in bs]
        part = [len(lines), sum(c > 0 for c, _ in lines.values()), len(branches), sum(b > 0 for b in branches)]
        sums = [a + b for a, b in zip(sums, part)]
        rows.append([path] + part)
        if os.environ.get("SHOW"):
            for n, (count, bs) in sorted(lines.items()):
                if count == 0:
                    print("%s:%d: never reached" % (path, n))
                elif 0 in bs:
                    print("%s:%d: %d of %d branches" % (path, n, sum(b > 0 for b in bs), len(bs)))
    rows.append(["all"] + sums)
    table = ["| file | lines | reached | % | branches | taken | % |", "|---|---|---|---|---|---|---|"]
    for path, a, b, c, d in rows:
        table.append("| %s | %d | %d | %.1f | %d | %d | %.1f |" % (path, a, b, 100 * b / max(a, 1), c, d, 100 * d / max(c, 1)))
    print("\n".join(table))
    if os.environ.get("FULL"):
        with open(os.environ["FULL"], "w", encoding="utf-8") as f:
            f.write("\n".join(table) + "\n")


main()
