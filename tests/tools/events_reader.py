"""tests/tools/events_reader.py HOW PROGRAM ARGS... - run it with a pipe of 4096 bytes as descriptor 9, whose
reader reads one line and goes away (gone), never reads (stuck), or reads a byte at a time (slow): it ends
with 0 and one JSON answer on standard output; what was written are whole lines."""
import fcntl
import json
import os
import subprocess
import sys

F_SETPIPE_SZ = 1031
how, *command = sys.argv[1:]
reader, writer = os.pipe()
fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
child = subprocess.Popen(["sh", "-c", 'exec "$@" 9>&%d' % writer, "-", *command], pass_fds=[writer], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
os.close(writer)
got = b""
if how != "stuck":
    while (byte := os.read(reader, 1)) and (how != "gone" or byte != b"\n"):
        got += byte
if how == "gone":
    os.close(reader)
out, err = child.communicate()
if how == "stuck":
    while part := os.read(reader, 65536):
        got += part
    assert b"note: the events end here, the command does not: nobody takes them" in err, err
else:
    assert b"events" not in err, err
assert child.returncode == 0 and json.loads(out)["schema"].startswith("dryproof."), (child.returncode, out, err)
lines = [json.loads(line) for line in got.split(b"\n") if line]
assert (lines[-1]["event"] == "end") == (how == "slow"), lines[-1]
