"""tests/second/strict_time.py - timestamps (RFC 3161), FORMAT.md section 8.  Their form is read
here; certificates and the authority's signature are left to the program openssl (x509, verify,
ts -verify at genTime), and this is told: of these the two verifiers share libcrypto."""
import hashlib
import os
import re
import subprocess
import tempfile

import strict_shapes as shape
from known import remembered
from strict_json import LIMITS, Finding, canonical, parse

SHA2 = {"608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512"}
SIGNED_DATA, TST_INFO = "2a864886f70d010702", "2a864886f70d0109100104"
UNKNOWN = re.compile(rb"unable to get (local )?issuer certificate|unable to verify the first certificate|self-signed certificate|certificate not trusted")
INVALID = "E_TIMESTAMP_INVALID"


def openssl(*args):
    return subprocess.run(["openssl", *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, LC_ALL="C", OPENSSL_CONF=os.devnull), check=False)


def written(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


# ---- DER ----
def elements(data):
    """[(tag, body)] of a sequence of DER elements; ValueError for another spelling."""
    out, at = [], 0
    while at < len(data):
        if at + 2 > len(data) or data[at] & 0x1f == 0x1f:
            raise ValueError("a tag")
        tag, size, at = data[at], data[at + 1], at + 2
        if size >= 0x80:
            n = size & 0x7f
            size = int.from_bytes(data[at:at + n], "big")
            if n == 0 or size < 0x80 or size.bit_length() <= 8 * (n - 1):
                raise ValueError("a length")
            at += n
        if at + size > len(data):
            raise ValueError("too short")
        out.append((tag, data[at:at + size]))
        at += size
    return out


def one(data, tag=0x30):
    (got, body), = elements(data)
    if got != tag:
        raise ValueError("another tag")
    return elements(body) if tag & 0x20 else body


def everywhere(data):
    """All that is constructed is DER down to its leaves."""
    for tag, body in elements(data):
        if tag & 0x20:
            everywhere(body)


def algorithm(body):
    (tag, oid), *_ = elements(body)
    return SHA2[oid.hex()]  # KeyError: another digest


def gen_time(text):
    m = re.fullmatch(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,5}[1-9]))?Z", text)
    if not m:
        raise ValueError("genTime")
    parts = [p.decode() for p in m.groups(b"")]
    out = "%s-%s-%sT%s:%s:%s.%s" % (*parts[:6], parts[6].ljust(6, "0")) + "Z"
    shape.time(out)
    return out


def response(data):
    """(digest's name, imprint, genTime)."""
    everywhere(data)
    status, (tag, token) = one(data)
    if status[0] != 0x30 or elements(status[1])[0] != (0x02, b"\0") or tag != 0x30:
        raise ValueError("not granted")
    (_, kind), (_, content) = elements(token)
    if kind.hex() != SIGNED_DATA:
        raise ValueError("not signed")
    signed = one(content)
    if any(tag == 0xa1 for tag, _ in signed):
        raise ValueError("revocation lists")
    (_, kind), (_, wrapped) = elements(signed[2][1])
    if kind.hex() != TST_INFO:
        raise ValueError("no TSTInfo")
    signer, = elements(signed[-1][1])
    inside = elements(signer[1])
    algorithm(inside[2][1])
    if any(tag == 0xa1 for tag, _ in inside):
        raise ValueError("unsigned attributes")
    info = one(one(wrapped, 0x04))
    everywhere(one(wrapped, 0x04))
    digest, (_, imprint) = elements(info[2][1])
    name = algorithm(digest[1])
    if len(imprint) != hashlib.new(name).digest_size or info[4][0] != 0x18:
        raise ValueError("imprint or genTime")
    return name, imprint, gen_time(info[4][1])


