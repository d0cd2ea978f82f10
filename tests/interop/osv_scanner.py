#!/usr/bin/env python3
"""Weir and osv-scanner --offline on the same records and the same packages: which ids does each report?

    osv_scanner.py --oracle build/release/tests/oracle/weir-oracle --scanner PATH
                   --records ../shared/data/large/osv.ndjson.zst [--pairs 25000]

Packages are those of the records, in the versions at, before and after each bound, and in listed ones. Differences are
explained by rule where the schema decides (EXPLAINED below); exit 1 if any is left, 77 if something is not there.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile


def load(path):
    text = subprocess.run(["zstd", "-dc", "--long=27", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [json.loads(line) for line in text.splitlines()]


def neighbours(version):
    """The version itself, and ones that lie just beside it."""
    yield version
    found = re.search(r"\d+(?=\D*$)", version)
    if found and len(found.group()) < 6:
        number = int(found.group())
        for other in (number - 1, number + 1):
            if other >= 0:
                yield version[:found.start()] + str(other) + version[found.end():]


def pairs_of(records, most, ecosystems=None):
    """(ecosystem, name, version), shuffled from a seed; every ecosystem has its share."""
    by_ecosystem = collections.defaultdict(set)
    for record in records:
        for affected in record.get("affected", []):
            package = affected.get("package")
            if not package or package["ecosystem"].startswith("OSS-Fuzz"):
                continue  # its versions are tags and commits
            if ecosystems and package["ecosystem"].split(":")[0] not in ecosystems:
                continue
            versions = list(affected.get("versions", []))[:6]
            for one in affected.get("ranges", []):
                if one["type"] != "GIT":
                    versions += [v for event in one["events"] for v in event.values() if v != "0"]
            for version in versions:
                for near in neighbours(version):
                    by_ecosystem[package["ecosystem"]].add((package["ecosystem"], package["name"], near))
    chance = random.Random(20261126)
    pools = [sorted(pool) for pool in by_ecosystem.values()]
    for pool in pools:
        chance.shuffle(pool)
    out = []
    while len(out) < most and any(pools):
        for pool in pools:
            if pool:
                out.append(pool.pop())
    return out


def ask_weir(oracle, records, pairs, folder):
    path = folder / "records.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    request = {"op": "osv.batch", "records": str(path),
               "packages": [dict(zip(("ecosystem", "name", "version"), pair)) for pair in pairs]}
    started = time.monotonic()
    run = subprocess.run([oracle], input=(json.dumps(request) + "\n").encode(), stdout=subprocess.PIPE, check=True)
    taken = time.monotonic() - started
    answer = json.loads(run.stdout)
    if "error" in answer:
        sys.exit(answer["error"])
    return {pair: set(ids) for pair, ids in zip(pairs, answer["ids"])}, taken


class Scanner:
    """osv-scanner with its databases on disk: one archive for each ecosystem."""

    def __init__(self, program, records, folder):
        self.program, self.folder = program, folder
        by_ecosystem = collections.defaultdict(dict)
        for record in records:
            for affected in record.get("affected", []):
                if any(one["type"] == "GIT" for one in affected.get("ranges", [])):
                    by_ecosystem["GIT"][record["id"]] = record  # for packages without an ecosystem
                if "package" in affected:
                    by_ecosystem[affected["package"]["ecosystem"].split(":")[0]][record["id"]] = record
        self.records = {ecosystem: len(group) for ecosystem, group in by_ecosystem.items()}
        for ecosystem, group in by_ecosystem.items():
            target = folder / "db/osv-scalibr" / ecosystem
            target.mkdir(parents=True)
            with zipfile.ZipFile(target / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, record in group.items():
                    archive.writestr(name + ".json", json.dumps(record))

    def ask(self, pairs):
        """The ids for each pair, the ecosystems that it has looked into, and the seconds that it took."""
        packages = [{"package": dict(zip(("ecosystem", "name", "version"), pair))} for pair in pairs]
        source = {"path": "packages.json", "type": "lockfile"}
        custom = self.folder / "osv-scanner-custom.json"
        custom.write_text(json.dumps({"results": [{"source": source, "packages": packages}]}))
        environment = dict(os.environ, OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY=str(self.folder / "db"))
        started = time.monotonic()
        run = subprocess.run([self.program, "scan", "source", "--offline", "--format", "json", "-L",
                              f"osv-scanner:{custom}"],
                             env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        taken = time.monotonic() - started
        if run.returncode not in (0, 1):
            sys.exit(f"osv-scanner: {run.stderr.decode()[-2000:]}")
        got = {pair: set() for pair in pairs}
        for result in json.loads(run.stdout)["results"]:
            for one in result["packages"]:
                package = one["package"]
                key = package["ecosystem"], package["name"], package["version"]
                got.setdefault(key, set()).update(v["id"] for v in one.get("vulnerabilities", []))
        return got, set(re.findall(r"Loaded (.+) local db", run.stderr.decode())), taken


def has_git_first(record, pair):
    """osv-scanner reads no range that stands behind one of type GIT; the schema asks for every range."""
    return any(affected.get("package", {}).get("name") == pair[1] and
               any(one["type"] == "GIT" for one in affected.get("ranges", []))
               for affected in record.get("affected", []))


def has_equal_events(record, pair):
    """osv-scanner sorts events by an unstable sort (stable up to 12): "introduced 2.6, last_affected 2.6" may turn round, and
    the range never ends."""
    for affected in record.get("affected", []):
        for one in affected.get("ranges", []):
            versions = [version for event in one["events"] for version in event.values()]
            if affected.get("package", {}).get("name") == pair[1] and len(versions) > 12 and \
                    len(set(versions)) < len(versions):
                return True
    return False


def has_unfolded_name(record, pair):
    """osv-scanner folds the name that is asked for (PEP 503) and not the record's."""
    return pair[0] == "PyPI" and pair[1] != re.sub(r"[-_.]+", "-", pair[1]).lower()


