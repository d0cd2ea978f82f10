"""A platform, its witnesses and its people, driven through the real `weir` binary."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Failed(Exception):
    """A check that does not hold."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """Runs verbs, counts checks, and prints what happened, one line a step."""

    def __init__(self, weir, folder, quiet=False):
        self.weir = str(pathlib.Path(weir).resolve())
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.quiet = quiet
        self.passed = 0
        self.failed = 0
        self.witnesses = []

    # --- telling -----------------------------------------------------------------------------

    def say(self, text=""):
        if not self.quiet:
            print(text, flush=True)

    def step(self, text):
        self.say(f"\n{text}")

    def check(self, what, holds, detail=""):
        """Counts, and prints what was checked."""
        if holds:
            self.passed += 1
            self.say(f"  ok    {what}")
        else:
            self.failed += 1
            print(f"  FAIL  {what} {detail}", flush=True)
        return holds

    # --- verbs -------------------------------------------------------------------------------

    def line(self, arguments, actor, data):
        """The command line of one verb."""
        line = [self.weir, *map(str, arguments)]
        if data:
            line += ["--data", str(self.data)]
        if actor:
            line += ["--as", actor]
        return line

    def run(self, *arguments, actor=None, data=True, stdin=None):
        """The finished process of one verb."""
        return subprocess.run(
            self.line(arguments, actor, data), input=stdin, capture_output=True, timeout=120,
            check=False,
        )

    def do(self, *arguments, actor=None, data=True):
        """The verb's JSON answer; it must succeed."""
        done = self.run(*arguments, "--json", actor=actor, data=data)
        if done.returncode != 0:
            raise Failed(f"weir {' '.join(map(str, arguments))}: {done.stderr.decode()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, what, *arguments, actor=None, word="", data=True):
        """The verb must fail with exit 1, and say `word`. Returns its error."""
        done = self.run(*arguments, "--json", actor=actor, data=data)
        error = done.stderr.decode()
        self.check(what, done.returncode == 1 and word in error, f"exit {done.returncode}: {error}")
        try:
            return json.loads(error)
        except ValueError:
            return {}

    def with_second(self, second, *arguments, actor=None):
        """An act that needs two people: asked, approved by `second`, done."""
        waiting = self.run(*arguments, "--json", actor=actor)
        reference = json.loads(waiting.stderr or "{}").get("where")
        if not reference:
            raise Failed(f"weir {' '.join(map(str, arguments))}: {waiting.stderr.decode()}")
        self.do("approve", reference, "--conflict", "no", actor=second)
        return self.do(*arguments, actor=actor)

    # --- witnesses ---------------------------------------------------------------------------

    def plan_witnesses(self, names):
        """Keys and ports, and the policy file that names them all."""
        binary = pathlib.Path(self.weir).parent.parent / "tests" / "tools" / "weir-test-witness"
        lines = []
        for number, name in enumerate(names):
            seed = self.folder / f"{name}.seed"
            seed.write_text(f"{number + 1:064x}\n")
            port = free_port()
            base = [str(binary), "--name", f"{name}.example", "--key-seed-file", str(seed)]
            vkey = subprocess.run(
                [*base, "--print-vkey"], capture_output=True, check=True
            ).stdout.decode()
            lines.append(f"witness {name} {vkey.strip()} http://127.0.0.1:{port}")
            self.witnesses.append({"line": [*base, "--port", str(port)], "name": name})
        lines.append(f"group all-of-them all {' '.join(names)}")
        lines.append("quorum all-of-them")
        policy = self.folder / "policy"
        policy.write_text("\n".join(lines) + "\n")
        return policy

    def start_witnesses(self, vkey_file):
        for witness in self.witnesses:
            state = self.folder / f"{witness['name']}.state"
            witness["process"] = subprocess.Popen(
                [*witness["line"], "--log-vkey", str(vkey_file), "--state", str(state)],
                stdout=subprocess.PIPE,
            )
            witness["process"].stdout.readline()  # its port: it listens now

    def stop_witnesses(self):
        for witness in self.witnesses:
            process = witness.get("process")
            if process:
                process.send_signal(signal.SIGKILL)
                process.wait()

    # --- what outsiders do -------------------------------------------------------------------

    def audit(self, log, custody, *more):
        """The finished process of an audit by somebody with the keys and the files alone."""
        return self.run(
            "log", "audit", "--log", log, "--custody", custody, "--vkey", self.folder / "vkey",
            *more, data=False,
        )

    def close(self):
        self.finish()

    def finish(self):
        self.stop_witnesses()
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def shared_file(pattern):
    """A file of the public corpus beside the checkout, or None. Unpacked into the build folder."""
    root = HERE.parent.parent
    archive = root.parent / "shared" / "data" / "small.tar.zst"
    if not archive.exists():
        return None
    target = root / "build" / "corpus"
    if not (target / "small").exists():
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["tar", "--use-compress-program=zstd -d --long=27", "-xf", str(archive), "-C", str(target)],
            check=True,
        )
    found = sorted(target.glob(f"small/{pattern}"))
    return found[0] if found else None


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")
    os.chmod(path, 0o600)
    return path
