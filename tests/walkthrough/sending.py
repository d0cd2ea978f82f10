"""A company with a Weir of its own files with an authority that runs another one: the early warning opens a case
there, the next stage goes into it, and the authority's receipts are verified and kept. In between stand answers that
never come, a client that is killed, servers that are killed, and an authority that answers nonsense.

    sending.py WEIR
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

from news import Place
from terminal import must
from world import free_port

FIELDS = {"early_warning": {"vulnerability": "yes", "member_states": "DE, FR"},
          "notification": {"product": "Router OS", "nature": "zqnature of it", "measures_taken": "none yet",
                           "user_measures": "block the port", "sensitivity": "high"}}
MAKER = {"format": "weir-profile/v1", "establishment": "DE", "attributes": {"role": ["manufacturer"], "market": ["EU"]}}
CSIRT = {"format": "weir-profile/v1", "establishment": "DE", "attributes": {"role": ["csirt"], "jurisdiction": ["DE"]}}
REPORT = {"format": "weir-report/v1", "title": "t", "vulnerabilities": [
    {"title": "t", "products": [{"vendor": "Northwind", "name": "Router OS"}]}]}
PATIENCE = 60


class Served(Place):
    """A platform, with and without its server."""

    def __init__(self, weir, folder, origin, authority):
        os.makedirs(folder)
        super().__init__(weir, folder)
        self.made = self.do("init", "--trial", "--origin", origin, "--authority", authority, "--class", "ministry",
                            "--country", "DE", "--admin", "ada")
        self.server = None
        self.address = None

    def write(self, name, value):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(value, file)
        return path

    def up(self):
        with open(os.path.join(self.folder, "server.log"), "ab") as log:
            port = free_port()
            self.server = subprocess.Popen([self.weir, "serve", "--data", self.data, "--listen", f"127.0.0.1:{port}"],
                                           stdout=subprocess.PIPE, stderr=log)
        must(self.server.stdout.readline(), "the server starts")
        self.address = f"http://127.0.0.1:{port}"

    def down(self, how=signal.SIGKILL):
        if self.server:
            self.server.send_signal(how)
            self.server.wait()
            self.server = None


class Between(http.server.BaseHTTPRequestHandler):
    """Stands before the authority. `does` says what becomes of a filing: passed on; its answer lost; held back."""

    target = ""
    does = "pass"
    seen = []
    held = threading.Event()

    def hand_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        link = http.client.HTTPConnection(Between.target.removeprefix("http://"), timeout=PATIENCE)
        link.request(self.command, self.path, body, {name: value for name, value in self.headers.items()
                                                     if name.lower() not in ("host", "connection")})
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()

    def answer(self, status, body, fields=()):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **dict(fields)}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # who asked has heard enough
            self.wfile.write(body)

    def do_POST(self):
        Between.seen.append((self.path, self.headers.get("Idempotency-Key")))
        does = Between.does
        if callable(does):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return does(self)
        status, _, body = self.hand_on()
        if does == "lose" and len(Between.seen) < 3:
            self.connection.close()  # the authority has it; who sent it does not know
            return None
        if does == "hold":
            Between.held.set()
            time.sleep(PATIENCE)
            return None
        return self.answer(status, body)

    def do_GET(self):
        if callable(Between.does):
            return Between.does(self)
        status, _, body = self.hand_on()
        return self.answer(status, body, {"Content-Type": "text/plain"})

    def log_message(self, *_):
        pass


def between(authority):
    Between.target = authority.address
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def company(weir, folder):
    place = Served(weir, os.path.join(folder, "company"), "northwind.example/log", "Northwind PSIRT")
    place.do("org", "add", "Northwind", "--class", "vendor", "--country", "DE", "--bound", "no", who="ada")
    place.do("user", "add", "ven", "--org", "Northwind", "--role", "reporter", who="ada")
    place.do("profile", "set", "Northwind", place.write("profile.json", MAKER), who="ada")
    place.configure(tls_certificate="", tls_key="", admin_listen="")
    return place


def authority(weir, folder):
    place = Served(weir, os.path.join(folder, "authority"), "csirt.example/log", "CSIRT")
    place.do("user", "add", "cora", "--org", "CSIRT", "--role", "coordinator", who="ada")
    place.do("profile", "set", "CSIRT", place.write("profile.json", CSIRT), who="ada")
    place.configure(tls_certificate="", tls_key="", admin_listen="")
    config = pathlib.Path(place.data, "weir.toml")
    config.write_text(config.read_text(encoding="ascii").replace("seal_every_seconds = 10", "seal_every_seconds = 1"),
                      encoding="ascii")
    with open(os.path.join(place.folder, "vkey"), "w", encoding="ascii") as file:
        file.write(place.made["log_vkey"] + "\n")
    return place


def call(place, method, path, body=None, *, who):
    more = ["--body", json.dumps(body)] if body is not None else []
    return place.do("call", method, f"/api/v1{path}", *more, who=who)


def aware(maker):
    if maker.server:
        case = call(maker, "POST", "/reports", REPORT, who="ven")["case"]
    else:
        case = maker.do("report", maker.write("report.json", REPORT), who="ven")["case"]
    then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    for event in ("flaw_known", "exploitation_known"):
        maker.do("fact", "add", case, event, "--at", then, "--source", "own test", who="ven")
    return case


def draft(maker, case, stage):
    board = {row["stage"]: row for row in maker.do("clocks", "board", "--case", case, who="ven")}
    return maker.do("filing", "draft", board[f"eu-cra/{stage}"]["obligation"], "--values",
                    maker.write("values.json", FIELDS[stage]), who="ven")["filing"]


def state(maker, filing):
    return next(row["state"] for row in maker.do("filing", "list", who="ven") if row["filing"] == filing)


def submit(maker, filing, to, *more):
    return maker.start("filing", "submit", filing, "--channel", "weir", "--to", to, *more, who="ven")


def sent(maker, filing, to, *more):
    done = submit(maker, filing, to, *more)
    must(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)


def cases_of(ministry):
    """How many filings lie in the authority's queue."""
    return len(call(ministry, "GET", "/queue", who="ada")["cases"])


