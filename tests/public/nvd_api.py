"""The NVD API 2.0 against a model that looks through the raw records.  Usage: nvd_api.py --weir WEIR --shared SHARED

NVD's own recorded answers (the vectors) are imported: 401 CVEs, of which some are in a catalogue of exploited ones. Each
parameter is asked with values that the records hold, alone and in pairs; count, ids and pages must be the model's. With
jsonschema at hand each answer is held against NVD's schema, too. Exit 77 if the vectors are not there.
"""

import argparse
import datetime
import decimal
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from osv_api import Board, Served

try:
    import jsonschema
    import referencing
except ImportError:
    jsonschema = None

SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
GENERATIONS = {"cvssV2": ("cvssMetricV2",), "cvssV3": ("cvssMetricV30", "cvssMetricV31"), "cvssV4": ("cvssMetricV40",)}
REFUSED = [("hasCertAlerts", "1"), ("hasCertNotes", "no"), ("hasOval", "0"), ("cveTag", "x_other"), ("cveId", "none"), ("cveIds", ",".join(f"CVE-2020-{1000 + n}" for n in range(101))),
           ("cweId", "79"), ("cweId", "NVD-CWE-"), ("cvssV3Severity", "TERRIBLE"), ("cvssV2Severity", "CRITICAL"), ("resultsPerPage", "2001"),
           ("startIndex", "-1"), ("pubStartDate", "2022-01-01T00:00:00"), ("lastModEndDate", "2022-01-01T00:00:00"),
           ("keywordExactMatch", ""), ("isVulnerable", ""), ("versionStart", "1"), ("sourceIdentifier", ""),
           ("cpeName", "cpe:2.3:a:backclick"), ("colour", "red")]


def metrics(cve, generation):
    return [one for key in GENERATIONS[generation] for one in cve["metrics"].get(key, [])]


def has_severity(generation, severity):
    return lambda cve: any(severity in (one.get("baseSeverity"), one["cvssData"].get("baseSeverity"))
                           for one in metrics(cve, generation))


def has_metrics(generation, wanted):
    return lambda cve: any(set(wanted.split("/")) <= set(one["cvssData"]["vectorString"].split("/"))
                           for one in metrics(cve, generation))


def has_weakness(name):
    return lambda cve: any(text["value"] == name for one in cve.get("weaknesses", []) for text in one["description"])


TAGS = ("disputed", "unsupported-when-assigned", "exclusively-hosted-service")
PLACES = {"hasCertAlerts": r"https?://(www\.)?(us-cert\.gov/n?cas/(tech)?alerts/|us-cert\.cisa\.gov/ncas/alerts/"
                           r"|cisa\.gov/(uscert/ncas/alerts/|news-events/cybersecurity-advisories/aa)|cert\.org/advisories/CA-)",
          "hasCertNotes": r"https?://(www\.)?kb\.cert\.org/vuls/id/",
          "hasOval": r"https?://(www\.)?oval\.(cisecurity|mitre)\.org/repository/"}


def has_reference(pattern):
    return lambda cve: any(re.match(pattern, one["url"]) for one in cve["references"])


def has_tag(name):
    return lambda cve: any(name in one["tags"] for one in cve.get("cveTags", []))


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def english(cve):
    return [one["value"] for one in cve["descriptions"] if one["lang"] == "en"]


def has_beginnings(text):
    return lambda cve: all(any(word.startswith(part) for one in english(cve) for word in words(one))
                           for part in words(text))


def has_phrase(text):
    phrase = words(text)
    return lambda cve: any(words(one)[i:i + len(phrase)] == phrase for one in english(cve)
                           for i in range(len(words(one))))


def between(member, start, end):
    return lambda cve: start <= cve[member][:23] <= end


def criteria(cve):
    return [one for part in cve.get("configurations", []) for node in part["nodes"] for one in node["cpeMatch"]]


def has_product(beginning):
    return lambda cve: any(one["criteria"].startswith(beginning + ":") for one in criteria(cve))


def is_numbers(text):
    return re.fullmatch(r"[0-9]+(\.[0-9]+)*", text) is not None


