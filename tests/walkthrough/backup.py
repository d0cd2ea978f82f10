"""Backups with the real binary: taken while others write, killed anywhere, without room; and the way
back: behind the mirror, behind a witness, with erasures that are to be repeated. What comes back says
so in its log, and an outsider's audit finds nothing wrong.

    backup.py WEIR
"""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from world import World, free_port, write_json

SECRET = "zqsecret"
KILLED = 137


def report_of(number):
    return {"format": "weir-report/v1", "title": f"{SECRET} title {number}",
            "vulnerabilities": [{"title": "t", "products": [{"vendor": "V", "name": "P"}],
                                 "parts": [{"kind": "description", "text": f"{SECRET} {number}"}]}]}


class Place(World):
    """A trial with a mirror, and no witnesses unless they are planned."""

    def __init__(self, weir, folder):
        super().__init__(weir, folder, quiet=True)
        self.mirror = self.folder / "mirror"
        self.secrets = self.folder / "secrets"
        self.kill_at = str(pathlib.Path(weir).resolve().parent.parent / "tests/tools/weir-kill-at")

    def found(self, *more):
        made = self.do("init", "--origin", "backup.example/log", "--authority", "Ministry", "--admin", "ada",
                       "--secrets", self.secrets, "--mirror", self.mirror, *(more or ("--trial",)))
        (self.folder / "vkey").write_text(made["log_vkey"] + "\n")
        self.do("org", "add", "Lark", "--class", "researcher", "--bound", "no", actor="ada")
        for handle, org, role in (("cora", "Ministry", "coordinator"), ("dan", "Ministry", "coordinator"),
                                  ("rita", "Lark", "reporter")):
            self.do("user", "add", handle, "--org", org, "--role", role, actor="ada")

    def file(self, number):
        """The reference of a new case."""
        path = write_json(self.folder / f"report{number}.json", report_of(number))
        return self.do("report", path, actor="rita")["case"]

    def publish(self):
        self.do("log", "seal")
        self.do("log", "mirror")

    def take(self, case):
        self.do("case", "claim", case, "--conflict", "no", actor="cora")

    def text(self, case):
        return json.dumps(self.do("case", "show", case, actor="cora"))

    def erase(self, case):
        self.with_second("dan", "key", "erase", case, "--conflict", "no", actor="ada")

    def backup(self, *more):
        return self.do("backup", self.folder / "backups", *more)

    def restore(self, *more, data=None, keys=True):
        """Into a new directory, which is then ours."""
        self.data = data or self.folder / f"data{random.getrandbits(64):x}"
        given = ["--keys", self.folder / "keys"] if keys else []
        return self.do("restore", self.folder / "backups", "--secrets", self.secrets, *given,
                       "--cause", "storage_failure", *more)

    def types(self):
        with sqlite3.connect(f"file:{self.data}/weir.db?mode=ro", uri=True) as db:
            return [row[0] for row in db.execute("SELECT type FROM event ORDER BY leaf")]

    def is_sound(self, what):
        """Everything opened, sealed and mirrored: what does an outsider say?"""
        self.publish()
        shutil.rmtree(self.folder / "custody", ignore_errors=True)
        self.do("custody", "export", "--all", "--out", self.folder / "custody")
        done = self.audit(self.mirror, self.folder / "custody", "--json")
        said = json.loads(done.stdout) if done.stdout else {}
        # Nobody outside has cosigned when a leaf was there, so that cases stay open is an alarm here.
        alarms = [row for row in said.get("findings", [])
                  if row["severity"] == "alarm" and row["kind"] != "opening_overdue"]
        self.check(what, said.get("events", 0) > 0 and not alarms, f"{alarms} {done.stderr.decode()[-800:]}")
        return said


def a_backup_is_apart_and_does_not_run(place):
    place.found()
    first = place.file(1)
    place.take(first)
    made = place.backup("--keys", place.folder / "keys")
    names = {path.name for path in pathlib.Path(made["backup"]).iterdir()}
    place.check("a backup holds the database, the configuration and what it is",
                names == {"weir.db", "weir.toml", "backup.json"}, names)
    everything = b"".join(path.read_bytes() for path in pathlib.Path(made["backup"]).iterdir())
    keys = [line.encode() for path in place.secrets.iterdir() for line in path.read_text().split()]
    place.check("no key lies in it, no content is legible",
                not any(key in everything for key in keys) and SECRET.encode() not in everything)
    modes = {path.stat().st_mode & 0o077 for path in pathlib.Path(made["backup"]).rglob("*")}
    place.check("nobody else may read it", modes == {0}, modes)
    copy = shutil.copytree(made["backup"], place.folder / "copy")
    done = place.run("case", "queue", "--data", copy, "--as", "cora", data=False)
    place.check("nobody runs a copy by mistake",
                done.returncode == 1 and b"copy of a backup" in done.stderr, done.stderr)
    place.refused("content keys do not lie beside their backups", "backup", place.folder / "backups", "--keys",
                  place.folder / "backups" / "keys", word="a place of their own")
    return first


