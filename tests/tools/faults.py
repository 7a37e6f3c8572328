"""tests/tools/faults.py - every call into the system fails once, and nothing is concluded.

Usage: faults.py SHIM KIND[/STEP] FROM COMMAND...
KIND is one of faults.c.  COMMAND runs undisturbed; then again and again with the FROM-th call
of that kind failing (from the end when FROM is negative), the next one or STEP on, .. to the
last; $FAULT_SEED chooses which of the first STEP is the first.  Each time it must say exactly what it said
undisturbed, or end with status 5, E_NOMEM or E_IO, and no verdict.  Any other status, a signal,
a leak or a sanitizer's complaint is an error.  Undisturbed it ends with status 0, or $FAULT_STATUS.  Prints how many ended in which way."""
import collections
import os
import subprocess
import sys
import tempfile

OPTIONS = {"ASAN_OPTIONS": "exitcode=99:verify_asan_link_order=0:detect_leaks=1:allocator_may_return_null=1",
           "UBSAN_OPTIONS": "exitcode=99"}
YES = (b"PASS", b"DRY", b"SAME", b'{"authority_effect"')


def run(shim, fault, command, tell=None):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        env = dict(os.environ, LD_PRELOAD=shim, FAULT=fault, **OPTIONS)
        if tell is not None:
            env["FAULT_TELL"] = str(tell)
        status = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env,
                                  pass_fds=() if tell is None else (tell,)).wait(timeout=120)
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def count(shim, kind, command):
    with tempfile.TemporaryFile() as f:
        answer = run(shim, kind + ":0", command, f.fileno())
        f.seek(0)
        return answer, int(f.read() or b"0")


def judge(answer, undisturbed):
    """A word for how it ended, and whether that is allowed."""
    status, out, err = answer
    if answer == undisturbed:
        return "unharmed", True
    if b"CHECK failed" in err and b"pthread_getattr_np" in err:  # AddressSanitizer's own, as a thread begins
        return "the sanitizer had no memory", True
    text = out + err
    named = "E_NOMEM" if b"E_NOMEM" in text else "E_IO" if b"E_IO" in text else "nothing"
    good = status == 5 and named != "nothing" and not out.startswith(YES[:3]) and b'"exit_status":0' not in out
    return "status %d, %s" % (status, named), good


def main():
    shim, kind, start, command = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    kind, step = (kind + "/1").split("/")[:2]
    undisturbed, calls = count(shim, kind, command)
    again, _ = count(shim, kind, command)
    ways, bad = collections.Counter(), 0
    if undisturbed[0] != int(os.environ.get("FAULT_STATUS", "0")) or undisturbed != again or undisturbed[2]:
        sys.exit("undisturbed it does not pass: status %d, %r" % (undisturbed[0], undisturbed[2][-500:]))
    first = max(start if start > 0 else calls + start, 1)
    tried = range(first + int(os.environ.get("FAULT_SEED", "0")) % int(step), calls + 1, int(step))
    for n in tried:
        answer = run(shim, "%s:%d" % (kind, n), command)
        way, good = judge(answer, undisturbed)
        ways[way] += 1
        if not good:
            bad += 1
            if bad <= int(os.environ.get("FAULT_SHOW", "3")):
                print("%s:%d: %s: %r" % (kind, n, way, (answer[1] + answer[2])[:400]))
    print("%s: %d of %d calls failed: %s" % (kind, len(tried), calls, ", ".join("%d %s" % (c, w) for w, c in sorted(ways.items()))))
    sys.exit(1 if bad or not tried else 0)


if __name__ == "__main__":
    main()
