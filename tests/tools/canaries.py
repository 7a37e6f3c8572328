"""tests/tools/canaries.py - does a secret stand somewhere, in any form?

Usage: canaries.py LIST PATH...
LIST holds one canary a line.  Every file below the paths is searched for each as it is, as
a URL writes it, in hex and in base64 at any offset; zlib streams (git's objects) and base64
runs (payloads of envelopes) are searched unpacked too.  Prints what it finds; status 1 when
it found something."""
import base64
import os
import re
import sys
import urllib.parse
import zlib


def forms(canary):
    raw = canary.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield urllib.parse.quote(canary, safe="").encode()
    yield re.sub("%..", lambda m: m.group().lower(), urllib.parse.quote(canary, safe="")).encode()
    for offset in range(3):  # what is left of it whatever stands around
        text = base64.b64encode(b"\0" * offset + raw)
        first, last = (offset * 8 + 5) // 6, (offset + len(raw)) * 8 // 6
        yield text[first:last]


def views(data):
    yield data
    if data[:1] == b"\x78":
        try:
            data = zlib.decompress(data)
            yield data
        except zlib.error:
            pass
    for run in re.findall(rb"[A-Za-z0-9+/]{64,}={0,2}", data):
        try:
            yield base64.b64decode(run + b"=" * (-len(run) % 4))
        except ValueError:
            pass


def files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
        for base, _, names in os.walk(path):
            for name in names:
                yield os.path.join(base, name)


def main():
    with open(sys.argv[1]) as f:
        wanted = [(c, form) for c in f.read().split("\n") if c for form in forms(c)]
    found = 0
    for path in files(sys.argv[2:]):
        with open(path, "rb") as f:
            for data in views(f.read()):
                for canary, form in wanted:
                    if form in data or form in path.encode():
                        found += 1
                        print("%s: %s as %s" % (path, canary, form.decode()))
    return 1 if found else 0


sys.exit(main())