def what_is_lost_is_confessed(place, first):
    erased, kept = place.file(2), place.file(3)
    for case in (erased, kept):
        place.take(case)
    place.backup("--keys", place.folder / "keys")
    lost = place.file(4)
    place.take(lost)
    place.erase(erased)
    place.publish()
    (place.folder / "erased").write_text(f"{erased}\nnosuchcase\n")
    size = len(place.types())
    back = place.restore("--erased", place.folder / "erased")
    place.check("the store is behind its mirror", back["standing"] == "behind", back)
    place.check("what is lost is what was published since", back["lost_to"] == size and back["lost_from"] < size, back)
    place.check("the loss is confessed in its place", place.types()[size] == "history_lost", place.types())
    place.check("who is asked for an erasure that nobody knows says so", back["erasures_unknown"] == ["nosuchcase"], back)
    place.check("what was there can be read", f"{SECRET} 1" in place.text(first) and f"{SECRET} 3" in place.text(kept))
    place.check("what was erased since is erased again", SECRET not in place.text(erased), place.text(erased))
    place.refused("a case that is lost is not there", "case", "show", lost, actor="cora")
    place.file(5)  # a new key, under a number that was never used
    place.is_sound("an outsider finds nothing wrong with what came back")
    return kept


def erased_stays_erased(place, kept):
    """The database knows, the older copy of the keys does not."""
    place.backup("--keys", place.folder / "keys")
    place.erase(kept)
    place.backup()
    place.check("without --keys the copy of the keys stays as it was", (place.folder / "keys" / "keys.db").exists())
    place.publish()
    back = place.restore()
    place.check("erasures that the database knows are repeated", back["erasures_repeated"] >= 1, back)
    place.check("and the content stays erased", SECRET not in place.text(kept))
    place.is_sound("an outsider finds nothing wrong")
    back = place.restore(keys=False)
    place.check("without keys nothing can be read, and that is said",
                back["cases_without_content_key"] > 0 and "without content keys" in str(back["warnings"]), back)
    place.is_sound("but the ledger is whole")


def sign_ins_end(place):
    token = place.do("token", "create", "ci", "--scope", "read", actor="rita")
    place.backup("--keys", place.folder / "keys")
    place.do("token", "revoke", token["reference"], actor="rita")
    place.restore()
    place.check("a token that was revoked since does not come back", place.do("token", "list", actor="rita") == [])


def under_load(place):
    """Backups while verbs write: each is whole."""
    stop, filed = threading.Event(), []

    def write():
        while not stop.is_set():
            done = place.run("report", place.folder / "report1.json", "--as", "rita", "--json")
            if done.returncode == 0:
                filed.append(json.loads(done.stdout)["case"])

    writer = threading.Thread(target=write)
    writer.start()
    began = []
    while len(began) < 4 or (len(filed) < 5 and len(began) < 100):
        began.append(len(filed))
        place.backup("--keys", place.folder / "keys")
    stop.set()
    writer.join()
    place.publish()
    for path, least in zip(sorted((place.folder / "backups").glob("weir-*"))[-4:], began[-4:]):
        with sqlite3.connect(f"file:{path}/weir.db?immutable=1", uri=True) as db:
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
            cases = {row[0] for row in db.execute("SELECT ref FROM case_file")}
        place.check("a backup under load is whole, and holds what was acknowledged before it began",
                    whole == "ok" and set(filed[:least]) <= cases, whole)
    place.check("others wrote meanwhile", len(filed) > 1, f"{began} {len(filed)}")
    place.restore()
    place.is_sound("the last one comes back")


