#!/usr/bin/env python3
"""A filled trial instance that is served: addresses, sign-ins, a board of what is due, and commands to
try. The public records that lie beside the checkout are in it.

  demo.py --weir BINARY --keep DIR [--port N]

It is made anew each time, by the same verbs and calls that anybody has. The commands are run
once, so that what is printed works. It serves until Ctrl-C, or until its input ends.
"""

import argparse
import datetime
import http.client
import json
import pathlib
import secrets
import shutil
import ssl
import subprocess
import sys
import time

import story
from served import six_digits
from world import Failed, World, free_port, write_json

PATIENCE = 30
RECORDS = pathlib.Path(__file__).resolve().parent.parent.parent.parent / "shared/data/large"
# Three packages with flaws that everybody knows.
INVENTORY = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
             "components": [{"type": "library", "name": name, "version": version, "purl": purl}
                            for name, version, purl in (
                                ("lodash", "4.17.15", "pkg:npm/lodash@4.17.15"),
                                ("jinja2", "2.10", "pkg:pypi/jinja2@2.10"),
                                ("requests", "2.19.0", "pkg:pypi/requests@2.19.0"))]}
SIGN_INS = {"ada": "administrator", "cora": "coordinator", "ven": "vendor", "rita": "reporter"}


def report_of(title, text, vendor="Northwind", product="Router OS"):
    return {"format": "weir-report/v1", "title": title,
            "vulnerabilities": [{"title": title, "products": [{"vendor": vendor, "name": product}],
                                 "parts": [{"level": "technical", "kind": "description", "text": text}]}]}


