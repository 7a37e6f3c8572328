"""tests/second/strict_bag.py - the package: a plain USTAR archive, safe names, a BagIt bag,
FORMAT.md section 7."""
import hashlib
import re

from known import remembered, same
from strict_json import LIMITS, Finding

# gzip, compress, bzip2, xz, zstd, lzip, uuencode
MAGIC = (b"\x1f\x8b", b"\x1f\x9d", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"LZIP", b"begin ")
FIXED = ((100, b"000644 \0"), (108, b"000000 \0"), (116, b"000000 \0"), (136, b"00000000000 "), (157, bytes(100)),
         (265, bytes(32)), (297, bytes(32)), (329, b"000000 \0"), (337, b"000000 \0"), (345, bytes(155)), (500, bytes(12)))
ZEROS = bytes(512)

TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
RESERVED = re.compile(r"(?:\.git|con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?|.*\.", re.I)
LINE = re.compile(rb"([0-9a-f]{64})  ([^\n\0]{1,100})\n")


# ---- archive ----
@remembered
def size_of(header):
    """Of a header that is one."""
    check_header(header)
    if not re.fullmatch(rb"[0-7]{11} ", header[124:136]):
        raise Finding("E_TAR_SIZE", "package.tar")
    return int(header[124:135], 8)


def check_header(header):
    if header[257:265] != b"ustar\x0000":
        raise Finding("E_TAR_NONCANONICAL", "package.tar")
    total, said = sum(header) - sum(header[148:156]) + 8 * 32, re.match(rb"[ \t-\r]*([0-7]+)", header[148:156])
    if not said or int(said[1], 8) != total:
        raise Finding("E_TAR_CHECKSUM", "package.tar")
    if header[148:156] != b"%06o\0 " % total:
        raise Finding("E_TAR_NONCANONICAL", "package.tar")
    if header[156:157] != b"0":
        raise Finding("E_TAR_PAX" if header[156:157] in b"xgX" else "E_TAR_TYPE", "package.tar")


def check_fields(header):
    for at, field in FIXED:
        if not header.startswith(field, at):
            raise Finding("E_TAR_NONCANONICAL", "package.tar")


# ---- names ----
@remembered
def name_of(header):
    """The name, safe; and the other fields are the format's."""
    name = safe_name(header[:100])
    check_fields(header)
    return name


def safe_name(field):
    name, _, rest = field.partition(b"\0")
    if rest.strip(b"\0") or not name or name[:1] == b"/" or not re.fullmatch(rb"[A-Za-z0-9._/-]+", name):
        raise Finding("E_PATH_UNSAFE", "package.tar")
    text = name.decode()
    parts = text.split("/")
    if ".." in parts or any(RESERVED.fullmatch(p) for p in parts if p != "."):
        raise Finding("E_PATH_UNSAFE", text)
    if "" in parts or "." in parts:
        raise Finding("E_PATH_NONCANONICAL", text)
    return text


def members(tar):
    """[(name, data)]: member by member, the first thing that is wrong ends the reading."""
    out, at, last = [], 0, ""
    if tar.startswith(MAGIC) and tar[257:265] != b"ustar\x0000":
        raise Finding("E_TAR_COMPRESSED", "package.tar")
    if tar[:512] == ZEROS and len(tar) > 1024:
        raise Finding("E_TAR_NONCANONICAL", "package.tar")
    while True:
        header = tar[at:at + 512]
        if len(header) < 512 or not out and header == ZEROS:
            raise Finding("E_TAR_TRUNCATED", "package.tar")
        if header == ZEROS:
            if len(tar) < at + 1024:
                raise Finding("E_TAR_TRUNCATED", "package.tar")
            if len(tar) > at + 1024 or tar[at + 512:] != ZEROS:
                raise Finding("E_TAR_TRAILING", "package.tar")
            return out
        size = size_of(header)
        at, end = at + 512, at + 512 + size
        if end + -size % 512 > len(tar):
            # an archive that has its end was not cut: the header lies
            raise Finding("E_TAR_SIZE" if tar.endswith(ZEROS) else "E_TAR_TRUNCATED", "package.tar")
        name = name_of(header)
        if name <= last:
            raise Finding("E_TAR_DUP" if any(name == other for other, _ in out) else "E_TAR_ORDER", name)
        if tar.count(b"\0", end, end + -size % 512) != -size % 512:
            raise Finding("E_TAR_PADDING", "package.tar")
        if len(out) == LIMITS["MAX_MEMBERS"]:
            raise Finding("E_LIMIT_COUNT", "package.tar")
        out.append((name, same(tar[at:end])))
        at, last = end + -size % 512, name


@remembered
def check_collisions(names):
    """No two names that some file system takes for one, none that is another's folder."""
    seen = set()
    folders = set()
    for name in names:
        low = name.lower()
        if low in seen:
            raise Finding("E_PATH_COLLISION", "package.tar")
        seen.add(low)
        while "/" in low:
            low = low.rsplit("/", 1)[0]
            folders.add(low)
    if seen & folders:
        raise Finding("E_PATH_COLLISION", "package.tar")


# ---- bag ----
@remembered
def entry(line):
    """(digest, name, name as bytes) of a manifest's line; of another three times None."""
    m = LINE.fullmatch(line)
    return (m[1].decode(), m[2].decode("latin-1"), m[2]) if m else (None, None, None)


def check_manifest(files, digests, tag, names):
    """Line by line, then whether just these names were listed."""
    last, found = b"", []
    for line in re.findall(rb"[^\n]*\n|[^\n]+", files[tag]):
        digest, name, order = entry(line)
        if digest is None:
            raise Finding("E_MANIFEST_FORMAT", "bag/" + tag)
        if name not in files:
            raise Finding("E_MANIFEST_MISSING", "bag/" + name)
        if digests(files[name]) != digest:
            raise Finding("E_MANIFEST_MISMATCH", "bag/" + name)
        if order <= last:
            raise Finding("E_MANIFEST_FORMAT", "bag/" + tag)
        last = order
        found.append(name)
    if found != sorted(names):
        raise Finding("E_MANIFEST_EXTRA", "bag/" + tag)


@remembered
def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check_bag(files, digests):
    payload = [n for n in files if n.startswith("data/")]
    if len(files) > len(payload) + 4:
        raise Finding("E_MANIFEST_EXTRA", "bag/")
    fixed = {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
             "bag-info.txt": b"Payload-Oxum: %d.%d\n" % (sum(len(files[n]) for n in payload), len(payload)),
             "manifest-sha256.txt": payload, "tagmanifest-sha256.txt": TAGS}
    for tag, wanted in fixed.items():
        if tag not in files:
            raise Finding("E_MANIFEST_MISSING", "bag/" + tag)
        if not isinstance(wanted, bytes):
            check_manifest(files, digests, tag, wanted)
        elif files[tag] != wanted:
            raise Finding("E_MANIFEST_FORMAT", "bag/" + tag)


def open_package(tar, digests=sha256):
    """{name below bag/data/: bytes} of a package."""
    found = members(tar)
    check_collisions(tuple(name for name, _ in found))
    files = {name[4:] if name.startswith("bag/") else "/" + name: data for name, data in found}
    check_bag(files, digests)
    return {n[5:]: b for n, b in files.items() if n.startswith("data/")}
