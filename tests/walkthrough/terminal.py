"""`weir report` asks its questions at a real terminal: what is typed there is what is filed, a slip is
asked again, and whoever breaks off has filed nothing.

    terminal.py WEIR
"""

import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import time

PATIENCE = 20  # seconds for one answer
ANSWERS = [
    ("Title: ", "Overflow in the über-parser"),
    ("Vendor: ", "Northwind"),
    ("Product: ", "Router OS"),
    ("First affected version: ", "4.0"),
    ("First version that is not affected: ", "4.7.2"),
    ("CVSS vector: ", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
    ("Description (end with an empty line):", "A length is trusted.\nTwice.\n"),
    ("What users can do meanwhile (end with an empty line):", "Block port 4711.\n"),
    ("Proof of concept (end with an empty line):", ""),
    ("File it? (yes): ", "yes"),
]


class Terminal:
    """The verb with a terminal for input and output, and we at its other end."""

    def __init__(self, line):
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.execv(line[0], line)
        self.seen = ""
        self.all = ""

    def wait_for(self, text):
        """Reads on until `text` is shown."""
        end = time.monotonic() + PATIENCE
        while text not in self.seen:
            if time.monotonic() > end or not self.read():
                raise SystemExit(f"'{text}' was never asked: {self.seen!r}")
        self.seen = self.seen.split(text, 1)[1]

    def read(self):
        """False at the end."""
        if not select.select([self.master], [], [], 1)[0]:
            return True
        try:
            got = os.read(self.master, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += got.decode()
        self.all += got.decode()
        return bool(got)

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        """Everything that was shown since, and the exit code."""
        shown = self.finish_but_keep()
        os.close(self.master)
        return shown

    def finish_but_keep(self):
        """The same; our end stays open."""
        while self.read():
            pass
        return self.seen, os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def run(weir, data, *arguments):
    done = subprocess.run([weir, *arguments, "--data", data, "--json"], capture_output=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{arguments}: {done.stderr.decode()}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def must(holds, what):
    if not holds:
        raise SystemExit(f"not so: {what}")


def open_report(weir, data):
    return Terminal([weir, "report", "--as", "rita", "--data", data])


def queue(weir, data):
    return run(weir, data, "case", "queue", "--as", "ada")


def is_filed_as_typed(weir, data):
    terminal = open_report(weir, data)
    for question, answer in ANSWERS:
        terminal.wait_for(question)
        terminal.type(answer + "\n")
    shown, code = terminal.finish()
    must(code == 0 and "receipt:" in shown and "promise:" in shown, f"{code}: {shown}")
    cases = run(weir, data, "case", "mine", "--as", "rita")
    must(len(cases) == 1, cases)
    view = run(weir, data, "case", "show", cases[0]["case"], "--as", "rita")
    report = json.loads(next(i["text"] for i in view["items"] if i["kind"] == "report"))
    vulnerability = report["vulnerabilities"][0]
    must(report["title"] == "Overflow in the über-parser", report)
    must(vulnerability["products"] == [{
        "vendor": "Northwind", "name": "Router OS",
        "affected": [{"introduced": "4.0", "fixed": "4.7.2"}]}], vulnerability)
    parts = {part["kind"]: part["text"] for part in vulnerability["parts"]}
    must(parts == {"description": "A length is trusted.\nTwice.", "mitigation": "Block port 4711."},
         parts)


def a_slip_is_asked_again(weir, data):
    terminal = open_report(weir, data)
    terminal.wait_for("Title: ")
    terminal.type("\n")
    terminal.wait_for("This one is needed.")
    for question, answer in ANSWERS[:5]:
        terminal.wait_for(question)
        terminal.type(answer + "\n")
    terminal.wait_for("CVSS vector: ")
    terminal.type("very bad\n")
    for question, answer in ANSWERS[5:9]:
        terminal.wait_for(question)
        terminal.type(answer + "\n")
    terminal.wait_for("File it? (yes): ")
    terminal.type("no\n")
    shown, code = terminal.finish()
    must(code == 1 and "nothing was filed" in shown, f"{code}: {shown}")


def breaking_off_files_nothing(weir, data):
    for key, what in (("\x04", "Ctrl-D"), ("\x03", "Ctrl-C")):
        for stop in range(len(ANSWERS)):
            terminal = open_report(weir, data)
            for question, answer in ANSWERS[:stop]:
                terminal.wait_for(question)
                terminal.type(answer + "\n")
            terminal.wait_for(ANSWERS[stop][0])
            terminal.type(key)
            shown, code = terminal.finish()
            must(code == (1 if what == "Ctrl-D" else -2), f"{what}: {code}: {shown}")


def without_a_terminal_it_does_not_ask(weir, data):
    done = subprocess.run([weir, "report", "--as", "rita", "--data", data], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60, check=False)
    must(done.returncode == 1 and b"name a file" in done.stderr, done.stderr)


def a_file_gives_no_orders(weir, data, folder):
    """What a stranger sent is not written to a terminal that would obey it."""
    case = run(weir, data, "case", "mine", "--as", "rita")[0]["case"]
    for content, is_shown in ((b"plain words\n", True), (b"\x1b]0;owned\x07", False)):
        path = os.path.join(folder, "note.txt")
        with open(path, "wb") as file:
            file.write(content)
        made = run(weir, data, "attachment", "add", case, path, "--as", "rita")["object"]
        get = [weir, "attachment", "get", case, made, "--as", "rita", "--data", data]
        shown, code = Terminal(get).finish()
        must((code == 0) == is_shown and "\x1b" not in shown, f"{code}: {shown!r}")
        must("words" in shown if is_shown else "terminal would obey" in shown, shown)
        done = subprocess.run(get, capture_output=True, timeout=60, check=False)
        must(done.returncode == 0 and done.stdout == content, "a pipe gets it as it is")


def main():
    weir = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="weir-terminal-") as folder:
        data = os.path.join(folder, "data")
        run(weir, data, "init", "--trial", "--origin", "terminal.example/log", "--authority",
            "Ministry", "--admin", "ada")
        run(weir, data, "org", "add", "Lark", "--class", "researcher", "--bound", "no", "--as", "ada")
        run(weir, data, "user", "add", "rita", "--org", "Lark", "--role", "reporter", "--as", "ada")
        is_filed_as_typed(weir, data)
        a_slip_is_asked_again(weir, data)
        breaking_off_files_nothing(weir, data)
        without_a_terminal_it_does_not_ask(weir, data)
        a_file_gives_no_orders(weir, data, folder)
        must(len(queue(weir, data)) == 1, "one report, whatever was broken off")
    print("a report is filed at a terminal as it was typed, or not at all")


if __name__ == "__main__":
    main()
