#!/usr/bin/env python3
"""nvdlib, a program of others, asks a served trial as if it were NVD.

    nvdlib_client.py --weir BINARY --python PYTHON-WITH-NVDLIB --keep DIR

Records of NVD 1.1, NVD 2.0 and CVE 5 are imported; each parameter that nvdlib knows is asked for and the ids that come
are compared. nvdlib has no setting for its address: the library's own `requests.get` is led elsewhere.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walkthrough"))
from demo import Demo  # noqa: E402

RECORDS = [
    {"cve": {"CVE_data_meta": {"ID": "CVE-2020-0001", "ASSIGNER": "cna@anvil.example"},
             "problemtype": {"problemtype_data": [{"description": [{"lang": "en", "value": "CWE-79"}]}]},
             "references": {"reference_data": [{"url": "https://anvil.example/1", "tags": ["Patch"]},
                                               {"url": "https://www.kb.cert.org/vuls/id/1"}]},
             "description": {"description_data": [{"lang": "en", "value": "Anvils fall on heads."}]}},
     "configurations": {"nodes": [{"operator": "OR", "cpe_match": [
         {"vulnerable": True, "cpe23Uri": "cpe:2.3:a:anvil:press:1.0:*:*:*:*:*:*:*"}]}]},
     "impact": {"baseMetricV3": {"cvssV3": {"version": "3.1", "baseScore": 9.8, "baseSeverity": "CRITICAL",
                                            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                                 "exploitabilityScore": 3.9, "impactScore": 5.9}},
     "publishedDate": "2020-01-10T10:15Z", "lastModifiedDate": "2020-02-10T10:15Z"},
    {"cve": {"id": "CVE-2021-0002", "sourceIdentifier": "cna@bell.example", "vulnStatus": "Analyzed",
             "published": "2021-01-10T10:15:00.000", "lastModified": "2021-01-11T10:15:00.000",
             "descriptions": [{"lang": "en", "value": "Bells ring on heads."}], "metrics": {},
             "references": [{"url": "https://www.us-cert.gov/ncas/alerts/TA21-010A"},
                            {"url": "https://kb.cert.org/vuls/id/2"}]}},
    {"dataType": "CVE_RECORD", "cveMetadata": {"cveId": "CVE-2025-0003", "state": "PUBLISHED",
                                               "assignerShortName": "cup", "datePublished": "2025-05-01T00:00:00Z",
                                               "dateUpdated": "2025-05-02T00:00:00Z"},
     "containers": {"cna": {"providerMetadata": {"shortName": "cup"},
                            "descriptions": [{"lang": "en", "value": "Cups leak."}], "references": [],
                            "metrics": [{"cvssV3_1": {"version": "3.1", "baseScore": 4.0, "baseSeverity": "MEDIUM",
                                                      "vectorString":
                                                      "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"}}]}}},
    {"cveID": "CVE-2020-0001", "vendorProject": "Anvil", "product": "Press", "vulnerabilityName": "Fall",
     "dateAdded": "2022-03-25", "dueDate": "2022-04-15", "requiredAction": "Mind your head."},
]

CLIENT = r"""
import sys, requests, nvdlib
real, get = "https://services.nvd.nist.gov", requests.get
requests.get = lambda url, **more: get(url.replace(real, sys.argv[1]), verify=sys.argv[2], **more)
def ids(**asked):
    return [one.id[-1] for one in nvdlib.searchCVE(key="x", delay=0.6, **asked)]
name = "cpe:2.3:a:anvil:press:1.0:*:*:*:*:*:*:*"
failed = 0
for asked, wanted in [
    ({}, "123"), ({"cveId": "CVE-2020-0001"}, "1"), ({"cveId": "CVE-2020-9999"}, ""),
    ({"keywordSearch": "heads"}, "12"), ({"keywordSearch": "fall on", "keywordExactMatch": True}, "1"),
    ({"cvssV3Severity": "CRITICAL"}, "1"), ({"cvssV3Metrics": "AV:L"}, "3"), ({"cweId": "CWE-79"}, "1"),
    ({"hasKev": True}, "1"), ({"hasCertNotes": True}, "12"), ({"hasCertAlerts": True}, "2"), ({"hasOval": True}, ""),
    ({"cveIds": "CVE-2020-0001,CVE-2025-0003"}, "13"), ({"cveTag": "disputed"}, ""), ({"noRejected": True}, "123"),
    ({"cvssV4Severity": "HIGH"}, ""), ({"cvssV2Metrics": "AV:N"}, ""),
    ({"kevStartDate": "2022-03-01 00:00", "kevEndDate": "2022-04-01 00:00"}, "1"),
    ({"virtualMatchString": "cpe:2.3:a:anvil:press", "versionStart": "1.1", "versionStartType": "including"}, ""),
    ({"cpeName": name}, "1"), ({"cpeName": name, "isVulnerable": True}, "1"),
    ({"virtualMatchString": "cpe:2.3:a:anvil"}, "1"), ({"sourceIdentifier": "cup"}, "3"), ({"limit": 2}, "12"),
    ({"pubStartDate": "2021-01-01 00:00", "pubEndDate": "2021-02-01 00:00"}, "2"),
    ({"lastModStartDate": "2020-02-01 00:00", "lastModEndDate": "2020-03-01 00:00"}, "1"),
]:
    got = "".join(ids(**asked))
    if got != wanted:
        failed += 1
        print(f"nvdlib: {asked}: {got}, expected {wanted}")
one = nvdlib.searchCVE(cveId="CVE-2020-0001", key="x", delay=0.6)[0]
shown = (one.v31score, one.v31severity, one.cwe[0].value, one.cpe[0].criteria, one.cisaActionDue)
if shown != (9.8, "CRITICAL", "CWE-79", name, "2022-04-15"):
    failed += 1
    print(f"nvdlib: {shown}")
if len(nvdlib.searchCPE(cpeMatchString="cpe:2.3:a:anvil", key="x", delay=0.6)) != 1:
    failed += 1
    print("nvdlib: no CPE name")
try:
    ids(cweId="none")
    failed += 1
    print("nvdlib: nonsense was taken")
except Exception as problem:
    if "CWE-79" not in str(problem):
        failed += 1
        print(f"nvdlib: the reason does not reach it: {problem}")
print(f"nvdlib: 29 questions, {failed} answered wrong")
sys.exit(1 if failed else 0)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--keep", required=True, help="a folder that is made anew")
    arguments = parser.parse_args()
    arguments.weir = str(pathlib.Path(arguments.weir).resolve())
    arguments.python = str(pathlib.Path(arguments.python).absolute())
    folder = pathlib.Path(arguments.keep).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    records = folder / "records.ndjson"
    records.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    demo = Demo(arguments.weir, folder, 0)
    try:
        demo.fill()
        (demo.data / "public.db").unlink(missing_ok=True)
        subprocess.run([arguments.weir, "import", str(records), "--data", str(demo.data)], check=True,
                       stdout=subprocess.DEVNULL)
        demo.start()
        return subprocess.run([arguments.python, "-c", CLIENT, f"https://localhost:{demo.port}",
                               str(demo.data / "tls.pem")], check=False).returncode
    finally:
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())
