"""The story of the walkthrough, in the order in which it happens."""

import base64
import json
import pathlib

from world import shared_file, write_json

SECRET = "the length field is trusted before the buffer is allocated"

REPORT = {
    "format": "weir-report/v1",
    "title": "Heap overflow in the update service",
    "embargo_until": "2099-01-31T09:00:00+01:00",
    "vulnerabilities": [
        {
            "title": "Length field trusted in update packets",
            "products": [
                {
                    "vendor": "Northwind",
                    "name": "Router OS",
                    "affected": [{"introduced": "4.0", "fixed": "4.7.2"}],
                }
            ],
            "cvss": ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"],
            "cwe": ["CWE-122"],
            "parts": [
                {"level": "advisory", "kind": "mitigation", "text": "Block port 4711 from outside."},
                {"level": "technical", "kind": "description", "text": SECRET},
                {"level": "exploit", "kind": "exploit", "text": "Crash only; see the trace."},
            ],
        }
    ],
}

DUPLICATE = {
    "format": "weir-report/v1",
    "title": "Router crashes on bad update packet",
    "vulnerabilities": [
        {
            "title": "Crash on bad update packet",
            "products": [{"vendor": "Northwind", "name": "Router OS"}],
            "parts": [{"level": "technical", "kind": "description", "text": "It reboots."}],
        }
    ],
}

ORGANISATIONS = [
    # name, class, country, bound by law, public body
    ("CERT-XX", "national_cert", "XX", "no", "yes"),
    ("Southgate", "partner", "YY", "yes", "no"),
    ("Eastlake", "partner", "ZZ", "no", "no"),
    ("Northwind", "vendor", "XX", "no", "no"),
    ("Kestrel Labs", "researcher", "ZZ", "no", "no"),
]

USERS = [
    ("cora", "Ministry", "coordinator"),
    ("dan", "Ministry", "coordinator"),
    ("ben", "CERT-XX", "recipient"),
    ("sol", "Southgate", "recipient"),
    ("eve", "Eastlake", "recipient"),
    ("ven", "Northwind", "reporter"),
    ("rita", "Kestrel Labs", "reporter"),
]


def found(world):
    world.step("A ministry founds its platform, with two outside witnesses.")
    policy = world.plan_witnesses(["north", "south"])
    made = world.do("init", "--origin", "weir.example/log", "--authority", "Ministry",
                    "--class", "ministry", "--country", "XX", "--admin", "ada",
                    "--witness-policy", policy, "--secrets", world.folder / "secrets")
    (world.folder / "vkey").write_text(made["log_vkey"] + "\n")
    (world.folder / "promise-vkey").write_text(made["promise_vkey"] + "\n")
    world.start_witnesses(world.folder / "vkey")
    world.refused("a second platform in the same place is refused", "init", "--origin", "x/y",
                  "--authority", "Other", "--admin", "eve", "--trial", word="conflict")
    for name, kind, country, bound, public_body in ORGANISATIONS:
        world.do("org", "add", name, "--class", kind, "--country", country, "--bound", bound,
                 "--public-body", public_body, actor="ada")
    for handle, organisation, role in USERS:
        world.do("user", "add", handle, "--org", organisation, "--role", role, actor="ada")
    for name in ("CERT-XX", "Southgate", "Eastlake"):
        world.do("agreement", "set", name, "--level", "technical", actor="ada")
    world.refused("only an administrator adds users", "user", "add", "mallory", "--org", "Eastlake",
                  "--role", "coordinator", actor="eve", word="denied")
    listed = world.do("org", "list", actor="ada")
    world.check("six organisations are registered", len(listed) == 6, str(listed))


def hand_in(world, name, report, *more, actor=None):
    path = report if isinstance(report, pathlib.Path) else write_json(world.folder / name, report)
    promise = world.folder / "promises" / f"{name}.txt"
    promise.parent.mkdir(exist_ok=True)
    said = world.do("report", path, "--promise-out", promise, *more, actor=actor)
    said["path"] = path
    return said


