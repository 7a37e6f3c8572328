"""tests/tools/fake_server.py - a scripted server that misbehaves before there is a session.

Usage: fake_server.py COLLECTOR WORK
Each script below is a server on a port of its own; the collector connects with a password,
and must end with status 5 and one printable line in which the password stands in no form."""
import base64
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import urllib.parse

from wire import message, read_exactly

PASSWORD = "s3cret/canary+word 7?="
SSL_REQUEST = 80877103
FORMS = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), base64.b64encode(PASSWORD.encode()).decode().rstrip("="),
         PASSWORD.encode().hex(), PASSWORD.encode().hex().upper(), urllib.parse.quote(PASSWORD, safe=""),
         re.sub("%..", lambda m: m.group().lower(), urllib.parse.quote(PASSWORD, safe=""))]


def error(text):
    return message(b"E", b"SFATAL\0VFATAL\0C28P01\0M" + text + b"\0\0")


def auth(number, rest=b""):
    return message(b"R", struct.pack("!I", number) + rest)


def startup(sock):
    """Read the first packet; True when it asks for TLS."""
    length, code = struct.unpack("!II", read_exactly(sock, 8))
    read_exactly(sock, length - 8)
    return code == SSL_REQUEST


def answer(sock):
    kind, length = struct.unpack("!cI", read_exactly(sock, 5))
    return kind, read_exactly(sock, length - 4)


def says(data):
    def script(sock):
        startup(sock)
        sock.sendall(data)
    return script


def echo_password(sock):
    startup(sock)
    sock.sendall(auth(3))
    sent = answer(sock)[1].rstrip(b"\0").decode()
    assert sent == PASSWORD
    sock.sendall(error(("wrong: " + " , ".join(FORMS) + " .").encode()))


def wrong_proof(sock):
    startup(sock)
    sock.sendall(auth(10, b"SCRAM-SHA-256\0\0"))
    first = answer(sock)[1]
    nonce = re.search(rb"r=([^,]+)", first).group(1)
    sock.sendall(auth(11, b"r=" + nonce + b"fake,s=" + base64.b64encode(b"0" * 16) + b",i=4096"))
    answer(sock)
    sock.sendall(auth(12, b"v=" + base64.b64encode(b"0" * 32)) + auth(0) + message(b"Z", b"I"))


def wrong_nonce(sock):
    startup(sock)
    sock.sendall(auth(10, b"SCRAM-SHA-256\0\0"))
    answer(sock)
    sock.sendall(auth(11, b"r=another,s=" + base64.b64encode(b"0" * 16) + b",i=4096"))


def refuses_all(sock):
    """A session in which every statement is refused with the password and worse."""
    startup(sock)
    sock.sendall(auth(3))
    answer(sock)
    sock.sendall(auth(0) + message(b"S", b"server_version\0001\0") + message(b"Z", b"I"))
    while True:
        if answer(sock)[0] == b"S":
            text = "\x1b[2J\x1b]0;owned\x07\x9b31m %s%n \r\n::error:: " + " , ".join(FORMS)
            sock.sendall(message(b"E", b"SERROR\0VERROR\0C42601\0M" + text.encode() + b" .\0\0") + message(b"Z", b"I"))


SCRIPTS = {  # name: (sslmode, script)
    "closes at once": ("disable", lambda sock: None),
    "closes behind the first packet": ("disable", says(b"")),
    "answers in HTTP": ("disable", says(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    "an error full of escapes": ("disable", says(error(b"\x1b[31m\x1b]52;c;AAAA\x07\x9b31m\r\n::error::x %s%n \xff\xfe"))),
    "an error of 20 kB": ("disable", says(error(b"x" * 20000))),
    "an error of 100 kB": ("disable", says(error(b"x" * 100000))),
    "an error of protocol 2": ("disable", says(b"E\x1b[31mold error\0")),
    "an unterminated error": ("disable", says(message(b"E", b"SFATAL"))),
    "notices before authentication": ("disable", says(message(b"N", b"SWARNING\0VWARNING\0C01000\0M\x1b[2J\0\0") * 3 + error(b"no"))),
    "an unknown authentication": ("disable", says(auth(99))),
    "a cut authentication": ("disable", says(message(b"R", b"\0\0"))),
    "a negative length": ("disable", says(b"R\xff\xff\xff\xff\0\0\0\0")),
    "a length of 2 GB": ("disable", says(b"R\x7f\xff\xff\xff\0\0\0\0")),
    "a newer protocol": ("disable", says(message(b"v", struct.pack("!II", 3, 1) + b"_pq_.x\0"))),
    "an unknown SASL mechanism": ("disable", says(auth(10, b"PLAIN\0\0"))),
    "SASL without an end": ("disable", says(auth(10, b"SCRAM-SHA-256"))),
    "SCRAM with a wrong proof": ("disable", wrong_proof),
    "SCRAM with another nonce": ("disable", wrong_nonce),
    "no TLS where it is required": ("require", says(b"N")),
    "an error in the place of TLS": ("require", says(b"E\x1b[31m plain text before authentication " + PASSWORD.encode() + b"\0")),
    "bytes behind the consent to TLS": ("require", says(b"S" + error(b"smuggled"))),
    "TLS that is none": ("require", says(b"SHTTP/1.1 400 Bad Request\r\n\r\n")),
    "another answer than S or N": ("require", says(b"X")),
    "an error that echoes the password": ("disable", echo_password),
    "statements refused with escapes and the password": ("disable", refuses_all),
}


def serve(listener, script):
    while True:
        try:
            sock = listener.accept()[0]
        except OSError:
            return
        try:
            script(sock)
            sock.settimeout(0.5)
            while sock.recv(4096):  # an early close would be a reset, and hide what was sent
                pass
        except (OSError, EOFError):
            pass
        sock.close()


def judge(collector, work, sslmode, script):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4)
    threading.Thread(target=serve, args=(listener, script), daemon=True).start()
    env = dict(os.environ, PGPASSWORD=PASSWORD, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99")
    done = subprocess.run(
        [collector, "run", "--carrier", "carriers/c1", "--quiet", "--out", work + "/run", "--db",
         "host=127.0.0.1 port=%d user=x dbname=x connect_timeout=3 sslmode=%s" % (listener.getsockname()[1], sslmode)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=30)
    listener.close()
    text = done.stderr.decode(errors="replace")
    if done.returncode != 5 or done.stdout:
        return "status %d: %s" % (done.returncode, text[-1500:])
    if not re.fullmatch(rb"dryproof-collect: error: [\x20-\x7e]{3,1100}\n", done.stderr):
        return "not one printable line: %r" % done.stderr[-1500:]
    if any(form in text for form in FORMS):
        return "the password in it: " + text
    return "a run directory was made" if os.path.exists(work + "/run") else ""


def main():
    for name, (sslmode, script) in SCRIPTS.items():
        wrong = judge(sys.argv[1], sys.argv[2], sslmode, script)
        print("%s - a server that sends: %s" % ("not ok" if wrong else "ok", name))
        if wrong:
            print("    " + wrong)


main()
