"""tests/second/strict_ed25519.py - Ed25519 (RFC 8032, section 5.1) in integers.

verify is without the cofactor and over S < L, as most libraries have it: the encoding of
[S]B - [H(R,A,M)]A is compared with R byte for byte, so R has one spelling only.  The
multiples of a key and of the base point are kept: a later signature costs a sixth of a millisecond.
sign is for the tests that forge as an insider; nothing here is hard to time."""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # a square root of -1
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    """Two points in extended coordinates (X, Y, Z, T)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] % P * D, 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def encode(p):
    z = pow(p[2], -1, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point, or None when no point has this y."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, (y & (1 << 255) - 1) % P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * ROOT % P
        if v * x * x % P != u:
            return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


class Multiples:
    """Multiples of one point, 0 to 255 times 256^i p at a time; each is made when it is first
    needed, so that one signature is not dear and ten thousand are cheap."""

    def __init__(self, p):
        self.cells, self.rows = {}, []
        for _ in range(32):
            self.rows.append(p)
            for _ in range(8):
                p = add(p, p)

    def cell(self, i, n):
        """n 256^i p as (y - x, y + x, 2 d x y)."""
        out = NEUTRAL
        for bit in bin(n)[2:]:
            out = add(out, out)
            if bit == "1":
                out = add(out, self.rows[i])
        z = pow(out[2], -1, P)
        x, y = out[0] * z % P, out[1] * z % P
        self.cells[i, n] = (y - x) % P, (y + x) % P, 2 * D * x * y % P
        return self.cells[i, n]

    def add_times(self, point, n):
        """point + n p, for n below 2^256."""
        x, y, z, t = point
        for i, part in enumerate(n.to_bytes(32, "little")):
            if part:
                less, more, product = self.cells.get((i, part)) or self.cell(i, part)
                a, b, c, d = (y - x) * less, (y + x) * more, t * product, 2 * z
                e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
                x, y, z, t = e * f % P, g * h % P, f * g % P, e * h % P
        return x, y, z, t


BASE = Multiples(decode((4 * pow(5, -1, P) % P).to_bytes(32, "little")))
KEYS = {}


def multiples_of(key):
    """Of -A; None when no point has this encoding."""
    if key not in KEYS:
        point = decode(key)
        KEYS[key] = point and Multiples((P - point[0], point[1], 1, P - point[3]))
    return KEYS[key]


def is_weak(key):
    """y written above p, or a point of small order; where there is no point nothing verifies."""
    if int.from_bytes(key, "little") & (1 << 255) - 1 >= P:
        return True
    point = decode(key)
    for _ in range(3):
        point = point and add(point, point)
    return point is not None and point[0] == 0 and (point[1] - point[2]) % P == 0


def hashed(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def verify(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    own = multiples_of(key)
    if len(signature) != 64 or s >= L or not own:
        return False
    h = hashed(signature[:32], key, message) % L
    return encode(own.add_times(BASE.add_times(NEUTRAL, s), h)) == signature[:32]


def secret(seed):
    """(scalar, prefix, public key) of 32 secret bytes."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:], encode(BASE.add_times(NEUTRAL, scalar))


def sign(own, message):
    scalar, prefix, key = own
    r = hashed(prefix, message) % L
    point = encode(BASE.add_times(NEUTRAL, r))
    return point + ((r + hashed(point, key, message) * scalar) % L).to_bytes(32, "little")
