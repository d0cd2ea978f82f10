#!/usr/bin/env python3
"""The verbs `weir match` and `weir affected` as a user calls them.  Usage: match.py --weir PATH"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import unittest

RECORDS = [
    {"id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-1"], "summary": "Anvils fall",
     "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
     "affected": [{"package": {"ecosystem": "PyPI", "name": "anvil"},
                   "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}]},
    {"id": "PYSEC-2", "modified": "2026-01-01T00:00:00Z", "withdrawn": "2026-02-01T00:00:00Z",
     "affected": [{"package": {"ecosystem": "PyPI", "name": "anvil"},
                   "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]},
]
INVENTORY = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [
    {"type": "library", "bom-ref": "a", "name": "anvil", "version": "1.5", "purl": "pkg:pypi/Anvil@1.5"},
    {"type": "library", "bom-ref": "b", "name": "anvil", "version": "2.0", "purl": "pkg:pypi/anvil@2.0"}]}
VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "ACME", "statements": [
    {"vulnerability": {"name": "CVE-2026-1"}, "products": [{"@id": "pkg:pypi/anvil"}], "status": "not_affected",
     "justification": "vulnerable_code_not_present"}]}


class Match(unittest.TestCase):
    weir = ""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.records = self.write("records.ndjson", "".join(json.dumps(record) + "\n" for record in RECORDS))
        self.inventory = self.write("sbom.json", json.dumps(INVENTORY))

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run_weir(self, *arguments, code=0):
        run = subprocess.run([self.weir, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, code, run.stderr)
        return run.stdout if code == 0 else run.stderr

    def test_the_table_names_component_fix_and_reason(self):
        table = self.run_weir("match", self.inventory, "--records", self.records)
        self.assertIn("anvil 1.5", table)
        self.assertIn("PYSEC-1 (CVE-2026-1)", table)
        self.assertIn("1.5 is affected: it is within < 2.0", table)
        self.assertIn("9.8", table)
        self.assertIn("1 findings in 2 components", table)
        self.assertNotIn("PYSEC-2", table)
        self.assertNotIn("fixed in 2.0", table)

    def test_near_misses_say_why_not(self):
        table = self.run_weir("match", self.inventory, "--records", self.records, "--near-misses")
        self.assertIn("not: PYSEC-1 of anvil 2.0: 2.0 is not affected", table)

    def test_a_statement_suppresses_with_its_reason(self):
        vex = self.write("vex.json", json.dumps(VEX))
        out = json.loads(self.run_weir("match", self.inventory, "--records", self.records, "--vex", vex, "--json"))
        self.assertEqual(out["findings"], [])
        self.assertEqual(out["suppressed"][0]["vex"]["reason"], "vulnerable_code_not_present")

    def test_sarif_and_vex_are_documents_of_their_form(self):
        sarif = json.loads(self.run_weir("match", self.inventory, "--records", self.records, "--form", "sarif"))
        self.assertEqual(sarif["version"], "2.1.0")
        self.assertEqual(sarif["runs"][0]["results"][0]["ruleId"], "PYSEC-1")
        vex = json.loads(self.run_weir("match", self.inventory, "--records", self.records, "--form", "vex"))
        self.assertEqual(vex["vulnerabilities"][0]["affects"], [{"ref": "a"}])

    def test_one_package_is_asked_about_by_purl_and_by_name(self):
        rows = json.loads(self.run_weir("affected", "pkg:pypi/anvil", "1.0", "--records", self.records, "--json"))
        self.assertEqual([row["standing"] for row in rows], ["affected"])
        rows = json.loads(self.run_weir("affected", "ANVIL", "2.1", "--ecosystem", "PyPI", "--records", self.records,
                                        "--json"))
        self.assertEqual([row["standing"] for row in rows], ["unaffected"])

    def test_the_public_database_answers_as_files_do(self):
        data = str(self.folder / "data")
        pathlib.Path(data).mkdir()
        self.assertIn("weir import", self.run_weir("--data", data, "match", self.inventory, code=1))
        self.run_weir("--data", data, "import", self.records)
        for options in (["--form", "json"], ["--form", "table", "--near-misses"], ["--form", "sarif"]):
            self.assertEqual(self.run_weir("--data", data, "match", self.inventory, *options),
                             self.run_weir("match", self.inventory, "--records", self.records, *options))
        for name in ("pkg:pypi/anvil", "pkg:pypi/none"):
            self.assertEqual(self.run_weir("--data", data, "affected", name, "1.0", "--json"),
                             self.run_weir("affected", name, "1.0", "--records", self.records, "--json"))

    def test_errors_name_their_place(self):
        broken = self.write("broken.json", '{"bomFormat":"CycloneDX","specVersion":"9"}')
        self.assertIn("CycloneDX 9 is not known", self.run_weir("match", broken, "--records", self.records, code=1))
        bad = self.write("bad.ndjson", json.dumps(RECORDS[0]) + "\n{}\n")
        self.assertIn("bad.ndjson line 2", self.run_weir("match", self.inventory, "--records", bad, code=1))
        self.run_weir("match", str(self.folder / "none"), "--records", self.records, code=1)
        self.run_weir("match", self.inventory, "--records", self.records, "--form", "xml", code=1)
        self.run_weir("affected", "anvil", "1.0", "--records", self.records, code=1)
        self.run_weir("match", code=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    arguments, rest = parser.parse_known_args()
    Match.weir = arguments.weir
    unittest.main(argv=["match.py", *rest])
