#!/usr/bin/env python3
"""osv-linter, of OSV's authors, reads every record that a served instance gives in its archives.

    osv_linter.py --weir BINARY --linter PATH --shared ../shared

Records are given as they came in, so what it finds must be what it finds in the records as they were published: one finding
more is Weir's. Exit 77 if the data are not there.
"""

import argparse
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "public"))
from osv_api import Served  # noqa: E402
from osv_clients import archives  # noqa: E402


def findings(linter, folder):
    """{(id, check)} of the files ID.json below."""
    run = subprocess.run([linter, "record", "lint", "--collection", "offline", "--parallel", "2", "."], cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found, name = set(), None
    for line in run.stdout.splitlines():
        if line.endswith(".json:"):
            name = pathlib.PurePath(line[:-len(".json:")]).name
        elif check := re.match(r"\s*\* \[([A-Z]+:[0-9]+)\]", line):
            found.add((name, check[1]))
    if run.returncode not in (0, 1) or (run.returncode == 1) != bool(found):
        sys.exit(f"osv-linter: exit {run.returncode}: {run.stdout[-2000:]}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--linter", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    data = arguments.shared / "data/large/osv.ndjson.zst"
    if not data.exists():
        print(f"skipped: there is no {data}")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-lint-"))
    try:
        lines = subprocess.run(["zstd", "-dc", "--long=27", data], stdout=subprocess.PIPE, check=True).stdout.decode()
        times = collections.Counter()  # some ids come more than once
        for line in lines.splitlines():
            name = json.loads(line)["id"]
            path = folder / f"taken/{times[name]}/{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(line)
            times[name] += 1
        for one in ("served", "given"):
            (folder / one).mkdir()
        served = Served(str(pathlib.Path(arguments.weir).resolve()), folder / "served", [data])
        try:
            for path in archives(served, folder):
                with zipfile.ZipFile(path) as archive:
                    archive.extractall(folder / "given")
        finally:
            served.stop()
        given = len(list((folder / "given").iterdir()))
        taken, found = (findings(str(pathlib.Path(arguments.linter).resolve()), folder / one) for one in ("taken", "given"))
        kinds = collections.Counter(check for _, check in found)
        print(f"osv-linter: {given} of {len(times)} records given, {len(found)} findings ({', '.join(f'{n} {k}' for k, n in sorted(kinds.items()))}), "
              f"{len(found - taken)} of them not in the records as they were published")
        for one in sorted(found - taken)[:20]:
            print(f"  {one}")
        return 1 if found - taken or given != len(times) else 0
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
