#!/usr/bin/env python3
"""A company and an authority live through the law's clocks, with the real binary: a flaw in a medical
device that is exploited, due under the CRA (24 h, 72 h, 14 days after the fix), under the RMSV (2 days),
which forbids what the other demands, and under the FDA's rules (10 working days); a delay of
dissemination; and the proof of it all.

    clocks.py --weir BINARY [--served]

--served goes over HTTPS, by a server that is killed now and then and gets a bad law file.

Every step is checked; the last line is `N passed, N failed`.
"""

import argparse
import base64
import datetime
import json
import tempfile
import time

from served_clocks import ServedClocks
from world import Failed, World, write_json

SECRET = "the length field is trusted before the buffer is allocated"
MAKER = {"format": "weir-profile/v1", "establishment": "DE",
         "attributes": {"role": ["manufacturer"], "market": ["EU", "CN", "US"],
                        "sector": ["medical_devices"]}}
CSIRT = {"format": "weir-profile/v1", "establishment": "DE",
         "attributes": {"role": ["csirt"], "jurisdiction": ["DE"]}}
REPORT = {"format": "weir-report/v1", "title": "Router OS",
          "vulnerabilities": [{"title": "t", "products": [{"vendor": "Northwind", "name": "Router OS"}]}]}
NOW = datetime.datetime.now(datetime.timezone.utc)


def ago(**parts):
    return (NOW - datetime.timedelta(**parts)).isoformat(timespec="seconds")


def ahead(**parts):
    return (NOW + datetime.timedelta(**parts)).isoformat(timespec="seconds")


def found(world):
    world.step("A ministry founds its platform; a maker and the second body are registered.")
    made = world.do("init", "--trial", "--origin", "weir.example/log", "--authority", "Ministry", "--class",
                    "ministry", "--country", "DE", "--admin", "ada")
    (world.folder / "vkey").write_text(made["log_vkey"] + "\n")
    world.do("org", "add", "Northwind", "--class", "vendor", "--country", "DE", "--bound", "no", actor="ada")
    world.do("org", "add", "ENISA", "--class", "authority", "--country", "ZZ", "--bound", "no", actor="ada")
    for handle, organisation, role in (("cora", "Ministry", "coordinator"), ("dan", "Ministry", "coordinator"),
                                       ("ven", "Northwind", "reporter"), ("val", "Northwind", "recipient"),
                                       ("otto", "ENISA", "recipient")):
        world.do("user", "add", handle, "--org", organisation, "--role", role, actor="ada")
    for name, profile in (("Northwind", MAKER), ("Ministry", CSIRT)):
        world.do("profile", "set", name, write_json(world.folder / "profile.json", profile), actor="ada")
    shown = world.do("profile", "show", "Northwind", actor="ada")
    concerned = {row["regime"] for row in shown["concerned_by"]}
    world.check("its profile says that the CRA, the RMSV and the FDA concern it, and the SEC does not",
                {"eu-cra", "cn-rmsv", "us-fda"} <= concerned and "us-sec-8k" not in concerned, str(concerned))
    world.do("clocks", "warn", "Northwind", "--hours", "24", "6", "0", "--first", "ven", "--second", "val", actor="ada")


def board(world, actor, case, *more):
    rows = world.do("clocks", "board", "--case", case, *more, actor=actor)
    return {row["stage"]: row for row in rows}


def learn(world):
    world.step("The maker learns of a flaw, and that it is exploited; both are entered once.")
    case = world.do("report", write_json(world.folder / "report.json", REPORT), actor="ven")["case"]
    fact = ("fact", "add", case)
    world.do(*fact, "flaw_known", "--at", ago(hours=20), "--source", "own test", actor="ven")
    world.do(*fact, "uncontrolled_risk_known", "--at", ago(hours=20), "--source", "own assessment", actor="ven")
    world.do(*fact, "exploitation_known", "--at", ago(hours=30), "--source", "a customer", actor="ven")
    world.check("as first entered, the 24 hours are counted from the later of the two",
                board(world, "ven", case)["eu-cra/early_warning"]["state"] in ("running", "due_soon"))
    world.do(*fact, "exploitation_known", "--at", ago(hours=3), "--source", "their log, read again", "--corrects", "3",
             actor="ven")
    rows = board(world, "ven", case)
    world.check("the correction supersedes, and the early warning is due in 21 hours",
                rows["eu-cra/early_warning"]["hours_left"].startswith(("20 h", "21 h")), str(rows))
    world.check("the two days of the RMSV run from the flaw alone",
                rows["cn-rmsv/report"]["hours_left"].startswith(("27 h", "28 h")), str(rows))
    world.check("the sector's rules give ten working days, and 30 and 60 days",
                {"us-fda/report_806", "us-fda/tell_customers", "us-fda/fix"} <= set(rows), str(set(rows)))
    steps = world.do("clocks", "explain", rows["eu-cra/early_warning"]["obligation"], actor="ven")["steps"]
    world.check("the explanation names the clause", any(step["clause"] == "Art. 14(2)(a)" for step in steps))
    world.refused("a fact in the future is refused", *fact, "fix_public", "--at", ahead(hours=1), "--source", "x",
                  actor="ven", word="future")
    world.refused("an outsider is told of no case", "fact", "list", case, actor="otto", word="not_found")
    planned_once(world)
    feed = world.run("clocks", "ical", actor="ven").stdout.decode()
    world.check("the calendar holds the due times and no text", "SUMMARY:eu-cra/early_warning due" in feed
                and "Router" not in feed)
    return case


