"""tests/second/asked.py - the second verifier as a process that answers for both.sh.

Usage: asked.py FOLDER   (each line of standard input is verify.py's arguments; what it prints goes
to FOLDER/two, its exit status to the pipe FOLDER/answer)"""
import contextlib
import sys

import verify


def status_of(folder, words):
    sys.argv = ["verify.py"] + words
    with open(folder + "/two", "w") as f, contextlib.redirect_stdout(f), contextlib.redirect_stderr(sys.__stdout__):
        try:
            verify.main()
        except SystemExit as e:
            return e.code
        except Exception as e:  # an answer that differs, and says why
            return repr(e)
    return None


def main():
    folder = sys.argv[1]
    for line in sys.stdin:
        status = status_of(folder, line.split())
        with open(folder + "/answer", "w") as f:
            print(status, file=f)


if __name__ == "__main__":
    main()