def stretch(one):
    """(from, is from within, until, is until within) of a criterion, with None for what is open; None: not of numbers alone."""
    version = one["criteria"].split(":")[5]
    if version != "*":
        return (version, True, version, True) if is_numbers(version) else None
    start = one.get("versionStartIncluding", one.get("versionStartExcluding"))
    end = one.get("versionEndIncluding", one.get("versionEndExcluding"))
    if not all(is_numbers(text) for text in (start, end) if text is not None):
        return None
    return start, "versionStartExcluding" not in one, end, "versionEndExcluding" not in one


def meets(one, wanted):
    """Neither ends before the other begins."""
    def is_before(left, right):
        if left[2] is None or right[0] is None:
            return False
        end, start = ([int(part) for part in text.split(".")] for text in (left[2], right[0]))
        return end < start or end == start and not (left[3] and right[1])
    return not is_before(one, wanted) and not is_before(wanted, one)


def has_product_within(beginning, wanted):
    return lambda cve: any(one["criteria"].startswith(beginning + ":") and meets(stretch(one), wanted)
                           for one in criteria(cve))


def bounded(rng, cves):
    """virtualMatchString with bounds, of products whose versions are numbers everywhere."""
    products = {}
    for cve in cves:
        for one in criteria(cve):
            if "\\" not in one["criteria"]:
                products.setdefault(":".join(one["criteria"].split(":")[:5]), []).append(one)
    for name in sorted(products):
        if any(stretch(one) is None for one in products[name]):
            del products[name]
    edges = {name: sorted({edge for one in group for edge in stretch(one)[::2] if edge})
             for name, group in products.items()}
    names = sorted(name for name in products if edges[name])
    for name in rng.sample(names, 40):
        first, last = sorted(rng.choices(edges[name], k=2), key=lambda text: [int(part) for part in text.split(".")])
        kinds = rng.choices(["including", "excluding"], k=2)
        start = {"versionStart": first, "versionStartType": kinds[0]}
        end = {"versionEnd": last, "versionEndType": kinds[1]}
        for bounds in (start, end) if kinds == ["excluding", "excluding"] and first == last else (start, end, {**start, **end}):
            wanted = (bounds.get("versionStart"), kinds[0] == "including", bounds.get("versionEnd"), kinds[1] == "including")
            yield {"virtualMatchString": name, **bounds}, has_product_within(name, wanted)


def is_plain(one):
    """A criterion of one version, without bounds: as a name it concerns what says the same."""
    return not any(key.startswith("version") for key in one) and one["criteria"].split(":")[5] not in ("*", "-") and \
        "\\" not in one["criteria"]


def span(rng, cves, member):
    start = datetime.datetime.fromisoformat(rng.choice(cves)[member][:19])
    end = start + datetime.timedelta(days=rng.choice([0, 1, 30, 119]))
    return start.strftime("%Y-%m-%dT%H:%M:%S.000"), end.strftime("%Y-%m-%dT%H:%M:%S.999")