def reports_come_in(world):
    world.step("Reports come in: one with an account, one anonymous, one from a real CSAF document, "
               "two that are spam.")
    trace = world.folder / "trace.pcap"
    trace.write_bytes(b"\x0a\x0d\x0d\x0a" + bytes(2 * 1024 * 1024))
    reports = {"first": hand_in(world, "first.json", REPORT, "--attach", trace, actor="rita")}
    world.check("the reporter gets a signed promise at once",
                "weir-promise/v1" in reports["first"]["promise"])
    reports["second"] = hand_in(world, "second.json", DUPLICATE, "--anonymous")
    world.check("an anonymous reporter gets a code to come back with",
                len(reports["second"]["return_code"]) == 32)
    csaf = shared_file("csaf/OT/white/2024/icsma-24-249-01.json")
    if csaf:
        reports["csaf"] = hand_in(world, "csaf.json", csaf, "--anonymous")
        world.check("a real CSAF document becomes a case of two vulnerabilities",
                    reports["csaf"]["vulnerabilities"] == 2)
    else:
        world.say("  skip  no public corpus beside the checkout: the CSAF report is left out")
    for number in (1, 2):
        reports[f"spam{number}"] = hand_in(world, f"spam{number}.json", {
            "format": "weir-report/v1", "title": f"Buy now {number}",
            "vulnerabilities": [{"title": "Cheap", "products": [{"vendor": "x", "name": "y"}]}],
        }, "--anonymous")
    bad = world.folder / "bad.json"
    bad.write_text('{"format":"weir-report/v1","vulnerabilities":[{"products":[{"vendor":7}]}]}')
    error = world.refused("a wrong report is refused with its place", "report", bad, "--anonymous",
                          word="invalid")
    world.check("the place is a JSON pointer", error.get("where", "").startswith("/"), str(error))
    return reports


def seal(world):
    sealed = world.do("log", "seal")
    world.check(f"sealed {sealed['size']} leaves with {sealed['cosignatures']} cosignatures",
                sealed["published"] and sealed["cosignatures"] == 2 and sealed["size"] % 16 == 0,
                str(sealed))


def fetch_receipt(world, name, receipt_id):
    path = world.folder / "receipts" / f"{name}.tlog-proof"
    path.parent.mkdir(exist_ok=True)
    world.do("receipt", receipt_id, "--out", path)
    return path


def verify(world, what, receipt, body=None, holds=True):
    line = ["verify", receipt, "--vkey", world.folder / "vkey", "--policy", world.folder / "policy"]
    done = world.run(*line, *(["--body", body] if body else []), data=False)
    world.check(what, (done.returncode == 0) == holds, done.stderr.decode())


def receipts_of_reports(world, reports):
    world.step("The log is sealed; each reporter proves what it filed, and when.")
    world.refused("before the seal there is no receipt yet", "receipt", reports["first"]["receipt"],
                  word="unavailable")
    seal(world)
    receipt = fetch_receipt(world, "report-first", reports["first"]["receipt"])
    verify(world, "the receipt holds for exactly the bytes that were filed", receipt,
           reports["first"]["path"])
    verify(world, "and for no others", receipt, reports["second"]["path"], holds=False)
    fetch_receipt(world, "report-second", reports["second"]["receipt"])
    kept = world.run("verify-promise", world.folder / "promises" / "first.json.txt", "--vkey",
                     world.folder / "promise-vkey", "--receipt", receipt, data=False)
    world.check("the promise was kept", kept.returncode == 0, kept.stderr.decode())


def triage(world, reports):
    world.step("A coordinator claims the case; what is a duplicate is merged, a vendor is added.")
    first, second = reports["first"]["case"], reports["second"]["case"]
    queue = world.do("case", "queue", actor="cora")
    world.check("the queue shows reference, age and size, nothing else",
                set(queue[0]) == {"case", "age_hours", "size", "state"}, str(queue[0]))
    world.refused("who has not claimed cannot read", "case", "accept", first, actor="cora",
                  word="denied")
    world.refused("who has a conflict of interest cannot claim", "case", "claim", first,
                  "--conflict", "yes", actor="cora", word="denied")
    for case in (first, second):
        world.do("case", "claim", case, "--conflict", "no", actor="cora")
    world.do("case", "merge", second, first, actor="cora")
    world.do("case", "accept", first, actor="cora")
    world.do("case", "add", first, "Northwind", "--role", "vendor", actor="cora")
    shown = world.do("case", "show", first, actor="ven")
    texts = json.dumps(shown)
    world.check("the vendor sees the flaw in its own product", SECRET in texts)
    world.refused("a stranger does not even learn that the case exists", "case", "show", first,
                  actor="eve", word="not_found")
    world.do("message", first, "We can reproduce it; a fix is planned.", "--vulnerability", 1,
             actor="ven")
    world.do("status", first, "affected", "--vulnerability", 1, "--text", "Fix in 4.7.2.",
             actor="ven")
    shown = world.do("case", "show", first, actor="cora")
    attachment = next(i for i in shown["items"] if i["kind"] == "attachment_name")
    named = json.loads(attachment["text"])
    got = world.run("attachment", "get", first, named["object"], actor="cora")
    world.check("the attachment comes back byte for byte",
                got.stdout == (world.folder / "trace.pcap").read_bytes())
    return shown


