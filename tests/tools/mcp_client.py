"""tests/tools/mcp_client.py - a small client of `dryproof mcp`, which shares nothing with it."""
import json
import select
import subprocess
import time

MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


class Server:
    def __init__(self, *command):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.left = b""
        self.next = 100

    def send(self, data):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode() + b"\n"
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def answer(self, seconds=20):
        """The next line as JSON; None at the end, or when none comes in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self.left:
            ready, _, _ = select.select([self.child.stdout], [], [], max(0, end - time.monotonic()))
            chunk = self.child.stdout.read1(65536) if ready else b""
            if not chunk:
                return None
            self.left += chunk
        line, self.left = self.left.split(b"\n", 1)
        return json.loads(line)

    def ask(self, method, params=None, meta=None):
        self.next += 1
        params = dict(params or {})
        if meta is not None:
            params["_meta"] = meta
        self.send({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params})
        answer = self.answer()
        assert answer is not None and answer["jsonrpc"] == "2.0" and answer["id"] == self.next, answer
        return answer

    def call(self, tool, arguments, meta=MODERN):
        return self.ask("tools/call", {"name": tool, "arguments": arguments}, meta)

    def begin(self, version="2025-06-18"):
        answer = self.ask("initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer["result"]

    def end(self):
        """Closes its input: what else it says, its status and what it wrote on standard error."""
        self.child.stdin.close()
        out = self.left + self.child.stdout.read()
        errors = self.child.stderr.read()
        return [json.loads(line) for line in out.splitlines()], self.child.wait(20), errors
