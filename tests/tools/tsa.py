"""tests/tools/tsa.py - timestamping authorities for tests: `openssl ts -reply` behind HTTP on loopback.

  serve TOP PORTFILE    POST /NAME is answered by the authority of TOP/NAME/tsa.cnf; /garbage, /huge,
                        /slow, /moved, /500 and /replay/FILE (of TOP) misbehave.  Ends with standard input.
  forge RESPONSE KEY CERT CHAIN OUT   what a response says, signed anew (openssl cms) by whatever key
  edit RESPONSE OUT WHAT              with other bytes: status, trailing, ber, signature, time
"""
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time


def run(*args, data=b""):
    return subprocess.run(args, input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def answer(top, name, query):
    with tempfile.TemporaryDirectory() as work:
        with open(work + "/query", "wb") as f:
            f.write(query)
        return subprocess.run(["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", work + "/query"], cwd=top + "/" + name,
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Handler(http.server.BaseHTTPRequestHandler):
    lock = threading.Lock()

    def log_message(self, *args):
        pass

    def reply(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.strip("/")
        if self.headers["Content-Type"] != "application/timestamp-query":
            return self.reply(415, b"")
        if path == "500":
            return self.reply(500, b"")
        if path == "moved":
            return self.reply(302, b"", Location="file:///etc/passwd")
        if path == "garbage":
            return self.reply(200, b"<html>welcome</html>")
        if path == "huge":
            return self.reply(200, b"\x30" * (1 << 20))
        if path == "slow":
            time.sleep(5)
            return self.reply(200, b"")
        if path.startswith("replay/"):
            with open(self.server.top + "/" + path[7:], "rb") as f:
                return self.reply(200, f.read())
        with self.lock:  # an authority has one file of serial numbers
            return self.reply(200, answer(self.server.top, path, query))


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass  # who asked hung up: that is what the test wants


def serve(top, port_file):
    server = Server(("127.0.0.1", 0), Handler)
    server.top = top
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(port_file + ".new", "w") as f:
        f.write(str(server.server_address[1]))
    os.rename(port_file + ".new", port_file)
    sys.stdin.buffer.read()


# ---- DER, as far as it is needed ----
def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


def said(response):
    """The TSTInfo of a response."""
    with tempfile.TemporaryDirectory() as work:
        with open(work + "/r", "wb") as f:
            f.write(response)
        run("openssl", "ts", "-reply", "-in", work + "/r", "-token_out", "-out", work + "/t")
        run("openssl", "cms", "-verify", "-noverify", "-nosigs", "-inform", "DER", "-in", work + "/t", "-out", work + "/i")
        with open(work + "/i", "rb") as f:
            return f.read()


def forge(response, key, cert, chain, out):
    with open(response, "rb") as f:
        info = said(f.read())
    token = run("openssl", "cms", "-sign", "-binary", "-nodetach", "-cades", "-md", "sha256", "-outform", "DER", "-econtent_type",
                "1.2.840.113549.1.9.16.1.4", "-signer", cert, "-inkey", key, "-certfile", chain, data=info)
    with open(out, "wb") as f:
        f.write(der(0x30, der(0x30, der(0x02, b"\0")) + token))


def edit(response, out, what):
    with open(response, "rb") as f:
        data = f.read()
    if what == "status":  # granted with changes
        data = data.replace(bytes.fromhex("3003020100"), bytes.fromhex("3003020101"), 1)
    elif what == "trailing":
        data += b"\0"
    elif what == "ber":  # the outermost length in a byte more than it needs
        n = data[1] & 0x7f
        data = bytes([0x30, 0x80 | n + 1, 0]) + data[2:]
    elif what == "signature":
        data = data[:-1] + bytes([data[-1] ^ 1])
    elif what == "time":  # another second
        at = data.index(b"Z", data.index(b"\x18\x0f")) - 1
        data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
    with open(out, "wb") as f:
        f.write(data)


{"serve": serve, "forge": forge, "edit": edit}[sys.argv[1]](*sys.argv[2:])
