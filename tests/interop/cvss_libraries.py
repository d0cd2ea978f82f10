#!/usr/bin/env python3
"""Weir and two libraries of others on random vectors of each version of CVSS: every score the same?

    cvss_libraries.py --oracle build/release/tests/oracle/weir-oracle --python PYTHON-WITH-CVSS
                      [--node FOLDER-WITH-AE-CVSS-CALCULATOR] [--count 50000] [--seed 1]

Metrics that must be there take any value; each of the others is left out or takes one, "not defined" among them. PyPI's cvss
(Red Hat) tells base, temporal and environmental; npm's ae-cvss-calculator the overall score. Exit 1 if any differs.

Two things are known of ae-cvss-calculator. In v2 it does not round the adjusted temporal score, as the guide's equations do: vectors
with environmental metrics are not put to it. In v2 and v3.0 binary fractions move some scores over a tenth or half a one that they
only reach (9.0 * 0.95, 5.0 * 0.92): where it differs, decimals decide (exact20, exact30).
"""
import argparse
import decimal
import json
import random
import subprocess
import sys

NEEDED2 = {"AV": "LAN", "AC": "HML", "Au": "MSN", "C": "NPC", "I": "NPC", "A": "NPC"}
GROUPS2 = [{"E": ["U", "POC", "F", "H", "ND"], "RL": ["OF", "TF", "W", "U", "ND"], "RC": ["UC", "UR", "C", "ND"]},
           {"CDP": ["N", "L", "LM", "MH", "H", "ND"], "TD": ["N", "L", "M", "H", "ND"], "CR": ["L", "M", "H", "ND"],
            "IR": ["L", "M", "H", "ND"], "AR": ["L", "M", "H", "ND"]}]  # a group stands as a whole
NEEDED3 = {"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN"}
OTHERS3 = {"E": "XUPFH", "RL": "XOTWU", "RC": "XURC", "CR": "XLMH", "IR": "XLMH", "AR": "XLMH", "MAV": "XNALP", "MAC": "XLH",
           "MPR": "XNLH", "MUI": "XNR", "MS": "XUC", "MC": "XNLH", "MI": "XNLH", "MA": "XNLH"}
NEEDED4 = {"AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA", "VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN",
           "SI": "HLN", "SA": "HLN"}
OTHERS4 = {"E": "XAPU", "CR": "XHML", "IR": "XHML", "AR": "XHML", "MAV": "XNALP", "MAC": "XLH", "MAT": "XNP", "MPR": "XNLH",
           "MUI": "XNPA", "MVC": "XNLH", "MVI": "XNLH", "MVA": "XNLH", "MSC": "XNLH", "MSI": "XNLHS", "MSA": "XNLHS",
           "S": "XNP", "AU": "XNY", "R": "XAUI", "V": "XDC", "RE": "XLMH", "U": ["X", "Clear", "Green", "Amber", "Red"]}

LIBRARY = r"""
import sys
from cvss import CVSS2, CVSS3, CVSS4
for line in sys.stdin:
    vector = line.strip()
    if vector.startswith("CVSS:4"):
        print(CVSS4(vector).base_score)
    else:
        print(*(CVSS3 if vector.startswith("CVSS:3") else CVSS2)(vector).scores())
"""
CALCULATOR = r"""
const {Cvss2, Cvss3P0, Cvss3P1, Cvss4P0} = require("ae-cvss-calculator");
const kinds = {"CVSS:3.0": Cvss3P0, "CVSS:3.1": Cvss3P1, "CVSS:4.0": Cvss4P0};
const lines = require("fs").readFileSync(0, "utf8").trim().split("\n");
console.log(lines.map((one) => new (kinds[one.slice(0, 8)] || Cvss2)(one).calculateScores().overall).join("\n"));
"""


def chosen(chance, metrics):
    return [f"{name}:{chance.choice(values)}" for name, values in metrics.items()]


def vector2(chance):
    parts = chosen(chance, NEEDED2)
    for group in GROUPS2:
        parts += chosen(chance, group) if chance.random() < 0.6 else []
    return "/".join(parts)


def vector_of(chance, version, needed, others):
    share = chance.choice([0, 0.1, 0.3, 0.6, 1])
    return "/".join([f"CVSS:{version}", *chosen(chance, needed),
                     *chosen(chance, {name: values for name, values in others.items() if chance.random() < share})])


def told(command, lines):
    run = subprocess.run(command, input="\n".join(lines) + "\n", stdout=subprocess.PIPE, check=True, text=True)
    answers = run.stdout.splitlines()
    if len(answers) != len(lines):
        sys.exit(f"{len(answers)} answers of {command[0]} to {len(lines)} vectors")
    return answers


def numbers(line):
    """None where the library has none; -0.0 is none of the scores."""
    return [None if one in ("None", "undefined") else abs(float(one)) for one in line.split()]


