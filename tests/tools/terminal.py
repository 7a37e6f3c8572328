"""tests/tools/terminal.py COMMAND... - run it on a pseudo-terminal: what that gets, on standard output."""
import os
import pty
import subprocess
import sys

mine, its = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=its, stdout=its, stderr=its, start_new_session=True)
os.close(its)
try:
    while got := os.read(mine, 65536):
        sys.stdout.buffer.write(got)
except OSError:  # nobody has the terminal any more
    pass
sys.exit(child.wait())
