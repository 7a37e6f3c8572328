#!/usr/bin/env python3
"""tests/executor/hostile.py URL KIND [WHERE] - a proxy before the reference executor at URL that
lies in one way: of the first request whose path or correlation id ends with WHERE.  Prints its own
address.  Everything else goes through, and a connection stays open as long as the asker's does."""
import http.client
import json
import os
import re
import socket
import ssl
import sys
import time

real, kind = re.fullmatch("http://([^/]+)", sys.argv[1])[1], sys.argv[2]
where = sys.argv[3] if len(sys.argv) > 3 else "/schema-ensure"


def request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
    while len(body) < int(length[1] if length else 0):
        body += connection.recv(65536)
    method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
    token = re.search(rb"(?i)\nauthorization: *([^\r]*)", head)
    return method, path, body, token[1].decode() if token else None


def send(connection, status, body, kind="application/json", more="", length=None):
    connection.sendall(("HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n"
                        % (status, kind, len(body) if length is None else length, more)).encode() + body)


def refusal(correlation, code="NO", message="dispatch refused"):
    return json.dumps({"correlation_id": correlation, "refusal": {"code": code, "message": message}}).encode()


def drip(connection, data):
    try:
        while True:
            connection.sendall(data)
            time.sleep(0.2)
    except OSError:
        pass


def doctored(answer):
    """The executor's own answer, with one thing else in it."""
    doc = json.loads(answer)
    session, result = doc.get("session"), doc.get("result")
    if kind == "wrong-id":
        doc["correlation_id"] = "0" * 32 + where
    elif kind == "more":
        doc["note"] = "PASS"
    elif kind == "no-xid":
        session["xid"] = None
    elif kind == "accepts":
        value = json.loads(result["rows"][0][0])
        value.update(outcome="DRY_RUN_OK", seal="WITHHELD_DRY_RUN")
        del value["reject_code"]
        result["rows"] = [[json.dumps(value)]]
    elif kind == "gone":
        session["backend_pid"] = 1
    elif kind == "superuser":
        session["backend_pid"] = int(os.environ["PID"])
    elif kind == "sick":
        doc["status"] = "poorly"
    elif kind == "elsewhere":
        doc["system_identifier"] = "1"
    elif kind == "real":
        doc["dry_run_only"] = False
    return json.dumps(doc).encode()


def lie(connection, server, answer, correlation, token):
    if kind in ("409", "500"):
        send(connection, int(kind), refusal(correlation, "REFUSED_" + kind))
    elif kind == "escapes":
        send(connection, 400, refusal(correlation, "\x1b]0;owned\x07", "\x1b[2J\u202e ::error:: CERT"))
    elif kind == "redirect":
        send(connection, 302, b"{}", more="Location: http://%s/dispatch\r\n" % real)
    elif kind == "type":
        send(connection, 200, answer, "text/html")
    elif kind == "not-json":
        send(connection, 200, answer[:-3] + b"}")
    elif kind == "twice":
        send(connection, 200, answer.replace(b"{", b'{"correlation_id":"x",', 1))
    elif kind == "truncated":
        send(connection, 200, answer, length=len(answer) + 100)
        connection.close()
    elif kind == "huge":
        send(connection, 200, b"", length=1 << 40)
        drip(connection, b" " * (1 << 24))
    elif kind == "head":
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        drip(connection, b"X: " + b"x" * 60000 + b"\r\n")
    elif kind == "slow":
        send(connection, 200, b"", length=len(answer))
        drip(connection, b" ")
    elif kind == "token":
        send(connection, 200, answer.replace(b'"notices"', json.dumps(token).encode() + b':1,"notices"'))
    elif kind in ("dies", "dies-committed"):
        server.close()
        sys.exit()
    else:
        send(connection, 200, doctored(answer))


def serve(server):
    connection, _ = server.accept()
    asked = request(connection)
    if asked is None:
        return
    method, path, body, token = asked
    try:
        correlation = json.loads(body)["correlation_id"]
    except ValueError:
        correlation = path
    behind = http.client.HTTPConnection(real)
    behind.request(method, path, body or None, {"Authorization": token} if token else {})
    reply = behind.getresponse()
    answer = reply.read()
    if correlation.endswith(where):
        lie(connection, server, answer, correlation, token)
    else:
        send(connection, reply.status, answer)
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass
    behind.close()


listening = socket.create_server(("127.0.0.1", 0))
port = listening.getsockname()[1]
if kind == "tls":  # no lie: the same behind a certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["CERTIFICATE"])
    listening = context.wrap_socket(listening, server_side=True)
print("http%s://127.0.0.1:%d" % ("s" if kind == "tls" else "", port), flush=True)
while True:
    try:
        serve(listening)
    except ssl.SSLError:
        pass
