"""tests/fuzz/seeds.py - write tests/fuzz/seeds/ and tests/fuzz/bracket/ anew: small inputs of
every target, good ones and ones that are bad in the ways of tests/mutations.tsv.

Usage: seeds.py GOLDEN BRACKET [TARGET...]
GOLDEN is an honest run of C1 (run/ and stage/, as tests/e2e/00-golden.sh leaves it), BRACKET
the same of one bracketed command in a database with one small table.  Give seeds away with
the change of the format that makes them stale; tests/e2e/18-fuzz-seeds.sh says when."""
import base64
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../tools")
import forge  # noqa: E402

PACKAGE = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
WHO = b"author x <x@example.org> 1700000000 +0000\ncommitter x <x@example.org> 1700000000 +0000\n"
SMALL = 3000  # bytes of a payload file that becomes a seed whole


class Insider(forge.Signer):
    """Signs with the key of insider.c."""

    def __init__(self, work):
        with open(HERE + "/insider.c", encoding="utf-8") as f:
            raw = re.search(r'secret\[\] = "(.{32})"', f.read())[1].encode()
        with open(work + "/key.der", "wb") as f:
            f.write(bytes.fromhex("302e020100300506032b657004220420") + raw)
        self.openssl("pkey", "-inform", "DER", "-in", work + "/key.der", "-out", work + "/key.pem")
        super().__init__(work + "/key.pem", work)
        self.point = self.openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")[-32:]

    def sshsig(self, text, kind=b"sha512", space=b"git", point=None, version=1, after=b""):
        def s(x):
            return struct.pack(">I", len(x)) + x
        inner = b"SSHSIG" + s(space) + s(b"") + s(kind) + s(hashlib.new(kind.decode(), text).digest())
        blob = (b"SSHSIG" + struct.pack(">I", version) + s(s(b"ssh-ed25519") + s(point or self.point)) + s(space) + s(b"") +
                s(kind) + s(s(b"ssh-ed25519") + s(self.sign(inner))) + after)
        b64 = base64.b64encode(blob).decode()
        lines = [b64[i:i + 70] for i in range(0, len(b64), 70)]
        return "\n".join(["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----"]).encode()


