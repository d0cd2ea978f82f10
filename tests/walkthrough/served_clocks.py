"""The verbs of the clocks as calls of the API, for a world that is served (served.py)."""

import json
import pathlib
import shutil
import signal
import time
import urllib.parse

from served import PATIENCE, ServedWorld, done, first
from world import Failed, HERE, World


def time_of(minutes):
    """As the command line says it."""
    size = abs(minutes)
    return f"{size // 60} h {size % 60:02d} min " + ("late" if minutes < 0 else "left")


def board_row(row):
    out = {"obligation": row["obligation"], "case": row["case"], "organisation": row["organisation"],
           "stage": f"{row['regime']}/{row['stage']}", "state": row["state"], "due": row.get("due", "")}
    out["hours_left"] = time_of(row["minutes_left"]) if "minutes_left" in row else ""
    return out


def side(one):
    return {**one, "law": f"{one['regime']}/{one['what']}"}


class ServedClocks(ServedWorld):
    """What clocks.py asks of a World, over HTTPS. `run` of the clocks is the server's own."""

    def __init__(self, weir, folder, quiet=False):
        super().__init__(weir, folder, quiet)
        self.routes |= {"profile": self.profile, "fact": self.fact, "clocks": self.clocks, "filing": self.filing,
                        "delay": self.delay, "statistics": self.statistics, "regimes": self.regimes}

    # --- the server --------------------------------------------------------------------------

    def certificate(self):
        """Also: the laws lie in a folder of their own, to be changed."""
        super().certificate()
        self.laws = self.folder / "laws"
        shutil.copytree(HERE.parent.parent / "regimes", self.laws)
        config = self.data / "weir.toml"
        lines = [line for line in config.read_text().splitlines() if not line.startswith("regimes")]
        config.write_text("\n".join([*lines, f"regimes = '{self.laws}'"]) + "\n")

    def reload(self, of):
        """SIGHUP, and the line of the log that says what came of it."""
        log = self.folder / "server.log"
        start = log.stat().st_size
        self.server.send_signal(signal.SIGHUP)
        end = time.time() + PATIENCE
        while time.time() < end:
            time.sleep(0.05)
            for line in log.read_bytes()[start:].decode().splitlines():
                said = json.loads(line) if line.endswith("}") else {}
                if said.get("what") == "reload" and said.get("of") == of:
                    return said
        raise Failed("the server did not say that it has read the laws again")

    def notices_come(self, actor):
        """How many warnings there are, once there is one and no more come."""
        end, count = time.time() + PATIENCE, -1
        while time.time() < end:
            now = len(self.do("clocks", "notices", actor=actor))
            if now > 0 and now == count:
                break
            count = now
            time.sleep(0.5)
        return count

    def told(self, secret):
        """Files of the instance in which it stands."""
        files = [self.folder / "server.log", *self.data.iterdir()]
        return [one.name for one in files if one.is_file() and secret.encode() in one.read_bytes()]

    def close(self):
        self.stop_witnesses()
        World.finish(self)

    # --- verbs -------------------------------------------------------------------------------

    def shown(self, answer, inside=None, change=None):
        """The part of the answer that the command line prints, in its own form."""
        if answer.returncode:
            return answer
        value = json.loads(answer.stdout)
        value = value[inside] if inside else value
        return done([change(one) for one in value] if change else value)

    def profile(self, actor, plain, options):
        path = f"/api/v1/organisations/{urllib.parse.quote(plain[1])}/profile"
        if plain[0] == "set":
            return self.call(actor, "PUT", path, raw=pathlib.Path(plain[2]).read_bytes(),
                             fields={"Content-Type": "application/json"})
        answer = self.call(actor, "GET", path)
        if answer.returncode:
            return answer
        concerns = json.loads(answer.stdout)["concerns"]
        return done({"concerned_by": [one for one in concerns if one["concerns"]]})

    def fact(self, actor, plain, options):
        path = f"/api/v1/cases/{plain[1]}/facts"
        if plain[0] == "list":
            return self.shown(self.call(actor, "GET", path), "facts")
        return self.call(actor, "POST", path, {
            "event": plain[2], "at": first(options, "at"), "source": first(options, "source"),
            "corrects": int(first(options, "corrects", 0))}, fields={"Idempotency-Key": f"{plain}{options}"})

    def clocks(self, actor, plain, options):
        return getattr(self, "clocks_" + plain[0])(actor, plain[1:], options)

    def clocks_warn(self, actor, plain, options):
        return self.call(actor, "PUT", f"/api/v1/organisations/{urllib.parse.quote(plain[0])}/notice-rule", {
            "minutes_ahead": [60 * int(hours) for hours in options["hours"]],
            "escalate_after_minutes": 60 * int(first(options, "escalate", 2)),
            "first_person": first(options, "first"), "second_person": first(options, "second", "")})

    def clocks_board(self, actor, plain, options):
        query = {"limit": "1000", "which": "all" if "all" in options else "open",
                 **{name: first(options, name) for name in ("case", "regime") if name in options}}
        answer = self.call(actor, "GET", "/api/v1/clocks?" + urllib.parse.urlencode(query))
        return self.shown(answer, "obligations", board_row)

    def clocks_explain(self, actor, plain, options):
        return self.call(actor, "GET", f"/api/v1/obligations/{plain[0]}")

    def clocks_ical(self, actor, plain, options):
        return self.call(actor, "GET", "/api/v1/clocks.ics")

    def clocks_notices(self, actor, plain, options):
        return self.shown(self.call(actor, "GET", "/api/v1/notices?limit=1000"), "notices")

    def clocks_seen(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/notices/{plain[0]}/seen")

    def clocks_conflicts(self, actor, plain, options):
        return self.shown(self.call(actor, "GET", f"/api/v1/cases/{plain[0]}/law-conflicts"), "conflicts",
                          lambda one: {**one, "forbids": side(one["forbids"]), "demands": side(one["demands"])})

    def clocks_decide(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[0]}/law-conflicts/{plain[1]}/decision",
                         {"choice": plain[2], "ground": first(options, "ground")})

    def clocks_confirm(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/cases/{plain[0]}/law-conflicts/{plain[1]}/confirmation",
                         {"choice": plain[2]})

    def filing(self, actor, plain, options):
        return getattr(self, "filing_" + plain[0])(actor, plain[1:], options)

    def filing_form(self, actor, plain, options):
        return self.call(actor, "GET", f"/api/v1/obligations/{plain[0]}/form")

    def filing_draft(self, actor, plain, options):
        """What the form knows, with what is set over it."""
        form = json.loads(self.filing_form(actor, plain, {}).stdout)
        values = {one["field"]: {"value": one["value"], "level": one["level"]}
                  for one in form["fields"] if one["value"]}
        values |= dict(one.split("=", 1) for one in options.get("set", []))
        return self.call(actor, "PUT", f"/api/v1/obligations/{plain[0]}/draft", values)

    def filing_submit(self, actor, plain, options):
        body = {"channel": first(options, "channel"), "beyond": options.get("beyond", []),
                "at": first(options, "at", "")}
        fields = {"Idempotency-Key": plain[0]}
        answer = self.call(actor, "POST", f"/api/v1/filings/{plain[0]}/submission", body, fields=fields)
        if answer.returncode == 0:
            again = self.call(actor, "POST", f"/api/v1/filings/{plain[0]}/submission", body, fields=fields)
            self.check("asked again with the same key, it was filed once", again.stdout == answer.stdout)
        return answer

    def filing_acknowledge(self, actor, plain, options):
        return self.call(actor, "POST", f"/api/v1/filings/{plain[0]}/acknowledgement",
                         {"authority_reference": first(options, "reference"), "at": first(options, "at")})

    def filing_export(self, actor, plain, options):
        to = "?to=" + urllib.parse.quote(first(options, "to")) if "to" in options else ""
        return self.call(actor, "GET", f"/api/v1/filings/{plain[0]}/filing.{first(options, 'format')}{to}")

    def delay(self, actor, plain, options):
        path = f"/api/v1/cases/{plain[1]}/delays"
        if plain[0] == "list":
            return self.shown(self.call(actor, "GET", path), "delays")
        if plain[0] == "told":
            return self.call(actor, "POST", path + "/told", {"delay": first(options, "delay"),
                              "second_body": first(options, "second-body"), "note": first(options, "note")})
        names = {"ground": "ground", "justification": "justification", "until": "until", "review": "review",
                 "second-body": "second_body"}
        return self.call(actor, "POST", path, {names[name]: values[0] for name, values in options.items()})

    def statistics(self, actor, plain, options):
        return self.call(actor, "GET", "/api/v1/statistics" + ("/public" if "public" in options else ""))

    def regimes(self, actor, plain, options):
        return self.call(None, "GET", f"/api/v1/regimes/{plain[1]}")
