"""tests/mutants/record.py - stands in for dryproof-verify while the tests run, and keeps what they give it.

Usage: record.py REAL CORPUS ARGUMENT...  A case is a folder: the files and repositories that
the arguments name, as they were, and case.json: arguments, exit status and what the test
wants to be found (DRYPROOF_EXPECTED: CODE first, +CODE among, - none; absent when it asks no
more than status and verdict)."""
import hashlib
import json
import os
import stat
import subprocess
import sys


def digest(path):
    """Of a file, a link or a whole tree, FIFOs and all."""
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return "link " + os.readlink(path) + (digest(os.path.realpath(path)) if os.path.isfile(path) else "")
    if stat.S_ISDIR(mode):
        return "\n".join("%s %s" % (n, digest(os.path.join(path, n))) for n in sorted(os.listdir(path)))
    if not stat.S_ISREG(mode):
        return "special %o" % mode
    h = hashlib.sha256(b"%d" % os.path.getsize(path))
    with open(path, "rb") as f:
        h.update(f.read(1 << 26))  # some are sparse, and larger than any limit
    return h.hexdigest()


def keep(path, into, corpus, name):
    if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) < 1 << 26:
        blob = os.path.join(corpus, "blobs", digest(path))
        if not os.path.exists(blob):
            os.makedirs(os.path.dirname(blob), exist_ok=True)
            subprocess.run(["cp", path, blob], check=True)
        os.link(blob, os.path.join(into, name))
        return
    if os.path.islink(path) and os.path.isfile(path):
        keep(os.path.realpath(path), into, corpus, name + ".real")
        os.symlink(name + ".real", os.path.join(into, name))
        return
    subprocess.run(["cp", "-a", "--sparse=always", path, os.path.join(into, name)], check=True)


def main():
    real, corpus, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    script = os.environ.get("SCRIPT", "none").split(".sh")[0]
    expected = os.environ.get("DRYPROOF_EXPECTED")
    full = os.path.realpath("/proc/self/fd/1") == "/dev/full"
    words, named = [], {}
    for i, arg in enumerate(args):
        if os.path.lexists(arg) and args[:1] != ["explain"]:
            named["f%d" % i] = arg
            words.append("f%d" % i)
        else:
            words.append(arg)
    mark = json.dumps([words, {n: digest(p) for n, p in named.items()}, expected, full])
    folder = os.path.join(corpus, "%s-%s" % (script, hashlib.sha256(mark.encode()).hexdigest()[:16]))
    new = not os.path.exists(folder) and all("\t" not in w and "\n" not in w for w in words) and len(words) < 250
    if new:
        os.makedirs(folder)
        for name, path in named.items():
            keep(path, folder, corpus, name)
    done = subprocess.run([real] + args, stdout=None if full else subprocess.PIPE)
    if not full:
        sys.stdout.buffer.write(done.stdout)
    if new:
        with open(folder + "/case.json", "w") as f:
            json.dump({"args": words, "status": done.returncode, "expected": expected, "full": full}, f)
        with open(folder + "/out", "wb") as f:
            f.write(b"" if full else done.stdout)
    sys.stdout.flush()
    sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


main()
