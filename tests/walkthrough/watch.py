"""Watch lists with the real program: without a server and beside one, which is killed while records come
in; each change is told once, by mail as a count.

    watch.py WEIR
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from news import MailServer, Place
from terminal import must

PACKAGE = "zqgateway"


def record(name, package, fixed, month, **more):
    return {"id": name, "modified": f"2026-{month:02}-01T00:00:00Z", "affected": [
        {"package": {"ecosystem": "npm", "name": package},
         "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}], **more}


def put(place, name, *values):
    path = os.path.join(place.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(value) + "\n" for value in values)
    return path


def take(place, *records):
    place.do("import", put(place, "records.ndjson", *records))


def sbom(place, *versions):
    return put(place, "sbom.json", {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        {"type": "library", "name": PACKAGE, "version": version, "purl": f"pkg:npm/{PACKAGE}@{version}"}
        for version in versions]})


def found(place, mail):
    place.do("init", "--trial", "--origin", "watch.example/log", "--authority", "Ministry", "--admin", "ada")
    for name in ("Lark", "ACME"):
        place.do("org", "add", name, "--class", "vendor", "--bound", "no", who="ada")
    place.do("user", "add", "rita", "--org", "Lark", "--role", "reporter", who="ada")
    place.do("user", "add", "acma", "--org", "ACME", "--role", "administrator", who="ada")
    place.configure(mail_server=f"smtp://127.0.0.1:{mail.port}", mail_from="weir@watch.example",
                    listen="127.0.0.1:0")
    place.do("news", "add", "--mail", "rita@lark.example", who="rita")


def happened(place, after=0):
    rows = place.do("watch", "findings", "shop", "--after", str(after), who="rita")
    return [f"{row['ids'][0]} {row['happened'][-1]['what']}" for row in rows]


def without_a_server(place, mail):
    take(place, record("A-1", PACKAGE, "2.0.0", 1), record("A-2", "other", "2.0.0", 1))
    made = place.do("watch", "add", "shop", sbom(place, "1.5.0"), "--tell", "all", who="rita")
    must(made["open"] == 1 and made["matched"], made)
    take(place, record("A-3", PACKAGE, "1.6.0", 2))
    must(place.do("watch", "run")["changes"] == 1, "one new finding")
    must(place.do("watch", "run") == {"lists": 0, "records": 0, "items": 0, "changes": 0}, "and once")
    must(happened(place) == ["A-1 found", "A-3 found"], happened(place))
    place.do("jobs", "run")
    _, letter = mail.letters.pop()
    must("1  changes in what your organisation watches" in letter, letter)
    must(PACKAGE not in letter and "shop" not in letter and "A-3" not in letter, letter)
    refused = place.start("watch", "show", "shop", who="acma")
    must(refused.returncode == 1 and "no such watch list" in refused.stderr, refused.stderr)
    bad = put(place, "bad.json", {"products": [{"purl": "pkg:npm/a@1"}, {"purl": "no purl"}]})
    refused = place.start("watch", "replace", "shop", bad, who="rita")
    must(refused.returncode == 1 and "/products/1" in refused.stderr, refused.stderr)


def serve(place):
    server = subprocess.Popen([place.weir, "serve", "--data", place.data, "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    must(server.stdout.readline(), "the server starts")
    return server


def wait_for(what, holds):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.2)
    must(False, what)


def kill(server):
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()


def beside_a_server(place):
    server = serve(place)
    try:
        take(place, record("A-4", PACKAGE, "2.0.0", 3))
        wait_for("a new record is found", lambda: "A-4 found" in happened(place))
        number = place.do("watch", "findings", "shop", who="rita")[-1]["number"]
        place.do("watch", "seen", "shop", str(number), who="rita")
        must(place.do("watch", "findings", "shop", "--which", "unseen", who="rita") == [], "all are seen")
        place.do("watch", "replace", "shop", sbom(place, "1.7.0"), who="rita")
        wait_for("the next version is matched", lambda: "A-3 left" in happened(place, number))
        must(happened(place, number) == ["A-3 left"], happened(place, number))
        finding = place.do("watch", "findings", "shop", "--which", "open", who="rita")[0]["finding"]
        place.do("watch", "aside", "shop", finding, "--reason", "not called", who="rita")
        must(len(place.do("watch", "findings", "shop", "--which", "open", who="rita")) == 1, "one is aside")
        place.do("watch", "restore", "shop", finding, who="rita")
        must(place.do("watch", "items", "shop", who="rita")[0]["shown"] == f"{PACKAGE} 1.7.0", "items")
        vex = put(place, "vex.json", {
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "Lark", "version": 1,
            "timestamp": "2026-01-01T00:00:00Z", "statements": [
                {"vulnerability": {"name": "A-4"}, "products": [{"@id": f"pkg:npm/{PACKAGE}@1.7.0"}],
                 "status": "not_affected", "justification": "vulnerable_code_not_present"}]})
        place.do("watch", "statements", "shop", vex, who="rita")
        wait_for("the maker's word suppresses", lambda: "A-4 suppressed" in happened(place))
        place.do("watch", "statements", "shop", "--clear", who="rita")
        wait_for("and no longer", lambda: "A-4 returned" in happened(place))
        place.do("watch", "set", "shop", "--tell", "high", "--name", "The shop", who="rita")
        must(place.do("watch", "list", who="rita")[0]["tell"] == "high", "what is told")
        place.do("watch", "set", "The shop", "--name", "shop", "--tell", "all", who="rita")
        refused = place.start("watch", "run")
        must(refused.returncode == 1 and "by itself" in refused.stderr, refused.stderr)
        must(place.do("watch", "list", who="acma") == [], "another organisation has none")
    finally:
        kill(server)


def killed_while_records_come_in(place):
    """Every record is told once, wherever the server was."""
    place.do("watch", "set", "shop", "--tell", "nothing", who="rita")  # no letter is cut short
    before = place.do("watch", "findings", "shop", who="rita")[-1]["number"]
    names = []
    for part in range(4):
        server = serve(place)
        fresh = [f"B-{part}-{i}" for i in range(50)]
        names += fresh
        try:
            feeding = threading.Thread(target=take, args=(
                place, *[record(name, PACKAGE, "9.0.0", 4) for name in fresh]))
            feeding.start()
            time.sleep(0.3 * part)
            kill(server)
            feeding.join()
        finally:
            if server.poll() is None:
                kill(server)
    place.do("watch", "run")
    rows = place.do("watch", "findings", "shop", "--after", str(before), who="rita")
    must(sorted(row["ids"][0] for row in rows) == sorted(names), "each once")
    must(all([each["what"] for each in row["happened"]] == ["found"] for row in rows), "and nothing else")
    must([row["number"] for row in rows] == list(range(before + 1, before + 1 + len(names))), "numbered without gaps")
    place.do("watch", "remove", "shop", who="rita")
    must(place.do("watch", "list", who="rita") == [], "gone")


def main():
    with tempfile.TemporaryDirectory(prefix="weir-watch-") as folder:
        mail = MailServer()
        mail.start()
        place = Place(os.path.abspath(sys.argv[1]), folder)
        found(place, mail)
        without_a_server(place, mail)
        beside_a_server(place)
        killed_while_records_come_in(place)
    print("watch lists: every change is told once")


if __name__ == "__main__":
    main()
