"""tests/tools/wire.py - a wire that lies: a proxy between the collector and a real server.

Usage: wire.py COLLECTOR SOCKET DATABASE CARRIER WORK ROUND...
It stands between dryproof-collect and the private cluster, counts the server's messages
over all connections of a run, and cuts, stalls or changes them at the k-th message or
byte, or ends server processes there.  Whatever it does, the collector must answer with its
published status and one printable line, and leave no run.json, no temporary file, no crash,
no leak (it is the sanitised one), and nothing idle in a transaction on the server.
Rounds are below as round_NAME; each prints one line a check."""
import concurrent.futures
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

SEED = 20260622


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def messages(sock):
    """Each whole message of a server, which sends hundreds at once."""
    data, at = b"", 0
    while True:
        end = at + 1 + struct.unpack("!I", data[at + 1:at + 5])[0] if len(data) >= at + 5 else at + 5
        if end <= len(data) and end > at + 4:
            yield data[at:end]
            at = end
        else:
            more = sock.recv(65536)
            if not more:
                return
            data, at = data[at:] + more, 0


def sql(path, text, user="dryproof_sandbox", database="postgres"):
    """Run a statement as the cluster's superuser; the first column of its rows."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    start = struct.pack("!I", 196608) + b"user\0%s\0database\0%s\0\0" % (user.encode(), database.encode())
    sock.sendall(struct.pack("!I", len(start) + 4) + start)
    rows, sent = [], False
    while True:
        kind, length = struct.unpack("!cI", read_exactly(sock, 5))
        body = read_exactly(sock, length - 4)
        if kind == b"D":
            size = struct.unpack("!i", body[2:6])[0]
            rows.append(None if size < 0 else body[6:6 + size].decode())
        elif kind == b"E":
            raise RuntimeError(body.decode(errors="replace"))
        elif kind == b"Z":
            if sent:
                sock.close()
                return rows
            sock.sendall(message(b"Q", text.encode() + b"\0"))
            sent = True


class Cut(Exception):
    """Send this, then close the connection."""


class Wire:
    """One run's proxy.  change(wire, number, kind, raw, link) gives the bytes to pass on."""

    def __init__(self, work, upstream, port, change):
        self.upstream, self.change, self.count, self.kinds = upstream, change, 0, []
        self.lock, self.over = threading.Lock(), threading.Event()
        self.pids, self.bytes, self.links = [], 0, []
        self.path = "%s/.s.PGSQL.%d" % (work, port)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
                server = socket.socket(socket.AF_UNIX)
                self.links += [client, server]
                server.connect(self.upstream)
            except OSError:
                return
            threading.Thread(target=self.requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self.answers, args=(client, server), daemon=True).start()

    def requests(self, client, server):
        try:
            while True:
                data = client.recv(65536)
                if not data:
                    break
                server.sendall(data)
        except OSError:
            pass
        self.close(client, server)

    def answers(self, client, server):
        link = {"client": client, "server": server, "pid": None}
        try:
            for raw in messages(server):
                if raw[:1] == b"K":
                    link["pid"] = struct.unpack("!I", raw[5:9])[0]
                with self.lock:
                    number, self.count = self.count, self.count + 1
                    self.kinds.append(raw[:1])
                client.sendall(self.change(self, number, raw[:1], raw, link))
                self.bytes += len(raw)
        except Cut as cut:
            try:
                client.sendall(cut.args[0])
            except OSError:
                pass
        except (EOFError, OSError):
            pass
        self.close(client, server)

    @staticmethod
    def close(*socks):
        for sock in socks:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def end(self):
        self.over.set()
        self.close(self.listener, *self.links)
        for sock in [self.listener] + self.links:
            sock.close()
        os.unlink(self.path)


