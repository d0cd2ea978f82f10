#!/usr/bin/env python3
"""How the public database grows: imports of more and more records, and what asking costs then.

    bench/growth.py --weir build/release/src/weir [--sizes 100000,300000,1000000,3000000]

Records are those of ../shared/data/large (CVE 5 and OSV), again and again under new ids and new package names. Each size is
imported into an empty database through standard input; then a server is started on it and asked over loopback, each
question once, so that no answer is a kept one. One line of a table for each size.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import re
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

FILES = ("cve5-base.ndjson.zst", "osv.ndjson.zst")
ASKED = 400  # questions of each kind


def lines_of(folder):
    for name in FILES:
        unpacked = subprocess.Popen(["zstd", "-dc", "--long=27", folder / name], stdout=subprocess.PIPE)
        yield from unpacked.stdout
        unpacked.wait()


class Copies:
    """Copy 0 is the records as they are; copy n has "-n" behind each id and each OSV package."""

    def __init__(self, folder):
        self.records = []
        for line in lines_of(folder):
            record = json.loads(line)
            own = record.get("id") or record["cveMetadata"]["cveId"]
            self.records.append((own, line.rstrip(b"\n")))
        random.Random(20261126).shuffle(self.records)
        self.package = re.compile(rb'("package":\{[^{}]*"name":"[^"]*)"')

    def line(self, number):
        copy, place = divmod(number, len(self.records))
        own, line = self.records[place]
        if copy == 0:
            return own, line
        name = f"{own}-{copy}"
        line = line.replace(b'"%s"' % own.encode(), b'"%s"' % name.encode())
        return name, self.package.sub(rb'\1-%d"' % copy, line)


def imported(weir, folder, copies, size):
    began = time.monotonic()
    process = subprocess.Popen([weir, "import", "-", "--data", folder], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written = 0
    for number in range(size):
        line = copies.line(number)[1]
        process.stdin.write(line + b"\n")
        written += len(line) + 1
    process.stdin.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit("the import failed")
    return time.monotonic() - began, used, written


def port_of(server):
    for line in server.stdout:
        if "address" in line:
            return int(line.rsplit(":", 1)[1].strip().rstrip("/"))
    sys.exit("the server did not start")


def median(ask, questions):
    times = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def asked(weir, folder, copies, size):
    log = open(folder / "log", "w")
    server = subprocess.Popen([weir, "serve", "--data", folder], stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        context = ssl.create_default_context(cafile=folder / "tls.pem")
        context.check_hostname = False
        client = http.client.HTTPSConnection("127.0.0.1", port_of(server), context=context)

        def ask(question):
            method, path, body = question
            client.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = client.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"{path}: {answer.status} {text[:300]}")

        for _ in range(100):  # public.db is opened a little after the start
            client.request("GET", "/api/v1/search?q=openssl")
            answer = client.getresponse()
            answer.read()
            if answer.status == 200:
                break
            time.sleep(0.1)
        names, packages = [], []
        step = size // ASKED
        for number in range(0, step * ASKED, step):
            name, _ = copies.line(number)
            names.append(("GET", f"/api/v1/vulnerabilities/{name}", None))
        for number in range(size - 1, 0, -max(1, size // 4000)):
            record = json.loads(copies.line(number)[1])
            package = next((one["package"] for one in record.get("affected", []) if "package" in one), None)
            if package and len(packages) < ASKED:
                question = {"package": {"ecosystem": package["ecosystem"], "name": package["name"]}, "version": "1.0"}
                packages.append(("POST", "/v1/query", json.dumps(question)))
        searches = [("GET", f"/api/v1/search?q={word}&limit={limit}", None)
                    for limit in range(1, 11) for word in ("openssl", "sql+injection", "log4j", "heap+overflow")]
        medians = median(ask, names), median(ask, packages), median(ask, searches)
        status = (pathlib.Path("/proc") / str(server.pid) / "status").read_text()
        private = int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024
        return *medians, private
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True, type=pathlib.Path)
    parser.add_argument("--data", default="../shared/data/large", type=pathlib.Path)
    parser.add_argument("--sizes", default="100000,300000,1000000,3000000")
    arguments = parser.parse_args()
    if not arguments.data.exists():
        print(f"skipped: {arguments.data} is not there")
        return 77
    weir = arguments.weir.resolve()
    copies = Copies(arguments.data)
    print("records | GB of lines | import s | processor µs a record | MiB | file MB | by id ms | package ms | search ms | server MiB")
    for size in (int(text) for text in arguments.sizes.split(",")):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-growth-"))
        try:
            data = folder / "d"
            subprocess.run([weir, "init", "--trial", "--data", data, "--origin", "weir.example/log", "--authority",
                            "Ministry", "--country", "XX", "--admin", "ada"], stdout=subprocess.DEVNULL, check=True)
            seconds, used, written = imported(weir, data, copies, size)
            config = data / "weir.toml"
            if config.exists():
                config.write_text(config.read_text().replace("127.0.0.1:8440", "127.0.0.1:0"))
            mb = (data / "public.db").stat().st_size / 1e6
            spent = (used.ru_utime + used.ru_stime) / size * 1e6
            by_id, package, search, private = asked(weir, data, copies, size)
            print(f"{size} | {written / 1e9:.2f} | {seconds:.1f} | {spent:.0f} | {used.ru_maxrss / 1024:.0f} | {mb:.0f} | "
                  f"{by_id:.2f} | {package:.2f} | {search:.2f} | {private:.0f}", flush=True)
        finally:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