def killed_anywhere(place):
    """kill -9 during a backup and during a restore; the next try makes it good."""
    backup = place.line(["backup", place.folder / "killed", "--keys", place.folder / "keys"], None, True)
    target = place.folder / "back"
    restore = [place.weir, "restore", str(place.folder / "killed"), "--data", str(target), "--secrets",
               str(place.secrets), "--keys", str(place.folder / "keys")]
    count = place.folder / "calls"
    # A build with sanitizers looks for leaks at its end by tracing itself, which is traced already.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}

    def killed(line, instant):
        done = subprocess.run([place.kill_at, str(instant), str(count), *line], capture_output=True, timeout=120,
                              check=False, env=environment)
        if done.returncode == 77:
            print("skip: this machine lets nobody trace a process")
            return None
        return done.returncode

    def instants(calls):
        return sorted({1 + int(calls * share) for share in (0.02, 0.2, 0.4, 0.6, 0.75, 0.9, 0.97)} | {calls})

    if killed(backup, 0) is None:
        return
    for instant in instants(int(count.read_text())):
        before = set((place.folder / "killed").glob("weir-*/backup.json"))
        code = killed(backup, instant)
        whole = set((place.folder / "killed").glob("weir-*"))
        place.check("a killed backup is not there, or whole",
                    code in (KILLED, 0) and before <= {path / "backup.json" for path in whole} and
                    all((path / "backup.json").exists() for path in whole), f"{instant}: {code} {whole}")
    subprocess.run(backup, check=True, capture_output=True)
    place.check("nothing partial is left", not list((place.folder / "killed").glob("partial-*")))
    killed(restore, 0)
    calls = int(count.read_text())
    for instant in instants(calls):
        shutil.rmtree(target, ignore_errors=True)
        code = killed(restore, instant)
        look = subprocess.run([place.weir, "doctor", "--data", str(target)], capture_output=True, check=False)
        again = subprocess.run(restore, capture_output=True, check=False)
        if look.returncode == 0:
            place.check("only a finished restore runs, and is not made twice",
                        again.returncode == 1 and b"already" in again.stderr, f"{instant}/{calls}: {again.stderr}")
        else:
            place.check("a killed restore can be begun again", code in (KILLED, 1) and again.returncode == 0,
                        f"{instant}/{calls}: {code} {again.stderr}")
        place.data = target
        place.check("with one confession", place.types().count("history_lost") == place.losses + 1, place.types())


def without_room(place):
    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    before = sorted((place.folder / "backups").iterdir())
    done = subprocess.run(place.line(["backup", place.folder / "backups"], None, True), capture_output=True,
                          preexec_fn=small, check=False)
    place.check("without room it says so", done.returncode == 1 and b"disk" in done.stderr, done.stderr)
    place.check("and leaves what was there", sorted((place.folder / "backups").iterdir()) == before)
    target = place.folder / "small"
    line = [place.weir, "restore", str(place.folder / "backups"), "--data", str(target), "--secrets",
            str(place.secrets), "--keys", str(place.folder / "keys")]
    done = subprocess.run(line, capture_output=True, preexec_fn=small, check=False)
    place.check("a restore without room says so", done.returncode == 1 and b"cannot write" in done.stderr, done.stderr)
    done = subprocess.run(line, capture_output=True, check=False)
    place.check("and works once there is", done.returncode == 0, done.stderr)


