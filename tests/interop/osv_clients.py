#!/usr/bin/env python3
"""osv.dev's own client in Go, and a JSON schema validator, read what a served instance gives as OSV.

    osv_clients.py --weir BINARY --client tests/interop/go-osv-BUILT --python PYTHON-WITH-JSONSCHEMA --shared ../shared

Records of the large data are imported, and some of our own that need pages. The client asks for packages, batches and
records; the validator reads each record of each archive. Exit 77 if the vectors or the data are not there.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "public"))
from osv_api import Served  # noqa: E402

MANY = 3500  # a page of a query has 3,000, of a batch 1,000
SAMPLE = 2000  # records that the client reads one by one

VALIDATE = r"""
import collections, json, re, sys, zipfile
import jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.Draft202012Validator(schema)
wrong, argued, count, seen = collections.Counter(), 0, 0, set()
# PYSEC's own mistake: an abbreviated commit, or one with a tail. Weir gives the bytes that it took.
def is_short_hash(error):
    fixed = error.instance.get("fixed", "") if isinstance(error.instance, dict) else ""
    return "events" in error.absolute_path and len(error.instance) == 1 and re.match("[0-9a-f]{7}", fixed)
for path in sys.argv[2:]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            if record["id"] in seen:
                continue  # of several ecosystems
            seen.add(record["id"])
            count += 1
            errors = list(validator.iter_errors(record))
            argued += len(errors) > 0 and all(map(is_short_hash, errors))
            error = next((one for one in errors if not is_short_hash(one)), None)
            if error:
                place = "/".join(str(one) for one in error.absolute_path if isinstance(one, str))
                wrong[record["id"].split("-")[0], place, error.message[-60:]] += 1
print(f"jsonschema: {count} records of {len(sys.argv) - 2} archives, {sum(wrong.values())} not valid by OSV's schema, {argued} argued")
for (database, place, message), number in wrong.most_common(20):
    print(f"  {number} of {database}: {place}: {message}")
sys.exit(1 if wrong else 0)
"""


def own_records():
    """One package with many records, and one without."""
    return [{"id": f"TEST-{number:04}", "modified": "2026-01-01T00:00:00Z", "schema_version": "1.7.5",
             "affected": [{"package": {"ecosystem": "PyPI", "name": "weir-many"}, "versions": ["1.0"]}]}
            for number in range(MANY)]


class Client:
    def __init__(self, program, base, certificate):
        self.process = subprocess.Popen([program, base], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={"SSL_CERT_FILE": certificate, "PATH": "/usr/bin:/bin"})
        self.asked = 0
        self.failed = []

    def ask(self, **question):
        self.asked += 1
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def check(self, holds, said):
        if not holds:
            self.failed.append(said)

    def finish(self):
        self.process.stdin.close()
        self.process.wait()
        print(f"osv.dev's Go client: {self.asked} requests, {len(self.failed)} answered wrong")
        for text in self.failed[:20]:
            print(f"  {text}")
        return 1 if self.failed else 0


def pages(client, op, query):
    """Ids of all pages, and how many pages there were."""
    ids, count, token = [], 0, ""
    while count < 100:
        answer = client.ask(op=op, queries=[{**query, "page_token": token} if token else query])
        if "error" in answer:
            client.check(False, f"{op} {query}: {answer['error']}")
            break
        count += 1
        ids += answer["ids"][0]
        token = answer["next"][0]
        if not token:
            break
    return ids, count


def run_client(client, records):
    many = {"package": {"ecosystem": "PyPI", "name": "weir-many"}, "version": "1.0"}
    wanted = [record["id"] for record in own_records()]
    for op, expected in (("query", 2), ("batch", 4)):
        ids, count = pages(client, op, many)
        client.check(ids == wanted and count == expected, f"{op}: {len(ids)} ids on {count} pages")
    for query, ids in (({"package": {"purl": "pkg:pypi/weir-many@2.0"}}, []),
                       ({"package": {"purl": "pkg:nothing/x@1"}}, []),
                       ({"commit": "6879efc2c1596d11a6a6ad296f80063b558d5e0f"}, [])):
        answer = client.ask(op="query", queries=[query])
        client.check(answer["ids"] == [ids], f"query {query}: {answer}")
    # A thousand at once, and more, which the client cuts into batches.
    for count in (1000, 2500):
        queries = [{"package": {"ecosystem": "PyPI", "name": "weir-many"}, "version": "1.0" if i == count - 1 else "2.0"}
                   for i in range(count)]
        answer = client.ask(op="batch", queries=queries)
        client.check("error" not in answer and len(answer["ids"]) == count and not any(answer["ids"][:-1]) and
                     len(answer["ids"][-1]) == 1000, f"batch of {count}: {str(answer)[:200]}")
    for wrong, message in (({}, "invalid query"), ({"commit": "xyz"}, "invalid hash"),
                           ({"package": {"ecosystem": "Nowhere", "name": "x"}, "version": "1"}, "invalid ecosystem")):
        answer = client.ask(op="query", queries=[wrong])
        client.check(message in answer.get("error", ""), f"query {wrong}: {answer}")
    client.check("not found" in client.ask(op="get", id="NOTHING-1").get("error", ""), "get NOTHING-1")
    for record in records[::max(1, len(records) // SAMPLE)]:
        answer = client.ask(op="get", id=record)
        client.check(answer["ids"] == [[record]], f"get {record}: {answer.get('error', '')[:200]}")


def archives(served, folder):
    status, names = served.ask("/osv/ecosystems.txt")
    assert status == 200
    for number, name in enumerate(names.split("\n")[:-1]):
        path = folder / f"{number}.zip"
        status, content = served.raw(f"/osv/{name.replace(' ', '%20')}/all.zip")
        assert status == 200, name
        path.write_bytes(content)
        yield str(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True)
    parser.add_argument("--client", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--shared", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    data, vectors = arguments.shared / "data/large/osv.ndjson.zst", arguments.shared / "conformance/osv.tar.zst"
    if not data.exists() or not vectors.exists():
        print(f"skipped: there is no {data} or no {vectors}")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-osv-"))
    try:
        subprocess.run(["tar", "--use-compress-program=zstd -d --long=27", "-xf", vectors, "-C", folder], check=True)
        lines = subprocess.run(["zstd", "-dc", "--long=27", data], stdout=subprocess.PIPE, check=True).stdout.decode()
        records = sorted({json.loads(line)["id"] for line in lines.splitlines()})
        own = folder / "own.ndjson"
        own.write_text("".join(json.dumps(record) + "\n" for record in own_records()))
        (folder / "served").mkdir()
        served = Served(str(pathlib.Path(arguments.weir).resolve()), folder / "served", [data])
        try:
            paths = list(archives(served, folder))  # before our own are there, which are of no known database
            subprocess.run([served.demo.weir, "import", str(own), "--data", str(served.demo.data)], check=True,
                           stdout=subprocess.DEVNULL)
            served.wait_for("/v1/vulns/TEST-3499")
            client = Client(arguments.client, f"https://localhost:{served.demo.port}",
                            str(served.demo.data / "tls.pem"))
            run_client(client, records)
            failed = client.finish()
        finally:
            served.stop()
        valid = subprocess.run([arguments.python, "-c", VALIDATE, folder / "osv/schema/schema.json", *paths],
                               check=False).returncode
        return failed or valid
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
