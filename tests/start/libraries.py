#!/usr/bin/env python3
"""Which libraries does Weir have when it starts, and when does it load the others?

    libraries.py --weir PROGRAM --uses TEST...

The dynamic linker itself is asked (LD_DEBUG=files). TESTs are unit tests whose code loads a library when it is first used: they
run as the service does, where no memory may become executable (MemoryDenyWriteExecute).
"""
import argparse
import ctypes
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

MOST = 24  # a start has 20; each one more is a fifth of a millisecond or more
LATE = {"libarchive", "libcurl", "librnp", "libcairo", "libpangocairo-1.0"}
# What came with them: a server of records has no window system and no directory service.
NEVER = {"libX11", "libxcb", "libldap-2.5", "libkrb5", "libglib-2.0", "libbotan-2", "libxml2", "libicuuc", "libgnutls", "libssh2"}
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1  # linux/prctl.h, since 6.3
USES = {"weir_print_test": ("libcairo", "Print.TheSameSheet*"), "weir_openpgp_test": ("librnp", "*"),
        "weir_net_test": ("libcurl", "Curl.*")}


def deny_write_execute():
    return ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0


def loaded(folder, words, **how):
    """The libraries that a run has loaded by its end, without their versions; its exit code, and what it said."""
    environment = dict(os.environ, LD_DEBUG="files", LD_DEBUG_OUTPUT=str(folder / "linker"))
    run = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    said = run.communicate()[0].decode(errors="replace")[-1000:]
    told = (folder / f"linker.{run.pid}").read_text(errors="replace")  # programs that it starts tell their own
    return {re.sub(r"\.so.*", "", os.path.basename(path)) for path in re.findall(r"calling init: (\S+)", told)}, run.returncode, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--uses", required=True, nargs="+")
    arguments = parser.parse_args()
    wrong = []

    def expect(holds, what):
        if not holds:
            wrong.append(what)

    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        record = json.dumps({"id": "A-1", "modified": "2026-01-01T00:00:00Z", "affected": []})
        (folder / "plain.json").write_text(record)
        with zipfile.ZipFile(folder / "all.zip", "w") as archive:
            archive.writestr("A-1.json", record)
        affected = [arguments.weir, "affected", "one", "1.0", "--ecosystem", "PyPI", "--records"]
        for words in ([arguments.weir, "--version"], [*affected, folder / "all.zip"],
                      [arguments.weir, "init", "--trial", "--data", folder / "data", "--origin", "start.example/log",
                       "--authority", "Ministry", "--admin", "ada"],
                      [arguments.weir, "org", "list", "--as", "ada", "--data", folder / "data"]):
            libraries, code, said = loaded(folder, words)
            expect(code == 0, f"{words[1]}: {said}")
            expect("libc" in libraries and "libcrypto" in libraries, f"{words[1]}: what the linker tells is not understood")
            expect(len(libraries) <= MOST, f"{words[1]}: {len(libraries)} libraries, at most {MOST}: {sorted(libraries)}")
            expect(not libraries & (LATE | NEVER), f"{words[1]} has loaded {sorted(libraries & (LATE | NEVER))}")
        # That it would be seen: what is no zip is read by libarchive.
        libraries, code, said = loaded(folder, [*affected, folder / "plain.json"], preexec_fn=deny_write_execute)
        expect(code == 0 and "libarchive" in libraries, "a plain file was not read by libarchive: " + said)
        for program in arguments.uses:
            library, tests = USES[os.path.basename(program)]
            libraries, code, said = loaded(folder, [program, f"--gtest_filter={tests}"], preexec_fn=deny_write_execute)
            expect(code == 0, f"{program}: {said}")
            expect(library in libraries, f"{program} has not loaded {library}")
            libraries, _, _ = loaded(folder, [program, "--gtest_list_tests"])
            expect(not libraries & LATE, f"{program} begins with {sorted(libraries & LATE)}")
    print("\n".join(wrong) or "loaded when it is used")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
