"""The same world behind a server: each verb of the story becomes a call of the API over HTTPS.

The server is killed (SIGKILL) and started again wherever the story seals, and whatever was acknowledged
must be there afterwards: the story goes on as if nothing had happened. At the end every secret is
searched for in all that the server has left (searched.py).
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import ssl
import struct
import subprocess
import time
import urllib.parse
from types import SimpleNamespace

from searched import Searched, allow_core_dumps
from world import Failed, World, free_port

PASSWORD = "four staples and 1 battery"
PATIENCE = 30

def six_digits(secret, now):
    """RFC 6238 with SHA-1, 30 seconds, six digits."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def failed(status, body):
    """What the command line would say."""
    problem = json.loads(body or b"{}")
    error = {"error": problem.get("code", str(status)), "message": problem.get("detail", ""),
             "where": problem.get("where", "")}
    return SimpleNamespace(returncode=1, stdout=b"", stderr=json.dumps(error).encode())


def done(value=b""):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return SimpleNamespace(returncode=0, stdout=text, stderr=b"")


def options_of(arguments):
    """Positional arguments, and what follows each option."""
    plain, options = [], {}
    rest = [str(one) for one in arguments]
    while rest:
        one = rest.pop(0)
        if not one.startswith("--"):
            plain.append(one)
            continue
        values = []
        while rest and not rest[0].startswith("--"):
            values.append(rest.pop(0))
        options.setdefault(one[2:], []).extend(values)
    return plain, options


def first(options, name, otherwise=None):
    return options[name][0] if options.get(name) else otherwise