def planned_once(world):
    """A server does it by itself, and after a kill not again."""
    if isinstance(world, ServedClocks):
        first = world.notices_come("ven")
        world.kill()
        time.sleep(3)
        world.check("warnings are planned once, also by a server that was killed",
                    first > 0 and world.notices_come("ven") == first, str(first))
    else:
        ran = world.do("clocks", "run")
        world.check("warnings are planned once",
                    ran["notices"] > 0 and world.do("clocks", "run")["notices"] == 0, str(ran))
    notice = world.do("clocks", "notices", actor="ven")[0]
    world.do("clocks", "seen", str(notice["notice"]), actor="ven")
    world.check("a warning that was seen says so", world.do("clocks", "notices", actor="ven")[0]["seen"])


def by_verb(world, *arguments, actor):
    """The verb itself, beside a server or not."""
    done = World.run(world, *arguments, "--json", actor=actor)
    if done.returncode:
        raise Failed(f"{arguments}: {done.stderr.decode()}")
    return done.stdout.decode()


def same_alone(world, case):
    """What the verbs that read say beside the server, and once it has stopped."""
    def said():
        filings = json.loads(by_verb(world, "filing", "list", actor="ven"))
        asked = [("ada", "profile", "show", "Northwind"), ("ven", "clocks", "notices"), ("ven", "statistics"),
                 ("ven", "statistics", "--csv"), ("ven", "statistics", "--public"), ("cora", "delay", "list", case),
                 ("ven", "clocks", "conflicts", case), ("ven", "filing", "list", case), ("ven", "filing", "list"),
                 ("ven", "filing", "form", world.final), ("ven", "filing", "show", filings[0]["filing"])]
        return {" ".join(one[1:]): by_verb(world, *one[1:], actor=one[0]) for one in asked}

    beside = said()
    world.stop()
    alone = said()
    for verb, text in beside.items():
        world.check(f"alone and beside a server the same: {verb.replace(case, 'CASE')}", text == alone[verb] and (text.strip() not in ("", "[]") or "conflicts" in verb),  # none is left
                    f"{text}\n{alone[verb]}")


def asked_beside(world, case):
    """The verbs of every day ask the server that has the directory, and say the same."""
    def say(*arguments):
        return by_verb(world, *arguments, actor="ven")

    rows = {row["stage"]: row for row in json.loads(say("clocks", "board", "--case", case))}
    shown = board(world, "ven", case)
    world.check("beside the server the board is the same", {(name, row["due"]) for name, row in rows.items()}
                == {(name, row["due"]) for name, row in shown.items()}, str(rows))
    one = rows["eu-cra/early_warning"]
    world.check("with hours left", one["hours_left"].startswith(("20 h", "21 h")), str(one))
    explained = json.loads(say("clocks", "explain", one["obligation"]))
    world.check("and explained", explained["stage"] == one["stage"]
                and any(step["clause"] == "Art. 14(2)(a)" for step in explained["steps"]), str(explained))
    facts = json.loads(say("fact", "list", case))
    world.check("so are the facts", [fact["number"] for fact in facts] == [1, 2, 3, 4], str(facts))
    added = json.loads(say("fact", "add", case, "interim_requested", "--at", ago(minutes=5), "--source", "by mail"))
    world.check("a fact is entered beside it", added["fact"] == 5, str(added))
    taken = json.loads(say("fact", "add", case, "interim_requested", "--at", ago(minutes=4), "--source", "a mistake",
                           "--corrects", "5", "--did-not"))
    world.check("and taken back", taken["fact"] == 6, str(taken))
    by_verb(world, "profile", "set", "Northwind", write_json(world.folder / "profile.json", MAKER), actor="ada")
    by_verb(world, "clocks", "warn", "Northwind", "--hours", "24", "6", "0", "--first", "ven", "--second", "val", actor="ada")
    world.check("the calendar comes from it too", "BEGIN:VCALENDAR" in say("clocks", "ical"))
    say("clocks", "seen", str(world.do("clocks", "notices", actor="ven")[0]["notice"]))


