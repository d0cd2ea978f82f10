"""A deadline draws near while the server is down. Once it is up, the first person is warned by mail and, since
nobody reacts, the second by signed webhook: each once, for the most urgent step alone, also when the server is
killed; and no word of the case goes out.

    deadlines.py WEIR
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from news import Hook, MailServer, Place, hook_server
from terminal import must

SECRET = "zqsecret"
PATIENCE = 60
ROUND = 15  # seconds between two looks at the clocks (src/main/serve.cc)
PROFILE = {"format": "weir-profile/v1", "establishment": "DE",
           "attributes": {"role": ["manufacturer"], "market": ["EU"]}}


def write(place, name, value):
    path = os.path.join(place.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def found(place, mail, certificate):
    place.do("init", "--trial", "--origin", "warnings.example/log", "--authority", "Ministry", "--admin", "ada")
    place.do("org", "add", "Northwind", "--class", "vendor", "--country", "DE", "--bound", "no", who="ada")
    for handle in ("ven", "val"):
        place.do("user", "add", handle, "--org", "Northwind", "--role", "reporter", who="ada")
    place.configure(mail_server=f"smtp://127.0.0.1:{mail.port}", mail_from="weir@warnings.example",
                    webhook_ca_file=certificate, outbound_allow="127.0.0.1", listen="127.0.0.1:0")
    place.do("profile", "set", "Northwind", write(place, "profile.json", PROFILE), who="ada")
    place.do("clocks", "warn", "Northwind", "--hours", "48", "24", "22", "--first", "ven", "--second", "val",
             "--escalate", "0", who="ada")


def learn(place):
    """Known for three hours: the early warning is due in 21, and all three steps before it have passed."""
    report = {"format": "weir-report/v1", "title": SECRET,
              "vulnerabilities": [{"title": SECRET, "products": [{"vendor": "Northwind", "name": SECRET}]}]}
    case = place.do("report", write(place, "report.json", report), who="ven")["case"]
    then = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=3)).isoformat(timespec="seconds")
    for event in ("flaw_known", "exploitation_known"):
        place.do("fact", "add", case, event, "--at", then, "--source", SECRET, who="ven")
    return case


def serve(place):
    with open(os.path.join(place.folder, "server.log"), "ab") as log:
        server = subprocess.Popen([place.weir, "serve", "--data", place.data, "--json"], stdout=subprocess.PIPE,
                                  stderr=log)
    must(server.stdout.readline(), "the server starts")
    return server


def wait_for(what, holds):
    end = time.time() + PATIENCE
    while not holds() and time.time() < end:
        time.sleep(0.2)
    must(holds(), what)


def once(mail):
    """The ids of the letters: what was killed before it knew that one had arrived sends it again, by the same id."""
    return {re.search("^Message-ID: (.*)$", letter, re.MULTILINE)[1] for _, letter in mail.letters}


def check_letter(mail, case):
    envelope, letter = mail.letters[0]
    must("RCPT TO:<ven@northwind.example>" in envelope[2], envelope)
    must("1  deadlines that draw near" in letter, letter)
    must(not any(word in letter for word in (SECRET, "Northwind", "eu-cra", case)), f"it says too much: {letter}")


def check_hook(secret, case):
    head, body = Hook.calls[0]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    must(head["webhook-signature"] == f"v1,{signature}", head)
    must(json.loads(body)["data"]["news"] == {"deadline": 1}, body)
    must(not any(word in body.decode() for word in (SECRET, "Northwind", "eu-cra", case)), body)


def main():
    with tempfile.TemporaryDirectory(prefix="weir-warnings-") as folder:
        mail = MailServer()
        mail.start()
        url, certificate = hook_server(folder)
        place = Place(os.path.abspath(sys.argv[1]), folder)
        found(place, mail, certificate)
        place.do("news", "add", "--mail", "ven@northwind.example", who="ven")
        secret = place.do("news", "add", "--webhook", url, who="val")["secret"]
        case = learn(place)
        server = serve(place)
        try:
            wait_for("the first person is warned by mail", lambda: mail.letters)
            wait_for("the second by webhook", lambda: Hook.calls)
            check_letter(mail, case)
            check_hook(secret, case)
            server.kill()
            server.wait()
            server = serve(place)
            time.sleep(ROUND + 5)
            must(len(once(mail)) == 1 and len({head["webhook-id"] for head, _ in Hook.calls}) == 1,
                 f"once: {len(mail.letters)}, {len(Hook.calls)}")
            server.terminate()
            must(server.wait(timeout=PATIENCE) == 0, "it stops when it is told to")
        finally:
            server.kill()
        rows = place.do("clocks", "notices", who="val")
        given = sorted((row["for"], row["stage"], row["hours_ahead"], row["rung"]) for row in rows)
        must(given == [("val", "eu-cra/early_warning", 22, 2), ("ven", "eu-cra/early_warning", 22, 1)],
             f"of three steps that had passed, the most urgent: {given}")
    print("two people were warned once each, by mail and webhook, without a word of what it is about")


if __name__ == "__main__":
    main()
