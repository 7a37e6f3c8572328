"""tests/tools/large.py - a good package made large, and signed again by the key that it has.

Usage: large.py FOLDER KEY KIND MIB OUT   (FOLDER has package.tar, attestations.intoto.jsonl)
KIND is "file", one large file beside the plan; "files", many of 60 KiB; or "catalog", lines of
a kind that no other file has to know, in the catalogs of both edges."""
import base64
import json
import os
import sys

import forge


def read(path):
    with open(path, "rb") as f:
        return f.read()


def digests(files):
    """What the statement says of the facts and of the carrier's files."""
    carrier = "".join("%s  %s\n" % (forge.sha256(files[n]), n[13:]) for n in sorted(files, key=str.encode) if n.startswith("data/carrier/"))
    return [forge.sha256(files["data/facts.json"]), forge.sha256(carrier.encode())]


def grow_catalogs(files, size):
    facts = json.loads(files["data/facts.json"])
    lines = [b'["zzz","public.object_%07d","%s"]\n' % (i, b"definition " * 20) for i in range(size // 2 // 256)]
    for edge in ("before", "after"):
        name = "data/%s/catalog.ndjson" % edge
        files[name] = b"".join(sorted(files[name].splitlines(True) + lines))
        facts["catalog"][edge] = forge.sha256(files[name])
    files["data/facts.json"] = forge.document(facts)


def main():
    folder, key, kind, size, out = sys.argv[1:4] + [int(sys.argv[4]) << 20] + sys.argv[5:]
    files = {n[4:]: b for n, b in forge.read_ustar(read(folder + "/package.tar")).items()}
    old = digests(files)
    if kind == "file":
        files["data/carrier/large"] = os.urandom(1 << 20) * (size >> 20)
    elif kind == "files":
        files.update({"data/carrier/large/%05d" % i: os.urandom(60 << 10) for i in range(size // (60 << 10))})
    else:
        grow_catalogs(files, size)
    for name in ("data/started.json", "data/run.json", "data/facts.json"):
        files[name] = files[name].replace(old[1].encode(), digests(files)[1].encode())
    forge.refresh_tags(files)
    tar = b"".join(forge.member("bag/" + n, files[n]) for n in sorted(files, key=str.encode)) + bytes(1024)
    signer, lines = forge.Signer(key, out), []
    for line in read(folder + "/attestations.intoto.jsonl").splitlines()[:2]:
        body = base64.b64decode(json.loads(line)["payload"])
        for was, now in zip([forge.sha256(read(folder + "/package.tar"))] + old, [forge.sha256(tar)] + digests(files)):
            body = body.replace(was.encode(), now.encode())
        lines.append(forge.document(signer.envelope(body)))
    for name, data in (("package.tar", tar), ("attestations.intoto.jsonl", b"".join(lines))):
        with open(out + "/" + name, "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