def has_other_repository(record, pair):
    """Of Packagist's repositories osv-scanner knows the first alone, from such a list."""
    return pair[0].startswith("Packagist:")


EXPLAINED = {"a repository of Packagist's kind, which osv-scanner takes for Packagist": has_other_repository,
             "a range behind a GIT range, which osv-scanner does not read": has_git_first,
             "equal versions among many events, which osv-scanner may turn round": has_equal_events,
             "a PyPI name that the record does not fold, and osv-scanner neither": has_unfolded_name}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--scanner", required=True)
    parser.add_argument("--records", required=True, type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=25000)
    parser.add_argument("--show", type=int, default=20)
    arguments = parser.parse_args()
    for path in (arguments.oracle, arguments.scanner, arguments.records):
        if not pathlib.Path(path).exists():
            print(f"skipped: {path} is not there")
            return 77
    records = load(arguments.records)
    # Some ids stand once for each release: an archive by id holds one of them.
    by_id = collections.Counter(record["id"] for record in records)
    records = [record for record in records if by_id[record["id"]] == 1]
    by_name = {record["id"]: record for record in records}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        asked = Scanner(arguments.scanner, records, folder)
        # From a list of packages it looks into some ecosystems only (not into AlmaLinux or Bitnami).
        ecosystems = sorted({pair[0] for pair in pairs_of(records, 200)})
        few = [(ecosystem, "one", "1.0") for ecosystem in ecosystems]
        _, known, scanner_loads = asked.ask(few)
        _, weir_loads = ask_weir(arguments.oracle, records, few, folder)
        loaded = sum(asked.records[ecosystem] for ecosystem in known)
        print(f"records read a second: weir {len(records) / weir_loads:.0f}, osv-scanner {loaded / scanner_loads:.0f}")
        pairs = pairs_of(records, arguments.pairs, known)
        left_out = [one for one in ecosystems if one.split(":")[0] not in known]
        print(f"{', '.join(sorted(known - {'GIT'}))}; left out, as osv-scanner does: {', '.join(left_out) or 'none'}")
        weir, weir_seconds = ask_weir(arguments.oracle, records, pairs, folder)
        scanner, _, scanner_seconds = asked.ask(pairs)
    explained = collections.Counter()
    unexplained = []
    for pair in pairs:
        for name in weir[pair] ^ scanner[pair]:
            why = next((text for text, holds in EXPLAINED.items() if holds(by_name[name], pair)), None)
            if why is None:
                unexplained.append((pair, name, "weir alone" if name in weir[pair] else "osv-scanner alone"))
            else:
                explained[why, "weir alone" if name in weir[pair] else "osv-scanner alone"] += 1
    same = sum(weir[pair] == scanner[pair] for pair in pairs)
    print(f"{len(pairs)} packages, {sum(map(len, weir.values()))} ids; the same set for {same}")
    for (why, who), count in explained.items():
        print(f"  {count} ids {who}: {why}")
    for pair, name, who in unexplained[:arguments.show]:
        print(f"  UNEXPLAINED {name} {who}: {pair}")
    print(f"  {len(unexplained)} ids unexplained")
    print(f"weir {weir_seconds:.2f} s, osv-scanner {scanner_seconds:.2f} s, each from its records on disk")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
