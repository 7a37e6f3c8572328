"""tests/second/compare.py - every line of tests/mutations.tsv, by dryproof-verify, which must give
what the line says, and by the second verifier: the same exit status and the same first finding.

Usage: compare.py GOLDEN OTHER TABLE BIN [NAME...], as tests/tools/mutate.py.  A line whose
finding has a "+" fixes no first one (evidence of one lie stands in several places): both
must name it somewhere.  Lines that lessen the memory are not compared."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "..", "tools"))
import mutate  # noqa: E402
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


class Tally:
    agreed = entirely = left_out = 0

    def ask(self, case, tar, attestations, finding, one):
        if case.prefix:
            self.left_out += 1
            return None
        one = one[0], [f.split(" ")[0] for f in one[1] or []]
        two = second(case, tar, attestations)
        if not alike(finding.split(" ")[0], one, two):
            return "dryproof-verify %d %s\n    second          %d %s" % (one[0], " ".join(one[1][:6]), two[0], " ".join(two[1][:6]))
        self.agreed += 1
        self.entirely += one == two
        return None


def main():
    tally = Tally()
    mutate.main(tally.ask)
    print("%s - two verifiers agree on %d mutations (on %d of them in every finding), %d left out for memory"
          % ("ok" if tally.agreed else "not ok", tally.agreed, tally.entirely, tally.left_out))


if __name__ == "__main__":
    main()