def spam(world, reports):
    world.step("Spam is declined in bulk.")
    world.do("case", "spam", reports["spam1"]["case"], reports["spam2"]["case"], "--conflict", "no",
             actor="cora")
    queue = world.do("case", "queue", actor="cora")
    world.check("it is gone from the queue",
                reports["spam1"]["case"] not in [row["case"] for row in queue])


def share(world, case):
    world.step("Sharing: what the rules refuse, and what two people decide.")
    ground = ["--ground", "agreement, article 4"]
    release = ["release", "decide", case]
    world.do("embargo", "confirm", case, actor="cora")
    world.do("embargo", "consent", case, actor="ven")
    world.do("embargo", "consent", case, actor="rita")
    preview = world.do("release", "preview", case, "--level", "advisory", "--to", "CERT-XX",
                       "Southgate", *ground, actor="cora")
    by_name = {row["organisation"]: row for row in preview}
    world.check("the preview names the rule that decides for each",
                by_name["Southgate"]["rule"] == "legal_duty"
                and by_name["CERT-XX"]["outcome"] == "needs_second", str(preview))
    world.refused("a partner bound by law to pass things on gets no more than notice", *release,
                  "--level", "advisory", "--to", "Southgate", *ground, actor="cora",
                  word="legal_duty")
    advisory = [*release, "--level", "advisory", "--to", "CERT-XX", *ground]
    waiting = world.refused("above notice a second person has to approve", *advisory, actor="cora",
                            word="second person")
    world.refused("who asked cannot be the second", "approve", waiting["where"], "--conflict", "no",
                  actor="cora", word="denied")
    world.refused("not even its vendor may have that approved for others", *release, "--level",
                  "technical", "--to", "Eastlake", *ground, actor="cora", word="denied")
    pulled = world.do("pull", actor="ben")
    world.check("until then the partner gets nothing", pulled == [], str(pulled))
    asked = world.do("approve", waiting["where"], "--conflict", "no", "--show", actor="dan")
    world.check("the second person sees exactly what is asked", "CERT-XX" in asked["parameters"]
                and asked["act_level"] == "advisory", str(asked))
    world.do("approve", waiting["where"], "--conflict", "no", actor="dan")
    world.do(*advisory, actor="cora")
    world.do(*release, "--level", "notice", "--to", "Southgate", *ground, actor="cora")


def pulls(world, case):
    world.step("The partners pull. Each access is in the ledger before its first byte is sent.")
    pulled = world.do("pull", actor="ben")
    text = json.dumps(pulled)
    world.check("the CERT gets the advisory", "Router OS" in text and "Block port 4711" in text)
    world.check("and not the flaw", SECRET not in text and "Length field" not in text)
    notice = json.dumps(world.do("pull", actor="sol"))
    world.check("the bound partner gets the notice alone",
                "Northwind" in notice and "Block port" not in notice and SECRET not in notice)
    again = world.do("pull", actor="ben")
    world.check("pulling again on the same day makes no new access",
                all(not one["receipts"] for one in again), str(again))
    readers = world.do("case", "readers", case, actor="rita")
    world.check("the reporter sees who has read the report, by class and country",
                any(r["class"] == "national_cert" and r["country"] == "XX" for r in readers)
                and all("organisation" not in r for r in readers), str(readers))
    return pulled


def receipts_of_accesses(world, pulled):
    world.step("Sealed: the recipient proves what it was given.")
    seal(world)
    world.do("log", "mirror", world.folder / "log")
    watch(world, "grown")
    bodies = {}
    for one in pulled:
        for number, receipt_id in enumerate(one["receipts"]):
            path = fetch_receipt(world, f"access-{one['case'][:6]}-{number}", receipt_id)
            bodies[path] = one
    path, one = next(iter(bodies.items()))
    advisory = next(i for i in one["items"] if i["kind"] == "advisory")
    body = world.folder / "advisory.json"
    body.write_bytes(base64.b64decode(advisory["base64"]) if "base64" in advisory
                     else advisory["text"].encode())
    verify(world, "the receipt binds the exact bytes of the advisory", path, body)


