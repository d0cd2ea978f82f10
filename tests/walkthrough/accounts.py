"""Accounts from the command line: the first administrator enrols with the code of `weir init`, invites
others, who enrol at a real terminal that shows no secret; roles, bars, resets, tokens, sessions. At the
end no secret that was shown or typed lies in the data directory.

    accounts.py WEIR
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys
import tempfile
import termios
import time

from terminal import Terminal, must

STEP = 30  # seconds of a second factor
SECRETS = []  # all that was shown or typed


def secret(text):
    SECRETS.append(text)
    return text


def six_digits(key, at=None):
    """RFC 6238."""
    key = base64.b32decode(key.upper() + "=" * (-len(key) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at or time.time()) // STEP), hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start:start + 4])[0] & 0x7fffffff) % 1_000_000:06}"


class Place:
    def __init__(self, weir, data):
        self.weir, self.data = weir, data

    def line(self, *arguments, who=None):
        return [self.weir, *arguments, "--data", self.data, *(["--as", who] if who else [])]

    def start(self, *arguments, who=None):
        return subprocess.run([*self.line(*arguments, who=who), "--json"], capture_output=True, text=True,
                              timeout=60, check=False, stdin=subprocess.DEVNULL)

    def do(self, *arguments, who=None):
        done = self.start(*arguments, who=who)
        must(done.returncode == 0, f"{arguments}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, word, *arguments, who=None):
        done = self.start(*arguments, who=who)
        must(done.returncode == 1 and word in done.stderr and not done.stdout,
             f"{arguments} was not refused with '{word}': {done.returncode} {done.stdout}{done.stderr}")

    def enrol(self, code, password, digits=six_digits):
        """By a program, line by line. (exit code, recovery codes or the error)"""
        process = subprocess.Popen([*self.line("user", "enrol"), "--json"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdin.write(code + "\n")
        process.stdin.flush()
        told = process.stdout.readline()
        if told:
            begun = json.loads(told)
            must(begun["second_factor_secret"].upper() in begun["second_factor_uri"].upper(), begun)
            process.stdin.write(f"{password}\n{digits(secret(begun['second_factor_secret']))}\n")
        out, error = process.communicate(timeout=60)
        return process.returncode, json.loads(out)["recovery_codes"] if out else error

    def enrolled(self, who, admin="ada", org="Ministry"):
        rows = {row["user"]: row for row in self.do("user", "list", "--org", org, who=admin)}
        return rows[who]["enrolled"]


def the_first_administrator_enrols(place):
    made = place.do("init", "--trial", "--origin", "accounts.example/log", "--authority", "Ministry",
                    "--admin", "ada")
    must(made["administrator"] == "ada" and len(made["one_time_code"]) == 32, made)
    first = secret(made["one_time_code"])
    second = secret(place.do("user", "invite", "ada", who="ada")["one_time_code"])
    code, error = place.enrol(first, "zq correct horse battery")
    must(code == 1 and "not valid" in error, f"a newer code ends the older: {error}")
    code, error = place.enrol(second, "short")
    must(code == 1 and "12 to 256 bytes" in error, error)
    code, error = place.enrol(second, "zq correct horse battery", lambda key: f"{six_digits(key, 1):06}")
    must(code == 1 and "six digits" in error, error)
    must(place.enrolled("ada") == "no", "what failed changed nothing")
    code, codes = place.enrol(second, secret("zq correct horse battery"))
    must(code == 0 and len(set(codes)) == 10, codes)
    SECRETS.extend(codes)
    must(place.enrolled("ada") == "yes", "ada has enrolled")
    code, error = place.enrol(second, "zq correct horse battery")
    must(code == 1 and "not valid" in error, f"a code is good once: {error}")
    place.refused("has enrolled", "user", "invite", "ada", who="ada")


def people(place):
    place.do("org", "add", "CERT", "--class", "national_cert", "--bound", "no", who="ada")
    place.do("org", "add", "ACME", "--class", "vendor", "--bound", "no", who="ada")
    for handle, org, role in (("cora", "Ministry", "coordinator"), ("ben", "CERT", "recipient"),
                              ("kim", "CERT", "administrator"), ("vera", "ACME", "recipient")):
        place.do("user", "add", handle, "--org", org, "--role", role, who="ada")


def terminal_for(place):
    terminal = Terminal(place.line("user", "enrol"))
    terminal.wait_for("One-time code: ")
    return terminal


def typed_but_not_shown(place):
    """ben at a terminal: what he types does not appear, his recovery codes do."""
    code = secret(place.do("user", "invite", "ben", who="kim")["one_time_code"])
    terminal = terminal_for(place)
    terminal.type(code + "\n")
    terminal.wait_for("second_factor_secret: ")
    terminal.wait_for("\n")
    password = secret("zq tr0ub4dor und drei")
    terminal.wait_for("Password: ")
    terminal.type(password + "\n")
    terminal.wait_for("once more: ")
    terminal.type("zq something else\n")
    shown, status = terminal.finish()
    must(status == 1 and "not the same" in shown, shown)
    terminal = terminal_for(place)
    terminal.type(code + "\n")
    terminal.wait_for("second_factor_secret: ")
    while "\n" not in terminal.seen:
        terminal.read()
    key = secret(terminal.seen.split()[0])
    for question in ("Password: ", "once more: "):
        terminal.wait_for(question)
        terminal.type(password + "\n")
    terminal.wait_for("authenticator app: ")
    terminal.type(six_digits(key) + "\n")
    shown, status = terminal.finish()
    must(status == 0 and "recovery_codes" in shown, f"{status}: {shown}")
    must(password not in terminal.all and code not in terminal.all, "a secret was echoed")
    must(place.enrolled("ben", "kim", "CERT") == "yes", "ben has enrolled")


def an_interrupt_gives_the_echo_back(place):
    place.do("user", "invite", "vera", who="ada")
    terminal = terminal_for(place)
    must(not termios.tcgetattr(terminal.master)[3] & termios.ECHO, "no echo while a secret is typed")
    terminal.type("half a co\x03")
    _, status = terminal.finish_but_keep()
    must(status == -2, f"ended by the interrupt: {status}")
    must(termios.tcgetattr(terminal.master)[3] & termios.ECHO, "the echo is back")
    os.close(terminal.master)


def who_may_do_what(place):
    place.refused("no such user", "user", "invite", "vera", who="kim")
    place.refused("only an administrator", "user", "reset", "kim", who="ben")
    place.refused("", "user", "roles", "ben", "--role", "coordinator", who="kim")
    place.do("user", "roles", "ben", "--role", "recipient", "--role", "reporter", who="kim")
    rows = {row["user"]: row for row in place.do("user", "list", "--org", "CERT", who="kim")}
    must(sorted(rows["ben"]["roles"]) == ["recipient", "reporter"], rows)
    place.refused("no such organisation", "user", "list", "--org", "ACME", who="kim")
    place.refused("a role is", "user", "roles", "ben", "--role", "king", who="ada")


def tokens(place):
    made = place.do("token", "create", "ci", "--scope", "report", "--days", "30", who="ben")
    must(secret(made["token"]).startswith("weir_"), made)
    feed = place.do("token", "create", "feed", "--org", "CERT", "--scope", "read", who="kim")
    secret(feed["token"])
    place.refused("one or more of report, read, calendar and watch", "token", "create", "more", "--org", "CERT", "--scope", "act", who="kim")
    place.refused("one or more of", "token", "create", "more", "--scope", "approve", who="ben")
    place.refused("a scope is", "token", "create", "more", "--scope", "everything", who="ben")
    mine = place.do("token", "list", who="ben")
    must([row["label"] for row in mine] == ["ci"] and made["token"].startswith(mine[0]["begins"]), mine)
    must(mine[0]["scopes"] == ["report"], mine)
    must(len(place.do("token", "list", "--org", "CERT", who="kim")) == 1, "one of the organisation")
    place.refused("no such token", "token", "revoke", made["reference"], who="kim")
    place.do("token", "revoke", made["reference"], who="ben")
    must(place.do("token", "list", who="ben") == [], "revoked")
    place.do("token", "revoke", feed["reference"], who="kim")


def sessions_and_resets(place):
    must(place.do("session", "list", who="ben") == [], "no server, no session")
    place.refused("no such session", "session", "end", "abc", who="ben")
    place.do("token", "create", "again", "--scope", "read", who="ben")
    place.do("session", "end", "--all-of", "ben", who="kim")
    must(place.do("token", "list", who="ben") == [], "tokens have ended with it")
    place.do("token", "create", "third", "--scope", "read", who="ben")
    code = secret(place.do("user", "reset", "ben", who="kim")["one_time_code"])
    must(place.do("token", "list", who="ben") == [], "a reset ends tokens")
    must(place.enrolled("ben", "kim", "CERT") == "no", "a reset takes the sign-in away")
    place.do("user", "suspend", "ben", who="kim")
    status, error = place.enrol(code, "zq tr0ub4dor und drei")
    must(status == 1 and "not valid" in error, f"barred users do not enrol: {error}")
    place.refused("", "token", "create", "no", "--scope", "read", who="ben")
    place.do("user", "unbar", "ben", who="kim")
    status, codes = place.enrol(code, "zq tr0ub4dor und drei")
    must(status == 0, codes)
    done = place.start("session", "end", who="ben")
    must(done.returncode == 2, "one of the two is needed")


def beside_a_server(place):
    """What cannot wait in an incident is done while the server runs, and says the same."""
    place.do("agreement", "set", "ACME", "--level", "notice", who="ada")
    token = place.do("token", "create", "ci", "--scope", "read", who="ben")
    place.do("token", "create", "feed", "--org", "CERT", "--scope", "read", who="kim")
    rows = [place.do("token", "list", who="ben"), place.do("token", "list", "--org", "CERT", who="kim")]
    must([len(one) for one in rows] == [1, 1], rows)
    server = subprocess.Popen([*place.line("serve"), "--listen", "127.0.0.1:0", "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        must(server.stdout.readline(), "the server starts")
        must(rows == [place.do("token", "list", who="ben"), place.do("token", "list", "--org", "CERT", who="kim")],
             "the same tokens in the same words")
        place.refused("no such token", "token", "revoke", token["reference"], who="cora")
        place.do("token", "revoke", token["reference"], who="ben")
        must(place.do("token", "list", who="ben") == [], "revoked")
        place.refused("no such session", "session", "end", "abc", who="ben")
        place.do("session", "end", "--all-of", "ben", who="kim")
        place.refused("no such user", "user", "bar", "vera", who="kim")
        code = secret(place.do("user", "reset", "ben", who="kim")["one_time_code"])
        must(len(code) == 32, code)
        secret(place.do("user", "invite", "vera", who="ada")["one_time_code"])
        place.do("user", "bar", "ben", who="kim")
        place.refused("not valid", "token", "list", who="ben")
        place.do("user", "unbar", "ben", who="kim")
        must(place.do("token", "list", who="ben") == [], "the bar is gone")
        place.do("org", "suspend", "CERT", who="ada")
        place.refused("", "token", "list", who="kim")
        place.do("org", "restore", "CERT", who="ada")
        place.do("agreement", "end", "ACME", who="ada")
        place.refused("no agreement", "agreement", "end", "ACME", who="ada")
    finally:
        server.terminate()
        must(server.wait(timeout=60) == 0, "it stops")
    must(place.enrolled("ben", "kim", "CERT") == "no", "the server's reset took the sign-in away")


def nothing_lies_there(place):
    for root, _, names in os.walk(place.data):
        for name in names:
            if not os.path.isfile(os.path.join(root, name)):  # the socket of a server that has just ended
                continue
            with open(os.path.join(root, name), "rb") as file:
                content = file.read()
            found = [text for text in SECRETS if text.encode() in content]
            must(not found, f"{found} in {name}")


def main():
    with tempfile.TemporaryDirectory(prefix="weir-accounts-") as folder:
        place = Place(os.path.abspath(sys.argv[1]), os.path.join(folder, "data"))
        the_first_administrator_enrols(place)
        people(place)
        typed_but_not_shown(place)
        an_interrupt_gives_the_echo_back(place)
        who_may_do_what(place)
        tokens(place)
        sessions_and_resets(place)
        beside_a_server(place)
        nothing_lies_there(place)
    print(f"accounts are made, lost and ended; none of {len(SECRETS)} secrets lies there in the clear")


if __name__ == "__main__":
    main()
