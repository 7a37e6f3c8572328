"""tests/fuzz/readers.py - archives that the verifier accepts are read by GNU tar, bsdtar and
Python's tarfile as it reads them: the same members in the same order with the same bytes.

Usage: readers.py FOLDER, with NAME.tar and, as "sha256  name" lines, NAME.members
Prints how many archives it compared; the first that differs is an error."""
import glob
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile


def by_program(program, path):
    """Names as listed; bytes as extracted into an empty folder."""
    names = subprocess.run([program, "-tf", path], check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([program, "-xf", path, "-C", work], check=True)
        out = []
        for name in names:
            with open(os.path.join(work, name), "rb") as f:
                out.append((hashlib.sha256(f.read()).hexdigest(), name))
        there = sum(len(files) for _, _, files in os.walk(work))
    assert there == len(names), "%s extracted %d files of %d" % (program, there, len(names))
    return out


def by_tarfile(path):
    with tarfile.open(path, "r:") as tar:
        return [(hashlib.sha256(tar.extractfile(m).read()).hexdigest(), m.name) for m in tar.getmembers() if m.isreg()]


def main():
    paths = sorted(glob.glob(sys.argv[1] + "/*.tar"))
    for path in paths:
        with open(path[:-4] + ".members", encoding="ascii") as f:
            ours = [tuple(line.rstrip("\n").split("  ", 1)) for line in f]
        for reader, theirs in (("tar", by_program("tar", path)), ("bsdtar", by_program("bsdtar", path)), ("tarfile", by_tarfile(path))):
            assert theirs == ours, "%s: %s reads %s, the verifier %s" % (path, reader, theirs, ours)
    print("%d archives are the same to three readers" % len(paths))
    assert paths


if __name__ == "__main__":
    main()
