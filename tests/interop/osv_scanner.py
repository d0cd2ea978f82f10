#!/usr/bin/env python3
"""Weir and osv-scanner --offline on the same records and the same packages: which ids does each report?

    osv_scanner.py --oracle build/release/tests/oracle/weir-oracle --weir build/release/src/weir --scanner PATH
                   --records ../shared/data/large/osv.ndjson.zst [--pairs 25000] [--lockfiles 200] [--rate-only] [--keep DIR]

Packages are those of the records, in the versions at, before and after each bound, and in listed ones; first in one list, then
in lockfiles of their ecosystems as far as those can say them. How many records a second each reads is measured on the very
archives that osv-scanner keeps: as they are, and ten times as many under new ids. Differences are explained by rule where the schema decides
(EXPLAINED below); exit 1 if any is left, 77 if something is not there.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import resource
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


def ask_weir(oracle, archives, pairs):
    """The ids for each pair, how many records it has read, and the seconds that it took."""
    request = {"op": "osv.batch", "records": [str(path) for path in archives],
               "packages": [dict(zip(("ecosystem", "name", "version"), pair)) for pair in pairs]}
    started = time.monotonic()
    run = subprocess.run([oracle], input=(json.dumps(request) + "\n").encode(), stdout=subprocess.PIPE, check=True)
    taken = time.monotonic() - started
    answer = json.loads(run.stdout)
    if "error" in answer:
        sys.exit(answer["error"])
    return {pair: set(ids) for pair, ids in zip(pairs, answer["ids"])}, answer["records"], taken


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
            self.archive(ecosystem).parent.mkdir(parents=True)
            with zipfile.ZipFile(self.archive(ecosystem), "w", zipfile.ZIP_DEFLATED) as archive:
                for name, record in group.items():
                    archive.writestr(name + ".json", json.dumps(record))

    def archive(self, ecosystem):
        return self.folder / "db/osv-scalibr" / ecosystem / "all.zip"

    def run(self, words):
        """Its report, what it told meanwhile, and the seconds that it took."""
        environment = dict(os.environ, OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY=str(self.folder / "db"))
        started = time.monotonic()
        run = subprocess.run([self.program, "scan", "source", "--offline", "--format", "json", *words],
                             env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        taken = time.monotonic() - started
        if run.returncode not in (0, 1):
            sys.exit(f"osv-scanner: {run.stderr.decode()[-2000:]}")
        return json.loads(run.stdout), run.stderr.decode(), taken

    def ask_lockfiles(self, files):
        """The ids for each (path, name, version) that it has read in these files, and the seconds that it took."""
        words = ["--all-packages"]
        for path in files:
            words += ["-L", path]
        report, _, taken = self.run(words)
        got = {}
        for result in report["results"]:
            for one in result["packages"]:
                package = one["package"]
                ids = {v["id"] for v in one.get("vulnerabilities", [])}
                got.setdefault((result["source"]["path"], folded(package["name"]), package["version"]), set()).update(ids)
        return got, taken

    def ask(self, pairs):
        """The ids for each pair, the ecosystems that it has looked into, and the seconds that it took."""
        packages = [{"package": dict(zip(("ecosystem", "name", "version"), pair))} for pair in pairs]
        source = {"path": "packages.json", "type": "lockfile"}
        custom = self.folder / "osv-scanner-custom.json"
        custom.write_text(json.dumps({"results": [{"source": source, "packages": packages}]}))
        report, told, taken = self.run(["-L", f"osv-scanner:{custom}"])
        got = {pair: set() for pair in pairs}
        for result in report["results"]:
            for one in result["packages"]:
                package = one["package"]
                key = package["ecosystem"], package["name"], package["version"]
                got.setdefault(key, set()).update(v["id"] for v in one.get("vulnerabilities", []))
        return got, set(re.findall(r"Loaded (.+) local db", told)), taken


def used_by(run):
    """The seconds by the clock and of the processors that `run`'s programs take."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run()
    taken, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare_rates(weir, oracle, scanner, known, few):
    """How many records of the same archives each program reads a second, from its start to its end."""
    archives = [scanner.archive(ecosystem) for ecosystem in sorted(known)]
    files = sum(len(zipfile.ZipFile(path).namelist()) for path in archives)
    _, records, _ = ask_weir(oracle, archives, few)
    if records != files:
        sys.exit(f"weir read {records} records of {files} files")
    affected = [weir, "affected", "one", "1.0", "--ecosystem", "PyPI", "--records", *archives]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    ours, theirs = [], []
    for _ in range(7):  # in turns, as other work on the machine comes and goes
        ours.append(used_by(lambda: subprocess.run(affected, **silent)))
        theirs.append(used_by(lambda: scanner.ask(few)))
    (our_time, our_processor), (their_time, their_processor) = sorted(ours)[3], sorted(theirs)[3]
    print(f"{files} records of {len(archives)} archives, {sum(path.stat().st_size for path in archives) / 1e6:.1f} MB: "
          f"weir {our_time:.3f} s ({our_processor:.2f} s of processor time), {files / our_time:.0f} a second; osv-scanner "
          f"{their_time:.3f} s ({their_processor:.2f} s), {files / their_time:.0f} a second; {their_time / our_time:.1f} times")