def draft(world, case, stage, *sets):
    obligation = board(world, "ven", case)[stage]["obligation"]
    arguments = [part for one in sets for part in ("--set", one)]
    return world.do("filing", "draft", obligation, *arguments, actor="ven")["filing"]


def resolve(world, case):
    world.step("The RMSV forbids to tell the EU what the CRA demands: people decide.")
    filing = draft(world, case, "eu-cra/early_warning", "member_states=DE, FR")
    world.refused("nothing is filed while the laws contradict each other", "filing", "submit", filing, "--channel",
                  "platform", actor="ven", word="cn-rmsv forbids")
    sides = world.do("clocks", "conflicts", case, actor="ven")
    world.check("both sides are shown with their clauses", {one["forbids"]["clause"] for one in sides} == {"Art. 9(7)"}
                and "Art. 14(2)(a)" in {one["demands"]["clause"] for one in sides}, str(sides))
    for one in sides:
        world.do("clocks", "decide", case, one["conflict"], "file", "--ground", "counsel: EU law governs", actor="ven")
    world.refused("who decided does not confirm", "clocks", "confirm", case, sides[0]["conflict"], "file",
                  actor="ven", word="denied")
    for one in sides:
        world.do("clocks", "confirm", case, one["conflict"], "file", actor="val")
    return filing


def file_both(world, case, filing):
    world.step("Early warning and notification are filed here, the reports of RMSV and FDA elsewhere.")
    done = world.do("filing", "submit", filing, "--channel", "platform", actor="ven")
    world.check("the 24 hours are met", board(world, "ven", case, "--all")["eu-cra/early_warning"]["state"] == "met")
    filing = draft(world, case, "eu-cra/notification", "product=Router OS", "nature=" + SECRET, "measures_taken=none yet",
                   "user_measures=block the port", "sensitivity=high", "exceptional_circumstances=one Member State only")
    world.refused("more than the law demands must be named", "filing", "submit", filing, "--channel", "platform",
                  actor="ven", word="/exceptional_circumstances")
    world.do("filing", "submit", filing, "--channel", "platform", "--beyond", "exceptional_circumstances", actor="ven")
    copy = world.run("filing", "export", filing, "--format", "html", "--to", "ENISA", actor="ven").stdout.decode()
    world.check("under exceptional circumstances ENISA's copy holds the nature, not the measures",
                SECRET in copy and "block the port" not in copy)
    if isinstance(world, ServedClocks):
        beside = World.run(world, "filing", "export", filing, "--format", "csv", actor="ven").stdout.decode()
        world.check("beside the server a filing is exported too", "block the port" in beside, beside)
    printed = world.run("filing", "export", filing, "--format", "pdf", "--to", "ENISA", actor="ven").stdout
    world.check("and as PDF it is one", printed.startswith(b"%PDF-") and b"%%EOF" in printed[-32:], str(printed[:200]))
    filing = draft(world, case, "cn-rmsv/report", "product=Router OS", "model=R1", "affected_versions=4.0",
                   "technical_characteristics=overflow", "harm=takeover", "scope=all")
    world.do("filing", "submit", filing, "--channel", "form", "--at", ago(minutes=1), actor="ven")
    world.do("filing", "acknowledge", filing, "--reference", "NVDB-7", "--at", ago(seconds=1), actor="ven")
    filing = draft(world, case, "us-fda/report_806", "product=Infusion pump", "harm=none seen", "measures_taken=none yet")
    said = World.run(world, "filing", "submit", filing, "--channel", "file", "--at", ago(minutes=1), actor="ven")
    world.check("submitted by the verb itself, beside a server or not", said.returncode == 0, said.stderr.decode())
    said = World.run(world, "filing", "acknowledge", filing, "--reference", "FDA-1", "--at", ago(seconds=1), actor="ven")
    world.check("and acknowledged", said.returncode == 0, said.stderr.decode())
    rows = board(world, "ven", case, "--all")
    world.check("the ten working days are met", rows["us-fda/report_806"]["state"] == "met", str(rows))
    world.check("the 72 hours and the two days are met", rows["eu-cra/notification"]["state"] == "met"
                and rows["cn-rmsv/report"]["state"] == "met", str(rows))
    return done["receipt"]


