#!/usr/bin/env python3
"""Weir's orders of versions and those of others on random pairs: the same?

    orders.py --oracle build/release/tests/oracle/weir-oracle --shared ../shared [--python PYTHON-WITH-UNIVERS]
              [--count 20000] [--seed 1]

dpkg decides about made Debian versions; PyPI's univers about those and about versions of the vectors and of the large data, in the
ecosystems whose orders it has from their own tools. Half of the pairs are neighbours in the alphabet, since distant ones are easy.
Exit 1 for what is left, 77 without the data.
"""
import argparse
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

LIBRARY = r"""
import json, sys
from univers import versions
for line in sys.stdin:
    kind, left, right = json.loads(line)
    try:
        one, other = (getattr(versions, kind)(text) for text in (left, right))
        print((one > other) - (one < other))
    except Exception:
        print("none")  # it takes no such version
"""
KINDS = {"Debian": "DebianVersion", "PyPI": "PypiVersion", "RubyGems": "RubygemsVersion", "NuGet": "NugetVersion",
         "AlmaLinux": "RpmVersion", "Alpine": "AlpineLinuxVersion", "npm": "SemverVersion"}
LISTS = {"Debian": "debian", "PyPI": "pypi", "RubyGems": "rubygems", "NuGet": "nuget", "Alpine": "alpine", "npm": "semver"}
SEMVER = {"Go", "crates.io"}  # of the data: semantic versions too


def of_vectors(folder, name):
    return {text for path in folder.glob(f"version-order/osv-scalibr/{name}-versions*.txt")
            for line in path.read_text().splitlines() if re.fullmatch(r"\S+ [<=>] \S+", line.strip()) for text in line.split()[::2]}


def of_data(path):
    out = {}
    lines = subprocess.run(["zstd", "-dc", "--long=27", path], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    for affected in (one for line in lines for one in json.loads(line).get("affected", [])):
        versions = out.setdefault(affected.get("package", {}).get("ecosystem", "").split(":")[0], set())
        versions.update(affected.get("versions", []))
        for part in affected.get("ranges", []):
            if part["type"] != "GIT":
                versions.update(text for event in part["events"] for text in event.values() if text != "0")
    return out


def made(chance):
    """A Debian version that is valid, mostly of pieces that order is hard about."""
    text = "1" + "".join(chance.choice(["", ".", "~", "+", "-"]) + chance.choice(["0", "1", "01", "10", "a", "rc1", "~", "z", "+b1"])
                         for _ in range(chance.randint(0, 4)))
    return chance.choice(["", "", "0:", "1:"]) + text + chance.choice(["", "-1", "-1~", "-0", "-1+b1", "-01"])


def pairs_of(chance, pool, count):
    pool = sorted(pool)
    near = [chance.randrange(len(pool) - 1) for _ in range(count // 2)]
    return [(chance.choice(pool), chance.choice(pool)) for _ in range(count - len(near))] + \
        [(pool[at], pool[min(len(pool) - 1, at + chance.randint(1, 3))]) for at in near]


def told(command, lines):
    run = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE, check=True, text=True)
    return run.stdout.splitlines()


def by_weir(oracle, ecosystem, pairs):
    return [str(json.loads(one)["cmp"]) for one in told([oracle], [
        json.dumps({"op": "ver.cmp", "ecosystem": ecosystem, "a": left, "b": right}) for left, right in pairs])]


def by_dpkg(pair):
    def holds(relation):
        return subprocess.run(["dpkg", "--compare-versions", pair[0], relation, pair[1]], stderr=subprocess.DEVNULL).returncode == 0
    return "-1" if holds("lt") else "1" if holds("gt") else "0"


def is_argued(ecosystem, pair):
    """Of Alpine univers takes a missing "-r" for "-r0", where apk has it before, and leading zeros as apk 2 did (".00" before ".0");
    apk 3 and Weir compare such numbers as text; "1-r0-1" is no version. It takes "1.1.3.4" for the semantic version 1.1.3."""
    if ecosystem == "Alpine":
        return any("-r" not in text or re.search(r"\.0\d|-r\d+-", text) for text in pair)
    return ecosystem == "npm" and any(re.match(r"v?\d+\.\d+\.\d+[^-+]", text) for text in pair)


def compare(name, ecosystem, pairs, ours, theirs):
    asked = [one for one in zip(pairs, ours, theirs) if one[2] != "none"]
    differ = [one for one in asked if one[1] != one[2]]
    wrong = [one for one in differ if not is_argued(ecosystem, one[0])]
    print(f"order {ecosystem:10} {name:8} {len(asked) - len(differ):6} of {len(asked):6} pairs, {len(differ) - len(wrong)} argued, "
          f"{len(wrong)} unexplained")
    for pair, left, right in wrong[:5]:
        print(f"    {' '.join(pair)}: weir {left}, {name} {right}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--python")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    packed, data = arguments.shared / "conformance/version-order.tar.zst", arguments.shared / "data/large/osv.ndjson.zst"
    if not packed.exists() or not data.exists():
        print(f"orders: skipped, there is no {packed} or {data}")
        return 77
    known = of_data(data)
    known["npm"] = set().union(*(known[name] for name in SEMVER))
    with tempfile.TemporaryDirectory(prefix="weir-orders-") as folder:
        subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", packed, "-C", folder], check=True)
        pools = {ecosystem: known.get(ecosystem, set()) | of_vectors(pathlib.Path(folder), LISTS.get(ecosystem, "none"))
                 for ecosystem in KINDS}
    chance = random.Random(arguments.seed)
    pools["Debian"] |= {made(chance) for _ in range(3_000)}
    wrong = 0
    if shutil.which("dpkg"):
        pairs = pairs_of(chance, pools["Debian"], arguments.count // 10)
        wrong += compare("dpkg", "Debian", pairs, by_weir(arguments.oracle, "Debian", pairs), [by_dpkg(pair) for pair in pairs])
    for ecosystem, kind in KINDS.items() if arguments.python else ():
        pairs = pairs_of(chance, pools[ecosystem], arguments.count)
        theirs = told([arguments.python, "-c", LIBRARY], [json.dumps([kind, *pair]) for pair in pairs])
        wrong += compare("univers", ecosystem, pairs, by_weir(arguments.oracle, ecosystem, pairs), theirs)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
