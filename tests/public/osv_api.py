"""The OSV API as osv.dev's own tests recorded it, and its refusals.  Usage: osv_api.py --weir WEIR --shared SHARED

Every recorded request of the vectors goes to a served instance that holds osv.ndjson of the large data. Status and shape
must be those that were recorded; of the databases that are loaded whole, the ids too, as far as the records are there.
KEV and EPSS go the same way: what was imported comes out again. Exit 77 if the vectors or the data are not there.
"""

import argparse
import collections
import csv
import http.client
import io
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walkthrough"))
from demo import Demo  # noqa: E402

PATIENCE = 60  # seconds

# What osv.dev refuses, as its handlers' tests and its documentation say it: body, and the message.
PYPI = {"name": "jinja2", "ecosystem": "PyPI"}
REFUSED = [
    ("/v1/query", "", "no query provided"),
    ("/v1/query", {}, "invalid query"),
    ("/v1/query", [], "invalid query"),
    ("/v1/query", {"package": {}}, "invalid query"),
    ("/v1/query", {"version": "1.0"}, "invalid query"),
    ("/v1/query", {"commit": ""}, "invalid hash"),
    ("/v1/query", {"commit": "xyz"}, "invalid hash"),
    ("/v1/query", {"commit": "6879efc2c1596d11a6a6ad296f80063b558d5e0g"}, "invalid hash"),
    ("/v1/query", {"package": {"purl": "pkg:pypi/jinja2", "name": "jinja2"}}, "name specified in a PURL query"),
    ("/v1/query", {"package": {"purl": "pkg:pypi/jinja2", "ecosystem": "PyPI"}}, "ecosystem specified in a PURL query"),
    ("/v1/query", {"package": {"purl": "pkg:pypi/jinja2", **PYPI}}, "name specified in a PURL query"),
    ("/v1/query", {"package": {"purl": "pkg:pypi/jinja2@3.1.4"}, "version": "3.1.4"},
     "version specified in params and PURL query"),
    ("/v1/query", {"package": {"purl": "jinja2"}}, "invalid PURL"),
    ("/v1/query", {"package": {"purl": "pkg:pypi"}}, "invalid PURL"),
    ("/v1/query", {"package": {"name": "jinja2", "ecosystem": "Nowhere"}, "version": "1"}, "invalid ecosystem"),
    ("/v1/query", {"package": {"name": "jinja2", "ecosystem": "Nowhere"}}, "invalid ecosystem"),
    ("/v1/query", {"package": {"ecosystem": "PyPI"}, "version": "1"}, "name not specified"),
    ("/v1/query", {"package": {"name": "jinja2"}}, "ecosystem not specified"),
    ("/v1/query", {"package": PYPI, "page_token": "%%%"}, "invalid page token"),
    ("/v1/querybatch", "", "no query provided"),
    ("/v1/querybatch", {}, "no queries provided"),
    ("/v1/querybatch", {"queries": {}}, "invalid queries"),
    ("/v1/querybatch", {"queries": [{}] * 1001}, "too many queries"),
    ("/v1/querybatch", {"queries": [{"package": PYPI}, {}]}, "error in query at index 1: invalid query"),
    ("/v1/querybatch", {"queries": [{"commit": "x"}]}, "error in query at index 0: invalid hash"),
    ("/v1/querybatch", {"queries": [{"package": PYPI}, {"package": {"name": "a", "ecosystem": "Nowhere"}}]},
     "error in query at index 1: invalid ecosystem"),
]
IDS = [("x" * 101, 400, 3, "ID is too long"), ("CVE-0000-0000", 404, 5, "Vulnerability not found"),
       ("go-2024-2598", 404, 5, "Vulnerability not found"),
       ("BIT-nothing", 404, 5, "Vulnerability not found")]  # ids count by case