class Demo(World):
    def __init__(self, weir, folder, port):
        super().__init__(weir, folder, quiet=True)
        self.port = port or free_port()
        self.server = None
        self.tls = None
        self.board = []
        self.conflicts = []
        self.has_records = False

    # --- what is in it -----------------------------------------------------------------------

    def fill(self):
        """A case in the queue, one that is worked on with its vendor, one from somebody without an
        account, and one that is published."""
        self.do("init", "--trial", "--origin", "demo.example/log", "--authority", "Ministry",
                "--class", "ministry", "--country", "XX", "--admin", "ada")
        for name, kind, country, bound, public_body in story.ORGANISATIONS:
            self.do("org", "add", name, "--class", kind, "--country", country, "--bound", bound,
                    "--public-body", public_body, actor="ada")
        for handle, organisation, role in story.USERS:
            self.do("user", "add", handle, "--org", organisation, "--role", role, actor="ada")
        for name in ("CERT-XX", "Southgate"):
            self.do("agreement", "set", name, "--level", "technical", actor="ada")
        self.hand_in("waiting", report_of("Telnet is open after an update", "Port 23, no password."),
                     "--as", "rita")
        self.hand_in("anonymous", report_of("Log shows passwords", "At debug level."), "--anonymous")
        worked = self.hand_in("worked", story.REPORT, "--as", "rita")
        self.take(worked)
        self.do("message", worked, "We can reproduce it; a fix is planned.", "--vulnerability", 1,
                actor="ven")
        self.do("status", worked, "affected", "--vulnerability", 1, "--text", "Fix in 4.7.2.", actor="ven")
        self.do("release", "decide", worked, "--level", "notice", "--to", "CERT-XX", "Southgate",
                "--ground", "agreement, article 4", actor="cora")
        fixed = self.hand_in("fixed", report_of("Reboot on a bad packet", "One byte is enough."), "--as", "rita")
        self.take(fixed)
        self.do("fix", fixed, "--vulnerability", 0, "--product", "Router OS", "--public", actor="ven")
        self.do("publish", fixed, "--id", "DEMO-2026-0001", actor="cora")
        self.run_clocks(worked, fixed)
        self.do("log", "seal")

    def import_records(self):
        """With the progress bar of the real verb, for whoever looks."""
        if not RECORDS.is_dir():
            print(f"\nThe public database stays empty: there is no {RECORDS}.")
            return
        print("\nPublic records, into the public database:\n", flush=True)
        done = subprocess.run(self.line(["import", RECORDS], None, True), timeout=600, check=False)
        self.has_records = self.check("the public records are imported", done.returncode == 0)

    def run_clocks(self, worked, fixed):
        """The vendor is under the laws of the EU, China and the United States; the authority is a CSIRT. One
        flaw is exploited, one was known for too long."""
        for name, attributes in (
                ("Northwind", {"role": ["manufacturer"], "market": ["EU", "CN", "US"], "sector": ["medical_devices"]}),
                ("Ministry", {"role": ["csirt"], "jurisdiction": ["DE"]})):
            profile = {"format": "weir-profile/v1", "establishment": "DE", "attributes": attributes}
            self.do("profile", "set", name, write_json(self.folder / "profile.json", profile), actor="ada")
        self.do("clocks", "warn", "Northwind", "--hours", "24", "6", "0", "--first", "ven", actor="ada")
        for case, event, hours in ((worked, "flaw_known", 20), (worked, "exploitation_known", 5),
                                   (worked, "uncontrolled_risk_known", 20), (fixed, "flaw_known", 70),
                                   (fixed, "measure_available", 2)):
            then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
            self.do("fact", "add", case, event, "--at", then.isoformat(timespec="seconds"), "--source", "own test",
                    actor="ven")
        self.do("fact", "add", worked, "notification_received", "--at",
                datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "--source", "by mail",
                actor="cora")
        self.board = self.do("clocks", "board", actor="ven")
        self.conflicts = self.do("clocks", "conflicts", worked, actor="ven")

    def show_board(self):
        print("\nWhat is due from Northwind, under every law that concerns it, by hours left:\n")
        for row in self.board:
            print(f"  {row['stage']:32} {row['state']:9} {row['hours_left']:18} {row['due'][:16]:17} case "
                  f"{row['case'][:6]}…")
        late = [row for row in self.board if row["state"] == "overdue"]
        self.check("the board is filled: running, overdue, and without a fixed time",
                   len(self.board) >= 8 and late and any(not row["due"] for row in self.board), str(self.board))
        one = self.conflicts[0]
        print(f"\n{one['forbids']['law']} ({one['forbids']['clause']}) forbids to tell whom {one['demands']['law']} "
              f"({one['demands']['clause']}) demands to tell: two people decide.")

    def hand_in(self, name, report, *who):
        return self.do("report", write_json(self.folder / f"{name}.json", report), *who)["case"]

    def take(self, case):
        self.do("case", "claim", case, "--conflict", "no", actor="cora")
        self.do("case", "accept", case, actor="cora")
        self.do("case", "add", case, "Northwind", "--role", "vendor", actor="cora")

    # --- the server --------------------------------------------------------------------------

    def start(self):
        log = open(self.folder / "server.log", "wb")
        self.server = subprocess.Popen(
            [self.weir, "serve", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", "--json"],
            stdout=subprocess.PIPE, stderr=log)
        if not self.server.stdout.readline():
            raise Failed(f"the server did not start: {(self.folder / 'server.log').read_text()}")
        self.tls = ssl.create_default_context(cafile=str(self.data / "tls.pem"))

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait(timeout=PATIENCE)

    def call(self, path, value, fields=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=60)
        connection.request("POST", path, body=json.dumps(value).encode(),
                           headers={"Content-Type": "application/json", **(fields or {})})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status >= 300:
            raise Failed(f"{path}: {answer.status} {body.decode()}")
        return answer, json.loads(body)

    def sign_in(self, handle):
        """Invited and enrolled as people are. Returns what they sign in with, and a token."""
        code = self.do("call", "POST", f"/api/v1/users/{handle}/invitation", actor="ada")["code"]
        _, begun = self.call("/api/v1/enrolment/begin", {"code": code})
        password = secrets.token_urlsafe(12)
        secret = begun["totp_secret"]
        _, enrolled = self.call("/api/v1/enrolment", {"code": code, "password": password,
                                                      "totp": six_digits(secret, time.time())})
        codes = enrolled["recovery_codes"]
        answer, signed = self.call("/api/v1/session", {"handle": handle, "password": password,
                                                       "second_factor": codes.pop()})
        fields = {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "Weir-CSRF": signed["csrf"]}
        scopes = ["read", "report", "act"]
        _, made = self.call("/api/v1/tokens", {"label": "demo", "scopes": scopes}, fields)
        return {"handle": handle, "password": password, "totp_secret": secret,
                "recovery_code": codes[0], "token": made["token"]}

    # --- what is printed ---------------------------------------------------------------------

    def commands(self, token_file):
        here, data = pathlib.Path.cwd(), self.data

        def short(path):
            path = pathlib.Path(path).resolve()
            return path.relative_to(here) if path.is_relative_to(here) else path

        address = f"https://localhost:{self.port}"
        public = [
            ("what is known already, by words",
             f"{short(self.weir)} search openssl heap overflow --score 7 --limit 3 --data {short(data)}"),
            ("what an inventory is affected by, and why",
             f"{short(self.weir)} match "
             f"{short(write_json(self.folder / 'inventory.cdx.json', INVENTORY))} --data {short(data)}"),
            ("the same database by the OSV API",
             f"curl --cacert {short(data / 'tls.pem')} {address}/v1/query --json "
             """'{"package":{"ecosystem":"PyPI","name":"jinja2"},"version":"2.10"}'"""),
        ] if self.has_records else []
        return [
            ("what waits for a coordinator, asked beside the server",
             f"{short(self.weir)} case queue --as cora --data {short(data)}"),
            ("what is due from the vendor, by hours left",
             f"{short(self.weir)} clocks board --limit 3 --as ven --data {short(data)}"),
            ("a report from elsewhere, without an account",
             f"{short(self.weir)} report {short(self.folder / 'waiting.json')} --anonymous --to {address} "
             f"--ca-file {short(data / 'tls.pem')}"),
            ("the cases of the reporter, by the API with its token",
             f"curl --cacert {short(data / 'tls.pem')} -H \"Authorization: Bearer $(cat {short(token_file)})\" "
             f"{address}/api/v1/cases"),
            *public,
        ]

    def show(self, signed_in):
        print(f"\nA filled trial is served. Nobody vouches for its certificate: it is {self.data / 'tls.pem'}.\n")
        address = f"https://localhost:{self.port}"
        for what, path in (("the API", "/api/v1/openapi.json"), ("the log", "/log/checkpoint"),
                           ("opened records", "/custody/index.json"),
                           ("what is published", "/api/v1/publications/DEMO-2026-0001")):
            print(f"  {what:18} {address}{path}")
        print("\nSign-ins (POST /api/v1/session; the second factor is of an authenticator app, or the code once):\n")
        for one in signed_in:
            print(f"  {one['handle']:5} {SIGN_INS[one['handle']]:14} password {one['password']}  "
                  f"authenticator {one['totp_secret']}  code {one['recovery_code']}")
        token_file = self.folder / "rita.token"
        token_file.touch(mode=0o600)
        token_file.write_text(next(one["token"] for one in signed_in if one["handle"] == "rita") + "\n")
        self.show_board()
        print("\nCommands to try:\n")
        for what, line in self.commands(token_file):
            if "curl" in line and not shutil.which("curl"):
                print(f"  # {what} (there is no curl here)\n  {line}\n")
                continue
            done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, check=False)
            print(f"  # {what}\n  {line}\n")
            self.check(what, done.returncode == 0 and done.stdout.strip(), done.stderr.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True, help="the binary")
    parser.add_argument("--keep", required=True, help="the folder of the instance, made anew")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.keep).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    demo = Demo(arguments.weir, folder, arguments.port)
    try:
        demo.fill()
        demo.import_records()
        demo.start()
        demo.show([demo.sign_in(handle) for handle in SIGN_INS])
        print("It serves until Ctrl-C, or until its input ends.", flush=True)
        if not demo.failed:
            sys.stdin.read()
    except Failed as failure:
        demo.check("the demo goes on", False, str(failure))
    except KeyboardInterrupt:
        pass
    finally:
        demo.stop()
    return 1 if demo.failed else 0


if __name__ == "__main__":
    sys.exit(main())