def simple(rng, cves, exploited):
    """(parameters, predicate) of each kind, with values that the records hold."""
    for severity in SEVERITIES:
        for generation in ("cvssV2", "cvssV3", "cvssV4"):
            if (generation, severity) != ("cvssV2", "CRITICAL"):
                yield {f"{generation}Severity": severity}, has_severity(generation, severity)
    for text in ("AV:N", "AV:L/AC:L", "C:H/I:H/A:H", "PR:N/UI:R", "S:C", "AV:P"):
        yield {"cvssV3Metrics": text}, has_metrics("cvssV3", text)
    for text in ("AV:N", "AV:L/AC:L", "VC:H/VI:H", "AT:P", "UI:A/PR:L", "SC:H", "E:A", "MAV:N"):
        yield {"cvssV4Metrics": text}, has_metrics("cvssV4", text)
    for text in ("AV:N", "AV:L/AC:L", "Au:N", "C:P/I:P/A:P", "Au:S"):
        yield {"cvssV2Metrics": text}, has_metrics("cvssV2", text)
    names = sorted({text["value"] for cve in cves for one in cve.get("weaknesses", []) for text in one["description"]
                    if text["value"].startswith("CWE-")})
    for name in [*names[:30], "CWE-999999", "NVD-CWE-Other", "NVD-CWE-noinfo"]:
        yield {"cweId": name}, has_weakness(name)
    for name in sorted({cve["sourceIdentifier"] for cve in cves})[:15]:
        yield {"sourceIdentifier": name}, lambda cve, n=name: cve["sourceIdentifier"] == n
    for text in ("overflow", "buffer", "sql inj", "remote attack", "wordpress plugin", "denial serv", "microsoft", "zzz"):
        yield {"keywordSearch": text}, has_beginnings(text)
    for text in ("buffer overflow", "denial of service", "remote attackers", "of service denial"):
        yield {"keywordSearch": text, "keywordExactMatch": ""}, has_phrase(text)
    for start, end, member in (("pubStartDate", "pubEndDate", "published"),
                               ("lastModStartDate", "lastModEndDate", "lastModified")):
        for _ in range(12):
            first, last = span(rng, cves, member)
            yield {start: first, end: last}, between(member, first, last)
    for name in TAGS:
        yield {"cveTag": name}, has_tag(name)
    for flag, pattern in PLACES.items():
        yield {flag: ""}, has_reference(pattern)
    yield {"hasKev": ""}, lambda cve: cve["id"] in exploited
    yield {"kevStartDate": "2022-03-01T00:00:00", "kevEndDate": "2022-03-31T00:00:00"}, lambda cve: cve["id"] in exploited
    yield {"noRejected": ""}, lambda cve: cve["vulnStatus"] != "Rejected"
    for cve in rng.sample(cves, 8):
        yield {"cveId": cve["id"]}, lambda one, n=cve["id"]: one["id"] == n
    yield {"cveId": "CVE-2099-99999"}, lambda cve: False
    for size in (1, 7, 100):
        names = [cve["id"] for cve in rng.sample(cves, size)]
        yield {"cveIds": ",".join(names)}, lambda one, n=names: one["id"] in n
    products = sorted({":".join(one["criteria"].split(":")[:5]) for cve in cves for one in criteria(cve)
                       if "\\" not in one["criteria"]})
    for name in rng.sample(products, 15):
        yield {"virtualMatchString": name}, has_product(name)
    yield from bounded(rng, cves)
    plain = sorted({one["criteria"] for cve in cves for one in criteria(cve) if is_plain(one)})
    alone = [name for name in plain  # nothing else about the product, so that no bounds have to be reckoned
             if all(is_plain(one) for cve in cves for one in criteria(cve)
                    if one["criteria"].split(":")[3:5] == name.split(":")[3:5])]
    for name in rng.sample(alone, 15):
        yield {"cpeName": name}, lambda cve, n=name: any(covers(one["criteria"], n) for one in criteria(cve))


def covers(criterion, name):
    return all(left in ("*", right) for left, right in zip(criterion.split(":"), name.split(":")))


def cases(rng, cves, exploited):
    alone = list(simple(rng, cves, exploited))
    yield {}, lambda cve: True
    yield from alone
    for _ in range(60):
        (left, is_left), (right, is_right) = rng.sample(alone, 2)
        scored = [key for key in (*left, *right) if key.startswith("cvss")]  # one generation in a request
        if not set(left) & set(right) and len(scored) < 2 and \
                not {"cpeName", "virtualMatchString"} <= {*left, *right}:
            yield {**left, **right}, lambda cve, a=is_left, b=is_right: a(cve) and b(cve)


