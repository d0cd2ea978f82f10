"""kill -9 at every step of the walkthrough itself: before each verb of it is played, it is played on
copies of the whole world and killed there just before its k-th call that changes a file or says
something (tests/tools/kill_at.cc). On each copy then: nothing is half done, nothing restricted was
said without its leaf, the same verb again ends as it would have, and the audit finds nothing wrong.

    kill_steps.py --weir BINARY [--kills N]      N instants of each verb; 0: every one
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import story
from world import Failed, World, free_port

CANNOT_TRACE = 77
KILLED = 137
GOLDEN = 0.6180339887498949  # so that the instants of successive verbs fall everywhere
SAID_ONLY_WITH_A_LEAF = (story.SECRET.encode(), b"Block port 4711", b"Crash only; see the trace.")
# What a verb may answer that was done by a try which nobody was told of.
DONE_ALREADY = ("case_state", "UNIQUE", "conflict", "no such object", "not_found", "denied")

HALF_DONE = {
    "a case without its first event":
        "SELECT COUNT(*) FROM case_file c WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = "
        "c.stream AND e.idx = 0)",
    "a stream without an event":
        "SELECT COUNT(*) FROM stream s WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = s.id)",
    "an item without all of its object":
        "SELECT COUNT(*) FROM item i LEFT JOIN object o ON o.ref = i.ref AND o.version = i.version "
        "WHERE o.ref IS NULL OR o.chunks <> (SELECT COUNT(*) FROM chunk c WHERE c.object = o.ref AND "
        "c.version = o.version) + (o.bytes IS NOT NULL)",
    "an object without an item":
        "SELECT COUNT(*) FROM object o WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.ref = o.ref)",
    "a release without its event":
        "SELECT COUNT(*) FROM release r JOIN case_file c ON c.id = r.case_file WHERE NOT EXISTS "
        "(SELECT 1 FROM event e WHERE e.stream = c.stream AND e.idx = r.event AND e.type = "
        "'release_decided')",
    "a publication without its event":
        "SELECT COUNT(*) FROM publication p JOIN case_file c ON c.id = p.case_file WHERE NOT EXISTS "
        "(SELECT 1 FROM event e WHERE e.stream = c.stream AND e.type = 'published')",
    "a leaf that the log's head does not count":
        "SELECT ABS(COUNT(*) - (SELECT size FROM log_head)) FROM event",
}


class Copy:
    """The whole world again, elsewhere, with witnesses of its own that know what the others know."""

    def __init__(self, world):
        self.world = world
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-copy-", dir=world.folder.parent))
        subprocess.run(["cp", "-a", f"{world.folder}/.", str(self.folder)], check=True)
        self.witnesses = []
        self.patch(self.folder / "data" / "weir.toml", str(world.folder), str(self.folder))

    def patch(self, path, old, new):
        if path.exists():
            path.write_text(path.read_text().replace(old, new))

    def start_witnesses(self):
        """Only what seals needs them: until then the world's own answer, and learn nothing new."""
        if self.witnesses or not (self.folder / "vkey").exists():
            return
        for witness in self.world.witnesses:
            port, line = free_port(), list(witness["line"])
            old = line[line.index("--port") + 1]
            line[line.index("--port") + 1] = str(port)
            self.patch(self.folder / "policy", f"http://127.0.0.1:{old}", f"http://127.0.0.1:{port}")
            process = subprocess.Popen(
                [*line, "--log-vkey", str(self.folder / "vkey"), "--state",
                 str(self.folder / f"{witness['name']}.state")], stdout=subprocess.PIPE)
            process.stdout.readline()
            self.witnesses.append(process)

    def line(self, line):
        return [word.replace(str(self.world.folder), str(self.folder)) for word in line]

    def run(self, line):
        return subprocess.run(self.line(line), capture_output=True, timeout=120, check=False)

    def run_killed(self, line, instant):
        """Killed before its call number `instant`; never if that is 0. How many calls began, too."""
        count = self.folder / "calls"
        done = subprocess.run(
            [self.world.kill_at, str(instant), str(count), *self.line(line)], capture_output=True,
            timeout=120, check=False)
        if done.returncode == CANNOT_TRACE:
            print("skip: this machine lets nobody trace a process")
            sys.exit(CANNOT_TRACE)
        return done, int(count.read_text())

    def events(self):
        """Types of all events, in the order of the log."""
        if not (self.folder / "data" / "weir.toml").exists():
            return []
        with contextlib.closing(self.open()) as db:
            return [row[0] for row in db.execute("SELECT type FROM event ORDER BY leaf")]

    def rows(self):
        """How many rows each table has: not every verb leaves an event."""
        if not (self.folder / "data" / "weir.toml").exists():
            return {}
        with contextlib.closing(self.open()) as db:
            tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return {name: db.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]
                    for (name,) in tables}

    def open(self):
        return sqlite3.connect(self.folder / "data" / "weir.db")

    def half_done(self):
        """What is not whole, in words."""
        if not (self.folder / "data" / "weir.toml").exists():
            return []
        with contextlib.closing(self.open()) as db:
            wrong = [what for what, query in HALF_DONE.items() if db.execute(query).fetchone()[0]]
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
        return wrong + ([] if whole == "ok" else [whole])

    def audit(self):
        """Seals, mirrors, exports and audits the copy; what is wrong, or nothing."""
        weir, data = self.world.weir, ["--data", str(self.world.data)]
        self.start_witnesses()
        place = self.world.folder
        for line in (["log", "seal", *data], ["log", "mirror", place / "log", *data],
                     ["custody", "export", "--all", "--out", place / "custody", *data],
                     ["log", "audit", "--log", place / "log", "--custody", place / "custody",
                      "--vkey", place / "vkey", "--policy", place / "policy"]):
            done = self.run([weir, *map(str, line)])
            alarms = [row for row in done.stdout.splitlines() if row.startswith(b"alarm")]
            if alarms and all(b"missing_link" in row for row in alarms):
                continue  # of two merged cases one is opened: right until the story opens the other
            if done.returncode != 0:
                return f"{' '.join(map(str, line[:2]))}: {done.stdout + done.stderr}"
        return ""

    def drop(self):
        for process in self.witnesses:
            process.kill()
            process.wait()
            process.stdout.close()
        shutil.rmtree(self.folder)


