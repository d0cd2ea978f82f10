#!/usr/bin/env python3
"""weir-oracle's osv.validate and OSV's own JSON schema: the same verdict on every record, and on ones that were damaged?

    osv_schema.py --oracle build/release/tests/oracle/weir-oracle --shared ../shared [--damaged 4000] [--seed 1]

To be run by a Python that has jsonschema. Records are those of the large data; of a damaged one some member or element is taken
away, or is another thing. Exit 1 if any verdict differs, 77 without the data.
"""
import argparse
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import jsonschema


def places(value, way=()):
    """Every member and element but those of what is not looked into."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield way + (key,)
        if key not in ("database_specific", "ecosystem_specific"):
            yield from places(inner, way + (key,))


def damaged(chance, record):
    record = copy.deepcopy(record)
    *way, last = chance.choice(list(places(record)))
    holder = record
    for key in way:
        holder = holder[key]
    if chance.random() < 0.4:
        del holder[last]
    else:
        holder[last] = chance.choice([None, 7, "x", "", [], {}, ["x"], {"introduced": "0"}])
    if chance.random() < 0.1:
        record["unknown"] = True
    return record


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--damaged", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    packed, data = arguments.shared / "conformance/osv.tar.zst", arguments.shared / "data/large/osv.ndjson.zst"
    if not packed.exists() or not data.exists():
        print(f"OSV schema: skipped, there is no {packed} or {data}")
        return 77
    with tempfile.TemporaryDirectory(prefix="weir-osv-") as folder:
        subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", packed, "-C", folder], check=True)
        root = pathlib.Path(folder) / "osv/schema"
        schema = jsonschema.Draft202012Validator(json.loads((root / "schema.json").read_text()))
        ecosystems = json.loads((root / "ecosystems.json").read_text())
    lines = subprocess.run(["zstd", "-dc", "--long=27", data], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    records = [json.loads(line) for line in lines]
    chance = random.Random(arguments.seed)
    plain = {"id": "OSV-1", "modified": "2026-01-01T00:00:00Z"}
    named = [{**plain, "affected": [{"package": {"ecosystem": name + suffix, "name": "p"}}]}
             for name in ecosystems for suffix in ("", ":1", ":")]
    kinds = {"records": records, "ecosystems": named,
             "damaged": [damaged(chance, chance.choice(records)) for _ in range(arguments.damaged)]}
    wrong = 0
    for kind, group in kinds.items():
        run = subprocess.run([arguments.oracle], input="".join(json.dumps({"op": "osv.validate", "record": one}) + "\n" for one in group),
                             stdout=subprocess.PIPE, check=True, text=True)
        ours = [json.loads(one) for one in run.stdout.splitlines()]
        differ = [(one, answer) for one, answer in zip(group, ours, strict=True) if answer["valid"] != schema.is_valid(one)]
        valid = sum(answer["valid"] for answer in ours)
        print(f"osv.validate {kind:10} {len(group) - len(differ):6} of {len(group):6} as OSV's schema says, {valid} valid")
        for one, answer in differ[:5]:
            print(f"    {json.dumps(one)[:200]}: {answer}")
        wrong += len(differ)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