def add_newest_scores(rng, cves, vectors):
    """NVD's answers are older than CVSS v4.0: a tenth of the records gets a vector and a score of others' (Red Hat's)."""
    def severity(score):
        return next(name for least, name in ((9, "CRITICAL"), (7, "HIGH"), (4, "MEDIUM"), (0.1, "LOW"), (0, "NONE"))
                    if score >= least)
    lines = [re.fullmatch(r"(\S+) - \(?([0-9.]+).*", line).groups() for path in vectors for line in path.read_text().splitlines()]
    for cve, (vector, score) in zip(rng.sample(cves, len(cves) // 10), rng.sample(lines, len(cves) // 10)):
        data = {"version": "4.0", "vectorString": vector, "baseScore": float(score), "baseSeverity": severity(float(score))}
        cve["metrics"]["cvssMetricV40"] = [{"source": cve["sourceIdentifier"], "type": "Secondary", "cvssData": data}]


def add_tags(rng, cves):
    """Nor did they have tags: one in eight gets one or two."""
    for cve in rng.sample(cves, len(cves) // 8):
        cve["cveTags"] = [{"sourceIdentifier": cve["sourceIdentifier"], "tags": rng.sample(TAGS, rng.choice([1, 2]))}]


def exact(text):
    """5.8 is a multiple of 0.1, as the schemas ask, in decimals alone."""
    return json.loads(text, parse_float=decimal.Decimal)


def schema_of(folder):
    """NVD's schema with those of CVSS that it names; None without jsonschema."""
    if jsonschema is None:
        print("not held against NVD's schema: there is no jsonschema")
        return None
    root = folder / "nvd/schema-2.2.2"
    schemas = {path.name: exact(path.read_text()) for path in root.glob("*")}

    def find(address):
        return referencing.Resource.from_contents(schemas[address.rsplit("/", 1)[-1]],
                                                  default_specification=referencing.jsonschema.DRAFT7)
    return jsonschema.Draft7Validator(schemas["cve_api_json_2.0.schema"], registry=referencing.Registry(retrieve=find))


def ask(served, parameters):
    query = urllib.parse.urlencode(parameters)
    status, text = served.ask("/rest/json/cves/2.0" + ("?" + query if query else ""))
    return exact(text) if status == 200 else {"status": status, "text": text}


def check(board, served, schema, parameters, wanted):
    answer = ask(served, parameters)
    got = [one["cve"]["id"] for one in answer.get("vulnerabilities", [])]
    board.check("10 NVD API, counts and ids", answer.get("totalResults") == len(wanted) and sorted(got) == wanted,
                f"{parameters}: {answer.get('totalResults', answer)} for {len(wanted)}: {sorted(set(got) ^ set(wanted))[:5]}")
    if schema is not None:
        error = next(schema.iter_errors(answer), None)
        board.check("10 NVD API, schema", error is None, f"{parameters}: {error and error.message[:200]}")


def check_pages(board, served, wanted):
    for size in (1, 7, 100, 400):
        starts = range(0, len(wanted), size) if size > 50 else (0, size, len(wanted) - 1, len(wanted))
        pages = [ask(served, {"resultsPerPage": size, "startIndex": start}) for start in starts]
        lengths = [min(size, len(wanted) - start) for start in starts]
        board.check("10 NVD API, pages", all(one["totalResults"] == len(wanted) for one in pages) and
                    [len(one["vulnerabilities"]) for one in pages] == lengths, f"pages of {size}")
        if size > 50:
            got = sorted(v["cve"]["id"] for one in pages for v in one["vulnerabilities"])
            board.check("10 NVD API, pages", got == wanted, f"pages of {size}: not each record once")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    packed = [arguments.shared / f"conformance/{name}.tar.zst" for name in ("nvd", "cvss")]
    for path in packed:
        if not path.exists():
            print(f"skipped: there is no {path}")
            return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-nvd-"))
    board = Board()
    try:
        for path in packed:
            subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", path, "-C", folder], check=True)
        paths = [folder / f"nvd/responses/cves-{name}.json" for name in ("1999", "2023", "CVE-2023-0001")]
        cves = [one["cve"] for path in paths for one in json.loads(path.read_text())["vulnerabilities"]]
        rng = random.Random(20261126)
        add_newest_scores(rng, cves, sorted((folder / "cvss").glob("vectors_*4")))
        add_tags(rng, cves)
        (folder / "cves.json").write_text(json.dumps({"vulnerabilities": [{"cve": cve} for cve in cves]}))
        exploited = {cve["id"] for cve in rng.sample(cves, 20) if cve["vulnStatus"] != "Rejected"}
        kev = folder / "kev.ndjson"
        kev.write_text("".join(json.dumps({"cveID": name, "vendorProject": "V", "product": "P", "vulnerabilityName": "N",
                                           "dateAdded": "2022-03-25"}) + "\n" for name in sorted(exploited)))
        (folder / "served").mkdir()
        served = Served(str(pathlib.Path(arguments.weir).resolve()), folder / "served", [folder / "cves.json", kev],
                        ready=("/rest/json/cves/2.0", 200))
        try:
            schema = schema_of(folder)
            for parameters, holds in cases(rng, cves, exploited):
                check(board, served, schema, parameters, sorted(cve["id"] for cve in cves if holds(cve)))
            check_pages(board, served, sorted(cve["id"] for cve in cves))
            for name, value in REFUSED:
                answer = ask(served, {name: value})
                board.check("10 NVD API, refusals", answer == {"status": 404, "text": ""}, f"{name}={value}: {answer}"[:200])
        finally:
            served.stop()
    finally:
        shutil.rmtree(folder)
    return board.finish()


if __name__ == "__main__":
    sys.exit(main())