class Bench:
    def __init__(self, collector, sock, database, carrier, work):
        self.collector, self.folder, self.database, self.carrier, self.work = collector, sock, database, carrier, work
        self.upstream = sock + "/.s.PGSQL.5432"
        self.ports, self.lock = 6000, threading.Lock()

    def run(self, change, extra=(), limit=60, leaks=True):
        """(status, standard error, what is wrong apart from the status, the wire)"""
        with self.lock:
            self.ports += 1
            port = self.ports
        out = "%s/run-%d" % (self.work, port)
        env = dict(os.environ, UBSAN_OPTIONS="exitcode=99",
                   ASAN_OPTIONS="exitcode=99:allocator_may_return_null=1:detect_leaks=%d" % leaks)
        wire = Wire(self.work, self.upstream, port, change)
        try:
            done = subprocess.run(
                [self.collector, "run", "--carrier", self.carrier, "--db", "host=%s port=%d user=dryproof_observer dbname=%s connect_timeout=5"
                 % (self.work, port, self.database), "--out", out, "--quiet", *extra],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=limit)
            status, text = done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            status, text = "none in time", b""
        wire.end()
        wrong = manners(status, text, out)
        shutil.rmtree(out, ignore_errors=True)
        return status, text.decode(errors="replace"), wrong, wire

    def idle(self):
        """Server processes that are still in a transaction of ours five seconds later."""
        for _ in range(50):
            left = sql(self.upstream, "SELECT pid::text FROM pg_stat_activity WHERE datname = '%s' AND "
                       "(state LIKE 'idle in%%' OR state = 'active')" % self.database)
            if not left:
                return []
            time.sleep(0.1)
        return left


def manners(status, text, out):
    """What is wrong with the manner of failing; a run that succeeded has none to judge."""
    if status == 0:
        return ""
    if not re.fullmatch(rb"dryproof-collect: error: [\x20-\x7e]{3,1100}\n", text):
        return "not one printable line: %r" % text[-2000:]
    if os.path.exists(out + "/run.json"):
        return "run.json was written"
    for base, _, files in os.walk(out):
        if any(".tmp" in f or f.startswith(".") for f in files):
            return "a temporary file in " + base
    return ""


def passed(wire, number, kind, raw, link):
    return raw


def at(k, act):
    """A change that touches the k-th message alone."""
    def change(wire, number, kind, raw, link):
        return act(wire, kind, raw, link) if number == k else raw
    change.k = k
    return change


def nth(kind, n, act):
    """A change that touches the n-th message of a kind, once."""
    seen = []

    def change(wire, number, this, raw, link):
        if this != kind:
            return raw
        with wire.lock:
            seen.append(number)
            is_it = len(seen) == n
        return act(wire, this, raw, link) if is_it else raw
    return change


def cut(wire, kind, raw, link):
    raise Cut(b"")


def cut_within(wire, kind, raw, link):
    raise Cut(raw[:max(1, len(raw) // 2)])


def stall(wire, kind, raw, link):
    wire.over.wait(120)
    raise Cut(b"")


def check(bench, name, cases, expected=(5,), workers=3, extra=(), says="", limit=60, leaks=True):
    """cases: [(label, change)]; every one must end with an expected status, politely, and say
    what is to be said.  How many messages a run has differs by some of a hundred with what the
    server does beside it: one that ended before its k-th message came is no case."""
    bad, short = [], 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        runs = {pool.submit(bench.run, change, extra, limit, leaks): (label, change) for label, change in cases}
        for done in concurrent.futures.as_completed(runs):
            status, text, wrong, wire = done.result()
            label, change = runs[done]
            if status == 0 and not wrong and wire.count <= getattr(change, "k", -1):
                short += 1
            elif status not in expected or wrong or (status != 0 and says not in text):
                bad.append("%s: status %s %s %s" % (label, status, wrong, text.strip()[-1500:]))
    left = bench.idle()
    if left:
        bad.append("left in a transaction: %s" % left)
    print("%s - %s (%d cases)" % ("not ok" if bad or short * 2 >= len(cases) else "ok", name, len(cases) - short))
    for line in sorted(bad)[:12]:
        print("    " + line)
    sys.stdout.flush()


def main():
    import wire_rounds
    bench = Bench(*sys.argv[1:6])
    for name in sys.argv[6:]:
        getattr(wire_rounds, "round_" + name)(bench)


if __name__ == "__main__":
    sys.modules["wire"] = sys.modules["__main__"]
    main()