def receipt(maker, filing, ministry, *more):
    """Once it is sealed there."""
    end = time.time() + PATIENCE
    while True:
        done = maker.start("filing", "receipt", filing, "--vkey", os.path.join(ministry.folder, "vkey"), "--unwitnessed",
                           *more, who="ven")
        if done.returncode == 0 or "not been sealed" not in done.stderr or time.time() > end:
            return done
        time.sleep(0.5)


def nothing_is_submitted_by_nonsense(maker, filing, to):
    """Answers that are none of a Weir: said, and nothing is lost."""
    good = {"case": "C", "receipt": "r", "promise": "p"}
    answers = {
        "no JSON": lambda at: at.answer(201, b"<html>"),
        "a list": lambda at: at.answer(201, b"[]"),
        "no receipt": lambda at: at.answer(201, json.dumps({"case": "C", "promise": "p"}).encode()),
        "a number": lambda at: at.answer(201, json.dumps({**good, "case": 7}).encode()),
        "an empty case": lambda at: at.answer(201, json.dumps({**good, "case": ""}).encode()),
        "a long case": lambda at: at.answer(201, json.dumps({**good, "case": "C" * 5000}).encode()),
        "too much": lambda at: at.answer(201, b" " * (3 << 20) + json.dumps(good).encode()),
        "elsewhere": lambda at: at.answer(302, b"", {"Location": to + "/x"}),
        "a refusal": lambda at: at.answer(403, json.dumps({"code": "denied", "detail": "not from you"}).encode()),
        "an error": lambda at: at.answer(500, b"\x1b[31mred\x1b[0m"),
    }
    for name, answer in answers.items():
        Between.does = answer
        done = submit(maker, filing, to)
        must(done.returncode == 1, f"{name}: {done.stdout}")
        must(json.loads(done.stderr)["message"], f"{name}: {done.stderr}")
        must("\x1b" not in done.stderr, f"{name}: it reaches a terminal")
        must(name != "a refusal" or "not from you" in done.stderr, f"its own words: {done.stderr}")
        must(state(maker, filing) == "draft", f"{name}: it stays a draft")
    Between.does = "pass"