def what_is_wrong_is_said(place):
    newest = sorted((place.folder / "backups").glob("weir-*"))[-1]
    broken = shutil.copytree(newest, place.folder / "broken")
    raw = bytearray((broken / "weir.db").read_bytes())
    raw[len(raw) // 2] ^= 1
    (broken / "weir.db").write_bytes(raw)

    def refused(what, word, *line):
        done = place.run("restore", *line, "--data", place.folder / f"no{time.monotonic_ns()}", data=False)
        place.check(what, done.returncode == 1 and word in done.stderr.decode(), done.stderr)

    refused("a damaged backup is refused", "not as it was made", broken, "--secrets", place.secrets)
    refused("one without key files too", "a key file is needed", newest, "--secrets", place.folder / "none")
    refused("a folder without one", "no backup here", place.folder / "custody")
    refused("a cause that is none", "a cause is one of", newest, "--secrets", place.secrets, "--cause", "bad luck")
    other = place.folder / "other-secrets"
    shutil.copytree(place.secrets, other)
    (other / "master.key").write_text("A" * 43 + "=\n")
    refused("another master key", "was it rotated since", newest, "--secrets", other)
    done = place.run("restore", newest, "--data", place.data, "--secrets", place.secrets, data=False)
    place.check("nothing is restored over a platform", done.returncode == 1 and b"already" in done.stderr)
    place.backup("--keys", place.folder / "keys")
    said = json.dumps(place.do("doctor"))
    place.check("the doctor is content with a fresh backup", "backup" not in said, said)
    place.do("key", "rotate")
    said = json.dumps(place.do("doctor"))
    place.check("and knows one that nothing opens any more", "rotated since the last backup" in said, said)


def follow(place):
    line = place.line(["backup", place.folder / "followed", "--follow", "--every", 1, "--json"], None, True)
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    count = lambda: len(list((place.folder / "followed").glob("weir-*/backup.json")))

    def wait_for(wanted):
        end = time.monotonic() + 30
        while count() < wanted and time.monotonic() < end:
            time.sleep(0.1)
        return count() >= wanted

    place.check("it begins with a copy", wait_for(1))
    place.file(90)
    place.check("and makes another one when something was written", wait_for(2))
    time.sleep(2.5)
    newest = sorted((place.folder / "followed").glob("weir-*"))[-1]
    time.sleep(1.5)
    place.check("none when nothing was", sorted((place.folder / "followed").glob("weir-*"))[-1] == newest)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    place.check("and ends when told", process.returncode == 0, process.returncode)


def migrations(place):
    said = place.do("migrate")
    place.check("nothing is missing", said == {"missing": [], "done": True}, said)
    with sqlite3.connect(place.data / "weir.db") as db:
        name = db.execute("SELECT name FROM schema_migration ORDER BY position DESC LIMIT 1").fetchone()[0]
        db.execute("DELETE FROM schema_migration WHERE name = ?", (name,))
    place.refused("an older database is not changed in passing", "case", "queue", actor="cora", word="weir migrate")
    look = place.do("migrate", "--look")
    place.check("what is missing can be looked at", look == {"missing": [name], "done": False}, look)
    place.refused("it asks for a backup first", "migrate", word="--no-backup")
    before = len(list((place.folder / "backups").glob("weir-*")))
    done = place.run("migrate", "--backup", place.folder / "backups")
    place.check("one that fails has made its backup, and names itself", done.returncode == 1 and
                name.encode() in done.stderr and len(list((place.folder / "backups").glob("weir-*"))) == before + 1,
                done.stderr)


def behind_a_witness(weir, folder):
    """A witness has seen what neither backup nor mirror holds: the log ends, another goes on."""
    place = Place(weir, folder)
    policy = place.plan_witnesses(["north"])
    place.found("--witness-policy", policy, "--pad-to", "1")
    place.start_witnesses(place.folder / "vkey")
    case = place.file(1)
    place.take(case)
    place.publish()
    place.backup("--keys", place.folder / "keys")
    place.file(2)
    place.do("log", "seal")  # the mirror does not hear of it
    given = ["restore", place.folder / "backups", "--secrets", place.secrets, "--keys", place.folder / "keys"]
    place.data = place.folder / "back"
    place.refused("a log whose leaves nobody has does not go on", *given, word="a witness has seen")
    place.stop_witnesses()
    place.refused("nor one whose witness is silent", *given, word="does not answer")
    place.start_witnesses(place.folder / "vkey")
    place.refused("and what is not restored does not run", "case", "queue", actor="cora", word="cut short")
    back = place.do(*given, "--cause", "attack", "--successor", "backup.example/second")
    place.check("its log is closed, a successor begins", back["origin"] == "backup.example/second" and
                "log_closed" in place.types(), back)
    place.check("the content is there", f"{SECRET} 1" in place.text(case))
    old = (place.folder / "vkey").read_text().strip()
    new = place.do("log", "vkey")["log"]
    place.check("the new log has a key of its own", new != old and new.startswith("backup.example/second+"), new)
    place.check("the old one lies beside it", len(list(place.secrets.glob("log.key.closed-*"))) == 1)
    place.stop_witnesses()
    return place


def main():
    weir = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="weir-backup-") as folder:
        (pathlib.Path(folder) / "a").mkdir()
        (pathlib.Path(folder) / "b").mkdir()
        place = Place(weir, pathlib.Path(folder) / "a")
        first = a_backup_is_apart_and_does_not_run(place)
        kept = what_is_lost_is_confessed(place, first)
        erased_stays_erased(place, kept)
        sign_ins_end(place)
        under_load(place)
        place.losses = place.types().count("history_lost")
        data = place.data
        killed_anywhere(place)
        place.data = data
        without_room(place)
        what_is_wrong_is_said(place)
        follow(place)
        migrations(place)
        other = behind_a_witness(weir, pathlib.Path(folder) / "b")
        place.passed += other.passed
        place.failed += other.failed
        place.finish()


if __name__ == "__main__":
    main()
