#!/usr/bin/env python3
"""lying_registry.py UPSTREAM LIE PORTFILE [CERTIFICATE KEY] - a proxy before a registry that tells one lie.

Between loopback and loopback (with a certificate: TLS on 127.0.0.2); its port goes to PORTFILE
and its requests to PORTFILE.log.  A lie is NAME or NAME:ARGUMENT:
  none      every answer as it is
  garbage   blobs are other bytes          longer   blobs have bytes more
  shorter   blobs are cut                  other:HEX  blobs are those of that digest
  away:N    the connection ends at the N-th upload, in the middle of it
  deaf      uploads are answered 201 and thrown away
  have      HEAD says 200 of everything    manifest   manifests come back changed
  redirect:URL   blobs are elsewhere, @ for the path       upload:URL  uploads go elsewhere
  basic:USER:PASSWORD, bearer:USER:PASSWORD   a login is asked for
  realm:URL      a token service elsewhere
  referrers      it has a referrers list   huge       manifests never end
  slow      a blob begins, and stops for half a minute     mute  for two
"""
import base64, http.client, http.server, json, socketserver, ssl, sys, time, urllib.parse

upstream, lie, portfile = sys.argv[1:4]
kind, _, argument = lie.partition(":")
uploads = 0
referring = {}


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def ask(self, method=None, path=None, body=None):
        to = http.client.HTTPConnection(upstream, timeout=20)
        keep = {k: v for k, v in self.headers.items() if k.lower() in ("accept", "content-type")}
        to.request(method or self.command, path or self.path, body, keep)
        got = to.getresponse()
        data = got.read()
        headers = {k: v for k, v in got.getheaders() if k.lower() not in ("transfer-encoding", "connection", "date", "server")}
        if "Location" in headers:
            headers["Location"] = urllib.parse.urlsplit(headers["Location"])._replace(scheme="", netloc="").geturl()
        return got.status, headers, data

    def login(self):
        """True when it may go on."""
        want = base64.b64encode(argument.encode()).decode()
        got = self.headers.get("Authorization", "")
        here = "http://" + self.headers["Host"]
        if kind == "redirect" and got == "" and argument.startswith("https:"):
            self.answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
            return False
        if kind == "basic" and got != "Basic " + want:
            self.answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
            return False
        if kind == "bearer" and self.path.startswith("/token"):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            good = got == "Basic " + want and query.get("service") == ["a service"] and query["scope"][0].startswith("repository:")
            body = json.dumps({"token": "t-" + query["scope"][0]} if good else {}).encode()
            self.answer(200 if good else 401, {"Content-Type": "application/json"}, body)
            return False
        name = "/".join(self.path.split("/")[2:]).split("/blobs/")[0].split("/manifests/")[0].split("/referrers/")[0]
        scope = "repository:%s:pull,push" % name
        if kind == "bearer" and got != "Bearer t-" + scope:
            self.answer(401, {"WWW-Authenticate": 'Bearer realm="%s/token",service="a service",scope="%s"' % (here, scope)})
            return False
        if kind == "realm":
            self.answer(401, {"WWW-Authenticate": 'Bearer realm="%s",service="s"' % argument})
            return False
        return True

    def do(self):
        global uploads
        size = int(self.headers.get("Content-Length", 0))
        if kind == "away" and self.command == "PUT" and "/blobs/" in self.path:
            uploads += 1
            if uploads == int(argument):
                self.rfile.read(size // 2)
                self.connection.close()
                return
        body = self.rfile.read(size) if size else None
        with open(portfile + ".log", "a") as log:
            log.write("%s %s %s %s\n" % (self.command, self.path, "auth" if "Authorization" in self.headers else "-", self.headers["Host"]))
        if not self.login():
            return
        is_blob = self.command == "GET" and "/blobs/sha256:" in self.path
        if kind == "deaf" and self.command == "PUT" and "/blobs/" in self.path:
            return self.answer(201, {})
        if kind == "have" and self.command == "HEAD":
            return self.answer(200, {"Content-Length": "0"})
        if kind == "redirect" and is_blob:
            return self.answer(307, {"Location": argument.replace("@", self.path)})
        if kind == "upload" and self.command == "POST":
            return self.answer(202, {"Location": argument})
        if kind == "huge" and self.command == "GET" and "/manifests/" in self.path:
            return self.answer(200, {}, b" " * (5 << 20))
        if kind in ("slow", "mute") and is_blob:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x")
            self.wfile.flush()
            return time.sleep(30 if kind == "slow" else 120)
        if kind == "other" and is_blob:
            status, headers, data = self.ask(path=self.path[: self.path.index("sha256:")] + "sha256:" + argument)
            return self.answer(status, headers, data)
        if kind == "referrers" and "/referrers/sha256:" in self.path:
            index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                     "manifests": referring.get(self.path[-64:], [])}
            return self.answer(200, {"Content-Type": index["mediaType"]}, json.dumps(index).encode())
        status, headers, data = self.ask(body=body)
        if kind == "referrers" and self.command == "PUT" and "/manifests/sha256:" in self.path and status == 201:
            subject = json.loads(body)["subject"]["digest"][7:]
            one = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": self.path[-71:], "size": len(body)}
            referring.setdefault(subject, []).append(one)
        if is_blob and status == 200 and kind in ("garbage", "longer", "shorter"):
            data = {"garbage": data[:-1] + bytes([data[-1] ^ 1]), "longer": data + b"x", "shorter": data[:-1]}[kind]
            headers["Content-Length"] = str(len(data))
        if kind == "manifest" and self.command == "GET" and "/manifests/" in self.path and status == 200:
            data = data.replace(b'"size":2}', b'"size":3}')
        self.answer(status, headers, data)

    do_GET = do_HEAD = do_PUT = do_POST = do


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.2" if sys.argv[4:] else "127.0.0.1", 0), Proxy)
if sys.argv[4:]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[4:6])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(portfile, "w") as out:
    out.write("%d\n" % server.server_address[1])
server.serve_forever()
