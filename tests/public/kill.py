"""Kills imports and sees that nothing is lost, doubled or half there.  Usage: kill.py --weir WEIR

The same lines are imported once in peace and once with kill -9 at points spread over the run, each
time starting the same import again. Both must end with the same records, versions and sums.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RECORDS = 25_000
KILLS = 4


def lines(count):
    """Records of three sources; every seventh changes later in the file."""
    chance = random.Random(7)
    for i in range(count):
        words = " ".join(chance.choice(["overflow", "kernel", "parser", "remote", "heap"]) for _ in range(40))
        yield {"id": f"A-{i}", "modified": "2024-01-01T00:00:00Z", "summary": words, "aliases": [f"CVE-2024-{i % 9000}"],
               "affected": [{"package": {"ecosystem": "npm", "name": f"p{i % 500}"}, "versions": [str(i)]}]}
        if i % 5 == 0:
            yield {"cveID": f"CVE-2024-{i % 9000}", "vendorProject": "V", "product": words, "shortDescription": str(i)}
        if i % 7 == 0:
            yield {"id": f"A-{i // 2}", "modified": "2024-02-01T00:00:00Z", "summary": f"changed {i}", "aliases": []}


def asked(weir, data, *words):
    done = subprocess.run([weir, "--data", data, "--json", *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"weir {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


def killed_import(weir, data, path, after):
    process = subprocess.Popen([weir, "--data", data, "import", path], stdout=subprocess.DEVNULL)
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    weir = os.path.abspath(parser.parse_args().weir)
    folder = tempfile.mkdtemp(prefix="weir-public-")
    try:
        path = os.path.join(folder, "records.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines(RECORDS))
        calm, rough = os.path.join(folder, "calm"), os.path.join(folder, "rough")
        os.mkdir(calm)
        os.mkdir(rough)
        start = time.monotonic()
        outcome = asked(weir, calm, "import", path)[0]
        whole = time.monotonic() - start
        kills = sum(killed_import(weir, rough, path, whole * (n + 0.5) / KILLS) for n in range(KILLS))
        last = asked(weir, rough, "import", path)[0]
        if asked(weir, calm, "import", "sums") != asked(weir, rough, "import", "sums"):
            sys.exit("the records differ after kills")
        for question in (["known", "A-70", "--history"], ["known", "CVE-2024-35"], ["search", "changed", "--counts"]):
            if [strip(row) for row in asked(weir, calm, *question)] != [strip(row) for row in asked(weir, rough, *question)]:
                sys.exit(f"{' '.join(question)}: the answers differ after kills")
        again = asked(weir, rough, "import", path)[0]
        if again["added"] + again["changed"] + again["older"] != 0:
            sys.exit(f"importing again changed something: {again}")
        print(f"{kills} kills in {whole:.1f} s of work; {outcome['records']} records, {last['unchanged']} known at the last try")
    finally:
        shutil.rmtree(folder)


def strip(row):
    """Without what tells when it came in."""
    return {key: value for key, value in row.items() if key not in ("taken", "version")}


if __name__ == "__main__":
    main()
