"""kill -9 at every step: each verb of a story is killed at a random instant and tried again until
it is done; then the log is audited, and nothing acknowledged may be missing, done twice, or found in
the clear.

    kill.py WEIR [--kills N] [--seed S]
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

SECRETS = ["zqtitle", "zqdescription", "zqexploit", "zqvendor", "zqproduct", "zqmessage", "zqbytes"]
REPORT = {
    "format": "weir-report/v1",
    "title": "zqtitle",
    "vulnerabilities": [{
        "title": "zqtitle",
        "products": [{"vendor": "zqvendor", "name": "zqproduct"}],
        "parts": [{"kind": "description", "text": "zqdescription"},
                  {"level": "exploit", "kind": "exploit", "text": "zqexploit"}],
    }],
}
SECOND = "a second person must approve this first"


class Story:
    def __init__(self, weir, folder, kills, seed):
        self.weir, self.folder, self.most_kills = weir, folder, kills
        self.data = os.path.join(folder, "data")
        self.random = random.Random(seed)
        self.kills = 0
        self.outputs = []  # of everybody who may not know
        self.span = 0.03  # seconds in which the kill comes; follows what a verb takes here

    def path(self, name):
        return os.path.join(self.folder, name)

    def once(self, *arguments, kill):
        """One try: (code, stdout, stderr); the code is None if it was killed."""
        line = [self.weir, *arguments, "--data", self.data, "--json"]
        begun = time.monotonic()
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            out, err = process.communicate(timeout=self.random.uniform(0, self.span) if kill else 60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.kills += 1
            return None, "", ""
        if not kill:
            return process.returncode, out, err
        self.span = max(0.002, min(0.3, (self.span + 1.2 * (time.monotonic() - begun)) / 2))
        return process.returncode, out, err

    def run(self, *arguments, who=None, done=None):
        """Until it answers, killed several times on the way. `done`: words of a refusal that says
        that an earlier, killed try has done it."""
        if who:
            arguments = (*arguments, "--as", who)
        for attempt in range(1000):
            code, out, err = self.once(*arguments, kill=attempt < self.most_kills)
            if code is None:
                continue
            if code == 0:
                return json.loads(out) if out.startswith(("{", "[")) else out
            if SECOND in err:
                return {"waiting": json.loads(err)["where"]}
            if attempt and done and done in err:
                return {}
            raise SystemExit(f"{' '.join(arguments)}: {code} {out} {err}")
        raise SystemExit("never done: " + " ".join(arguments))

    def by_two(self, *arguments, who, second, done):
        said = self.run(*arguments, who=who, done=done)
        while "waiting" in said:
            self.run("approve", said["waiting"], "--conflict", "no", who=second,
                     done="there is no such object")
            said = self.run(*arguments, who=who, done=done)
        return said

    def refused(self, *arguments, who):
        code, out, err = self.once(*arguments, "--as", who, kill=False)
        if code != 1:
            raise SystemExit(f"{who} was not refused: {' '.join(arguments)}: {code} {out}")
        self.outputs.append(out + err)

    def timeline(self, case):
        return [event["type"] for event in self.run("case", "timeline", case, who="cora")]


def people(story):
    code, out, err = story.once("init", "--trial", "--origin", "kill.example/log", "--authority",
                                "Ministry", "--country", "XX", "--admin", "ada", kill=False)
    if code != 0:
        raise SystemExit(f"init: {code} {out} {err}")
    with open(story.path("vkey"), "w", encoding="ascii") as file:
        file.write(story.run("log", "vkey")["log"] + "\n")
    for name, kind in (("CERT", "national_cert"), ("ACME", "vendor"), ("Lark", "researcher"),
                       ("Outsider", "other")):
        story.run("org", "add", name, "--class", kind, "--bound", "no", who="ada", done="UNIQUE")
    for handle, org, role in (("cora", "Ministry", "coordinator"), ("dan", "Ministry", "coordinator"),
                              ("cert", "CERT", "recipient"), ("ven", "ACME", "recipient"),
                              ("rita", "Lark", "reporter"), ("otto", "Outsider", "recipient")):
        story.run("user", "add", handle, "--org", org, "--role", role, who="ada", done="UNIQUE")
    story.run("agreement", "set", "CERT", "--level", "advisory", who="ada")


def work(story):
    with open(story.path("report.json"), "w", encoding="utf-8") as file:
        json.dump(REPORT, file)
    with open(story.path("proof.bin"), "wb") as file:
        file.write(b"zqbytes" * 400_000)
    filed = story.run("report", story.path("report.json"), "--attach", story.path("proof.bin"),
                      who="rita")
    case = filed["case"]
    state = "not allowed, by the rule case_state"
    story.run("case", "claim", case, "--conflict", "no", who="cora", done=state)
    story.run("case", "accept", case, who="cora", done=state)
    story.run("case", "add", case, "ACME", "--role", "vendor", who="cora")
    story.run("case", "conflict", case, "ada", "no", who="cora")
    story.run("message", case, "zqmessage", who="ven")
    story.run("case", "show", case, who="cora")
    story.run("log", "seal")
    for verb in (("case", "show", case), ("case", "readers", case), ("case", "timeline", case),
                 ("message", case, "hello"), ("key", "erase", case), ("custody", "open", case)):
        story.refused(*verb, who="otto")
    release = ("release", "decide", case, "--level", "advisory", "--to", "CERT", "--ground", "law")
    story.by_two(*release, who="cora", second="dan", done="never")
    story.run("pull", who="cert")
    story.run("fix", case, "--vulnerability", "1", "--product", "2.0", "--public",
              who="ven")
    story.by_two("publish", case, "--id", "WEIR-2026-1", who="cora", second="dan", done="UNIQUE")
    return filed


def end(story, filed):
    case = filed["case"]
    others = [row["case"] for row in story.run("case", "queue", who="cora") if row["case"] != case]
    for other in others:  # reports of tries that were killed before they could answer
        claimed = "not allowed, by the rule case_state"
        story.run("case", "claim", other, "--conflict", "no", who="cora", done=claimed)
        story.run("case", "decline", other, "--ground", "twice", who="cora", done=claimed)
        story.run("custody", "open", other, who="cora")
    story.by_two("custody", "open", case, who="cora", second="dan", done="never")
    story.by_two("key", "erase", case, who="ada", second="dan", done="never")
    story.run("log", "seal")
    story.run("log", "mirror", story.path("mirror"))
    story.run("custody", "export", "--all", "--out", story.path("custody"))
    story.run("receipt", filed["receipt"], "--out", story.path("mine.tlog-proof"))


def check(story, filed):
    timeline = story.timeline(filed["case"])
    for once in ("report_received", "claimed", "accepted", "published"):
        if timeline.count(once) != 1:
            raise SystemExit(f"{once} stands {timeline.count(once)} times: {timeline}")
    for type_ in ("access", "release_decided", "custody_opened", "key_erased", "message_posted"):
        if type_ not in timeline:
            raise SystemExit(f"no {type_}: {timeline}")
    audit = story.run("log", "audit", "--log", story.path("mirror"), "--custody",
                      story.path("custody"), "--vkey", story.path("vkey"))
    if not audit["verified"] or audit["unclaimed"] != 0:
        raise SystemExit(f"the audit says: {audit}")
    story.run("verify", story.path("mine.tlog-proof"), "--vkey", story.path("vkey"), "--body",
              story.path("report.json"), "--unwitnessed")
    shown = story.run("case", "show", filed["case"], who="rita")
    if shown["items"]:
        raise SystemExit("the key is erased, and something was shown")
    found = [secret for secret in SECRETS for output in story.outputs if secret in output]
    places = [story.data, story.path("mirror"), story.path("custody"), story.path("mine.tlog-proof")]
    for place in places:
        files = [place] if os.path.isfile(place) else [
            os.path.join(root, name) for root, _, names in os.walk(place) for name in names]
        for file in files:
            with open(file, "rb") as opened:
                content = opened.read()
            # What was published is public: the advisory names vendor and product.
            public = ("zqvendor", "zqproduct") if file.startswith(story.data) else ()
            found += [f"{secret} in {file}" for secret in SECRETS
                      if secret.encode() in content and secret not in public]
    if found:
        raise SystemExit(f"in the clear: {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weir")
    parser.add_argument("--kills", type=int, default=3, help="of each verb")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-kill-") as folder:
        story = Story(os.path.abspath(given.weir), folder, given.kills, given.seed)
        people(story)
        filed = work(story)
        end(story, filed)
        check(story, filed)
        print(f"{story.kills} kills; the audit finds nothing wrong")
        if story.kills < 10:
            raise SystemExit("too few kills to say anything")


if __name__ == "__main__":
    sys.exit(main())
