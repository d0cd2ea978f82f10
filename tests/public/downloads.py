"""Imports from addresses, with the real binary and a server that does what servers do.  Usage: downloads.py --weir WEIR

It redirects, breaks off, answers 304, 404 and pages of HTML, as those do whom `weir import presets` names.
"""

import argparse
import gzip
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

KEV = json.dumps({"title": "t", "vulnerabilities": [
    {"cveID": f"CVE-2026-{i}", "vendorProject": "V", "product": "P", "shortDescription": "x" * 200} for i in range(2_000)]}).encode()
EPSS = gzip.compress(b"#model_version:v1,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1,0.5,0.9\n")


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files = {"/kev.json": KEV, "/epss-2026-01-02.csv.gz": EPSS, "/html": b"<html>try again later</html>"}
    moved = {"/moved": "/also-moved", "/also-moved": "/kev.json", "/epss-current.csv.gz": "/epss-2026-01-02.csv.gz", "/round": "/round",
             "/file": "file:///etc/hostname"}
    breaks_after = {}  # path: bytes of each answer before the line breaks
    asked = []

    def do_GET(self):
        path = self.path.split("?")[0]
        self.asked.append((path, self.headers.get("Range", ""), self.headers.get("If-None-Match", "")))
        if path in self.moved:
            return self.answer(302, b"", Location=self.moved[path])
        if path not in self.files:
            return self.answer(404, b"<html>no</html>")
        body = self.files[path]
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, None, ETag=tag)
        start = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == tag:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        head = {"ETag": tag, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {"ETag": tag}
        return self.answer(206 if start else 200, body[start:], most=self.breaks_after.get(path), **head)

    def answer(self, status, body, most=None, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write((body or b"")[:most])
        self.close_connection = True

    def log_message(self, *_):
        pass


class Test:
    def __init__(self, weir, folder, base):
        self.weir, self.data, self.base, self.failures = weir, os.path.join(folder, "data"), base, []

    def run(self, *words):
        Site.asked.clear()
        return subprocess.run([self.weir, "--data", self.data, "--json", "import", *words], capture_output=True, text=True, check=False)

    def rows(self, path, *words):
        done = self.run(self.base + path, *words)
        if done.returncode != 0:
            self.failures.append(f"{path}: {done.stderr.strip()}")
            return [{}]
        return json.loads(done.stdout)

    def expect(self, what, got, wanted):
        if got != wanted:
            self.failures.append(f"{what}: {got!r}, not {wanted!r}")

    def left_over(self):
        folder = os.path.join(self.data, "downloads")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def play(test):
    test.expect("a redirect is followed", test.rows("/moved?token=secret")[0].get("added"), 2_000)
    test.expect("no address with its query is kept", json.loads(test.run("runs").stdout)[0]["from"], test.base + "/moved")
    test.expect("nothing is left over", test.left_over(), [])
    row = test.rows("/moved?token=secret")[0]
    test.expect("what has not changed", (row.get("records"), row.get("known_files")), (0, 1))
    test.expect("is not loaded", Site.asked[-1][2] != "", True)
    test.expect("but on demand", test.rows("/moved?token=secret", "--again")[0].get("known_files"), 0)
    test.expect("and then changes nothing", json.loads(test.run("sums").stdout)[0]["records"], 2_000)
    test.expect("EPSS is a redirect to a day", test.rows("/epss-current.csv.gz")[0].get("rejected"), 0)

    Site.files["/kev.json"] = KEV.replace(b"CVE-2026-1999", b"CVE-2026-2999")
    Site.breaks_after["/kev.json"] = 100_000
    row = test.rows("/moved?token=secret")[0]
    test.expect("a line that breaks is taken up", row.get("added"), 1)
    test.expect("where it broke", [one[1] for one in Site.asked if one[0] == "/kev.json"],
                [""] + [f"bytes={at}-" for at in range(100_000, len(KEV), 100_000)])

    Site.files["/kev.json"] = KEV.replace(b"CVE-2026-1999", b"CVE-2026-3999")
    Site.breaks_after["/kev.json"] = 0
    done = test.run(test.base + "/kev.json")
    test.expect("nothing comes", (done.returncode, "/kev.json" in done.stderr), (1, True))
    Site.breaks_after.clear()
    test.expect("and later it does", test.rows("/kev.json")[0].get("added"), 1)

    for path, why in {"/absent": "the server answers 404", "/round": "redirects more than 5 times", "/file": "not https"}.items():
        done = test.run(test.base + path)
        test.expect(path, (done.returncode, why in done.stderr), (1, True))
    test.expect("a page of HTML", test.rows("/html")[0].get("rejected"), 1)
    test.expect("is no state that has been imported", test.rows("/html")[0].get("rejected"), 1)
    done = test.run(test.base + "/kev.json", test.base + "/absent")
    test.expect("what came before an error is told", (done.returncode, len(json.loads(done.stdout or "[]"))), (1, 1))
    done = test.run(test.base + "/kev.json", "--again", "--proxy", "http://127.0.0.1:9")
    test.expect("the proxy is asked", done.returncode, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    weir = os.path.abspath(parser.parse_args().weir)
    folder = tempfile.mkdtemp(prefix="weir-downloads-")
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        test = Test(weir, folder, f"http://127.0.0.1:{site.server_port}")
        play(test)
        print("\n".join(test.failures) or "imports from addresses do as they are told")
        return 1 if test.failures else 0
    finally:
        site.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
