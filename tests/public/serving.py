"""Imports into a public database that a server answers from.  Usage: serving.py --weir WEIR [--path PATH] [--kills 3]

While `weir import` writes, clients ask for a record, a package, a search and the feed of changes, by pages and as
server-sent events. Imports are killed midway and started again, and so is the server once. No answer may fail or be
wrong, the feed must have no gap and come to the hash that the server signs, and what is there in the end must be what a
quiet import gives. With --path the records are those, of any source, instead of made ones.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from kill import asked, lines
from osv_api import Served

RECORDS = 30_000
FIRST = 1_000
SLOWEST = 10.0  # seconds that an answer may take at most, on a machine that does other work too
PAUSE = 0.002  # between two questions of one client


class Client(threading.Thread):
    """Asks again and again. While the server is down it tries to connect; at any other time a failure counts."""

    def __init__(self, name, stage):
        super().__init__(name=name, daemon=True)
        self.stage = stage
        self.connection = None
        self.seconds = []
        self.failed = []
        self.is_over = threading.Event()

    def connect(self):
        self.connection = self.stage.connection()

    def run(self):
        while not self.is_over.is_set():
            epoch = self.stage.epoch
            try:
                if self.connection is None:
                    self.connect()
                if self.connection is not None:
                    self.turn()
            except (OSError, http.client.HTTPException) as error:
                self.connection = None
                if self.stage.epoch == epoch and not self.stage.is_down:  # nobody has killed it
                    self.failed.append(f"{type(error).__name__}: {error}")
                time.sleep(0.05)
            except Exception as error:  # a thread that ends in silence would pass
                self.failed.append(repr(error))
                return
            time.sleep(PAUSE)

    def ask(self, path, body=None):
        started = time.monotonic()
        self.connection.request("GET" if body is None else "POST", path, body=body,
                                headers={} if body is None else {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        self.seconds.append(time.monotonic() - started)
        if answer.status == 503 and self.stage.is_opening():
            return None  # a server that has just been started opens the records after that
        if answer.status != 200:
            self.failed.append(f"{path}: {answer.status} {text[:200]}")
            return None
        return json.loads(text)

    def expect(self, holds, what):
        if not holds:
            self.failed.append(what)

    def told(self):
        took = sorted(self.seconds)
        if not took:
            return f"{self.name}: nothing"
        return (f"{self.name}: {len(took)}, median {took[len(took) // 2] * 1e3:.1f} ms, 99 % {took[len(took) * 99 // 100] * 1e3:.1f} ms, "
                f"slowest {took[-1] * 1e3:.0f} ms")


class ById(Client):
    def turn(self):
        name = self.stage.name
        answer = self.ask("/api/v1/vulnerabilities/" + urllib.parse.quote(name))
        self.expect(answer is None or name in answer["ids"], f"{name}: {answer}"[:200])


class ByPackage(Client):
    def turn(self):
        answer = self.ask("/v1/query", json.dumps({"package": {"ecosystem": "npm", "name": "p7"}}).encode())
        self.expect(answer is None or self.stage.is_given or answer.get("vulns"), f"p7: {answer}"[:200])


class BySearch(Client):
    def turn(self):
        answer = self.ask("/api/v1/search?q=overflow&limit=5")
        self.expect(answer is None or answer["records"] > 0, f"search: {answer}"[:200])


class ByFeed(Client):
    """Every entry of the feed, once, each hashed into the next."""

    def __init__(self, name, stage):
        super().__init__(name, stage)
        self.cursor = "0"
        self.hash = bytes(32)
        self.hashes = {}  # by cursor
        self.newest = {}  # cursor by (source, id)

    def turn(self):
        page = self.ask(f"/api/v1/changes?superseded=yes&limit=500&after={self.cursor}")
        if page is None:
            return
        for change in page["changes"]:
            self.expect(int(change["cursor"]) > int(self.cursor), f"cursor {change['cursor']} after {self.cursor}")
            self.cursor = change["cursor"]
            digest = change.get("sha256", "")
            record = change.get("record")
            self.expect(record is not None or change.get("superseded") or not digest, f"no record: {change}"[:200])
            entry = json.dumps([change["cursor"], change["source"], change["id"], change["state"], change["taken"], digest],
                               separators=(",", ":"), ensure_ascii=False)
            self.hash = hashlib.sha256(b"weir/changes/v1" + self.hash + entry.encode()).digest()
            self.hashes[change["cursor"]] = self.hash
            self.newest[change["source"], change["id"]] = change["cursor"]


class ByEvents(Client):
    """The same as server-sent events: of each record the last that it became."""

    def __init__(self, name, stage, cursor):
        super().__init__(name, stage)
        self.cursor = cursor
        self.newest = {}
        self.response = None

    def connect(self):
        super().connect()
        self.connection.request("GET", "/api/v1/changes/events?after=" + self.cursor)
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            status, self.connection = self.response.status, None
            if status != 503 or not self.stage.is_opening():
                self.failed.append(f"events: {status}")
            return

    def turn(self):
        line = self.response.readline()
        if not line:
            raise http.client.HTTPException("the stream has ended")
        if not line.startswith(b"data:"):
            return
        page = json.loads(line[len(b"data:"):])
        for change in page["changes"]:
            self.expect(int(change["cursor"]) > int(self.cursor), f"event {change['cursor']} after {self.cursor}")
            self.cursor = change["cursor"]
            self.newest[change["source"], change["id"]] = change["cursor"]
        self.cursor = page["cursor"]


class Stage:
    """The server, its data, and what the clients need to know of them."""

    def __init__(self, weir, folder, first, name):
        self.weir, self.name = weir, name
        self.is_given = name != "A-70"
        self.is_down, self.epoch, self.opened = False, 0, time.monotonic()
        (folder / "served").mkdir()
        self.served = Served(weir, folder / "served", [first], ready=("/api/v1/changes?limit=1", 200))
        self.demo = self.served.demo
        self.served.wait_for("/api/v1/search?q=overflow&limit=5")

    def connection(self):
        return http.client.HTTPSConnection("localhost", self.demo.port, timeout=60, context=self.demo.tls)

    def is_opening(self):
        return self.is_down or (self.epoch > 0 and time.monotonic() < self.opened + SLOWEST)

    def kill(self):
        self.is_down = True
        self.demo.server.send_signal(signal.SIGKILL)
        self.demo.server.wait()
        self.epoch += 1
        self.demo.start()
        self.opened = time.monotonic()
        self.is_down = False

    def importing(self, path):
        return subprocess.Popen([self.weir, "--data", str(self.demo.data), "import", str(path)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def head(self):
        """(position, hash) of the signed note; weir changes verify looks at its signature."""
        while True:
            connection = self.connection()
            connection.request("GET", "/api/v1/changes/head")
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 200:
                note = text.splitlines()
                return note[3], base64.b64decode(note[4])
            if answer.status != 503 or not self.is_opening():
                sys.exit(f"head: {answer.status} {text}")
            time.sleep(0.1)


def run_kills(stage, path, whole, kills):
    """The import, killed at points spread over its time, the server in the middle; then once to its end."""
    done = 0
    for number in range(kills):
        process = stage.importing(path)
        try:
            process.wait(whole * (number + 0.5) / kills)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
    process = stage.importing(path)
    time.sleep(min(0.3, whole / 4))
    stage.kill()
    if process.wait() != 0:
        sys.exit("the last import failed")
    return done


def finish(clients, feed, events, stage):
    """Waits until the feed's readers have everything, and says what was wrong."""
    position, wanted = stage.head()
    end = time.monotonic() + 60
    while time.monotonic() < end and (int(feed.cursor) < int(position) or int(events.cursor) < int(position)):
        time.sleep(0.1)
    for client in clients:
        client.is_over.set()
    for client in clients:
        if client is not events:  # which waits for a line
            client.join(60)
    wrong = [f"{client.name}: {what}" for client in clients for what in client.failed[:5]]
    wrong += [f"{client.name} asked nothing" for client in clients if client is not events and not client.seconds]
    wrong += [f"{client.name}: an answer took {max(client.seconds):.1f} s" for client in clients
              if client.seconds and max(client.seconds) > SLOWEST]
    if feed.hashes.get(position) != wanted:
        wrong.append(f"the feed at {feed.cursor} does not come to the signed hash at {position}")
    if any(feed.newest[key] != cursor for key, cursor in events.newest.items()):
        wrong.append("events and pages say different things")
    late = {key for key, cursor in feed.newest.items() if int(cursor) > stage.first and key not in events.newest}
    if late:
        wrong.append(f"{len(late)} records never came as events, as {sorted(late)[:3]}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--path", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=3)
    arguments = parser.parse_args()
    weir = os.path.abspath(arguments.weir)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-serving-"))
    stage = None
    try:
        made = [json.dumps(line, separators=(",", ":")) + "\n" for line in lines(FIRST if arguments.path else RECORDS)]
        first, path = folder / "first.ndjson", arguments.path or folder / "records.ndjson"
        first.write_text("".join(made[:FIRST]))
        if not arguments.path:
            path.write_text("".join(made))
        calm = folder / "calm"
        calm.mkdir()
        started = time.monotonic()
        for one in (first, path):
            asked(weir, calm, "import", str(one))
        whole = time.monotonic() - started
        stage = Stage(weir, folder, first, "A-70")
        stage.first = int(json.loads(stage.served.ask("/api/v1/changes?records=no&limit=2000")[1])["cursor"])
        feed, events = ByFeed("feed", stage), ByEvents("events", stage, str(stage.first))
        clients = [ById("id", stage), ByPackage("package", stage), BySearch("search", stage), feed, events]
        for client in clients:
            client.start()
        kills = run_kills(stage, path, whole, arguments.kills)
        wrong = finish(clients, feed, events, stage)
        if asked(weir, calm, "import", "sums") != asked(weir, stage.demo.data, "import", "sums"):
            wrong.append("the records differ from those of a quiet import")
        print(f"{kills} imports and one server killed, {whole:.1f} s for a quiet one; {len(feed.hashes)} entries of the feed, "
              f"{len(events.newest)} records by events")
        for client in clients[:-1]:
            print(client.told())
        if wrong:
            sys.exit("\n".join(wrong))
    finally:
        if stage:
            stage.served.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
