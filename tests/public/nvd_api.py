"""The NVD API 2.0 against a model that looks through the raw records.  Usage: nvd_api.py --weir WEIR --shared SHARED

NVD's own recorded answers (the vectors) are imported: 401 CVEs, of which some are in a catalogue of exploited ones. Each
parameter is asked with values that the records hold, alone and in pairs; count, ids and pages must be the model's. With
jsonschema at hand each answer is held against NVD's schema, too. Exit 77 if the vectors are not there.
"""

import argparse
import datetime
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
REFUSED = [("hasCertAlerts", ""), ("hasCertNotes", ""), ("hasOval", ""), ("cveTag", "disputed"), ("cveId", "none"),
           ("cweId", "79"), ("cvssV3Severity", "TERRIBLE"), ("cvssV2Severity", "CRITICAL"), ("resultsPerPage", "2001"),
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
    for text in ("AV:N", "AV:L/AC:L", "Au:N", "C:P/I:P/A:P", "Au:S"):
        yield {"cvssV2Metrics": text}, has_metrics("cvssV2", text)
    names = sorted({text["value"] for cve in cves for one in cve.get("weaknesses", []) for text in one["description"]
                    if text["value"].startswith("CWE-")})
    for name in [*names[:30], "CWE-999999"]:
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
    yield {"hasKev": ""}, lambda cve: cve["id"] in exploited
    yield {"kevStartDate": "2022-03-01T00:00:00", "kevEndDate": "2022-03-31T00:00:00"}, lambda cve: cve["id"] in exploited
    yield {"noRejected": ""}, lambda cve: cve["vulnStatus"] != "Rejected"
    for cve in rng.sample(cves, 8):
        yield {"cveId": cve["id"]}, lambda one, n=cve["id"]: one["id"] == n
    yield {"cveId": "CVE-2099-99999"}, lambda cve: False
    products = sorted({":".join(one["criteria"].split(":")[:5]) for cve in cves for one in criteria(cve)
                       if "\\" not in one["criteria"]})
    for name in rng.sample(products, 15):
        yield {"virtualMatchString": name}, has_product(name)
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


def schema_of(folder):
    """NVD's schema with those of CVSS that it names; None without jsonschema."""
    if jsonschema is None:
        print("not held against NVD's schema: there is no jsonschema")
        return None
    root = folder / "nvd/schema-2023"
    schemas = {path.name: json.loads(path.read_text()) for path in root.glob("*")}

    def find(address):
        return referencing.Resource.from_contents(schemas[address.rsplit("/", 1)[-1]],
                                                  default_specification=referencing.jsonschema.DRAFT7)
    return jsonschema.Draft7Validator(schemas["cve_api_json_2.0.schema"], registry=referencing.Registry(retrieve=find))


def ask(served, parameters):
    query = urllib.parse.urlencode(parameters)
    status, text = served.ask("/rest/json/cves/2.0" + ("?" + query if query else ""))
    return json.loads(text) if status == 200 else {"status": status, "text": text}


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
    vectors = arguments.shared / "conformance/nvd.tar.zst"
    if not vectors.exists():
        print(f"skipped: there is no {vectors}")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-nvd-"))
    board = Board()
    try:
        subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", vectors, "-C", folder], check=True)
        paths = [folder / f"nvd/responses/cves-{name}.json" for name in ("1999", "2023", "CVE-2023-0001")]
        cves = [one["cve"] for path in paths for one in json.loads(path.read_text())["vulnerabilities"]]
        rng = random.Random(20261126)
        exploited = {cve["id"] for cve in rng.sample(cves, 20) if cve["vulnStatus"] != "Rejected"}
        kev = folder / "kev.ndjson"
        kev.write_text("".join(json.dumps({"cveID": name, "vendorProject": "V", "product": "P", "vulnerabilityName": "N",
                                           "dateAdded": "2022-03-25"}) + "\n" for name in sorted(exploited)))
        (folder / "served").mkdir()
        served = Served(str(pathlib.Path(arguments.weir).resolve()), folder / "served", [*paths, kev],
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
