#!/usr/bin/env python3
"""Schemathesis, a program of others, calls every operation of a served trial as its OpenAPI document says.

    schemathesis.py --weir BINARY --schemathesis PATH --keep DIR [--examples 20] [--seed 1]

As a coordinator with a token, and as nobody. Fails on a 5xx, on an answer that the document does not
describe (status, type of content, schema, fields of the header), on bad data that is taken, and on a
method that is answered and not described.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walkthrough"))
from demo import Demo  # noqa: E402

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "response_headers_conformance", "negative_data_rejection",
          "unsupported_method"]
LEFT_OUT = ["work_events", "public_changes_events"]  # a stream has no end

# Names of what is there, so that calls get past "no such case". A receipt answers 503 until it is sealed.
SETTINGS = """[parameters]
"path.case" = "{case}"
"path.organisation" = "Northwind"
"path.handle" = "ven"

[[operations]]
include-operation-id = "receipt"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]
"""


RECORD = {"schema_version": "1.6.0", "id": "OSV-2026-1", "modified": "2026-01-02T00:00:00Z",
          "published": "2026-01-01T00:00:00Z", "summary": "a record",
          "affected": [{"package": {"ecosystem": "PyPI", "name": "northwind"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}]}


def run(arguments, address, authority, fields, name):
    line = [arguments.schemathesis, "run", f"{address}/api/v1/openapi.json", "--url", address,
            "--tls-verify", str(authority), "--checks", ",".join(CHECKS), "--max-examples",
            str(arguments.examples), "--seed", str(arguments.seed), "--phases", "examples,coverage,fuzzing",
            "--workers", "1",  # with more, Python 3.11's ast module fails now and then
            "--no-color", "--continue-on-failure", "--warnings", "off", "--request-timeout", "30"]
    for operation in LEFT_OUT:
        line += ["--exclude-operation-id", operation]
    for field in fields:
        line += ["--header", field]
    print(f"schemathesis as {name}", flush=True)
    return subprocess.run(line, check=False, cwd=arguments.keep).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True)
    parser.add_argument("--schemathesis", required=True)
    parser.add_argument("--keep", required=True, help="a folder that is made anew")
    parser.add_argument("--examples", type=int, default=20, help="of each operation")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.weir = str(pathlib.Path(arguments.weir).resolve())
    arguments.schemathesis = str(pathlib.Path(arguments.schemathesis).absolute())
    folder = pathlib.Path(arguments.keep).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    demo = Demo(arguments.weir, folder, 0)
    try:
        demo.fill()
        (folder / "record.json").write_text(json.dumps(RECORD))
        demo.do("import", str(folder / "record.json"))  # without public records their routes answer 503
        demo.start()
        token = demo.sign_in("cora")["token"]
        mine = demo.do("case", "mine", actor="cora")  # so that calls get past "no such case"
        (folder / "schemathesis.toml").write_text(SETTINGS.format(case=mine[0]["case"]))
        address, authority = f"https://localhost:{demo.port}", demo.data / "tls.pem"
        failed = [run(arguments, address, authority, fields, name) for name, fields in (
            ("a coordinator", [f"Authorization: Bearer {token}"]), ("nobody", []))]
    finally:
        demo.stop()
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