class Served:
    """An instance of its own, with these files in its public database."""

    def __init__(self, weir, folder, files, ready=("/v1/vulns/none", 404)):
        self.demo = Demo(weir, folder, 0)
        self.demo.do("init", "--trial", "--origin", "osv.example/log", "--authority", "Ministry", "--class", "ministry",
                     "--country", "XX", "--admin", "ada")
        for path in files:
            subprocess.run([weir, "import", str(path), "--data", str(self.demo.data)], check=True,
                           stdout=subprocess.DEVNULL)
        self.demo.start()
        self.connection = http.client.HTTPSConnection(
            "localhost", self.demo.port, timeout=120,
            context=ssl.create_default_context(cafile=str(self.demo.data / "tls.pem")))

        self.wait_for(*ready)  # the database is opened after the start

    def wait_for(self, path, status=200):
        end = time.monotonic() + PATIENCE
        while self.ask(path)[0] != status:
            if time.monotonic() > end:
                raise SystemExit(f"{path} does not come to {status}")
            time.sleep(0.2)

    def ask(self, path, body=None):
        """(status, text)."""
        status, content = self.raw(path, body)
        return status, content.decode()

    def raw(self, path, body=None):
        """(status, bytes). A body that is text goes as it stands."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        self.connection.request("GET" if body is None else "POST", path, body=None if text is None else text.encode(),
                                headers={} if text is None else {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def stop(self):
        self.connection.close()
        self.demo.stop()


class Board:
    def __init__(self):
        self.rows = collections.defaultdict(lambda: [0, 0])
        self.failed = []

    def check(self, row, holds, said):
        self.rows[row][0] += 1
        self.rows[row][1] += bool(holds)
        if not holds:
            self.failed.append(f"{row}: {said}")

    def finish(self):
        for row, (count, good) in self.rows.items():
            print(f"{row:44} {good:6} of {count:6}")
        for text in self.failed[:30]:
            print(f"  FAILED {text}")
        return 1 if self.failed else 0


def recorded(root):
    for path in sorted((root / "osv/api").glob("*.json")):
        cases = json.loads(path.read_text())
        if isinstance(cases, list):
            yield from cases


def is_good_shape(result, members):
    """{} or {"vulns": [objects with these members], "next_page_token"?}, and no list that is empty."""
    return set(result) <= {"vulns", "next_page_token"} and result.get("vulns", [1]) != [] and \
        all(members <= set(one) and None not in one.values() for one in result.get("vulns", []))


def check_ids(board, records, place, query, wanted, got):
    """The ids of Go's own database: it is in the data whole, as of the day that they were taken."""
    if query.get("package", {}).get("ecosystem") != "Go":
        return
    wanted = {name for name in wanted if name in records}
    got = {name for name in got if name.startswith("GO-")}
    board.check("14 OSV API, ids of Go", wanted == got, f"{place} {query}: {sorted(wanted ^ got)}")


def check_recorded(board, served, root, records):
    for case in recorded(root):
        expected, place = case["expected"], case["test"]
        status, text = served.ask(case["path"], case["body"])
        answer = json.loads(text)
        if "code" in expected:
            board.check("14 OSV API, recorded requests", status == 400 and answer ==
                        {"code": expected["code"], "message": expected["message"]}, f"{place}: {status} {text[:200]}")
            continue
        is_batch = case["path"].endswith("batch")
        results = answer.get("results", []) if is_batch else [answer]
        queries = case["body"]["queries"] if is_batch else [case["body"]]
        members = {"id", "modified"} if is_batch else {"id", "modified", "schema_version"}
        board.check("14 OSV API, recorded requests",
                    status == 200 and len(results) == len(queries) and
                    all(is_good_shape(one, members) for one in results), f"{place}: {status} {text[:200]}")
        for query, one, was in zip(queries, results, expected["results"] if is_batch else [expected]):
            check_ids(board, records, place, query, [v["id"] for v in was.get("vulns", []) if isinstance(v, dict)],
                      [v["id"] for v in one.get("vulns", [])])