# Of v3.0, for exact30: as its specification lists them.
WEIGHTS = {"AV": {"N": "0.85", "A": "0.62", "L": "0.55", "P": "0.2"}, "AC": {"L": "0.77", "H": "0.44"},
           "PR": {"N": "0.85", "L": "0.62", "H": "0.27"}, "PR changed": {"N": "0.85", "L": "0.68", "H": "0.5"},
           "UI": {"N": "0.85", "R": "0.62"}, "C": {"H": "0.56", "L": "0.22", "N": "0"},
           "E": {"X": "1", "H": "1", "F": "0.97", "P": "0.94", "U": "0.91"},
           "RL": {"X": "1", "U": "1", "W": "0.97", "T": "0.96", "O": "0.95"}, "RC": {"X": "1", "C": "1", "R": "0.96", "U": "0.92"},
           "CR": {"X": "1", "M": "1", "H": "1.5", "L": "0.5"}}

TEMPORAL2 = {"E": {"U": "0.85", "POC": "0.9", "F": "0.95"}, "RL": {"OF": "0.87", "TF": "0.9", "W": "0.95"},
             "RC": {"UC": "0.9", "UR": "0.95"}}


def exact20(vector, base):
    """The temporal score of a v2 vector, from its base, in decimals."""
    given = dict(part.split(":") for part in vector.split("/"))
    score = decimal.Decimal(str(base))
    for metric, weights in TEMPORAL2.items():
        score *= decimal.Decimal(weights.get(given.get(metric), "1"))
    return float(score.quantize(decimal.Decimal("0.1"), rounding=decimal.ROUND_HALF_UP))


def exact30(vector):
    """The overall score of a v3.0 vector in decimals."""
    given = dict(part.split(":") for part in vector.split("/")[1:])
    has_own = any(given.get(name, "X") != "X" for name in OTHERS3 if name[0] == "M" or name in ("CR", "IR", "AR"))

    def value(metric):
        own = given.get("M" + metric, "X")
        return given[metric] if own == "X" else own

    def weight(table, key):
        return decimal.Decimal(WEIGHTS[table][key])

    def round_up(score):
        return (score * 10).to_integral_value(rounding=decimal.ROUND_CEILING) / 10
    is_changed = value("S") == "C"
    kept = decimal.Decimal(1)
    for metric in "CIA":
        kept *= 1 - weight("C", value(metric)) * (weight("CR", given.get(metric + "R", "X")) if has_own else 1)
    loss = min(1 - kept, decimal.Decimal("0.915")) if has_own else 1 - kept
    impact = decimal.Decimal("6.42") * loss
    if is_changed:
        impact = decimal.Decimal("7.52") * (loss - decimal.Decimal("0.029")) - \
            decimal.Decimal("3.25") * (loss - decimal.Decimal("0.02")) ** 15
    ease = decimal.Decimal("8.22") * weight("AV", value("AV")) * weight("AC", value("AC")) * \
        weight("PR changed" if is_changed else "PR", value("PR")) * weight("UI", value("UI"))
    base = round_up(min(decimal.Decimal("1.08" if is_changed else "1") * (impact + ease), decimal.Decimal(10))) if impact > 0 else 0
    for metric in ("E", "RL", "RC"):
        base *= weight(metric, given.get(metric, "X"))
    return float(round_up(decimal.Decimal(base)))


def compare(library, version, vectors, ours, theirs, exact=lambda vector: None):
    differ = [(vector, left, right) for vector, left, right in zip(vectors, ours, theirs) if left != right]
    wrong = [one for one in differ if [exact(one[0])] != one[1]]
    lifted = f", {len(differ) - len(wrong)} as decimals have it" if len(differ) > len(wrong) else ""
    print(f"CVSS {version:4} {library:20} {len(vectors) - len(differ):6} of {len(vectors):6}{lifted}")
    for vector, left, right in wrong[:5]:
        print(f"    {vector}: weir {left}, {library} {right}")
    return len(wrong)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--node")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    makers = {"2.0": lambda: vector2(chance), "3.0": lambda: vector_of(chance, "3.0", NEEDED3, OTHERS3),
              "3.1": lambda: vector_of(chance, "3.1", NEEDED3, OTHERS3),
              "4.0": lambda: vector_of(chance, "4.0", NEEDED4, OTHERS4)}
    wrong = 0
    for version, make in makers.items():
        vectors = [make() for _ in range(arguments.count)]
        answers = [json.loads(one) for one in told([arguments.oracle], [json.dumps({"op": "cvss.score", "vector": vector})
                                                                      for vector in vectors])]
        names = ["overall"] if version == "4.0" else ["base", "temporal", "environmental"]
        theirs = [numbers(one) for one in told([arguments.python, "-c", LIBRARY], vectors)]
        wrong += compare("cvss (PyPI)", version, vectors, [[one.get(name) for name in names] for one in answers], theirs)
        if arguments.node:
            run = ["env", f"NODE_PATH={arguments.node}/node_modules", "node", "-e", CALCULATOR]
            plain = [(vector, [one.get("overall")]) for vector, one in zip(vectors, answers)
                     if version != "2.0" or "/CDP:" not in vector]
            theirs = [numbers(one) for one in told(run, [vector for vector, _ in plain])]
            bases = {vector: one.get("base") for vector, one in zip(vectors, answers)}
            exact = {"2.0": lambda vector: exact20(vector, bases[vector]), "3.0": exact30}.get(version, lambda vector: None)
            wrong += compare("ae-cvss-calculator", version, *zip(*plain), theirs, exact)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
