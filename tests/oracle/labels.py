#!/usr/bin/env python3
"""What Weir says of packages that people have judged: precision and recall beside the share that scanners had right.

    labels.py --oracle build/release/tests/oracle/weir-oracle --data ../shared/data/large [--show ECOSYSTEM:KIND] [--count 20]

A label is a person's judgement of one scanner's finding: package, version, CVE or GHSA, true or false. It says neither the
ecosystem nor where the record came from. So a package is asked about in every ecosystem that its version can be of, as an
inventory with purls would, and ("product name alone") as the product of that name of any vendor, as one with guessed CPEs would.
Only labels count whose CVE a record speaks of, and in an ecosystem only those where it speaks of that package there.

Exit 1 if precision or recall fall below BOUNDS, 77 without the data.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

FILES = ("osv.ndjson.zst", "nvd11-base.ndjson.zst", "nvd11-delta.ndjson.zst", "cve5-base.ndjson.zst", "cve5-delta.ndjson.zst",
         "cve-cpe-enrichment.ndjson.zst", "npm-nodewg.ndjson.zst")

# By ecosystem: precision and recall in percent, that must be reached.
BOUNDS = {"AlmaLinux": (63, 98), "Go": (85, 98), "PyPI": (31, 83), "product name alone": (8, 35)}


def lines(path):
    return subprocess.run(["zstd", "-dc", "--long=27", path], stdout=subprocess.PIPE, check=True).stdout.splitlines()


def is_of_distribution(version):
    return re.search(r"\.(fc|amzn|cm|azl|ph|oe|mga|el|module.el)\d|-r\d+$|deb\d|ubuntu|\+dfsg|~bpo|-\d+(\.\d+)*(\+b\d+)?$", version)


def ecosystems(name, version):
    """Those that a package of this name and version may be of, by how they write them."""
    found = re.search(r"\.(?:el|module_el|module\+el)(\d+)", version)
    if found:
        return [f"AlmaLinux:{found.group(1)}"]
    if is_of_distribution(version):
        return []  # of a distribution that no record here speaks of
    if name.startswith("@"):
        return ["npm"]
    if "/" in name and "." in name.split("/")[0] or name in ("stdlib", "go"):
        return ["Go"]
    if ":" in name:
        return []  # Maven: no record here
    return ["PyPI", "npm", "crates.io", "Packagist"]


def judged(path):
    """(name, version, id) → whether it is true; what people do not agree about is left out."""
    votes = collections.defaultdict(set)
    for line in lines(path):
        label = json.loads(line)
        package = label.get("package") or {}
        if label["label"] == "??" or not package.get("name") or not package.get("version"):
            continue
        vulnerability = label.get("effective_cve") or label["vulnerability_id"]
        votes[package["name"], package["version"], vulnerability].add(label["label"] == "TP")
    return {key: value.pop() for key, value in votes.items() if len(value) == 1}


def spoken_of(data, wanted):
    """Which (ecosystem family, name) the OSV records of a CVE speak of: {CVE: {(family, name)}}."""
    about = collections.defaultdict(set)
    for line in lines(data / "osv.ndjson.zst"):
        record = json.loads(line)
        ids = {record["id"], *record.get("aliases", []), *record.get("related", []), *record.get("upstream", [])} & wanted
        for affected in record.get("affected", []) if ids else []:
            package = affected.get("package")
            for one in ids if package else ():
                about[one].add((package["ecosystem"], package["name"].lower()))
    return about


class Tally:
    def __init__(self):
        self.labels = self.true = self.said = self.right = 0

    def add(self, is_true, is_said):
        self.labels += 1
        self.true += is_true
        self.said += is_said
        self.right += is_true and is_said

    def precision(self):
        return 100 * self.right / self.said if self.said else 0.0

    def recall(self):
        return 100 * self.right / self.true if self.true else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--show", default="", help="GROUP:wrong or GROUP:missed: cases of that kind")
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    if not (arguments.data / "match-labels.ndjson.zst").exists():
        print(f"skipped: {arguments.data}/match-labels.ndjson.zst is not there")
        return 77
    labels = judged(arguments.data / "match-labels.ndjson.zst")
    wanted = {key[2] for key in labels}
    about = spoken_of(arguments.data, wanted)
    questions = {}  # (group, name, version) → its place
    asked = []

    def place_of(group, question):
        key = group, question.get("name") or question["product"], question["version"]
        if key not in questions:
            questions[key] = len(asked)
            asked.append(question)
        return questions[key]

    cases = []  # group, label, places
    for (name, version, vulnerability), is_true in labels.items():
        for ecosystem in ecosystems(name, version):
            bare = version.removeprefix("v") if ecosystem == "Go" else version
            if (ecosystem, name.lower()) in about[vulnerability]:
                question = {"ecosystem": ecosystem, "name": name, "version": bare}
                cases.append((ecosystem.split(":")[0], (name, version, vulnerability), is_true,
                              place_of(ecosystem, question)))
        if not is_of_distribution(version) and not re.search(r"/|^@", name):
            product = name.split(":")[-1]
            question = {"product": product, "version": version}
            cases.append(("product name alone", (name, version, vulnerability), is_true, place_of("product", question)))
    request = {"op": "match.batch", "records": [str(arguments.data / name) for name in FILES], "ids": sorted(wanted),
               "packages": asked}
    run = subprocess.run([arguments.oracle], input=(json.dumps(request) + "\n").encode(), stdout=subprocess.PIPE, check=True)
    answer = json.loads(run.stdout)
    if "error" in answer:
        sys.exit(answer["error"])
    print(json.dumps({"labels": len(labels), "records": answer["records"], "questions": len(asked)}))
    found = [set(ids) for ids in answer["ids"]]
    tallies = collections.defaultdict(Tally)
    shown = []
    known = set(answer["known"])
    for group, label, is_true, place in cases:
        if label[2] not in known:
            continue
        is_said = label[2] in found[place]
        tallies[group].add(is_true, is_said)
        kind = "wrong" if is_said and not is_true else "missed" if is_true and not is_said else ""
        if kind and arguments.show == f"{group}:{kind}":
            shown.append(label)
    print("| asked as | labels | scanners right | precision | recall |\n|---|---|---|---|---|")
    status = 0
    for group, tally in sorted(tallies.items()):
        print(f"| {group} | {tally.labels:,} | {100 * tally.true / tally.labels:.1f} % | {tally.precision():.1f} % | "
              f"{tally.recall():.1f} % |")
        precision, recall = BOUNDS.get(group, (0, 0))
        if tally.precision() < precision or tally.recall() < recall:
            print(f"{group} falls below {precision} % and {recall} %")
            status = 1
    for label in shown[:arguments.count]:
        print(*label)
    return status


if __name__ == "__main__":
    sys.exit(main())