class Maker:
    def __init__(self, golden, bracket, work):
        self.golden, self.bracket = golden, bracket
        self.files = self.tar(golden)
        self.small = self.tar(bracket)
        self.insider = Insider(work)
        self.out = {}

    @staticmethod
    def tar(top):
        with open(top + "/stage/package.tar", "rb") as f:
            return {n[4:]: b for n, b in forge.read_ustar(f.read()).items()}

    def put(self, target, name, data):
        self.out[target + "/" + name] = data if isinstance(data, bytes) else data.encode()

    def statements(self):
        with open(self.golden + "/stage/attestations.intoto.jsonl", "rb") as f:
            lines = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in f]
        for s in lines[:2]:
            s["subject"][0]["digest"]["sha256"] = PACKAGE
        lines[2]["predicate"]["package"] = PACKAGE
        return lines

    # ---- one function a target ----
    def ustar(self):
        m, end = forge.member, bytes(1024)
        two = m("a/b", b"x" * 600) + m("a/c.json", b"{}\n")
        good = {"empty-file": m("a", b"") + end, "two": two + end, "block": m("a", bytes(512)) + end,
                "name-100": m("a" * 49 + "/" + "b" * 50, b"x") + end, "upper": m("A", b"1") + m("a.b", b"2") + end}
        bad = {"no-end": two, "one-end": two + bytes(512), "trailing": two + end + b"x", "end-only": end, "nothing": b"",
               "twice": m("a", b"") * 2 + end, "order": m("b", b"") + m("a", b"") + end, "case": m("A", b"") + m("a", b"") + end,
               "folder": m("a", b"") + m("a/b", b"") + end, "dots": m("../a", b"") + end, "absolute": m("/a", b"") + end,
               "dot": m("./a", b"") + end, "reserved": m("aux.txt", b"") + end, "git": m("x/.git/y", b"") + end,
               "space": m("a b", b"") + end, "gzip": b"\x1f\x8b\x08\0" + bytes(600), "cut": (two + end)[:700],
               "padding": m("a", b"x")[:-1] + b"\1" + end, "pax": m("a", b"", type=b"x") + end, "link": m("a", b"", type=b"2") + end,
               "old-type": m("a", b"", type=b"\0") + end, "mode": m("a", b"", mode=b"000755 \0") + end,
               "owner": m("a", b"", uname=b"root") + end, "prefix": m("a", b"", prefix=b"b") + end, "gnu": m("a", b"", magic=b"ustar ", version=b" \0") + end,
               "checksum": m("a", b"", checksum=b"000000\0 ") + end, "checksum-form": m("a", b"", checksum=b" 7654\0  ") + end,
               "size-binary": m("a", b"", size=b"\x80" + bytes(10) + b"\x01") + end, "size-huge": m("a", b"", size=b"77777777777 ") + end,
               "size-space": m("a", b"", size=b"         00 ") + end, "name-tail": m("a", b"", name=b"a\0b") + end}
        for name, data in {**good, **bad}.items():
            self.put("ustar", name, data)

    def unpack(self):
        base = {"data/a": b"1"}

        def bag(files=base, end=bytes(1024), first=b"", last=b"", names=None, **wrong):
            files = dict(files)
            forge.refresh_tags(files)
            members = [forge.member("bag/" + n, files[n], **(wrong if n == "data/a" else {})) for n in (names or sorted)(files)]
            return first + b"".join(members) + last + end

        def more(name, data=b"x"):
            return bag({**base, "data/" + name: data})
        m = forge.member
        # 79-unpack.sh has more of them, of a large package
        good = {"whole": bag({**base, "data/b/c.json": b"{}\n"}), "empty": bag({"data/e": b""})}
        bad = {"no-data": bag({}), "end": bytes(1024), "longer": bag(end=bytes(1536)), "behind": bag(end=bytes(1024) + b"x"), "cut": bag()[:2000],
               "above": bag(last=m("bag/../../above", b"x")), "beside": bag(last=m("other/x", b"x")), "control": more("\x1b[2J"),
               "git": more(".git/hooks/x"), "case": more("A"), "below": more("a/x"), "twice": bag(last=m("bag/data/a", b"2")),
               "unlisted": bag(last=m("bag/zz", b"x")), "lacks": bag(names=lambda f: sorted(set(f) - {"data/a"})),
               "link": bag(last=m("bag/data/l", b"", type=b"2", linkname=b"/tmp") + m("bag/data/l/x", b"x")), "folder": bag(last=m("bag/data/d", b"", type=b"5")),
               "pax": bag(first=m("pax", b"20 path=bag/data/zz\n", type=b"x")), "mode": bag(mode=b"000755 \0"), "bit": bag().replace(b"data/a\n", b"data/b\n")}
        for name, data in {**good, **bad}.items():
            self.put("unpack", name, data)

    def json(self):
        good = ['{}', '[]', '""', '0', '-1', 'null', 'true', '{"a":1,"b":[{"c":"\\u001f\\n\\"\\\\"}]}', '"\u00e9\u65e5\U0001f600"',
                '9007199254740991', '[' * 64 + ']' * 64, '{"A":{},"a":{}}', '"\u007f/"', '"e\u0301"', '["\u212b","\u1100\u1161"]']
        bad = ['', ' ', '{', '[1,]', '{"a":1,"a":2}', '{"b":1,"a":2}', '1.5', '1e5', '-0', '01', '9007199254740992', '"\\ud800"', '"\\u0000"',
               '"\\/"', '"\\u0041"', '"\x01"', '[' * 65 + ']' * 65, '{"\u00e9":1}', 'nul', '{"a" :1}', '1 2', '\ufeff{}', "'a'", '[NaN]',
               '{"a":1,}', '"\\ud83d\\ude00"', '"\\uD83D\\uDE0', '"a', '{"\u00e9":1,"e\u0301":2}', '"a\\"', '{"a"}', '[1 2]']
        for i, text in enumerate(good + bad):
            self.put("json", "%s-%02d" % ("good" if i < len(good) else "bad", i), text)
        self.put("json", "bad-utf8", b'"\xff\xc0\x80\xed\xa0\x80"')
        self.put("json", "good-run", self.files["data/run.json"].rstrip(b"\n"))
        self.put("json", "good-plan", forge.canonical(json.loads(self.files["data/carrier/plan.json"]))[:6000])

    def base64(self):
        good = ["", "AA==", "AAA=", "AAAA", "////", "+/+/AAAA", base64.b64encode(bytes(range(256))).decode()]
        bad = ["A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "-_-_", "AA\n==", " AAAA", "AAAA=", "AAAA====", "A A=", "AA==AA=="]
        texts = ["2026-06-22T10:11:12.123456Z", "2026-13-22T10:11:12.123456Z", "2026-06-22T24:11:12.123456Z", "0" * 64, "G" * 64,
                 "a\\b\x1b[31m\n\u202e\u00e9e\u0301\U0001f600", "\u1100\u1161\u11a8", "x" * 700, "a\x7fb"]
        for i, text in enumerate(good + bad + texts):
            self.put("base64", "%02d" % i, text)
        self.put("base64", "bytes", b"\xff\xfe\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\0")

    def dsse(self):
        body = forge.canonical(self.statements()[2])
        good = self.insider.envelope(b'{"a":1}')
        self.put("dsse", "good", forge.canonical(good))
        self.put("dsse", "good-statement", forge.canonical(self.insider.envelope(body)))
        self.put("dsse", "good-empty", forge.canonical(self.insider.envelope(b"{}")))
        bad = {"not-canonical": json.dumps(good).encode(), "lf": forge.document(good),
               "type": forge.canonical(self.insider.envelope(b"{}", "application/json")),
               "unsigned": forge.canonical(dict(good, signatures=[])), "null": forge.canonical(dict(good, signatures=None)),
               "twice": forge.canonical(dict(good, signatures=good["signatures"] * 2)), "more": forge.canonical(dict(good, more=1)),
               "no-payload": forge.canonical({k: v for k, v in good.items() if k != "payload"}),
               "body": forge.canonical(dict(good, payload="e30=")), "url": forge.canonical(dict(good, payload="-_8=")),
               "open": forge.canonical(self.insider.envelope(b'{"b":1,"a":2}')), "text": forge.canonical(self.insider.envelope(b"x"))}
        for key, value in (("keyid", "0" * 64), ("keyid", "A" * 64), ("keyid", ""), ("sig", "AAAA"), ("sig", "A" * 86 + "=="), ("sig", 1)):
            changed = json.loads(json.dumps(good))
            changed["signatures"][0][key] = value
            bad["%s-%s" % (key, str(value)[:2])] = forge.canonical(changed)
        for name, data in bad.items():
            self.put("dsse", "bad-" + name, data)

    def statement(self):
        three = self.statements()
        lines = [forge.document(s) for s in three]
        self.put("statement", "good-two", b"".join(lines[:2]))
        self.put("statement", "good-three", b"".join(lines))
        bad = {"one": lines[0], "four": b"".join(lines) + lines[2], "order": lines[1] + lines[0], "twice": lines[0] * 2, "none": b"\n"}
        for line, path, value in ((0, "_type", "x"), (0, "predicateType", "x"), (1, "predicateType", None), (0, "subject", []),
                                  (0, "subject", {}), (1, "subject", [{"digest": {"sha256": "0" * 64}, "name": "package.tar"}]),
                                  (0, "subject", [{"digest": {"sha512": "0" * 128}, "name": "package.tar"}]),
                                  (0, "subject", [{"digest": {"sha256": PACKAGE}, "name": "x"}]), (2, "subject", three[2]["subject"][:3]),
                                  (0, "predicate", {}), (2, "predicate", {"package": "0" * 64, "profile": 1}),
                                  (2, "predicate", {"package": PACKAGE, "profile": 2}), (1, "more", 1)):
            changed = json.loads(json.dumps(three))
            changed[line][path] = value
            bad["%d-%s-%d" % (line, path, len(bad))] = b"".join(forge.document(s) for s in changed[:max(line + 1, 2)])
        for name, data in bad.items():
            self.put("statement", "bad-" + name, data)

    def fleet(self):
        def put(name, change=None, files="all one "):
            lost = {"code": "system", "message": "gone \u2028"}
            doc = {"collector": "x", "command": None, "finished_at": "2026-01-01T00:00:01.000000Z", "nonce": "0" * 32, "schema": "dryproof.fleet/1",
                   "started_at": "2026-01-01T00:00:00.000000Z", "targets": [{"name": n, "reason": None, "state": "collected"} for n in ("all", "one")]
                   + [{"name": "two", "reason": lost, "state": "lost"}]}
            doc["fleet_id"] = forge.sha256(b"".join(x.encode() + b"\n" for x in [doc["nonce"], "all", "one", "two"]))[:32]
            none = dict(database=None, package=None, system_identifier=None)
            predicate = {k: doc[k] for k in ("finished_at", "fleet_id", "started_at")}
            predicate.update(profile=1, tool="x", targets=[dict(none, name="all", package=forge.sha256(b"x"), database="d", system_identifier="1"),
                             dict(none, name="one", package=forge.sha256(b"x"), database="d", system_identifier="2"), dict(none, name="two")])
            if change is not None:
                change(doc, predicate)
            self.put("fleet", name, forge.document(doc) + forge.document(predicate) + files.encode())
        put("good")
        put("good-command", lambda d, p: d.update(command={"argv": ["x"], "duration_ms": 1, "exit": 0, "finished_at": d["finished_at"], "signal": None,
            "started_at": d["started_at"], "stderr": {"bytes": 0, "kept": 0}, "stdout": {"bytes": 0, "kept": 0}, "timed_out": False}))
        put("good-other-name", lambda d, p: p["targets"][2].update(name="three"))
        put("good-other-state", lambda d, p: p["targets"][2].update(package="0" * 64))
        put("good-one-more", lambda d, p: p["targets"].append(p["targets"][2]))
        put("good-other-id", lambda d, p: p.update(fleet_id="1" * 32))
        put("good-twice", lambda d, p: p["targets"][1].update(system_identifier="1"))
        put("bad-no-file", files="all ")
        put("bad-more-files", files="all one zero ")
        put("bad-order", lambda d, p: d["targets"].reverse())
        put("bad-reason", lambda d, p: d["targets"][2].update(reason=None))
        put("bad-name", lambda d, p: d["targets"][0].update(name="../x"))
        put("bad-none", lambda d, p: d.update(targets=[]), files="")
        put("bad-version", lambda d, p: d.update(schema="dryproof.fleet/2"))
        put("bad-member", lambda d, p: d.update(more=1))
        put("bad-id", lambda d, p: d.update(fleet_id="\u2028"))
        put("bad-time", lambda d, p: d.update(started_at="\u001b[2J"))
        put("bad-profile", lambda d, p: p.update(profile=2))

    def policy(self):
        pem = self.insider.public
        good = {"governed": [{"database": "d", "system_identifier": "1"}], "keys": [{"public_key": pem, "role": "packager"}],
                "plans": ["0" * 64], "required_claims": ["no-state"], "schema": "dryproof.policy/1"}
        self.put("policy", "good", json.dumps(good, indent=1))
        self.put("policy", "good-empty", forge.canonical(dict(good, governed=[], plans=[], required_claims=[])))
        self.put("policy", "key", pem)
        self.put("policy", "key-lines", "dryproof role: packager\ndryproof mark: NOT FOR USE\n" + pem)
        self.put("policy", "key-log", "dryproof role: log\n" + pem)
        self.put("policy", "key-crlf", pem.replace("\n", "\r\n"))
        self.put("policy", "key-cut", pem[:-20])
        self.put("policy", "key-twice", pem * 2)
        weak = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + bytes(32)).decode()
        self.put("policy", "key-weak", "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % weak)
        self.put("policy", "key-rsa", "-----BEGIN PUBLIC KEY-----\nMAAA\n-----END PUBLIC KEY-----\n")
        for name, change in {"role": {"keys": [{"public_key": pem, "role": "boss"}]}, "no-key": {"keys": []},
                             "twice": {"keys": good["keys"] * 2}, "roles": {"keys": good["keys"] + [{"public_key": pem, "role": "log"}]},
                             "claim": {"required_claims": ["x"]}, "schema": {"schema": "dryproof.policy/2"}, "more": {"more": 1},
                             "plan": {"plans": ["x"]}, "governed": {"governed": [{"database": "", "system_identifier": "x"}]}}.items():
            self.put("policy", "bad-" + name, forge.canonical(dict(good, **change)))
        self.put("policy", "bad-empty", "")

    def manifest(self):
        a, c = forge.sha256(b"{}\n").encode(), forge.sha256(b"abcd").encode()
        lines = b"%s  data/a/b.json\n%s  data/c\n" % (a, c)
        info, bagit = b"Payload-Oxum: 7.2\n", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        tags = b"".join(b"%s  %s\n" % (forge.sha256(b).encode(), n) for n, b in
                        ((b"bag-info.txt", info), (b"bagit.txt", bagit), (b"manifest-sha256.txt", lines)))
        for mark, name, text in ((b"\0", "info", info), (b"\1", "bagit", bagit), (b"\2", "manifest", lines), (b"\3", "tags", tags)):
            self.put("manifest", "good-" + name, mark + text)
            other = bytes([mark[0] | 4])
            for way, data in (("empty", b""), ("twice", text * 2), ("cut", text[:-1]), ("upper", text.upper()), ("crlf", text.replace(b"\n", b"\r\n"))):
                self.put("manifest", "bad-%s-%s" % (name, way), mark + data)
                self.put("manifest", "bad-%s-%s-mended" % (name, way), other + data)
        for name, data in {"order": b"".join(reversed(lines.splitlines(True))), "less": lines[:lines.index(b"\n") + 1],
                           "star": lines.replace(b"  ", b" *"), "dots": lines.replace(b"data/c", b"data/../c"),
                           "nul": lines.replace(b"data/c", b"data/\0"), "long": a + b"  data/" + b"x" * 200 + b"\n",
                           "digest": lines.replace(c, a), "hex": lines.replace(c, b"g" * 64)}.items():
            self.put("manifest", "bad-" + name, b"\6" + data)

    def record(self):
        seen = set()
        for files in (self.files, self.small):
            for name, data in sorted(files.items()):
                path = name[5:]
                kind = re.sub(r"^(before|after)/", "*/", re.sub(r"^(steps|harness|readback|manifests)/[^/]+", r"\1/*", path))
                kind = re.sub(r"[0-9]{6}", "#", re.sub(r"rep-.", "rep-*", kind)) + ("-bracket" if "bracket" in str(data[:400]) else "")
                if not name.startswith("data/") or kind in seen or (path.startswith("carrier/") and path != "carrier/plan.json"):
                    continue
                if path.endswith(".ndjson"):
                    data = b"".join(data.splitlines(True)[:3])
                if len(data) > (30000 if path.endswith("plan.json") else SMALL):
                    continue
                seen.add(kind)
                self.put("record", re.sub(r"[^a-z0-9]+", "-", kind.strip("*/")), path.encode() + b"\n" + data)
        run = self.files["data/run.json"]
        for name, data in {"more": run.replace(b'{', b'{"a":1,', 1), "version": run.replace(b"run/1", b"run/2"), "no-lf": run[:-1],
                           "space": run.replace(b":", b": ", 1), "two-lf": run + b"\n", "time": re.sub(rb"(started_at\":\")....", rb"\1x026", run),
                           "digest": re.sub(rb"(plan_sha256\":\").", rb"\1G", run)}.items():
            self.put("record", "bad-run-" + name, b"run.json\n" + data)
        self.put("record", "bad-unknown", b"before/more.json\n{}\n")
        self.put("record", "carrier", b"carrier/a.sql\nSELECT 1\n")
        self.put("record", "bad-path", b"../run.json\n{}\n")

    def package(self):
        """Edits of the committed bracket: values of one kind where the verifier looks at them."""
        self.put("package", "nothing", b"")
        for path, old, new in (("run.json", '"steps":1', '"steps":2'), ("before/sequences.json", "[]", "[]"), ("wal.json", '"basis":"equal"', '"basis":null'),
                               ("after/tables.json", '"rows":1', '"rows":2'), ("before/transactions.json", '"next_xid":"', '"next_xid":"9'),
                               ("steps/001-command/command.json", '"exit":0', '"exit":1'), ("after/identity.json", '"timeline":1', '"timeline":2'),
                               ("assertions.json", '"NONE"', '"FULL"'), ("facts.json", '"rows":1', '"rows":3'), ("before/capability.json", "superuser", "something"),
                               ("after/catalog.ndjson", '["', '["a'), ("cost.json", '"ms":', '"ms":1'), ("carrier/plan.json", '"expect_exit":0', '"expect_exit":1')):
            data = self.small["data/" + path].decode()
            self.put("package", re.sub("[^a-z]+", "-", path) + "-%d" % len(self.out), path + "\n" + data.replace(old, new, 1))
        for path in ("run.json", "before/physical.json", "steps/001-command/sessions.ndjson", "harness/ctrf.json"):
            self.put("package", "gone-" + path.replace("/", "-"), path + "\n")
            self.put("package", "patch-" + path.replace("/", "-"), path + "\n@12\n0")

    def package_c1(self):
        """Patches, for the golden package of C1; the place is any."""
        for path in sorted(n[5:] for n in self.files if n.startswith("data/") and self.files[n]):
            if re.search(r"001|before/|^[a-z-]*\.json|manifests/.*rep-1|harness/0[0-3]|readback", path) and len(path) < 80:
                n = len(self.files["data/" + path])
                self.put("package-c1", re.sub("[^a-z0-9]+", "-", path), "%s\n@%d\n1" % (path, n * 5 // 8))

    def loose(self):
        for name, data in {"blob": b"blob 3\0abc", "empty": b"blob 0\0", "tree": b"tree 0\0", "long": b"blob 5000\0" + b"x" * 5000,
                           "more": b"blob 2\0abc", "less": b"blob 4\0abc", "vast": b"blob 99999999999\0", "no-nul": b"blob 3", "no-type": b" 3\0abc",
                           "big-type": b"abcdefghijk 3\0abc", "minus": b"blob -1\0", "zeros": b"blob 003\0abc", "head-32": b"blob 25\0" + b"x" * 25}.items():
            self.put("loose", name, data)
            self.put("loose", name + "-z", zlib.compress(data))
        self.put("loose", "cut-z", zlib.compress(b"blob 500\0" + bytes(range(250)) * 2)[:60])
        self.put("loose", "after-z", zlib.compress(b"blob 3\0abc") + b"x")
        self.put("loose", "checksum-z", zlib.compress(b"blob 3\0abc")[:-1] + b"\0")
        self.put("loose", "stored-z", zlib.compress(b"blob 3\0abc", 0))

    def commit(self):
        tree = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
        parent = b"parent " + b"1" * 40 + b"\n"
        end = b"\na message\n\nDryproof-Package: x\n"
        plain = tree + WHO + end
        signed = tree + WHO + b"gpgsig " + self.insider.sshsig(plain).replace(b"\n", b"\n ") + b"\n" + end
        other = tree + WHO + b"gpgsig " + self.insider.sshsig(plain, b"sha256").replace(b"\n", b"\n ") + b"\n" + end
        for name, data in {"plain": plain, "parent": tree + parent + WHO + end, "two": tree + parent * 2 + WHO + end, "signed": signed,
                           "signed-sha256": other, "edited": signed.replace(b"a message", b"b message"), "no-message": tree + WHO + b"\n",
                           "no-end": tree + WHO, "no-author": tree + end, "more": tree + WHO + b"encoding x\nmore y\n z\n" + end,
                           "twice": signed.replace(b"gpgsig", b"gpgsig x\ngpgsig"), "nul": plain.replace(b"a message", b"a\0message"),
                           "not-a-tree": plain.replace(b"tree ", b"tree x", 1), "early": b"gpgsig x\n" + plain, "crlf": plain.replace(b"\n", b"\r\n"),
                           "sha256-only": signed.replace(b"gpgsig ", b"gpgsig-sha256 "), "empty": b""}.items():
            self.put("commit", name, data)

    def tree(self):
        def entry(mode, name, oid=b"12345678901234567890"):
            return mode + b" " + name + b"\0" + oid
        empty, one = (hashlib.sha1(b).digest() for b in (b"tree 0\0", b"tree 29\0" + entry(b"100644", b"f")))
        file, folder = b"100644", b"40000"
        for name, data in {"empty": b"", "file": entry(file, b"a"), "folder": entry(folder, b"a", one), "empty-folder": entry(folder, b"a", empty),
                           "both": entry(file, b"a") + entry(folder, b"b", one), "order": entry(file, b"b") + entry(file, b"a"),
                           "git-order": entry(file, b"a.b") + entry(folder, b"a", one), "bytes-order": entry(folder, b"a", one) + entry(file, b"a.b"),
                           "twice": entry(file, b"a") * 2, "clash": entry(file, b"a") + entry(folder, b"a", one), "zero-mode": entry(b"0100644", b"a"),
                           "zero-folder": entry(b"040000", b"a", one), "exec": entry(b"100755", b"a"), "link": entry(b"120000", b"a"), "module": entry(b"160000", b"a"),
                           "group": entry(b"100664", b"a"), "slash": entry(file, b"a/f"), "slash-clash": entry(folder, b"a", one) + entry(file, b"a/f"),
                           "dots": entry(file, b".."), "git": entry(folder, b".git", one), "no-name": entry(file, b""), "cut": entry(file, b"a")[:-3],
                           "no-nul": b"100644 a", "long": entry(file, b"x" * 250), "missing": entry(folder, b"a"), "mode-8": entry(b"100648", b"a")}.items():
            self.put("tree", name, data)

    def sshsig(self):
        text, sign = b"tree of the seeds\n", self.insider.sshsig
        good = sign(text)
        for name, data in {"good": good, "good-sha256": sign(text, b"sha256"), "good-lf": good + b"\n\n", "one-line": good.replace(b"\n", b" "),
                           "other-text": sign(b"x"), "space": sign(text, space=b"file"), "version": sign(text, version=2), "after": sign(text, after=b"x"),
                           "stranger": sign(text, point=bytes(range(32))), "no-head": good[5:], "cut": good[:200], "nothing": b"", "other-hash": sign(text, b"sha1"),
                           "base64": good.replace(b"AAAA", b"AAA=", 1)}.items():
            self.put("sshsig", name, data)

    def note(self):
        origin, root, last = b"dryproof.invalid/log/" + b"0123456789abcdef" * 2, base64.b64encode(bytes(range(32))), base64.b64encode(bytes(range(68)))
        text, line = origin + b"\n7\n" + root + b"\n", b"\xe2\x80\x94 " + origin + b" " + last + b"\n"
        good, head = text + b"\n" + line, b"c2sp.org/tlog-proof@v1\nindex 6\n"
        proof = head + (root + b"\n") * 2 + b"\n" + good
        for name, data in {"good": good, "proof": proof, "proof-first": head.replace(b"6", b"0") + b"\n" + good, "nothing": b"", "two": good + line,
                           "extension": text + b"x\n\n" + line, "unsigned": text + b"\n", "zero": good.replace(b"\n7\n", b"\n07\n"),
                           "none": good.replace(b"\n7\n", b"\n0\n"), "origin": good.replace(b"0123", b"012G"), "other": text + b"\n" + line.replace(b"0123", b"1123"),
                           "dash": good.replace(b"\xe2\x80\x94", b"-"), "root": good.replace(root, root[:-1]), "bits": good.replace(root, root[:-2] + b"9="),
                           "no-lf": good[:-1], "crlf": good.replace(b"\n", b"\r\n"), "index": proof.replace(b"index 6", b"index 06"),
                           "version": proof.replace(b"@v1", b"@v2"), "hash": proof.replace(root, b"AAAA", 1), "extra": proof.replace(b"index", b"extra AAAA\nindex", 1),
                           "many": head + (root + b"\n") * 40 + b"\n" + good, "no-note": proof[:-len(good)]}.items():
            self.put("note", name, data)

    def stamp(self):
        """An authority of its own each time: `openssl ts -reply`, and what becomes of its answer."""
        work = tempfile.mkdtemp()

        def openssl(*args, data=b""):
            return subprocess.run(("openssl",) + args, cwd=work, input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        with open(work + "/c", "w") as f:
            f.write("[req]\ndistinguished_name=d\n[d]\n[r]\nbasicConstraints=critical,CA:TRUE\nextendedKeyUsage=critical,timeStamping\n"
                    "keyUsage=critical,digitalSignature,nonRepudiation\n[tsa]\ndefault_tsa=t\n[t]\nserial=s\nsigner_cert=crt\n"
                    "signer_key=key\nsigner_digest=sha256\ndefault_policy=1.2.3\ndigests=sha256,sha512,sha1\ness_cert_id_alg=sha256\n")
        with open(work + "/s", "w") as f:
            f.write("01")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key", "-out", "crt", "-subj", "/CN=a",
                "-days", "36500", "-config", "c", "-extensions", "r")
        for name, args in {"good": ("-sha256", "-cert"), "sha512": ("-sha512", "-cert"), "sha1": ("-sha1", "-cert"), "bare": ("-sha256",)}.items():
            with open(work + "/q", "wb") as f:
                f.write(openssl("ts", "-query", "-data", "s", "-no_nonce", *args))
            self.put("stamp", name, openssl("ts", "-reply", "-config", "c", "-queryfile", "q"))
        good = self.out["stamp/good"]
        n = good[1] & 0x7f
        at = good.index(b"Z", good.index(b"\x18\x0f"))
        for name, data in {"trailing": good + b"\0", "ber": bytes([0x30, 0x80 | n + 1, 0]) + good[2:], "changed": good.replace(b"\x30\x03\2\1\0", b"\x30\x03\2\1\1", 1),
                           "refused": bytes.fromhex("30053003020102"), "cut": good[:300], "no-time": good[:at] + b"A" + good[at + 1:],
                           "month-13": good[:at - 10] + b"13" + good[at - 8:], "empty": b""}.items():
            self.put("stamp", name, data)
        shutil.rmtree(work)

    def report(self):
        hostile = ["\x1b[31mPASS\x1b[0m", "PASS: the dry run ran", "a\rb", "\u202eabc", "\u00e9\U0001f600", "x" * 900, "%s%n%d", "\\", '"},"status":"PASS"',
                   "<script>alert(1)</script>", " ", "a " * 300, "\x7f\x80"]
        for kind in (0, 1, 3, 15, 16, 27):
            self.put("report", "kind-%02d" % kind, bytes([kind]) + "\n".join(hostile).encode())
        self.put("report", "bytes", b"\1\xff\xfe\n\xc0\x80\n\xed\xa0\x80\n\0\n")
        self.put("report", "long", b"\1" + b"y" * 5000)

    def page(self):
        for i, text in enumerate(["x", "", "<script>alert(1)</script>", '" onload="x', "' onload='x", "`code` | cell", "&lt;&#60;", "{{name}}", "a\nb\r\n# head",
                                  "\x1b[31m", "\u202e\u00e9\U0001f600", "$(id)", "-rf", "a.b/c_d-e", "]]>", "<!--", " a ", "\\`", "x" * 2500, "CODE_1",
                                  "a=b", "[x](javascript:y)", "![x](y)", "x" * 1999 + "`|"]):
            self.put("page", "%02d" % i, text)
        self.put("page", "bytes", b"\xff<\xc0\x80>\0&\xed\xa0\x80")

    def mcp(self):
        meta = '{"io.modelcontextprotocol/protocolVersion":"%s","io.modelcontextprotocol/clientCapabilities":{}}'

        def ask(method, params="{}", id="1"):
            return '{"jsonrpc":"2.0","id":%s,"method":"%s","params":%s}\n' % (id, method, params)

        def call(tool, arguments):
            return ask("tools/call", '{"name":"%s","arguments":%s,"_meta":%s}' % (tool, arguments, meta % "2026-07-28"))
        begin = ask("initialize", '{"protocolVersion":"2025-06-18","capabilities":{}}') + '{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
        good = [begin + ask("tools/list"), ask("ping"), ask("ping", id='"x"') * 3, ask("server/discover", '{"_meta":%s}' % (meta % "2026-07-28")),
                call("explain", '{"code":1}'), call("verify", '{"log":1,"attestations":["a","-b"],"package":"0"}'), call("diff", '{"a":"x","rows":5000,"from":"x"}'),
                "x\n\n[]\n" + ask("ping"), begin + begin + ask("tools/call", '{"name":"show","arguments":{"path":""}}')]
        bad = ["", "\n", "{}", "null", "[" + ask("ping").strip() + "]", ask("ping", id="null"), ask("ping", id="[1]"), ask("ping", id="1.5"), ask("ping", "[]"),
               ask("\\u001b[2J"), ask("tools/list"), ask("tools/list", '{"_meta":%s}' % (meta % "1999-01-01")), ask("initialize"), call("none", "{}"),
               '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}', '{"jsonrpc":"2.0","id":1,"result":{}}', "[" * 70, '{"id":1,"id":2}',
               call("explain", '{"code":"3"}'), '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":9007199254740993,"method":1}']
        for i, text in enumerate(good + bad):
            self.put("mcp", "%s-%02d" % ("good" if i < len(good) else "bad", i), text)
        self.put("mcp", "bad-bytes", b'{"id":"\xff"}\n\0\n')


TARGETS = ["ustar", "unpack", "json", "base64", "dsse", "statement", "fleet", "policy", "manifest", "record", "package", "package_c1", "loose", "commit", "tree",
           "sshsig", "note", "stamp", "report", "page", "mcp"]


def main():
    golden, bracket = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as work:
        maker = Maker(golden, bracket, work)
        for target in sys.argv[3:] or TARGETS:
            shutil.rmtree(HERE + "/seeds/" + target.replace("_", "-"), ignore_errors=True)
            getattr(maker, target)()
    for name, data in maker.out.items():
        path = HERE + "/seeds/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
    os.makedirs(HERE + "/bracket", exist_ok=True)
    for name in ("package.tar", "attestations.intoto.jsonl"):
        shutil.copy(bracket + "/stage/" + name, HERE + "/bracket/" + name)


if __name__ == "__main__":
    main()
