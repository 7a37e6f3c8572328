"""tests/second/compare.py - every line of tests/mutations.tsv, by dryproof-verify and by the
second verifier: the same exit status and the same first finding.

Usage: compare.py GOLDEN OTHER TABLE BIN [NAME...], as tests/tools/mutate.py.  A line whose
finding has a "+" fixes no first one (evidence of one lie stands in several places): both
must name it somewhere.  Lines that lessen the memory are not compared."""
import json
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "tools"))
import mutate  # noqa: E402
import mutate_ops  # noqa: E402
import verify  # noqa: E402


def second(case, tar, attestations):
    """(status, codes): in this process, or as a program when the file system has a part in it."""
    option, path = case.trust or ["--key", case.golden.work + "/signer.pub"]
    if case.place:
        done = subprocess.run([sys.executable, HERE + "/verify.py", case.golden.work + "/package.tar", "--attestations",
                               case.golden.work + "/attestations", option, path, "--json"] + case.args, stdout=subprocess.PIPE)
        return done.returncode, [f["code"] for f in json.loads(done.stdout)["findings"]]
    with open(path, "rb") as f:
        trust = f.read()
    return verify.verify(trust, tar, attestations, case.args[1] if case.args else None,
                         kind=option[2:])


def alike(finding, first, other):
    if first[0] != other[0]:
        return False
    if finding[0] == "+":
        return finding[1:] in first[1] and finding[1:] in other[1]
    return first[1][:1] == other[1][:1]


def main():
    top, other, table, bin_dir = sys.argv[1:5]
    work = os.environ["W"] + "/compare"
    os.makedirs(work, exist_ok=True)
    golden = mutate.Golden(top, other, bin_dir, work)
    with open(work + "/signer.pub", "w") as f:
        f.write(golden.signer.public)
    with open(table, encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and line[0] != "#"][1:]
    program = os.environ.get("VERIFIER", bin_dir + "/dryproof-verify")
    agreed = entirely = bad = left_out = 0
    for row in rows:
        if sys.argv[5:] and row[0] not in sys.argv[5:]:
            continue
        case = mutate.Case(golden, row[1])
        for words in mutate_ops.split(shlex.split(row[2] + " " + row[3])):
            mutate_ops.OPS[words[0]](case, *words[1:])
        if case.prefix:
            left_out += 1
            continue
        tar, attestations = case.build()
        status, found, _ = mutate.verify(case, program, tar, attestations)
        one, two = (status, [f.split(" ")[0] for f in found or []]), second(case, tar, attestations)
        if alike(row[5].split(" ")[0], one, two):
            agreed += 1
            entirely += one == two
        else:
            bad += 1
            print("not ok - both verifiers, %s: %s\n    dryproof-verify %d %s\n    second          %d %s"
                  % (row[1], row[0], one[0], " ".join(one[1][:6]), two[0], " ".join(two[1][:6])))
    print("%s - two verifiers agree on %d mutations (on %d of them in every finding), %d left out for memory"
          % ("ok" if agreed and not bad else "not ok", agreed, entirely, left_out))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
