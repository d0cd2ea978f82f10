#!/usr/bin/env python3
"""Weir and two libraries of others on random pairs of CPE names: the same relation (NISTIR 7696)?

    cpe_libraries.py --oracle build/release/tests/oracle/weir-oracle --shared ../shared
                     [--python PYTHON-WITH-CPE] [--nvdtools PROGRAM] [--count 100000] [--seed 1]

Names are made from the 10,000 of NVD's dictionary among the vectors: of a pair the second is the first one, another of the same
product or any, and each attribute of both stays, or becomes ANY, NA, another name's, or its own beginning or end with a wildcard.
PyPI's cpe answers all, but finds nothing by a "?" at the beginning. nvdtools (tests/interop/go-cpe) refuses what has a wildcard in the target but for ANY and NA, which it
calls a superset and disjoint where table 6-2 says undefined; and its "?" stands for one byte of the quoted text, where NISTIR 7696
says one character or none. Exit 1 for what is left, 77 without the vectors.
"""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

LIBRARY = r"""
import sys
from cpe import CPE
from cpe.cpe2_3_wfn import CPE2_3_WFN
from cpe.cpeset2_3 import CPESet2_3 as sets
for line in sys.stdin:
    source, target = (CPE2_3_WFN(CPE(name, CPE.VERSION_2_3).as_wfn()) for name in line.rstrip("\n").split("\t"))
    print("EQUAL" if sets.cpe_equal(source, target) else "SUPERSET" if sets.cpe_superset(source, target) else
          "SUBSET" if sets.cpe_subset(source, target) else "DISJOINT" if sets.cpe_disjoint(source, target) else "UNDEFINED")
"""


def parts(name):
    return re.split(r"(?<!\\):", name)[2:]


def with_wildcard(chance, value):
    """Its beginning or its end and what may stand for the rest; a quoted character is never cut in two."""
    letters = re.findall(r"\\.|.", value)
    mark = chance.choice(["*"] * 8 + ["?", "??"])
    rest = chance.randint(0, len(letters)) if mark == "*" else min(len(mark), len(letters))
    if chance.random() < 0.7 or rest == len(letters):
        return "".join(letters[:len(letters) - rest]) + mark
    return mark + "".join(letters[rest:])


def changed(chance, values, others, share):
    out = []
    for place, value in enumerate(values):
        roll = chance.random() / share
        if place == 0 or roll >= 1:  # a part is one of three letters
            out.append(value)
        else:
            out.append("*" if roll < 0.5 else "-" if roll < 0.65 else chance.choice(others)[place] if roll < 0.95 else
                       with_wildcard(chance, value) if value not in "*-" else value)
    return out


def is_pattern(value):
    return value not in "*-" and re.search(r"(?<!\\)[*?]", re.sub(r"\\\\", "", value)) is not None


def pair_of(chance, names, by_product):
    first = chance.choice(names)
    kind = chance.random()
    second = first if kind < 0.5 else chance.choice(by_product[tuple(first[:3])] if kind < 0.8 else names)
    share = chance.choice([0.1, 0.3, 0.5])
    return tuple("cpe:2.3:" + ":".join(changed(chance, one, names, share if place == 0 or chance.random() < 0.4 else 0.01))
                 for place, one in enumerate((first, second)))


def told(command, lines):
    run = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE, check=True, text=True)
    answers = run.stdout.splitlines()
    if len(answers) != len(lines):
        sys.exit(f"{len(answers)} answers of {command[0]} to {len(lines)} questions")
    return answers


def is_argued_of_cpe(pair):
    return any(source.startswith("?") for source in parts(pair[0]))


def is_argued_of_nvdtools(pair):
    """ANY or NA against a pattern; fewer characters than a pattern with "?" has, or quoted ones, which are two bytes."""
    def length(text):
        return len(re.findall(r"\\.|.", text))
    return any(is_pattern(target) and source in "*-" or is_pattern(source) and "?" in source and
               (length(target) < length(source) or re.search(r"[^A-Za-z0-9_]", target))
               for source, target in zip(*map(parts, pair)))


def compare(library, pairs, ours, theirs, is_argued):
    asked = [(pair, left, right) for pair, left, right in zip(pairs, ours, theirs) if not right.startswith("error")]
    differ = [one for one in asked if one[1] != one[2]]
    wrong = [one for one in differ if not is_argued(one[0])]
    print(f"CPE {library:10} {len(asked) - len(differ):6} of {len(asked):6} pairs, {len(pairs) - len(asked)} not answered, "
          f"{len(differ) - len(wrong)} by the words of NISTIR 7696, {len(wrong)} unexplained")
    for pair, left, right in wrong[:5]:
        print(f"    {' '.join(pair)}: weir {left}, {library} {right}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    parser.add_argument("--python")
    parser.add_argument("--nvdtools")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    packed = arguments.shared / "conformance/nvd.tar.zst"
    if not packed.exists():
        print(f"CPE: skipped, there is no {packed}")
        return 77
    with tempfile.TemporaryDirectory(prefix="weir-cpe-") as folder:
        subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", packed, "-C", folder], check=True)
        answer = json.loads((pathlib.Path(folder) / "nvd/responses/cpes-2023.json").read_text())
    names = [parts(one["cpe"]["cpeName"]) for one in answer["products"]]
    by_product = {}
    for name in names:
        by_product.setdefault(tuple(name[:3]), []).append(name)
    chance = random.Random(arguments.seed)
    pairs = [pair_of(chance, names, by_product) for _ in range(arguments.count)]
    ours = [json.loads(one).get("relation", "error") for one in told([arguments.oracle], [
        json.dumps({"op": "cpe.match", "source": source, "target": target}) for source, target in pairs])]
    print(f"CPE {len(names)} names, " + ", ".join(f"{ours.count(one)} {one}" for one in sorted(set(ours))))
    lines = ["\t".join(pair) for pair in pairs]
    wrong = ours.count("error")
    if arguments.python:
        wrong += compare("cpe (PyPI)", pairs, ours, told([arguments.python, "-c", LIBRARY], lines), is_argued_of_cpe)
    if arguments.nvdtools:
        wrong += compare("nvdtools", pairs, ours, told([arguments.nvdtools], lines), is_argued_of_nvdtools)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
