"""Every secret of the served story is searched for wherever it has no business.

A secret is kept as it comes up: what only some may read, and what proves who somebody is. It is
looked for as it is, and as hex, base64 (at each of its three places in a group) and percent-encoded.
"""

import base64
import http.client
import os
import pathlib
import resource
import signal
import urllib.parse

from story import SECRET

SHORTEST = 8  # a shorter one would be found by chance

# What the story says that not everybody may read, also in the end.
RESTRICTED = {
    "the flaw": SECRET,
    "the exploit": "Crash only; see the trace.",
    "the duplicate's flaw": "It reboots.",
    "a message": "We can reproduce it; a fix is planned.",
    "the reporter's message": "Any news?",
    "a ground": "agreement, article 4",
    "the name of a file": "trace.pcap",
}


def forms_of(secret):
    """The ways in which it could be written down."""
    plain = secret.encode() if isinstance(secret, str) else secret
    forms = {plain, plain.hex().encode(), plain.hex().upper().encode(),
             urllib.parse.quote(plain).encode()}
    for place in range(3):
        coded = base64.b64encode(bytes(place) + plain)
        inner = coded[4 if place else 0:len(coded) // 4 * 4 - 4]  # what neighbours cannot change
        if len(inner) >= SHORTEST:
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


class Secrets:
    def __init__(self):
        self.forms = {}  # what it is: the ways to write it

    def keep(self, what, secret):
        if len(secret) < SHORTEST:
            raise ValueError(f"{what} is too short to be searched for")
        self.forms.setdefault(what, set()).update(forms_of(secret))

    def found_in(self, text):
        text = text.encode() if isinstance(text, str) else text
        return sorted(what for what, forms in self.forms.items()
                      if any(form in text for form in forms))

    def found_in_folder(self, folder):
        """By file, its name included: secrets that stand in it, with the number of files seen."""
        found, seen = {}, 0
        for path in sorted(pathlib.Path(folder).rglob("*")):
            told = self.found_in(os.fsencode(str(path.relative_to(folder))))
            if path.is_file():
                seen += 1
                told += self.found_in(path.read_bytes())
            if told:
                found[path.name] = told
        return found, seen


def allow_core_dumps():
    """As generous as it may be: it is for the server to refuse them."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


class Searched:
    """What a served world keeps of secrets, and where it looks for them."""

    def keep_secrets(self, password):
        self.secrets = Secrets()
        self.refusals = []  # the bodies of all answers that are errors
        for what, text in RESTRICTED.items():
            self.secrets.keep(what, text)
        self.secrets.keep("a password", password)

    def crash(self):
        """An end that would leave the memory of the process on the disk, if it were let."""
        os.kill(self.server.pid, signal.SIGSEGV)
        _, status = os.waitpid(self.server.pid, 0)
        self.server.returncode = -signal.SIGSEGV
        left = [path.name for path in (self.folder / "work").iterdir()]
        self.check("a crash leaves no core dump", not os.WCOREDUMP(status) and not left, str(left))
        self.kills += 1
        self.start()

    def search(self, when):
        """No secret stands in a log line, a metric, an error, a file or its name, a plaintext column,
        a temporary file, or what the system tells of the process."""
        for path in (self.data / "secrets", self.folder / "secrets"):
            for one in path.iterdir() if path.is_dir() else ():
                key = b"".join(one.read_bytes().split())
                if len(key) >= 16 and one.suffix not in (".pub", ".vkey", ".pem"):
                    self.secrets.keep(f"the key {one.name}", key)
        told = self.secrets.found_in(b"\n".join(self.refusals))
        self.check(f"no error tells a secret, {when} ({len(self.refusals)} of them)", not told, str(told))
        told = self.secrets.found_in((self.folder / "server.log").read_bytes())
        self.check(f"no line of the log tells one, {when}", not told, str(told))
        if self.server:
            told = self.secrets.found_in(self.metrics())
            self.check(f"no metric tells one, {when}", not told, str(told))
            process = pathlib.Path(f"/proc/{self.server.pid}")
            told = self.secrets.found_in((process / "cmdline").read_bytes() + (process / "environ").read_bytes())
            self.check(f"neither does its command line, {when}", not told, str(told))
        for name in ("data", "tmp", "work"):
            found, seen = self.secrets.found_in_folder(self.folder / name)
            found = {file: what for file, what in found.items() if not what == [f"the key {file}"]}
            self.check(f"no file of {name} holds one, {when} ({seen} files)", not found, str(found))

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=60)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read()
        finally:
            connection.close()