def fix_and_publish(world, case):
    world.step("The vendor fixes; the case is published.")
    world.do("fix", case, "--vulnerability", 1, "--product", "Router OS", actor="ven")
    world.refused("while the embargo holds nothing is published", "publish", case, "--id",
                  "WEIR-2026-0001", actor="cora", word="embargo")
    world.do("embargo", "end", case, actor="cora")
    world.do("fix", case, "--vulnerability", 0, "--product", "Router OS", "--public", actor="ven")
    world.do("publish", case, "--id", "WEIR-2026-0001", actor="cora")
    public = world.run("public", "WEIR-2026-0001")
    world.check("anybody reads it, with no account", b"Router OS" in public.stdout)
    world.refused("the partner's old release shows nothing beyond its level", "attachment", "get",
                  case, "a" * 26, actor="ben", word="not_found")


def finish_csaf(world, reports):
    if "csaf" not in reports:
        return
    world.step("The case from the real document is published too.")
    case = reports["csaf"]["case"]
    world.do("case", "claim", case, "--conflict", "no", actor="dan")
    world.do("case", "accept", case, actor="dan")
    world.with_second("cora", "publish", case, "--id", "WEIR-2026-0002", actor="dan")
    public = world.run("public", "WEIR-2026-0002")
    world.check("it names the real product", b"Baxter" in public.stdout, public.stdout[:200])


def erase(world, case):
    world.step("The content of a closed case is erased; its record stays.")
    world.with_second("dan", "key", "erase", case, "--conflict", "no", actor="ada")
    shown = world.do("case", "show", case, actor="cora")
    world.check("nobody reads it any more", shown["items"] == [], str(shown))


def open_everything(world, reports):
    world.step("Every record is opened, cover included.")
    owed_later = [("first", "cora")] + ([("csaf", "dan")] if "csaf" in reports else [])
    for name, handler in owed_later:
        second = "dan" if handler == "cora" else "cora"
        world.with_second(second, "custody", "open", reports[name]["case"], actor=handler)
    for name in ("second", "spam1", "spam2"):
        world.do("custody", "open", reports[name]["case"], actor="cora")
    world.do("custody", "open-cover", actor="ada")
    seal(world)
    exported = world.do("custody", "export", "--all", "--out", world.folder / "custody")
    world.do("log", "mirror", world.folder / "log")
    world.check(f"{len(exported)} records are exported", len(exported) == len(reports) + 2)


def watch(world, verdict):
    """Somebody else looks at the mirror from time to time, and keeps what it saw."""
    look = world.do("monitor", "--log", world.folder / "log", "--keep", world.folder / "seen",
                    "--vkey", world.folder / "vkey", "--policy", world.folder / "policy",
                    data=False)
    world.check(f"a monitor finds the log {look['verdict']} at {look['kept']} leaves",
                look["verdict"] == verdict, str(look))


def outsider(world):
    world.step("An outsider with files and pinned keys checks that nothing is missing.")
    log, custody = world.folder / "log", world.folder / "custody"
    watch(world, "grown")
    watch(world, "unchanged")
    audit = world.audit(log, custody, "--policy", world.folder / "policy", "--json")
    answer = json.loads(audit.stdout)
    world.check(f"{answer['leaves']} leaves, each claimed by exactly one record",
                audit.returncode == 0 and answer["unclaimed"] == 0
                and answer["claimed"] == answer["leaves"], audit.stdout.decode()[:2000])
    world.check("a quorum of witnesses vouches for the log", "quorum" in answer["witnessed"])
    receipts = sorted((world.folder / "receipts").glob("*.tlog-proof"))
    line = ["custody", "verify", *sorted(custody.glob("*.json")), "--log", log, "--vkey",
            world.folder / "vkey", "--policy", world.folder / "policy"]
    for receipt in receipts:
        line += ["--receipt", receipt]
    done = world.run(*line, data=False)
    world.check(f"{len(receipts)} receipts in other hands agree with the records",
                done.returncode == 0, done.stdout.decode()[-2000:])
    opened = "".join(path.read_text() for path in custody.glob("*.json"))
    world.check("the public records name no person and hold no text of any report",
                not any(word in opened for word in
                        ("rita", "cora", "\"ven\"", SECRET, "Router OS", "Length field")))


def play(world):
    found(world)
    reports = reports_come_in(world)
    receipts_of_reports(world, reports)
    case = reports["first"]["case"]
    triage(world, reports)
    spam(world, reports)
    share(world, case)
    pulled = pulls(world, case)
    receipts_of_accesses(world, pulled)
    fix_and_publish(world, case)
    finish_csaf(world, reports)
    erase(world, case)
    open_everything(world, reports)
    outsider(world)
    world.say()
