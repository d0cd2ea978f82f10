"""The tables of nilp0inter/cpe, as questions about CPE 2.3 names.

A case is a tree of calls of that library. What asks for its classes, indexes and printed forms, for names of CPE 1.1 and
2.2, or for its expression language is no question to Weir and is left out: LEFT_OUT counts it.
"""
import json
import re

CLASSES = {"CPE2_3_FS", "CPE2_3_URI", "CPE2_3_WFN"}
PARTS = {"CPEComponent2_3_FS", "CPEComponent2_3_URI", "CPEComponent2_3_WFN"}
ANSWERS = {"as_wfn": "wfn", "as_uri_2_3": "uri", "as_fs": "formatted"}
ORDER = ["part", "vendor", "product", "version", "update", "edition", "language", "sw_edition", "target_sw",
         "target_hw", "other"]
LEFT_OUT = {"cases": 0}
ANY = "CPEComponentAnyValue"
NA = "CPEComponentNotApplicable"


def from_wfn(text):
    """A formatted string that says the same; None for what is no well-formed name."""
    if not re.fullmatch(r'wfn:\[.*\]', text):
        return None
    values = dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|ANY|NA)', text))
    if not set(values) <= set(ORDER):
        return None
    shown = {"ANY": "*", "NA": "-"}
    return "cpe:2.3:" + ":".join(
        shown.get(values.get(key, "ANY"), re.sub(r"\\([.\-])", r"\1", values.get(key, "ANY").strip('"')))
        for key in ORDER)


def named(tree):
    """The name that a call makes, in a form that cpe.parse reads; None if it is not one of CPE 2.3."""
    if tree.get("new") not in CLASSES or len(tree["args"]) != 1:
        return None
    text = tree["args"][0]
    return from_wfn(text) or text if tree["new"] == "CPE2_3_WFN" else text


def with_part(tree):
    """A name with this one component, and which it is; None for others."""
    if tree.get("new") in (ANY, NA):
        return ("*" if tree["new"] == ANY else "-"), None
    if tree.get("new") not in PARTS or len(tree["args"]) != 2 or not isinstance(tree["args"][1], dict):
        return None
    value, key = tree["args"][0], tree["args"][1]["attr"].removeprefix("ATT_").lower()
    if tree["new"].endswith("WFN"):
        value = re.sub(r"\\([.\-])", r"\1", value.strip('"'))
    elif tree["new"].endswith("URI"):
        value = value.replace("%01", "?").replace("%02", "*")
        value = re.sub("%(..)", lambda found: "\\" + chr(int(found.group(1), 16)), value)
    return value, key


def whole(value, key):
    return "cpe:2.3:" + ":".join(value if one == key else "a" if one == "part" else "*" for one in ORDER)


def name_question(case):
    """(request, holds) about a whole name, or None."""
    tree = case["do"]
    if tree.get("new") in CLASSES and "error" in case:
        text = named(tree)
        return {"op": "cpe.parse", "s": text}, lambda answer: "error" in answer
    if tree.get("call") in ANSWERS and tree["self"].get("new") in CLASSES and "result" in case:
        text, key, wanted = named(tree["self"]), ANSWERS[tree["call"]], case["result"]
        if key == "wfn":  # that library leaves out what a URI cannot say; Weir writes all attributes
            wanted = from_wfn(wanted)
            return {"op": "cpe.parse", "s": text}, lambda answer: answer.get("formatted") == wanted
        return {"op": "cpe.parse", "s": text}, lambda answer: answer.get(key) == wanted
    return None


def part_question(case):
    """(request, holds) about one component, asked within a name, or None."""
    tree = case["do"]
    if tree.get("compare") == "in":
        left, right = with_part(tree["left"]), with_part(tree["right"])
        key = left and right and (left[1] or right[1])
        if not key:
            return None
        request = {"op": "cpe.match", "source": whole(left[0], key), "target": whole(right[0], key)}
        return request, lambda answer: (answer.get("relation") in ("EQUAL", "SUBSET")) == case["result"]
    if tree.get("new") in PARTS and "error" in case and with_part(tree):
        return {"op": "cpe.parse", "s": whole(*with_part(tree))}, lambda answer: "error" in answer
    if tree.get("call") == "as_fs" and tree["self"].get("new") in PARTS and with_part(tree["self"]):
        value, key = with_part(tree["self"])
        wanted = whole(case["result"], key)
        return {"op": "cpe.parse", "s": whole(value, key)}, lambda answer: answer.get("formatted") == wanted
    if tree.get("call") == "as_uri_2_3" and tree["self"].get("new") in PARTS and with_part(tree["self"]):
        value, key = with_part(tree["self"])
        return {"op": "cpe.parse", "s": whole(value, key)}, lambda answer: answer.get("uri", "").endswith(":" + case["result"])
    return None


def questions(root):
    """(place, request, holds) of each case that is about CPE 2.3 names."""
    for path in sorted((root / "cpe/nilp0inter-cpe").glob("*.json")):
        cases = json.loads(path.read_text())
        for number, case in enumerate(cases["cases"] if isinstance(cases, dict) and "cases" in cases else []):
            asked = name_question(case) or part_question(case)
            if asked is None:
                LEFT_OUT["cases"] += 1
            else:
                yield (f"nilp0inter-cpe/{path.name}#{number}", *asked)
