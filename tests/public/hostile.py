"""What importers are given by those who mean no good, or do not know better.  Usage: hostile.py --weir WEIR

Each case is a file made here. Beside what is wrong it holds records that are not, before and after: they
must come in, what is wrong must be refused with its place and reason (or be kept, where it does no harm),
nothing that was there may change, and the process may not need more memory than MOST_MIB.
"""

import argparse
import gzip
import io
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

MOST_MIB = 500  # resident; the largest document here has 100 MiB
MIB = 1 << 20
DATE = "2024-01-01T00:00:00Z"


def good(name, **more):
    return {"id": f"GOOD-{name}", "modified": DATE, **more}


def record(name, **more):
    return {"id": name, "modified": DATE, **more}


def package(ecosystem, *events):
    return [{"package": {"ecosystem": ecosystem, "name": "vv"}, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}]


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def lines(*values):
    return b"".join((value if isinstance(value, bytes) else compact(value)) + b"\n" for value in values)


def between(*bad):
    """Lines with a good one before and after."""
    return lambda name: lines(good(name), *bad, good(name + "-after"))


def raw(text):
    """An OSV record with these bytes as its details."""
    return b'{"id":"RAW","modified":"' + DATE.encode() + b'","details":"' + text + b'"}'


def zipped(*entries):
    def make(name):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("good.json", compact(good(name)))
            for path, content in entries:
                archive.writestr(path, content)
            archive.writestr("after.json", compact(good(name + "-after")))
        return out.getvalue()
    return make


def overlapping(name):
    """Four hundred names for the same 20 MiB, and one record."""
    content = b'{"id":"GOOD-' + name.encode() + b'","modified":"' + DATE.encode() + b'","x":"' + b" " * (20 * MIB) + b'"}'
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    sums = (zlib.crc32(content), len(packed), len(content))
    out = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, *sums, 6, 0) + b"x.json" + packed
    start = len(out)
    for i in range(400):
        path = b"%06d.json" % i
        out += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, *sums, len(path), 0, 0, 0, 0, 0, 0) + path
    return out + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 400, 400, len(out) - start, start, 0)


def wrong_size(name):
    out = bytearray(zipped()(name))
    struct.pack_into("<I", out, out.find(b"PK\x01\x02") + 24, 5)
    return bytes(out)