def an_answer_that_is_lost(maker, filing, to, ministry):
    Between.seen.clear()
    Between.does = "lose"
    before = cases_of(ministry)
    said = sent(maker, filing, to)
    keys = {key for _, key in Between.seen}
    must(len(Between.seen) == 3 and len(keys) == 1, f"sent again by the same key: {Between.seen}")
    must(cases_of(ministry) == before + 1, "the authority has it once")
    Between.does = "pass"
    return said


def a_client_that_is_killed(maker, filing, to, ministry):
    """After the authority has it, before anybody here knows."""
    Between.seen.clear()
    Between.held.clear()
    Between.does = "hold"
    client = subprocess.Popen([maker.weir, "filing", "submit", filing, "--channel", "weir", "--to", to, "--data",
                               maker.data, "--json", "--as", "ven"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    must(Between.held.wait(PATIENCE), "the authority has it")
    client.kill()
    client.communicate()
    Between.does = "pass"
    must(state(maker, filing) == "draft", "nobody here knows yet")
    for one in (maker, ministry):
        if one.server:
            one.down()
            one.up()
    Between.target = ministry.address
    before = cases_of(ministry)
    said = sent(maker, filing, to)
    must(cases_of(ministry) == before, "the authority has it once")
    must(len({key for _, key in Between.seen}) == 1, "by the same key")
    return said


def handle(ministry, case):
    call(ministry, "POST", f"/cases/{case}/claim", {"conflict": "no"}, who="cora")
    call(ministry, "POST", f"/cases/{case}/accept", who="cora")


def story(maker, ministry, to, served):
    case = aware(maker)
    if served:
        maker.up()
    warning = draft(maker, case, "early_warning")
    must("https://" in submit(maker, warning, "http://192.0.2.1").stderr, "in the clear it goes nowhere")
    if served:
        nothing_is_submitted_by_nonsense(maker, warning, to)
        first = a_client_that_is_killed(maker, warning, to, ministry)
    else:
        first = an_answer_that_is_lost(maker, warning, to, ministry)
    must(state(maker, warning) == "submitted", "it is submitted")
    must("conflict" in submit(maker, warning, to).stderr, "once")
    if not served:
        handle(ministry, first["authority_case"])
    notification = draft(maker, case, "notification")
    before = cases_of(ministry)
    if served:
        second = a_client_that_is_killed(maker, notification, to, ministry)
    else:
        second = an_answer_in_the_same_case(maker, notification, to)
    must(second["authority_case"] == first["authority_case"], f"the same case there: {first} {second}")
    must(cases_of(ministry) == before, "and no other")
    for filing in (warning, notification):
        out = os.path.join(maker.folder, "authority.tlog-proof")
        done = receipt(maker, filing, ministry, "--out", out)
        must(done.returncode == 0, f"the receipt: {done.stderr}")
        must(json.loads(done.stdout)["origin"] == "csirt.example/log", done.stdout)
        must(state(maker, filing) == "acknowledged", "it is the acknowledgement")
        must(receipt(maker, filing, ministry).returncode == 0, "and can be had again")
        verify = subprocess.run([maker.weir, "verify", out, "--vkey", os.path.join(ministry.folder, "vkey"),
                                 "--unwitnessed"], capture_output=True, check=False)
        must(verify.returncode == 0, f"anybody can verify it: {verify.stderr}")
    return first["authority_case"], warning


def an_answer_in_the_same_case(maker, filing, to):
    Between.seen.clear()
    said = sent(maker, filing, to)
    must(Between.seen[0][0].endswith("/filings"), f"into the case: {Between.seen}")
    return said


def what_the_authority_sees(ministry, case):
    shown = json.dumps(call(ministry, "GET", f"/cases/{case}", who="cora"))
    must("zqnature" in shown and "DE, FR" in shown, f"both stages: {shown}")
    board = ministry.do("clocks", "board", who="cora")
    must(any(row["stage"].startswith("eu-cra-csirt/") and row["case"] == case for row in board),
         f"the authority's own clock runs: {board}")


def a_wrong_receipt_is_refused(maker, ministry, to):
    """Of another event of the same log, and bytes that are none."""
    case = aware(maker)
    one = draft(maker, case, "early_warning")
    sent(maker, one, to)
    other = json.loads(subprocess.run(
        [ministry.weir, "report", ministry.write("other.json", REPORT), "--anonymous", "--to", ministry.address, "--json"],
        capture_output=True, check=True).stdout)["receipt"]
    end = time.time() + PATIENCE
    wrong = b""
    while not wrong and time.time() < end:
        time.sleep(0.2)
        with contextlib.suppress(urllib.error.HTTPError):  # not sealed yet
            wrong = urllib.request.urlopen(f"{ministry.address}/receipts/{other}").read()
    must(wrong, "there is another receipt")
    for name, body in (("another event", wrong), ("no receipt", b"x"), ("too much", b"x" * (8 << 20))):
        Between.does = lambda at, body=body: at.answer(200, body, {"Content-Type": "text/plain"})
        done = receipt(maker, one, ministry)
        must(done.returncode == 1, f"{name}: {done.stdout}")
        must(state(maker, one) == "submitted", f"{name}: nothing is acknowledged")
    Between.does = "pass"
    done = receipt(maker, one, ministry)
    must(done.returncode == 0, done.stderr)


def over_https(maker, ministry):
    """The authority's own certificate, and no other."""
    cert, key = (os.path.join(ministry.folder, name) for name in ("tls.pem", "tls.key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    ministry.down(signal.SIGTERM)
    ministry.configure(tls_certificate=cert, tls_key=key)
    ministry.up()
    to = "https://localhost:" + ministry.address.rsplit(":", 1)[1]
    filing = draft(maker, aware(maker), "early_warning")
    must("denied" in submit(maker, filing, to).stderr, "a certificate that nobody vouches for")
    must(state(maker, filing) == "draft", "nothing was handed over")
    sent(maker, filing, to, "--ca-file", cert)
    done = receipt(maker, filing, ministry, "--ca-file", cert)
    must(done.returncode == 0, done.stderr)
    must(ssl.PEM_cert_to_DER_cert(pathlib.Path(cert).read_text(encoding="ascii")), "it was a certificate")


def nothing_lies_open(maker):
    """Neither the return code of the case there nor the address stands in a file or a log of the company."""
    codes = set()
    for row in maker.do("filing", "list", who="ven"):
        if row["channel"] == "weir":
            one = call(maker, "GET", f"/filings/{row['filing']}/sending", who="ven")
            codes.add(one["authority_return_code"])
    must(codes and all(len(code) > 20 for code in codes), "each case there has its code")
    for path in pathlib.Path(maker.folder).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        must(not any(code.encode() in content for code in codes), f"a return code in {path}")
        must(b"zqnature" not in content or path.name == "values.json", f"what was filed in {path}")


def main():
    with tempfile.TemporaryDirectory(prefix="weir-sending-") as folder:
        weir = os.path.abspath(sys.argv[1])
        maker, ministry = company(weir, folder), authority(weir, folder)
        try:
            ministry.up()
            to = between(ministry)
            case, _ = story(maker, ministry, to, served=False)
            what_the_authority_sees(ministry, case)
            story(maker, ministry, to, served=True)
            a_wrong_receipt_is_refused(maker, ministry, to)
            over_https(maker, ministry)
            nothing_lies_open(maker)
        finally:
            maker.down()
            ministry.down()
    print("filings went to another Weir once each, into one case, and its receipts are their acknowledgement")


if __name__ == "__main__":
    main()
