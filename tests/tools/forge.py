"""tests/tools/forge.py - the evidence format once more, for forgers: canonical JSON, row and
table digests, bag manifests, a USTAR writer whose every field can be wrong on purpose, and
DSSE envelopes signed by libcrypto.  FORMAT.md sections 1, 4, 7, 8."""
import base64
import ctypes
import hashlib
import json
import subprocess

TYPE = "application/vnd.in-toto+json"
TAGS = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def canonical(doc):
    return json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def document(doc):
    return canonical(doc) + b"\n"


# ---- rows and tables ----
ESCAPES = {0x5C: b"\\\\", 8: b"\\b", 12: b"\\f", 10: b"\\n", 13: b"\\r", 9: b"\\t", 11: b"\\v"}


def field(value):
    if value is None:
        return b"\\N"
    raw = value.encode() if isinstance(value, str) else base64.b64decode(value["b64"])
    return b"".join(ESCAPES.get(c, bytes([c])) for c in raw)


def row_line(values):
    return b"\t".join(field(v) for v in values)


def table_digest(relation, columns, rows):
    head = document({"columns": columns, "relation": relation, "rows": len(rows)})
    return sha256(head + b"".join(sorted(sha256(row_line(r)).encode() + b"\n" for r in rows)))


def state_digest(tables, sequences):
    return sha256(document({
        "sequences": [[s["relation"], s["last_value"], s["is_called"]] for s in sequences["sequences"]],
        "tables": [[t["relation"], t["rows"], t["digest"]] for t in tables["tables"]]}))


# ---- the bag: {"data/run.json": bytes, ...} ----
def refresh_tags(files):
    """Write the four tag files anew, as somebody who repairs every unsigned hash does."""
    data = {n: b for n, b in files.items() if n.startswith("data/")}
    files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    files["bag-info.txt"] = b"Payload-Oxum: %d.%d\n" % (sum(map(len, data.values())), len(data))
    files["manifest-sha256.txt"] = lines(data)
    refresh_tagmanifest(files)


def refresh_tagmanifest(files):
    files["tagmanifest-sha256.txt"] = lines({n: files[n] for n in TAGS if n in files})


def lines(files):
    return b"".join(b"%s  %s\n" % (sha256(files[n]).encode(), n.encode())
                    for n in sorted(files, key=str.encode))


# ---- USTAR ----
FIELDS = {"name": (0, 100), "mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12),
          "mtime": (136, 12), "checksum": (148, 8), "type": (156, 1), "linkname": (157, 100),
          "magic": (257, 6), "version": (263, 2), "uname": (265, 32), "gname": (297, 32),
          "devmajor": (329, 8), "devminor": (337, 8), "prefix": (345, 155), "pad": (500, 12)}


def checksum(block):
    return sum(block[:148]) + 8 * 32 + sum(block[156:])


def header(name, size, /, **wrong):
    """One header; wrong gives the bytes of fields that are not to be the format's."""
    values = {"name": name.encode(), "mode": b"000644 \0", "uid": b"000000 \0", "gid": b"000000 \0",
              "size": b"%011o " % size, "mtime": b"00000000000 ", "type": b"0", "magic": b"ustar\0",
              "version": b"00", "devmajor": b"000000 \0", "devminor": b"000000 \0"}
    values.update(wrong)
    block = bytearray(512)
    for key, value in values.items():
        at, width = FIELDS[key]
        block[at:at + width] = value[:width].ljust(width, b"\0")
    if "checksum" not in wrong:
        block[148:156] = b"%06o\0 " % checksum(block)
    return bytes(block)


def member(name, data, /, **wrong):
    return header(name, len(data), **wrong) + data + bytes(-len(data) % 512)


def read_ustar(tar):
    """The members of a good archive as an ordered {name: bytes}."""
    out, at = {}, 0
    while tar[at]:
        name = tar[at:at + 100].rstrip(b"\0").decode()
        size = int(tar[at + 124:at + 135], 8)
        out[name] = tar[at + 512:at + 512 + size]
        at += 512 + size + (-size % 512)
    return out


# ---- DSSE ----
def pae(kind, body):
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(body), body)


ED25519 = 1087  # libcrypto's number of it


class Signer:
    private = None

    def __init__(self, key, work):
        self.key, self.work = key, work
        der = self.openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        self.keyid = sha256(der)
        self.public = self.openssl("pkey", "-in", key, "-pubout").decode()

    @staticmethod
    def openssl(*args):
        return subprocess.run(("openssl",) + args, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout

    def sign(self, data):
        """By libcrypto in this process: a table of mutations signs thousands of times."""
        crypto, size = ctypes.CDLL("libcrypto.so.3"), ctypes.c_size_t(64)
        for name in ("EVP_PKEY_new_raw_private_key", "EVP_MD_CTX_new"):
            getattr(crypto, name).restype = ctypes.c_void_p
        if self.private is None:
            seed = self.openssl("pkey", "-in", self.key, "-outform", "DER")[-32:]
            self.private = ctypes.c_void_p(crypto.EVP_PKEY_new_raw_private_key(ED25519, None, seed, ctypes.c_size_t(32)))
        out, context = ctypes.create_string_buffer(64), ctypes.c_void_p(crypto.EVP_MD_CTX_new())
        if crypto.EVP_DigestSignInit(context, None, None, None, self.private) != 1 or \
                crypto.EVP_DigestSign(context, out, ctypes.byref(size), data, ctypes.c_size_t(len(data))) != 1:
            raise RuntimeError("libcrypto does not sign")
        crypto.EVP_MD_CTX_free(context)
        return out.raw

    def envelope(self, body, kind=TYPE, signed=None):
        """An envelope over body; signed is what the signature covers when not the PAE."""
        sig = self.sign(pae(kind, body) if signed is None else signed)
        return {"payload": base64.b64encode(body).decode(), "payloadType": kind,
                "signatures": [{"keyid": self.keyid, "sig": base64.b64encode(sig).decode()}]}