class KilledWorld(World):
    """Plays each verb on copies first, and kills it there."""

    def __init__(self, weir, folder, kills):
        super().__init__(weir, folder, quiet=True)
        self.kill_at = str(pathlib.Path(weir).resolve().parent.parent / "tests" / "tools" /
                           "weir-kill-at")
        self.most = kills
        self.verbs = 0
        self.kills = 0
        self.audits = 0

    def run(self, *arguments, actor=None, data=True, stdin=None):
        if data:
            self.verbs += 1
            self.play_killed(self.line(arguments, actor, data))
        return super().run(*arguments, actor=actor, data=data, stdin=stdin)

    def instants(self, calls):
        if self.most == 0 or calls <= self.most:
            return range(1, calls + 1)
        shift = self.verbs * GOLDEN % 1
        return [int((number + shift) * calls / self.most) + 1 for number in range(self.most)]

    @contextlib.contextmanager
    def copy(self, line):
        made = Copy(self)
        try:
            if line[1:3] == ["log", "seal"]:
                made.start_witnesses()
            yield made
        finally:
            made.drop()

    def play_killed(self, line):
        with self.copy(line) as whole:
            before, rows = whole.events(), whole.rows()
            done, calls = whole.run_killed(line, 0)
            after = whole.events()[len(before):]
        instants = list(self.instants(calls))
        for instant in instants:
            with self.copy(line) as copy:
                where = f"{' '.join(line[1:5])}, call {instant} of {calls}"
                self.judge(copy, line, {"instant": instant, "where": where, "before": before, "rows": rows,
                                        "after": after, "code": done.returncode,
                                        "audit": self.most == 0 or instant == instants[-1]})

    def judge(self, copy, line, told):
        def must(holds, what):
            if not holds:
                raise Failed(f"{told['where']}: {what}")

        killed, _ = copy.run_killed(line, told["instant"])
        self.kills += killed.returncode == KILLED
        now = copy.events()
        must(now[:len(told["before"])] == told["before"], "an event is gone")
        added = now[len(told["before"]):]
        # Cover leaves come in any number; else what a verb appends, it appends in order.
        must("cover" in told["after"] or added == told["after"][:len(added)],
             f"appended {added} instead of {told['after']}")
        must(not copy.half_done(), f"half done: {copy.half_done()}")
        shown = any(text in killed.stdout for text in SAID_ONLY_WITH_A_LEAF)
        must(not shown or added == told["after"], "said without its leaf")
        was_changed = bool(added) or copy.rows() != told["rows"]
        again = copy.run(line)
        is_done = was_changed and any(word in again.stderr.decode() for word in DONE_ALREADY)
        must(again.returncode == told["code"] or (is_done and again.returncode == 1),
             f"again it ends with {again.returncode}: {again.stderr.decode()}")
        must(not copy.half_done(), f"half done by the second try: {copy.half_done()}")
        types = copy.events()
        must(all(types.count(one) >= (told["before"] + told["after"]).count(one)
                 for one in told["after"] if one != "cover"), "an event is missing in the end")
        if told["audit"] and (copy.folder / "vkey").exists():
            wrong = copy.audit()
            must(not wrong, wrong)
            self.audits += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--kills", type=int, default=2, help="of each verb; 0: at every call")
    given = parser.parse_args()
    # Nothing here needs a disk: what the kernel was told survives the process.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="weir-kill-steps-", dir=memory) as folder:
        (pathlib.Path(folder) / "world").mkdir()
        world = KilledWorld(given.weir, pathlib.Path(folder) / "world", given.kills)
        try:
            story.play(world)
        except Failed as failure:
            world.check("the story goes on", False, str(failure))
        print(f"{world.verbs} verbs, {world.kills} kills, {world.audits} audits")
        if world.kills < world.verbs:
            world.check("each verb was killed at least once", False)
        world.finish()


if __name__ == "__main__":
    main()