def devices(name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        def add(path, content=b"", kind=tarfile.REGTYPE, link=""):
            entry = tarfile.TarInfo(path)
            entry.size, entry.type, entry.linkname = len(content), kind, link
            archive.addfile(entry, io.BytesIO(content))
        add("../../escaped.json", compact(good(name)))
        add("/absolute.json", compact(good(name + "-absolute")))
        add("link.json", kind=tarfile.SYMTYPE, link="/etc/passwd")
        add("hard.json", kind=tarfile.LNKTYPE, link="/etc/passwd")
        add("device.json", kind=tarfile.CHRTYPE)
        add("pipe.json", kind=tarfile.FIFOTYPE)
        add("a\nb\x1b[31m.json", b"{")
        add("after.json", compact(good(name + "-after")))
    return out.getvalue()


LAUGHS = "a: &a [x,x,x]\n" + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi"))
VECTORS = ["CVSS:3.1/" + "AV:N/" * 100_000, "CVSS:9.9/AV:N", "x" * MIB, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/AV:P"]
DATES = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "2016-12-31T23:59:60Z", "99999-01-01T00:00:00Z", "", "yesterday"]
EPSS = b"#model_version:v1,score_date:2024-01-01T00:00:00+0000\ncve,epss,percentile\n"
ENVELOPE = {"feed_time": DATE, "id": "Q", "record": record("Q")}
ALL = "*"  # of rejects: as many as there are
NOTHING = "there is nothing in it"

# name: (bytes, {the place within the file: the reason}, good records). Places of lines begin with ":".
CASES = {
    "ratio.zip": (zipped(("bomb.json", b'{"id":"B","x":"' + b"a" * (130 * MIB) + b'"}')),
                  {"/bomb.json": "unpacks to more than is taken"}, 2),
    "spaces.zip": (zipped(("bomb.ndjson", b" " * (200 * MIB))), {"/bomb.ndjson": "unpacks to more than is taken"}, 2),
    "overlapping.zip": (overlapping, {}, 1),
    "size.zip": (wrong_size, {}, 2),
    "nested.zip": (zipped(("in.zip", zipped()("inner"))), {"/in.zip": "packed within an archive"}, 2),
    "empty.zip": (lambda name: b"PK\x05\x06" + bytes(18), {"": NOTHING}, 0),
    "short.zip": (lambda name: zipped()(name)[:-40], {}, 2),
    "devices.tar": (devices, {"/a\nb\x1b[31m.json": "brackets or quotes do not match"}, 3),
    "short.tar": (lambda name: devices(name)[:700], {ALL: ""}, 0),
    "zeros.json": (lambda name: bytes(1_000), {"": NOTHING}, 0),
    "empty.json": (lambda name: b"", {"": NOTHING}, 0),
    "short.gz": (lambda name: gzip.compress(os.urandom(2 * MIB).hex().encode())[:-MIB], {ALL: ""}, 0),
    "noise": (lambda name: b"\x80" + os.urandom(100_000), {ALL: ""}, 0),
    "line.ndjson": (between(record("HUGE", details="x" * (100 * MIB))), {":2": "a record is at most 67108864 bytes"}, 2),
    "document.json": (lambda name: compact([good(name), record("HUGE", details="x" * (100 * MIB))]),
                      {"#2": "a record is at most 67108864 bytes"}, 1),
    "deep.ndjson": (between(b'{"id":"D","modified":"","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
                    {":2": "nested more than 128 deep"}, 2),
    "deep.json": (lambda name: b"[" * 1_000_000, {"": "brackets or quotes do not match"}, 0),
    "bytes.ndjson": (between(raw(b"\xff"), raw(b"\xc0\x80"), raw(b"\xed\xa0\x80"), raw(b"\\ud800"), raw(b"a\0b")),
                     {":2": "not UTF-8", ":3": "not UTF-8", ":4": "not UTF-8", ":5": "this is no JSON", ":6": "this is no JSON"}, 2),
    "mark.json": (lambda name: b"\xef\xbb\xbf" + compact(good(name)), {}, 1),
    "mark.ndjson": (lambda name: b"\xef\xbb\xbf" + between()(name), {}, 2),
    "mark": (lambda name: b"\xef\xbb\xbf" + compact(good(name)), {}, 1),
    "mark.yaml": (lambda name: f"\ufeffid: GOOD-{name}\nmodified: '{DATE}'\n".encode(), {}, 1),
    "little.json": (lambda name: compact(good(name)).decode().encode("utf-16"), {"": "this is UTF-16"}, 0),
    "big.ndjson": (lambda name: between()(name).decode().encode("utf-16-be"), {"": "this is UTF-16"}, 0),
    "keys.ndjson": (between(b'{"id":"D","id":"E","modified":""}', b'{"id":"D","modified":"","x":[{"a":1,"a":2}]}'),
                    {":2": "a key stands twice", ":3": "a key stands twice"}, 2),
    "types.json": (lambda name: compact([good(name), 7, None, [], good(name + "-after")]),
                   {"#2": "a record is a JSON object", "#3": "a record is a JSON object", "#4": "a record is a JSON object"}, 2),
    "stream.json": (lambda name: json.dumps(good(name), indent=2).encode() + b"\n" + json.dumps(good(name + "-after"), indent=2).encode(), {}, 2),
    "members.ndjson.gz": (lambda name: gzip.compress(lines(good(name))) + gzip.compress(lines(good(name + "-after"))), {}, 2),
    "inventory.json": (lambda name: compact({"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "CVE-2024-1", "description": "d"}]}),
                       {"": "this is a record of no known source"}, 0),
    "kev.json": (lambda name: compact({"vulnerabilities": [{"cveID": "CVE-2024-1", "product": 7}, good(name)]}), {"#1": "expected a string"}, 1),
    "ids.ndjson": (between(*[record(one) for one in ["a\nb", "a\x1b[31m", "", "x" * 201, 7, "\u202eX-1", "X\u200b-1"]]),
                   {":2": "control characters", ":3": "control characters", ":4": "no id", ":5": "longer than 200 bytes",
                    ":6": "expected a string", ":7": "control characters", ":8": "control characters"}, 2),
    "markup.ndjson": (between(record("<script>alert(1)</script>"), record("\"'&;--")), {}, 2),
    "events.ndjson": (between(record("EV", affected=package("npm", *[{"introduced": "0"}] * 300_000))),
                      {":2": "more elements than are taken"}, 2),
    "versions.ndjson": (between(record("V1", affected=package("npm", {"introduced": "1." + "9" * MIB})),
                                record("V2", affected=package("npm", {"introduced": "3"}, {"fixed": "1"})),
                                record("V3", affected=package("PyPI", {"introduced": "9" * 4_000}, {"fixed": "9" * 4_001})),
                                record("V4", affected=package("Klingon", {"introduced": "0"}))),
                        {":2": "a version is longer than 4096 bytes"}, 2),
    "aliases.ndjson": (between(*[record(f"AL-{i}", aliases=[f"AL-{(i + 1) % 15_000}"]) for i in range(15_000)],
                               record("ALL", aliases=[f"AL-{i}" for i in range(100_000)]), record("SELF", aliases=["SELF"])),
                       {}, 2),
    "dates.ndjson": (between(*[record(f"DT-{i}", published=one) for i, one in enumerate(DATES)], record("DT", published=5)),
                     {":8": "expected a string"}, 2),
    "vectors.ndjson": (between(*[record(f"CV-{i}", severity=[{"type": "CVSS_V3", "score": one}])
                                 for i, one in enumerate(VECTORS)]), {}, 2),
    "feed.ndjson": (between({**ENVELOPE, "op": "M", "feed_time": "soon"}, {**ENVELOPE, "op": "Z"},
                            {"feed_time": DATE, "op": "M", "id": "N"}, {"feed_time": DATE, "op": "D", "id": "ABSENT"}),
                    {":2": "expected a date-time", ":3": "expected A, M or D", ":4": "holds no record"}, 2),
    "laughs.yaml": (lambda name: LAUGHS.encode(), {"": "anchors and tags are not taken"}, 0),
    "tag.yaml": (lambda name: b"id: !!python/object/apply:os.system ['x']\n", {"": "anchors and tags are not taken"}, 0),
    "deep.yaml": (lambda name: b"[" * 100_000, {"": "nested more than 64 deep"}, 0),
    "long.yaml": (lambda name: b"id: X\nx: " + b"a" * (5 * MIB), {"": "YAML is at most"}, 0),
    "epss.csv": (lambda name: EPSS + b"CVE-2024-0001,0.5,0.5\nCVE-2024-0002,NaN,1\nCVE-2024-0003,1e9,0\nCVE-2024-0004,-1,0\n"
                 b"CVE-2024-0005,0.1\n\"CVE-2024-0006\n\",0.1,0.1\nCVE-\x002024-7,0.1,0.1\nCVE-2024-0008,0.1,0.1\n",
                 {":4": "expected a CVE id", ":5": "expected a CVE id", ":6": "expected a CVE id", ":8": "expected a CVE id",
                  ":10": "expected a CVE id", "": "2 cells where the header has 3"}, 0),
    "quotes.csv": (lambda name: EPSS + b'"\nx""\n' * 100_000, {ALL: ""}, 0),
    "date.csv": (lambda name: b"cve,epss,percentile\nCVE-2024-0001,0.5,0.5\n", {"": "EPSS begins with"}, 0),
    "other.csv": (lambda name: b"a,b\n1,2\n", {"": "this table is of no known source"}, 0),
}


# A program of its own: what a process needed at most counts from before it was a program.
MEASURE = """
import os, subprocess, sys
_, status, usage = os.wait4(subprocess.Popen(sys.argv[1:]).pid, 0)
print(usage.ru_maxrss // 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Platform:
    def __init__(self, weir, folder):
        self.weir, self.folder, self.run = weir, folder, 0
        self.data = os.path.join(folder, "data")
        os.mkdir(self.data)

    def ask(self, *words):
        done = subprocess.run([self.weir, "--data", self.data, "--json", *words], capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def take(self, path, limit=None):
        """The import's exit code, what it said and the MiB that it needed."""
        done = subprocess.run([sys.executable, "-c", MEASURE, self.weir, "--data", self.data, "--json", "import", path],
                              capture_output=True, text=True, preexec_fn=limit)
        *errors, mib = done.stderr.split("\n")[:-1]
        return done.returncode, done.stdout + "".join(errors), int(mib)

    def new_rejects(self):
        rows = [row for row in self.ask("import", "rejects") if row["run"] > self.run]
        self.run = max([self.run, *(row["run"] for row in rows)])
        return rows


def try_case(platform, name, faults):
    make, expected, kept = CASES[name]
    path = os.path.join(platform.folder, name)
    with open(path, "wb") as file:
        file.write(make(name))
    code, said, mib = platform.take(path)
    os.remove(path)
    if code != 0 or mib > MOST_MIB:
        faults.append(f"{name}: exit {code}, {mib} MiB: {said[:300]}")
        return
    found = {row["place"].removeprefix(path): row["reason"] for row in platform.new_rejects()}
    if ALL in expected:
        if not found:
            faults.append(f"{name}: nothing is refused")
    elif found.keys() != expected.keys() or any(expected[place] not in reason for place, reason in found.items()):
        faults.append(f"{name}: refused {found}")
    there = sum(platform.ask("known", f"GOOD-{name}{end}") is not None for end in ("", "-absolute", "-after"))
    if there != kept:
        faults.append(f"{name}: {there} good records came in, not {kept}")


def small_files():
    """No file may grow beyond 2 MiB: the disk is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, 2 * MIB))


def try_full_disk(platform, faults):
    path = os.path.join(platform.folder, "much.ndjson")
    with open(path, "wb") as file:
        file.write(lines(*[record(f"MUCH-{i}", details=os.urandom(200).hex()) for i in range(30_000)]))
    before = platform.ask("import", "sums")
    code, said, _ = platform.take(path, small_files)
    if code == 0:
        faults.append(f"full disk: nothing is said: {said[:300]}")
    if platform.ask("import", "sums") is None or platform.ask("known", "BEFORE") is None:
        faults.append("full disk: what was there cannot be read")
    code, said, _ = platform.take(path)
    after = platform.ask("import", "sums")
    if code != 0 or after[0]["records"] != before[0]["records"] + 30_000:
        faults.append(f"full disk: afterwards {said[:300]}")


def try_two_at_once(platform, faults):
    paths = [os.path.join(platform.folder, f"half-{half}.ndjson") for half in "ab"]
    before = platform.ask("import", "sums")[0]["records"]
    for path in paths:
        with open(path, "wb") as file:
            file.write(lines(*[record(f"{os.path.basename(path)}-{i}") for i in range(25_000)]))
    both = [subprocess.Popen([platform.weir, "--data", platform.data, "import", path], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True) for path in paths]
    for one in both:
        _, said = one.communicate()
        if one.returncode != 0:
            faults.append(f"two at once: {said[:300]}")
    if platform.ask("import", "sums")[0]["records"] != before + 50_000:
        faults.append("two at once: records are missing")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weir", required=True)
    weir = os.path.abspath(parser.parse_args().weir)
    folder = tempfile.mkdtemp(prefix="weir-hostile-")
    faults = []
    try:
        platform = Platform(weir, folder)
        path = os.path.join(folder, "before.ndjson")
        with open(path, "wb") as file:
            file.write(lines(record("BEFORE", summary="as it was", aliases=["CVE-2024-0001"])))
        platform.take(path)
        before = platform.ask("known", "BEFORE", "--raw")
        for name in CASES:
            try_case(platform, name, faults)
        if platform.ask("known", "BEFORE", "--raw") != before or before is None:
            faults.append("what was there has changed")
        if any(os.path.exists(one) for one in ("/absolute.json", os.path.join(folder, "..", "escaped.json"))):
            faults.append("an archive has written a file")
        try_full_disk(platform, faults)
        try_two_at_once(platform, faults)
    finally:
        shutil.rmtree(folder)
    print("\n".join(faults) if faults else f"{len(CASES)} files, a full disk and two imports at once: nothing lost")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
