"""tests/interop/twin.py FROM TO AT [N] - FROM with one byte changed, into TO; prints which.

AT is @PLACE, counted from 0, or a text that stands in FROM: the byte is the N-th (from 0) from
there.  A letter or digit becomes its neighbour, so that what is text, base64 or a number stays one."""
import sys

source, target, at = sys.argv[1:4]
with open(source, "rb") as f:
    data = bytearray(f.read())
place = (int(at[1:]) if at[0] == "@" else data.index(at.encode())) + int((sys.argv[4:] or ["0"])[0])
byte = bytes(data[place:place + 1])
data[place] = byte[0] + (-1 if byte in b"9zZ" else 1) if byte.isalnum() else byte[0] ^ 1
with open(target, "wb") as f:
    f.write(data)
print("byte %d" % place)