def folded(name):
    """As osv-scanner shows the names of PyPI (PEP 503); the others' have no two forms here."""
    return re.sub(r"[-_.]+", "-", name).lower()


def go_mod(packages):
    return "module weir.example/test\n\nrequire (\n" + "".join(f"\t{name} v{version}\n" for name, version in packages) + ")\n"


def composer_lock(packages):
    return json.dumps({"packages": [{"name": name, "version": version} for name, version in packages], "packages-dev": []})


def requirements(packages):
    return "".join(f"{name}=={version}\n" for name, version in packages)


def poetry_lock(packages):
    return "".join(f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\n\n' for name, version in packages)


def cargo_lock(packages):
    return "version = 3\n\n" + "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "registry+https://index.example"\n\n'
        for name, version in packages)


NUMBERS = r"[0-9]+\.[0-9]+\.[0-9]+"
# Of each ecosystem: the files, and the versions that they can say. Go wants /vN in the path from 2.0.0 on.
LOCKFILES = {"Go": ([("go.mod", go_mod)], r"[01]\.[0-9]+\.[0-9]+"),
             "Packagist": ([("composer.lock", composer_lock)], r"[0-9][0-9A-Za-z.+-]*"),
             "PyPI": ([("requirements.txt", requirements), ("poetry.lock", poetry_lock)], r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?"),
             "crates.io": ([("Cargo.lock", cargo_lock)], rf"{NUMBERS}(-[0-9A-Za-z.]+)?")}
NAMES = r"[A-Za-z0-9][A-Za-z0-9._/-]*"


def lockfiles(pairs, folder, most):
    """{path: pairs}: at most so many files, each with every name once."""
    pools = {}
    for ecosystem, (kinds, version) in LOCKFILES.items():
        names = {}
        for pair in pairs:
            is_module = ecosystem != "Go" or re.fullmatch(r"[a-z0-9.-]+\.[a-z]+/.*", pair[1]) and "/v" not in pair[1]
            if pair[0] == ecosystem and is_module and re.fullmatch(NAMES, pair[1]) and re.fullmatch(version, pair[2]):
                names.setdefault(pair[1], []).append(pair)
        rounds = []
        while any(names.values()):
            rounds.append([group.pop() for group in names.values() if group])
        pools[ecosystem] = rounds
    out = {}
    each = most // sum(len(kinds) for kinds, _ in LOCKFILES.values())
    for ecosystem, (kinds, _) in LOCKFILES.items():
        flat = [pair for one in pools[ecosystem] for pair in one]
        for kind, (name, write) in enumerate(kinds):
            share = flat[kind::len(kinds)]
            size = max(1, -(-len(share) // each))
            for number in range(0, len(share), size):
                unique = {pair[1]: pair for pair in share[number:number + size]}
                path = folder / f"locked/{name}-{number}/{name}"
                path.parent.mkdir(parents=True)
                path.write_text(write([pair[1:] for pair in unique.values()]))
                out[str(path)] = list(unique.values())
    return out


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


def compare(rows, by_name, show):
    """Prints what (pair, ids of Weir, ids of osv-scanner) have in common; the ids that no rule explains."""
    explained = collections.Counter()
    unexplained = []
    for pair, weir, scanner in rows:
        for name in weir ^ scanner:
            who = "weir alone" if name in weir else "osv-scanner alone"
            why = next((text for text, holds in EXPLAINED.items() if holds(by_name[name], pair)), None)
            if why is None:
                unexplained.append((pair, name, who))
            else:
                explained[why, who] += 1
    same = sum(weir == scanner for _, weir, scanner in rows)
    print(f"{len(rows)} packages, {sum(len(weir) for _, weir, _ in rows)} ids; the same set for {same}")
    for (why, who), count in explained.items():
        print(f"  {count} ids {who}: {why}")
    for pair, name, who in unexplained[:show]:
        print(f"  UNEXPLAINED {name} {who}: {pair}")
    print(f"  {len(unexplained)} ids unexplained")
    return unexplained


EXPLAINED = {"a repository of Packagist's kind, which osv-scanner takes for Packagist": has_other_repository,
             "a range behind a GIT range, which osv-scanner does not read": has_git_first,
             "equal versions among many events, which osv-scanner may turn round": has_equal_events,
             "a PyPI name that the record does not fold, and osv-scanner neither": has_unfolded_name}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--weir", required=True)
    parser.add_argument("--scanner", required=True)
    parser.add_argument("--records", required=True, type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=25000)
    parser.add_argument("--lockfiles", type=int, default=200)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("--rate-only", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder for the archives, which stay")
    arguments = parser.parse_args()
    for path in (arguments.oracle, arguments.weir, arguments.scanner, arguments.records):
        if not pathlib.Path(path).exists():
            print(f"skipped: {path} is not there")
            return 77
    records = load(arguments.records)
    # Some ids stand once for each release: an archive by id holds one of them.
    by_id = collections.Counter(record["id"] for record in records)
    records = [record for record in records if by_id[record["id"]] == 1]
    by_name = {record["id"]: record for record in records}
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or pathlib.Path(scratch)
        asked = Scanner(arguments.scanner, records, folder / "once")
        # From a list of packages it looks into some ecosystems only (not into AlmaLinux or Bitnami).
        ecosystems = sorted({pair[0] for pair in pairs_of(records, 200)})
        few = [(ecosystem, "one", "1.0") for ecosystem in ecosystems]
        _, known, _ = asked.ask(few)
        compare_rates(arguments.weir, arguments.oracle, asked, known, few)
        more = Scanner(arguments.scanner, [dict(record, id=f"{record['id']}-{copy}") for record in records for copy in range(10)],
                       folder / "tenfold")
        compare_rates(arguments.weir, arguments.oracle, more, known, few)
        if arguments.rate_only:
            return 0
        pairs = pairs_of(records, arguments.pairs, known)
        left_out = [one for one in ecosystems if one.split(":")[0] not in known]
        print(f"{', '.join(sorted(known - {'GIT'}))}; left out, as osv-scanner does: {', '.join(left_out) or 'none'}")
        archives = [asked.archive(ecosystem) for ecosystem in asked.records if ecosystem != "GIT"]  # once each
        weir, _, weir_seconds = ask_weir(arguments.oracle, archives, pairs)
        scanner, _, scanner_seconds = asked.ask(pairs)
        files = lockfiles(pairs, folder, arguments.lockfiles)
        locked, locked_seconds = asked.ask_lockfiles(files)
    unexplained = compare([(pair, weir[pair], scanner[pair]) for pair in pairs], by_name, arguments.show)
    print(f"weir {weir_seconds:.2f} s, osv-scanner {scanner_seconds:.2f} s, each from its records on disk")
    unread = [(path, pair) for path, group in files.items() for pair in group if (path, folded(pair[1]), pair[2]) not in locked]
    kinds = collections.Counter(path.rsplit("/", 1)[1] for path in files)
    print(f"{len(files)} lockfiles ({', '.join(f'{count} {name}' for name, count in kinds.items())}), read by osv-scanner in "
          f"{locked_seconds:.2f} s; {len(unread)} packages that it did not find in them")
    for path, pair in unread[:arguments.show]:
        print(f"  NOT FOUND {pair} in {path.rsplit('/', 1)[1]}")
    rows = [(pair, weir[pair], locked[path, folded(pair[1]), pair[2]]) for path, group in files.items() for pair in group
            if (path, folded(pair[1]), pair[2]) in locked]
    unexplained += compare(rows, by_name, arguments.show)
    return 1 if unexplained or unread else 0


if __name__ == "__main__":
    sys.exit(main())