def delay(world, case):
    world.step("The authority takes the case, reads what was filed, and delays passing it on.")
    world.do("case", "claim", case, "--conflict", "no", actor="cora")
    world.do("case", "accept", case, actor="cora")
    shown = world.do("case", "show", case, actor="cora")
    world.check("the handler reads the filing", any(SECRET in item.get("text", "") for item in shown["items"]))
    world.check("its own clock has begun", "eu-cra-csirt/disseminate" in board(world, "cora", case))
    by_verb(world, "delay", "order", case, "--ground", "nature_of_information", "--justification", "a fix is expected",
             "--until", ahead(hours=72), "--review", ahead(hours=24), "--second-body", "ENISA", actor="cora")
    world.refused("nothing is released meanwhile", "release", "decide", case, "--level", "notice", "--to", "ENISA",
                  "--ground", "Art. 16", actor="cora", word="denied")
    world.check("the second body has to be told at once",
                "eu-cra-csirt/tell_second_body" in board(world, "cora", case))
    decided = world.do("delay", "list", case, actor="cora")[0]["delay"]
    by_verb(world, "delay", "told", case, "--delay", decided, "--second-body", "ENISA", "--note", "by telephone",
            actor="cora")
    listed = world.do("delay", "list", case, actor="cora")
    world.check("told, in force, with its review", listed[0]["in_force"] and listed[0]["told"] != "", str(listed))


def finish(world, case, receipt):
    world.step("The fix is there: the final report. Then the figures, and the proof.")
    for event in ("measure_available", "fix_public", "fix_validated", "users_informed", "upstream_informed"):
        world.do("fact", "add", case, event, "--at", ago(seconds=5), "--source", "release notes", actor="ven")
    obligation = board(world, "ven", case)["eu-cra/final"]["obligation"]
    form = {field["field"]: field for field in world.do("filing", "form", obligation, actor="ven")["fields"]}
    world.check("the final report knows when the measure came", form["update"]["from"] == "fact", str(form))
    for one in world.do("clocks", "conflicts", case, actor="ven"):
        if one["demands"]["law"] == "eu-cra/final":
            by_verb(world, "clocks", "decide", case, one["conflict"], "file", "--ground", "as before", actor="ven")
            by_verb(world, "clocks", "confirm", case, one["conflict"], "file", actor="val")
    world.final = obligation
    filing = json.loads(by_verb(world, "filing", "draft", obligation, "--set", "description=" + SECRET, "--set",
                                "severity=high", "--set", "impact=takeover", actor="ven"))["filing"]
    world.do("filing", "submit", filing, "--channel", "platform", actor="ven")
    world.check("nothing is left to do", not board(world, "ven", case), str(board(world, "ven", case)))
    figures = world.do("statistics", actor="ven")["figures"]
    world.check("every duty was in time", figures and all(row["late"] == 0 for row in figures), str(figures))
    world.check("the public gets no small numbers", world.do("statistics", "--public")["figures"] == [])
    world.do("log", "seal")
    proof = world.folder / "filing.tlog-proof"
    world.do("receipt", receipt, "--out", proof)
    verified = world.run("verify", proof, "--vkey", world.folder / "vkey", "--unwitnessed", data=False)
    world.check("the receipt of the early warning holds offline", verified.returncode == 0, verified.stderr.decode())
    world.check("and says what was filed", "early_warning" in decoded(proof), proof.read_text())


def laws_change(world):
    """SIGHUP reads the laws again; a file that is wrong changes nothing."""
    world.step("The operator changes a law's file, wrongly at first, and the server reads it again.")
    path = world.laws / "eu-cra.yaml"
    good = path.read_text()
    title = world.do("regimes", "show", "eu-cra")["title"]
    path.write_text(good.replace("stages:", "stagess:", 1))
    line = world.reload("laws")
    world.check("a bad file is named with its line, and refused", "eu-cra.yaml:" in line.get("error", ""), str(line))
    world.check("the last good set stays in force", world.do("regimes", "show", "eu-cra")["title"] == title)
    path.write_text(good.replace(f"title: {title}", f"title: {title} (amended)", 1))
    line = world.reload("laws")
    world.check("a good one is in force at once", "error" not in line
                and world.do("regimes", "show", "eu-cra")["title"] == title + " (amended)", str(line))
    path.write_text(good)
    world.reload("laws")


def decoded(proof):
    """The fields of a receipt, which lie in base64 behind `extra`."""
    for line in proof.read_text().splitlines():
        if line.startswith("extra "):
            return base64.b64decode(line[6:]).decode()
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True, help="the binary")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--served", action="store_true", help="over HTTPS")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weir-clocks-") as folder:
        world = (ServedClocks if arguments.served else World)(arguments.weir, folder, quiet=arguments.quiet)
        try:
            found(world)
            case = learn(world)
            if arguments.served:
                asked_beside(world, case)
            filing = resolve(world, case)
            receipt = file_both(world, case, filing)
            delay(world, case)
            finish(world, case, receipt)
            if arguments.served:
                laws_change(world)
                world.check("no secret stands in the database or the server's log", not world.told(SECRET),
                            str(world.told(SECRET)))
                same_alone(world, case)
        except Failed as failure:
            world.check("the story goes on", False, str(failure))
        except BaseException:
            world.stop_witnesses()  # nothing that was started stays behind
            raise
        world.close()


if __name__ == "__main__":
    main()