# ---- authorities ----
@remembered
def authority(pem):
    """SHA-256 of the key of a root's certificate."""
    at = 0 if pem.startswith("-----BEGIN") else pem.find("\n-----BEGIN") + 1
    if not re.fullmatch(r"-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]*\n)+-----END CERTIFICATE-----\n", pem[at:], re.A):
        raise Finding("E_POLICY_INVALID", "authority")
    with tempfile.TemporaryDirectory() as work:
        path = written(work, "root.pem", pem[at:].encode())
        text = openssl("x509", "-in", path, "-noout", "-text")
        good = openssl("verify", "-no-CApath", "-no-CAstore", "-no_check_time", "-check_ss_sig", "-CAfile", path, path)
        if text.returncode or good.returncode or not re.search(rb"Version: 3 .*CA:TRUE", text.stdout, re.S):
            raise Finding("E_POLICY_INVALID", "authority")
        bits = re.search(rb"Public-Key: \((\d+) bit", text.stdout)
        if bits and int(bits[1]) < (2048 if b"rsaEncryption" in text.stdout else 224):
            raise Finding("E_KEY_WEAK", "authority")
        spki = written(work, "key.pem", openssl("x509", "-in", path, "-noout", "-pubkey").stdout)
        return hashlib.sha256(openssl("pkey", "-pubin", "-in", spki, "-outform", "DER").stdout).hexdigest()


def vouched(data, signature, at, roots, where):
    """The authority's certificates and signature, by openssl at that time."""
    if not roots:
        raise Finding("E_TIMESTAMP_UNTRUSTED", where)
    with tempfile.TemporaryDirectory() as work:
        done = openssl("ts", "-verify", "-in", written(work, "response", data), "-data", written(work, "signature", signature),
                       "-CAfile", written(work, "roots.pem", "".join(roots).encode()), "-auth_level", "2",
                       "-attime", str(shape.microseconds(at) // 1000000))
    if done.returncode:
        raise Finding("E_TIMESTAMP_UNTRUSTED" if UNKNOWN.search(done.stderr) else INVALID, where)


# ---- timestamps.jsonl ----
LINE = shape.obj(signedTimestamp=shape.text)


def read_line(line, base64_bytes, where):
    try:
        value = parse(line)
        if canonical(value) + b"\n" != line:
            raise Finding(INVALID)
        LINE(value)
    except Finding as f:
        raise Finding(f.code if f.code.startswith("E_LIMIT") else INVALID, where) from None
    data = base64_bytes(value["signedTimestamp"])
    if data is None:
        raise Finding(INVALID, where)
    if len(data) > LIMITS["MAX_TIMESTAMP_BYTES"]:
        raise Finding("E_LIMIT_SIZE", where)
    try:
        return (data,) + response(data)
    except (ValueError, KeyError, IndexError, Finding):
        raise Finding(INVALID, where) from None


class Stamps:
    """Which signatures have a timestamp, and who vouches for it."""

    def __init__(self, text, signatures, base64_bytes):
        """signatures: those of the lines, then of the countersignatures."""
        self.all, self.findings, self.when = [], [], {}
        try:
            for i, line in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", text), 1):
                where = "timestamps.jsonl:%d" % i
                if len(self.all) == LIMITS["MAX_TIMESTAMPS"]:
                    raise Finding("E_LIMIT_COUNT", where)
                if not line.endswith(b"\n"):
                    raise Finding(INVALID, where)
                data, name, imprint, at = read_line(line, base64_bytes, where)
                over = [s for s in signatures if hashlib.new(name, s).digest() == imprint]
                if not over:
                    raise Finding("E_TIMESTAMP_MISMATCH", where)
                if any(over[0] == s for s, _, _, _ in self.all):
                    raise Finding(INVALID, where)
                self.all.append((over[0], data, at, where))
        except Finding as f:
            self.findings.append((f.code, None, f.where))

    def judge(self, rule, finished, lines):
        """rule: the policy's member timestamps, or None; lines: signatures of lines 1 to 3."""
        if rule is None:
            return
        for signature, data, at, where in self.all:
            roots = [a["certificate"] for a in rule["authorities"] if a.get("valid_from", at) <= at <= a.get("valid_until", at)]
            try:
                vouched(data, signature, at, roots, where)
            except Finding as f:
                self.findings.append((f.code, None, f.where))
                continue
            self.when[signature] = at
            if shape.microseconds(finished) - shape.microseconds(at) > LIMITS["MAX_TIMESTAMP_SECONDS"] * 1000000:
                self.findings.append(("E_TIMESTAMP_EARLY", None, where))
        if rule["required"]:
            self.findings += [("E_TIMESTAMP_MISSING", None, "attestations.intoto.jsonl:%d" % i)
                              for i, s in enumerate(lines, 1) if s not in self.when]