def check_refusals(board, served):
    for path, body, message in REFUSED:
        status, text = served.ask(path, body)
        board.check("14 OSV API, refusals", status == 400 and json.loads(text) == {"code": 3, "message": message},
                    f"{path} {json.dumps(body)[:80]}: {status} {text[:120]}, expected {message}")
    for name, wanted, code, message in IDS:
        status, text = served.ask(f"/v1/vulns/{name}")
        board.check("14 OSV API, refusals", status == wanted and json.loads(text) == {"code": code, "message": message},
                    f"/v1/vulns/{name[:20]}: {status} {text[:120]}")
    for package in ({"purl": "pkg:nothing/jinja2@1"}, {"purl": "pkg:generic/x@1"}):
        board.check("14 OSV API, refusals", served.ask("/v1/query", {"package": package}) == (200, "{}"), f"{package}")


def check_catalogue(board, served, kev, schema, header):
    """What was imported comes out again, in CISA's form."""
    status, text = served.ask("/kev.json")
    answer = json.loads(text)
    wanted = {one["cveID"]: one for one in kev["vulnerabilities"]}
    got = {one["cveID"]: one for one in answer["vulnerabilities"]}
    board.check("28 KEV, frame", status == 200 and set(schema["required"]) <= set(answer) and
                answer["count"] == len(answer["vulnerabilities"]) == len(got), text[:200])
    for name, one in wanted.items():
        board.check("28 KEV, records as they came in", got.get(name) == one, name)
    for name in got.keys() - wanted.keys():
        board.check("28 KEV, records as they came in", False, f"{name} was not imported")
    needed = schema["$defs"]["vulnerability"]["required"]
    board.check("28 KEV, frame", all(isinstance(one.get(key), str) for one in got.values() for key in needed), "members")
    dates = [one["dateAdded"] for one in answer["vulnerabilities"]]
    board.check("28 KEV, frame", dates == sorted(dates, reverse=True), "newest first")
    status, text = served.ask("/kev.csv")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    board.check("28 KEV, frame", status == 200 and rows[0] == header and len(rows) == len(got) + 1, rows[0])
    for row in rows[1:]:
        one = wanted.get(row[0], {})
        cells = [", ".join(one.get(key, [])) if key == "cwes" else one.get(key, "") for key in header]
        board.check("28 KEV, rows of the table", row == cells, row[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.weir = str(pathlib.Path(arguments.weir).resolve())
    data, vectors = arguments.shared / "data/large", arguments.shared / "conformance"
    if not data.is_dir() or not vectors.is_dir():
        print(f"skipped: there is no {data} or no {vectors}")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-osv-"))
    board = Board()
    try:
        for suite in ("osv", "kev"):
            subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", vectors / f"{suite}.tar.zst",
                            "-C", folder], check=True)
        lines = subprocess.run(["zstd", "-dc", "--long=27", data / "osv.ndjson.zst"], stdout=subprocess.PIPE,
                               check=True).stdout.decode().splitlines()
        records = {json.loads(line)["id"] for line in lines}
        kev = json.loads(subprocess.run(["zstd", "-dc", data / "kev.json.zst"], stdout=subprocess.PIPE,
                                        check=True).stdout)
        (folder / "served").mkdir()
        served = Served(arguments.weir, folder / "served", [data / "osv.ndjson.zst", data / "kev.json.zst"])
        try:
            check_recorded(board, served, folder, records)
            check_refusals(board, served)
            check_catalogue(board, served, kev,
                            json.loads((folder / "kev/known_exploited_vulnerabilities_schema.json").read_text()),
                            (folder / "kev/known_exploited_vulnerabilities.csv.header").read_text().strip().split(","))
        finally:
            served.stop()
    finally:
        shutil.rmtree(folder)
    return board.finish()


if __name__ == "__main__":
    sys.exit(main())