class ServedWorld(Searched, World):
    """World, but that verbs which need the data directory go to a server."""

    def __init__(self, weir, folder, quiet=False):
        super().__init__(weir, folder, quiet)
        self.server = None
        self.port = free_port()
        self.admin_port = free_port()
        self.sessions = {}
        self.kills = 0
        self.keep_secrets(PASSWORD)
        self.routes = {
            "org": self.org, "user": self.user, "agreement": self.agreement, "report": self.report,
            "receipt": self.receipt, "case": self.case, "message": self.message, "status": self.status,
            "fix": self.fix, "embargo": self.embargo, "attachment": self.attachment,
            "release": self.release, "approve": self.approve, "pull": self.pull,
            "publish": self.publish, "public": self.public, "custody": self.custody,
            "key": self.key, "log": self.log,
        }

    # --- the server --------------------------------------------------------------------------

    def certificate(self):
        cert, key = self.folder / "tls.pem", self.folder / "tls.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        self.tls = ssl.create_default_context(cafile=str(cert))
        config = self.data / "weir.toml"
        lines = [line for line in config.read_text().splitlines() if not line.startswith("tls_")]
        config.write_text("\n".join(lines + [f"tls_certificate = '{cert}'", f"tls_key = '{key}'"]) + "\n")

    def start(self):
        log = open(self.folder / "server.log", "ab")
        for name in ("tmp", "work"):
            (self.folder / name).mkdir(exist_ok=True)
        self.server = subprocess.Popen(
            [self.weir, "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
             "--admin-listen", f"127.0.0.1:{self.admin_port}", "--json"],
            stdout=subprocess.PIPE, stderr=log, cwd=self.folder / "work",
            env={**os.environ, "TMPDIR": str(self.folder / "tmp")}, preexec_fn=allow_core_dumps)
        if not self.server.stdout.readline():
            raise Failed(f"the server did not start: {(self.folder / 'server.log').read_text()}")

    def kill(self):
        """No warning, no end of anything; then it starts again, and seals what it finds."""
        self.search("while it runs")
        self.server.kill()
        self.server.wait()
        self.kills += 1
        self.start()

    def stop(self):
        if self.server:
            self.server.terminate()
            code = self.server.wait(timeout=PATIENCE)
            self.check("the server stops when it is told to", code == 0, str(code))
            self.server = None

    def request(self, method, path, body=None, fields=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=60)
        try:
            connection.request(method, path, body=body, headers=fields or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    # --- people ------------------------------------------------------------------------------

    def json_call(self, method, path, value, fields=None):
        fields = {"Content-Type": "application/json", **(fields or {})}
        return self.request(method, path, json.dumps(value).encode(), fields)

    def session(self, handle):
        """Invited over the local socket, enrolled and signed in over HTTPS, at first need."""
        if handle in self.sessions:
            return self.sessions[handle]
        made = World.run(self, "call", "POST", f"/api/v1/users/{handle}/invitation", "--json", actor="ada")
        if made.returncode != 0:
            raise Failed(f"no invitation for {handle}: {made.stderr.decode()}")
        code = json.loads(made.stdout)["code"]
        self.secrets.keep("a one-time code", code)
        _, _, body = self.json_call("POST", "/api/v1/enrolment/begin", {"code": code})
        secret = json.loads(body)["totp_secret"]
        self.secrets.keep("a second factor", secret)
        self.secrets.keep("a second factor's bytes", base64.b32decode(secret.upper() + "=" * (-len(secret) % 8)))
        enrolled, _, body = self.json_call("POST", "/api/v1/enrolment", {
            "code": code, "password": PASSWORD, "totp": six_digits(secret, time.time())})
        if enrolled != 200:
            raise Failed(f"{handle} cannot enrol: {body.decode()}")
        recovery = json.loads(body)["recovery_codes"][0]
        for one in json.loads(body)["recovery_codes"]:
            self.secrets.keep("a recovery code", one)
        signed, headers, body = self.json_call("POST", "/api/v1/session", {
            "handle": handle, "password": PASSWORD, "second_factor": recovery})
        if signed != 201:
            raise Failed(f"{handle} cannot sign in: {body.decode()}")
        self.sessions[handle] = {"Cookie": headers["Set-Cookie"].split(";")[0],
                                 "Weir-CSRF": json.loads(body)["csrf"]}
        self.secrets.keep("a session", self.sessions[handle]["Cookie"].split("=")[1])
        self.secrets.keep("a CSRF token", self.sessions[handle]["Weir-CSRF"])
        self.use_token(handle)
        return self.sessions[handle]

    def use_token(self, handle):
        """Also by programs, with a right token and a wrong one."""
        _, _, body = self.json_call("POST", "/api/v1/tokens", {"label": "story", "scopes": ["read"]},
                                    self.sessions[handle])
        token = json.loads(body)["token"]
        self.secrets.keep("a token", token.rsplit("_", 1)[1])
        for bearer, status in ((token, 200), (token[:-1], 401)):
            got = self.request("GET", "/api/v1/cases", fields={"Authorization": f"Bearer {bearer}"})
            self.refusals += [got[2]] if got[0] >= 400 else []
            if got[0] != status:
                raise Failed(f"a token of {handle} was answered {got[0]}, not {status}")

    def call(self, actor, method, path, value=None, raw=None, fields=None):
        """As the command line would answer."""
        fields = {**(self.session(actor) if actor else {}), **(fields or {})}
        if value is not None:
            value = {name: one for name, one in value.items() if one is not None}
            raw, fields["Content-Type"] = json.dumps(value).encode(), "application/json"
        elif raw is not None:
            fields.setdefault("Content-Type", "application/octet-stream")
        status, _, body = self.request(method, path, raw, fields)
        if status >= 400:
            self.refusals.append(body)
        if status == 202:
            return failed(403, json.dumps({"code": "denied", "where": json.loads(body)["waiting"],
                                           "detail": "a second person must approve this first"}))
        return failed(status, body) if status >= 300 else done(body)

    def run(self, *arguments, actor=None, data=True, stdin=None):
        plain, options = options_of(arguments)
        if plain[0] == "init" and self.server is None:
            return World.run(self, *arguments, actor=actor, data=data, stdin=stdin)
        if not data or plain[0] not in self.routes:
            return World.run(self, *arguments, actor=actor, data=data, stdin=stdin)
        if self.server is None:
            self.certificate()
            self.start()
            self.check("a second server on the same directory is refused",
                       World.run(self, "serve", "--listen", "127.0.0.1:0").returncode == 1)
            refused = World.run(self, "org", "list", actor="ada")
            self.check("a verb says that a server has the directory, and how to ask it",
                       b"weir call" in refused.stderr, refused.stderr.decode())
            queue = World.run(self, "case", "queue", "--json", actor="ada")
            self.check("a verb that shows content asks it", json.loads(queue.stdout or b"0") == [],
                       queue.stderr.decode())
        options.pop("json", None)
        return self.routes[plain[0]](actor, plain[1:], options)

    # --- verbs -------------------------------------------------------------------------------

    def org(self, actor, plain, options):
        if plain[0] == "list":
            answer = self.call(actor, "GET", "/api/v1/organisations?limit=1000")
            return done(json.loads(answer.stdout)["organisations"]) if not answer.returncode else answer
        return self.call(actor, "POST", "/api/v1/organisations", {
            "name": plain[1], "class": first(options, "class"), "country": first(options, "country"),
            "bound": first(options, "bound"), "public_body": first(options, "public-body")})

    def user(self, actor, plain, options):
        return self.call(actor, "POST", "/api/v1/users", {
            "handle": plain[1], "organisation": first(options, "org"), "roles": options["role"]})

    def agreement(self, actor, plain, options):
        path = f"/api/v1/organisations/{urllib.parse.quote(plain[1])}/agreement"
        return self.call(actor, "PUT", path, {"level": first(options, "level")})

    def report(self, actor, plain, options):
        body = pathlib.Path(plain[0]).read_bytes()
        answer = self.call(actor, "POST", "/api/v1/reports", raw=body,
                           fields={"Content-Type": "application/json"})
        if answer.returncode:
            return answer
        said = json.loads(answer.stdout)
        if "promise-out" in options:
            pathlib.Path(first(options, "promise-out")).write_text(said["promise"])
        code = {"Weir-Return-Code": said["return_code"]} if "return_code" in said else {}
        if code:
            self.secrets.keep("a return code", said["return_code"])
        for path in map(pathlib.Path, options.get("attach", [])):
            added = self.call(actor, "POST", f"/api/v1/cases/{said['case']}/attachments",
                              raw=path.read_bytes(), fields={"Weir-File-Name": path.name, **code})
            if added.returncode:
                return added
        if code:
            self.comes_back(said, code)
        return answer

    def comes_back(self, said, code):
        mine = json.loads(self.call(None, "GET", "/api/v1/cases", fields=code).stdout)
        self.check("whoever reported without an account comes back with the code",
                   [row["case"] for row in mine["cases"]] == [said["case"]], str(mine))
        path = f"/api/v1/cases/{said['case']}/messages"
        posted = self.call(None, "POST", path, {"text": "Any news?", "to_reporter": "yes",
                                                "level": "notice"}, fields=code)
        self.check("and says something more", posted.returncode == 0, posted.stderr.decode())

    def receipt(self, actor, plain, options):
        answer = self.call(None, "GET", f"/receipts/{plain[0]}")
        if not answer.returncode and "out" in options:
            pathlib.Path(first(options, "out")).write_bytes(answer.stdout)
            return done()
        return answer

    def case(self, actor, plain, options):
        verb, rest = plain[0], plain[1:]
        lists = {"queue": "/api/v1/queue?limit=1000", "mine": "/api/v1/cases?limit=1000"}
        if verb in lists:
            answer = self.call(actor, "GET", lists[verb])
            rows = json.loads(answer.stdout)["cases"]
            shown = ("case", "size", "state", "handler")
            return done([{**{k: row[k] for k in shown if k in row}, "age_hours": 0} for row in rows])
        path = f"/api/v1/cases/{rest[0]}"
        if verb in ("show", "readers", "timeline"):
            answer = self.call(actor, "GET", path if verb == "show" else f"{path}/{verb}?limit=1000")
            inside = {"readers": "readers", "timeline": "events"}.get(verb)
            self.same_beside(["case", verb, rest[0]], actor, answer, inside)
            return done(json.loads(answer.stdout)[inside]) if inside and not answer.returncode else answer
        conflict = first(options, "conflict")
        bodies = {
            "claim": (path + "/claim", {"conflict": conflict}),
            "accept": (path + "/accept", None),
            "merge": (path + "/merge", {"into": rest[-1]}),
            "add": (path + "/participants", {"organisation": rest[-1], "as": first(options, "role")}),
            "spam": ("/api/v1/queue/spam", {"cases": rest, "conflict": conflict}),
        }
        return self.call(actor, "POST", *bodies[verb])

    def same_beside(self, verb, actor, answer, inside):
        """The command line beside the server says the same: it asks over the local socket."""
        beside = World.run(self, *verb, "--json", actor=actor)
        same = beside.returncode == answer.returncode
        if same and not answer.returncode:
            shown = json.loads(answer.stdout)
            shown = shown[inside] if inside else shown
            for one in shown if isinstance(shown, list) else [shown]:
                one.pop("receipts", None)  # the second look is a repeat
                one.pop("cursor", None)  # the verb goes through all pages
            mine = json.loads(beside.stdout)
            for one in mine if isinstance(mine, list) else [mine]:
                one.pop("receipts", None)
            same = mine[:len(shown)] == shown if isinstance(shown, list) else mine == shown
        if not same:
            self.check(f"weir {' '.join(verb)} says what the server says", False, beside.stderr.decode())

    def message(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[0]}/messages", {
            "text": plain[1], "vulnerability": int(first(options, "vulnerability", 0))})

    def status(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[0]}/statements", {
            "answer": plain[1], "vulnerability": int(first(options, "vulnerability")),
            "text": first(options, "text")})

    def fix(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[0]}/fixes", {
            "vulnerability": int(first(options, "vulnerability")), "product": first(options, "product"),
            "phase": "fix_public" if "public" in options else "fix_exists"})

    def embargo(self, actor, plain, options):
        path = f"/api/v1/cases/{plain[1]}/embargo"
        if plain[0] == "end":
            return self.call(actor, "DELETE", path)
        return self.call(actor, "POST", f"{path}/{plain[0]}")

    def attachment(self, actor, plain, options):
        answer = self.call(actor, "GET", f"/api/v1/cases/{plain[1]}/attachments/{plain[2]}")
        beside = World.run(self, "attachment", *plain, actor=actor)
        self.check("the command line gets the same bytes by the local socket",
                   beside.returncode == answer.returncode and beside.stdout == answer.stdout)
        return answer

    def release(self, actor, plain, options):
        value = {"level": first(options, "level"), "recipients": options["to"],
                 "ground": first(options, "ground")}
        if plain[0] == "decide":
            return self.call(actor, "POST", f"/api/v1/cases/{plain[1]}/releases", value)
        answer = self.call(actor, "POST", f"/api/v1/cases/{plain[1]}/releases/preview", value)
        return answer if answer.returncode else done(json.loads(answer.stdout)["recipients"])

    def approve(self, actor, plain, options):
        verb = "show" if "show" in options else "approve"
        return self.call(actor, "POST", f"/api/v1/waiting/{plain[0]}/{verb}",
                         {"conflict": first(options, "conflict")})

    def pull(self, actor, plain, options):
        answer = self.call(actor, "GET", "/api/v1/releases")
        self.same_beside(["pull"], actor, answer, "cases")
        return answer if answer.returncode else done(json.loads(answer.stdout)["cases"])

    def publish(self, actor, plain, options):
        """The advisories as the handler reads them, put together here as `weir publish` does."""
        case, public_id = plain[0], first(options, "id")
        shown = json.loads(self.call(actor, "GET", f"/api/v1/cases/{case}").stdout)
        advisories = [json.loads(i["text"]) for i in shown["items"] if i["kind"] == "advisory"]
        record = {"format": "weir-publication/v1", "id": public_id, "advisories": advisories}
        return self.call(actor, "POST", f"/api/v1/cases/{case}/publication?id={public_id}",
                         raw=json.dumps(record).encode())

    def public(self, actor, plain, options):
        return self.call(None, "GET", f"/api/v1/publications/{plain[0]}")

    def key(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[1]}/erasure",
                         {"conflict": first(options, "conflict")})

    def custody(self, actor, plain, options):
        if plain[0] == "open":
            return self.call(actor, "POST", f"/api/v1/cases/{plain[1]}/opening", {})
        if plain[0] == "open-cover":
            return self.call(actor, "POST", "/api/v1/cover/opening")
        out = pathlib.Path(first(options, "out"))
        out.mkdir(exist_ok=True)
        rows = []
        for stream in json.loads(self.call(None, "GET", "/custody/index.json").stdout)["streams"]:
            (out / f"{stream}.json").write_bytes(self.call(None, "GET", f"/custody/{stream}.json").stdout)
            rows.append({"stream": stream})
        return done(rows)

    # --- the log -----------------------------------------------------------------------------

    def log(self, actor, plain, options):
        return self.seal() if plain[0] == "seal" else self.mirror(pathlib.Path(plain[1]))

    def seal(self):
        """What was acknowledged before the kill is sealed after it."""
        before = self.call(None, "GET", "/log/checkpoint").stdout
        self.kill()
        end = time.time() + PATIENCE
        note = before
        while note == before and time.time() < end:
            time.sleep(0.05)
            note = self.call(None, "GET", "/log/checkpoint").stdout
        text = note.decode()
        signatures = [line for line in text.splitlines() if line.startswith("\u2014 ")]
        return done({"size": int(text.split("\n")[1]), "cosignatures": len(signatures) - 1,
                     "published": note != before})

    def mirror(self, folder):
        """Every file that an outsider needs, got as an outsider gets it."""
        size = int(self.fetch(folder, "checkpoint").split(b"\n")[1])
        for one in self.fetch(folder, "archive").split():
            self.fetch(folder, f"checkpoints/{one.decode()}")
        for kind in ("entries", "0", "1"):
            width = 256 ** (2 if kind == "1" else 1)
            hashes = size // (width // 256)
            for index in range(-(-hashes // 256)):
                part = min(256, hashes - index * 256)
                self.fetch(folder, f"tile/{kind}/{index:03d}" + (f".p/{part}" if part < 256 else ""))
        return done({"size": size})

    def fetch(self, folder, path):
        answer = self.call(None, "GET", f"/log/{path}")
        if answer.returncode:
            raise Failed(f"/log/{path}: {answer.stderr.decode()}")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(answer.stdout)
        return answer.stdout

    def stop_witnesses(self):
        if self.server:
            self.server.kill()
            self.server.wait()
        super().stop_witnesses()

    # --- the end -----------------------------------------------------------------------------

    def finish(self):
        if self.server:
            self.check(f"killed {self.kills} times, nothing acknowledged was lost", self.kills >= 3)
            known = self.secrets.found_in((self.folder / "first.json").read_bytes())
            self.check("the search finds what is there", {"the flaw", "the exploit"} <= set(known), str(known))
            self.crash()
            self.search("after a crash")
        self.stop()
        self.search("at rest")
        super().finish()
