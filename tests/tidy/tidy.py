"""Holds the tree against the rules of CONTRIBUTING.md.  Usage: tidy.py ROOT

Prints one line per finding, "path:line: what is wrong", and exits 1 if there is any. Each rule is a
function from a File to findings, listed in RULES; tidy_test.py feeds each of them what it must catch.
"""

import ast
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property

import cpp

MOST_LINES = 500
MOST_HEADER_LINES = 200
MOST_FUNCTION_LINES = 70

# Ratchets: what is over a limit today. Numbers here may only go down.
LONGER = {"src/store/store.h": 250}  # path: lines
UNTESTED = 88  # functions in headers that no test names

# The files of the root: a note or a log that was left there is soon part of the project.
ROOT = {".clang-format", ".clang-tidy", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CMakeLists.txt",
        "CMakePresets.json", "CONTRIBUTING.md", "LICENSE", "README.md", "dev", ".git", "compile_commands.json"}

# What each folder of src may include besides itself, the standard library and packages.
# ARCHITECTURE.md shows the same as a picture; src/CMakeLists.txt says it to the linker.
ARROWS = {
    "base": "",
    "model": "base",
    "merkle": "base",
    "net": "base",
    "openpgp": "base",
    "jobs": "store model base",
    "config": "base",
    "http": "base",
    "policy": "model base",
    "format": "model base",
    "deadline": "model base",
    "version": "base",
    "severity": "base",
    "print": "base",
    "advisory": "version severity base",
    "sbom": "base",
    "match": "sbom advisory version base",
    "watch": "catalog match sbom advisory version store base",
    "regimes": "deadline model base",
    "store": "model base",
    "catalog": "advisory store version severity base",
    "compat": "catalog match sbom advisory severity version store base",
    "custody": "merkle model base",
    "ledger": "custody store merkle model base",
    "content": "ledger custody store model base",
    "api": "app http compat model base",
    "app": "policy deadline regimes format print openpgp watch ledger custody content store model merkle base net",
    "main": "jobs compat catalog version sbom match watch api http app advisory severity regimes deadline config policy format ledger custody content store model merkle base net openpgp",
}

# A folder's front header is FOLDER/FOLDER.h. Others may include only that, except these.
OPEN_FOLDERS = {"base", "model"}
OTHER_FRONT_HEADERS = {
    "api/views.h",
    "api/watch_views.h",
    "app/cases.h",
    "app/clocks.h",
    "app/closing.h",
    "app/delays.h",
    "app/embargo.h",
    "app/enrolment.h",
    "app/filing_document.h",
    "app/filings.h",
    "app/received_filings.h",
    "app/sent_filings.h",
    "app/identity.h",
    "app/law_conflicts.h",
    "app/intake.h",
    "app/limits.h",
    "app/log.h",
    "app/notices.h",
    "app/news.h",
    "app/people.h",
    "app/profiles.h",
    "app/reading.h",
    "app/sharing.h",
    "app/regime_views.h",
    "app/statistics.h",
    "app/tokens.h",
    "app/watch_lists.h",
    "format/filing.h",
    "store/idempotency.h",
    "store/outbox.h",
    "deadline/calendar.h",
    "deadline/rules.h",
    "advisory/keys.h",
    "advisory/marks.h",
    "advisory/package.h",
    "advisory/read.h",
    "catalog/changed.h",
    "catalog/cves.h",
    "catalog/files.h",
    "catalog/heads.h",
    "catalog/import.h",
    "catalog/record.h",
    "catalog/search.h",
    "compat/bulk.h",
    "compat/desk.h",
    "compat/epss_api.h",
    "compat/feed.h",
    "compat/mirror.h",
    "compat/nvd_api.h",
    "compat/nvd_names.h",
    "compat/osv_api.h",
    "compat/own_api.h",
    "compat/public.h",
    "match/examine.h",
    "match/memory.h",
    "match/render.h",
    "match/suppress.h",
    "match/target.h",
    "sbom/vex.h",
    "severity/ssvc.h",
    "version/cpe.h",
    "version/purl.h",
    "version/range.h",
    "version/vers.h",
    "watch/finding.h",
    "watch/records.h",
    "watch/standing.h",
    "custody/event.h",
    "custody/monitor.h",
    "custody/record.h",
    "ledger/access.h",
    "ledger/mirror.h",
    "ledger/opening.h",
    "ledger/recovery.h",
    "ledger/seal.h",
    "http/openapi.h",
    "net/mail.h",
    "net/reach.h",
    "http/route.h",
    "http/server.h",
}


@dataclass(frozen=True)
class Ban:
    """`pattern` in code (comments and literals do not count), outside of `allowed` path prefixes."""

    what: str
    pattern: str
    allowed: tuple = ()
    excused: str = r"(?!)"  # a longer text that makes it right


TESTS = ("tests/", "bench/")  # may use what they check against
HTTP_THREADS = ("src/http/server.", "src/http/connection.", "src/http/job.h", "src/http/workers.",
                "src/http/client_test.")
HTTP_SOCKETS = HTTP_THREADS + ("src/http/wire.", "src/http/answering.", "src/http/message.", "src/http/address.",
                               "bench/http_bench.")
BANS = [
    Ban("reads the clock: take a Clock (base/time.h)",
        r"\bsystem_clock::now\b|\b(clock_gettime|gettimeofday|localtime|gmtime|mktime|strftime)(_r)?\s*\(|"
        r"(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)", ("src/base/time.cc",)),
    Ban("ambient chance: take a Random (base/random.h)",
        r"\brandom_device\b|(?<![\w.>])(std::|::)?(s?rand|drand48|arc4random\w*)\s*\(",
        ("src/base/random.cc",)),
    Ban("reads the environment: take an argument", r"\b(secure_)?getenv\s*\(|\benviron\b",
        ("src/main/main.cc",) + TESTS),
    Ban("sleeps: wait for what you wait for", r"\b(sleep_for|sleep_until|u?sleep|nanosleep)\s*\("),
    Ban("opens a socket outside of net", r"(?<![\w:])::(socket|connect|bind|listen|accept|getaddrinfo)\s*\(",
        ("src/net/", "src/http/client_test.")),
    Ban("calls SQLite outside of store", r"\bsqlite3_\w+", ("src/store/",) + TESTS),
    Ban("throws: return an Error (base/result.h)", r"\bthrow\b"),
    Ban("raw new: use std::make_unique", r"\bnew\b|\b(malloc|calloc|realloc)\s*\(",
        excused=r"\bunique_ptr<[^;()]*>\s*\w*\s*[({]\s*new\b"),  # of a private constructor
    Ban("raw delete: use an owner", r"(?<![=\s])\s*\bdelete\b"),
    Ban("accepts junk or depends on the locale: parse_decimal or std::from_chars",
        r"\b(stoi|stol|stoul|stoll|stoull|stof|stod|stold|ato[ilf]|atoll|strto[a-z]+|sscanf)\s*\("),
    Ban("depends on the locale",
        r"\bsetlocale\b|\bstd::locale\b|\b(is(alpha|digit|alnum|space|upper|lower|punct|print|xdigit)|"
        r"to(upper|lower))\s*\("),
    Ban("threads live in store, http, main/loop and the import", r"\bstd::(jthread|thread|async|mutex|shared_mutex|recursive_mutex|"
        r"condition_variable\w*|counting_semaphore|latch|barrier)\b|\bpthread_\w+",
        ("src/store/", "src/base/guarded.h", "src/base/turns.h", "src/main/loop.", "src/main/serve.cc",
         "src/catalog/channel.h", "src/catalog/import.cc", "src/catalog/files.cc", "src/net/net_test.h") +
        HTTP_THREADS + TESTS),
    Ban("acts as anybody: authenticate() (app/identity.h)", r"\bActor::local\b",
        ("src/main/", "src/app/actor.", "src/app/world.h") + TESTS),
]

# Headers of packages, and who may include them. Tests beside the code count as tests.
PACKAGES = [
    (r"(openssl/|sodium|liboath/)", "cryptography stays in base", ("src/base/", "src/http/tls_test.")),
    (r"sqlite3\.h", "SQLite stays in store", ("src/store/",)),
    # Loaded when they are first used: who calls them goes through the table, or the program would not link.
    (r"rnp/", "OpenPGP stays in openpgp", ("src/openpgp/",)),
    (r"curl/", "outbound HTTP stays in net", ("src/net/",)),
    (r"archive(_entry)?\.h$", "archives are read in catalog", ("src/catalog/libarchive.h", "src/compat/bulk_test.cc")),
    (r"(pango|cairo)", "PDF stays in print", ("src/print/libpango.h",)),
    (r"dlfcn\.h", "libraries are loaded by base/late.h", ("src/base/late.cc",)),
    (r"(sys/(socket|un)\.h|netinet/|arpa/|netdb\.h|boost/(asio|beast))", "sockets stay in net and http",
     ("src/net/",) + HTTP_SOCKETS),
    # yaml-cpp takes its text from a stream, and from nothing else.
    (r"(iostream|sstream|iomanip|locale|regex)$", "streams and <regex> follow the locale: use fmt",
     ("src/regimes/yaml.cc", "src/advisory/yaml.cc")),
    (r"yaml-cpp/", "YAML stays in regimes/yaml.cc and advisory/yaml.cc",
     ("src/regimes/yaml.cc", "src/advisory/yaml.cc")),
    (r"simdjson", "records of others are read in advisory", ("src/advisory/",)),
    (r"expat", "XML stays in sbom/xml.cc", ("src/sbom/xml.cc",)),
    (r"date/", "time zone data are read in regimes/zones.cc", ("src/regimes/zones.cc",)),
    (r"(thread|mutex|shared_mutex|condition_variable|future|semaphore)$", "threads live in store, http, main/loop and the import",
     ("src/store/", "src/base/guarded.h", "src/base/turns.h", "src/main/loop.",
      "src/catalog/channel.h", "src/catalog/import.cc", "src/catalog/files.cc", "src/net/net_test.h") + HTTP_THREADS),
]

UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME)\\b")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(work|home|root|Users|tmp/wt|var/tmp)/")
TEXT = (".cc", ".h", ".py", ".sh", ".go", ".md", ".txt", ".cmake", ".json", ".sql", ".policy", ".yaml", ".yml")
SKIPPED_FOLDERS = {"build", ".git", "node_modules", ".cache"}


@dataclass
class File:
    path: str  # from the root, with /
    text: str

    @property
    def is_cpp(self):
        return self.path.endswith((".cc", ".h"))

    @property
    def is_header(self):
        return self.path.endswith(".h")

    @property
    def is_test(self):
        return self.path.endswith("_test.cc") or self.path.startswith(TESTS)

    @property
    def folder(self):
        """The folder of src that it belongs to, or nothing."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else ""

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        return cpp.code(self.text)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """(line, quoted or angled, what)"""
        for match in re.finditer(r'(?m)^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', self.text):
            yield self.line_of(match.start()), match[1], match[2]


def arrows(file):
    if not file.folder:
        return
    if file.folder not in ARROWS:
        yield 1, f"src/{file.folder} is not in the table of arrows (tests/tidy/tidy.py)"
        return
    for line, quote, what in file.includes():
        target, slash, _ = what.partition("/")
        if quote != '"':
            continue
        if not slash:
            yield line, f'"{what}": write the folder too'
        elif target == file.folder:
            continue
        elif target not in ARROWS[file.folder].split():
            yield line, f"{file.folder} may not include {target}"
        elif target not in OPEN_FOLDERS and what != f"{target}/{target}.h" and what not in OTHER_FRONT_HEADERS:
            yield line, f"{what} is not a front header of {target}"


def packages(file):
    if not file.is_cpp or file.is_test:
        return
    for line, quote, what in file.includes():
        for pattern, why, allowed in PACKAGES:
            if quote == "<" and re.match(pattern, what) and not file.path.startswith(allowed):
                yield line, f"<{what}>: {why}"


def banned_calls(file):
    if not file.is_cpp:
        return
    for ban in BANS:
        beside_code = file.is_test and any(prefix in TESTS for prefix in ban.allowed)
        if file.path.startswith(ban.allowed) or beside_code:
            continue
        searched = re.sub(ban.excused, lambda m: cpp.blank(m[0]), file.code)
        for match in re.finditer(ban.pattern, searched):
            text = " ".join(match[0].split())
            yield file.line_of(match.start() + len(match[0]) - len(match[0].lstrip())), f"{text}: {ban.what}"


def lengths(file):
    most = MOST_HEADER_LINES if file.is_header else MOST_LINES
    if not file.path.endswith((".cc", ".h", ".py", ".sh", ".go")) and file.path != "dev":
        return
    allowed = max(most, LONGER.get(file.path, 0))
    if len(file.lines) > allowed:
        yield len(file.lines), f"{len(file.lines)} lines, at most {most}: is there a second thing inside?"


def function_lengths(file):
    if file.is_cpp:
        bodies = cpp.functions(file.code)
    elif file.path.endswith(".py"):
        bodies = [(node.name, node.lineno, node.end_lineno) for node in ast.walk(ast.parse(file.text))
                  if isinstance(node, ast.FunctionDef)]
    else:
        return
    for name, first, last in bodies:
        if last - first + 1 > MOST_FUNCTION_LINES:
            yield first, f"{name} has {last - first + 1} lines, at most {MOST_FUNCTION_LINES}"


def header_form(file):
    if not file.is_header:
        return
    if not file.text.startswith("//"):
        yield 1, "a header begins with a comment that says what it is"
    if "\n#pragma once\n" not in file.text:
        yield 1, "#pragma once is missing"


def one_title(file):
    if not file.path.endswith(".md"):
        return
    prose = re.sub(r"(?ms)^(```|~~~).*?^\1[ \t]*$", "", file.text)
    titles = len(re.findall(r"(?m)^# \S", prose))
    if titles != 1:
        yield 1, f"{titles} titles (# ...), there must be one"


def unfinished(file):
    for match in UNFINISHED.finditer(file.text):
        yield file.line_of(match.start()), f"{match[0]}: finish it, or write the limit down"


def machine_paths(file):
    for match in MACHINE_PATH.finditer(file.text):
        yield file.line_of(match.start()), f"{match[0]}: a path of one machine"


RULES = [arrows, packages, banned_calls, lengths, function_lengths, header_form, one_title, unfinished,
         machine_paths]


def findings(file):
    for rule in RULES:
        for line, what in rule(file):
            yield f"{file.path}:{line}: {what}"


def untested(files):
    """Functions that a header of src offers and that no test mentions: "path: name"."""
    words = set()
    for file in files:
        if file.is_test:
            words.update(cpp.WORD.findall(file.text))
    return sorted(f"{file.path}: {name}" for file in files if file.folder and file.is_header
                  for name in cpp.declared(file.text) - words)


def strangers(names):
    """Files of the root that do not belong there."""
    return sorted(f"{name}:1: no file of the root (ROOT in tests/tidy/tidy.py)" for name in set(names) - ROOT)


def tree(root):
    """Every text file of the tree that is ours."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            if name.endswith(TEXT) or path in ("dev", ".ci/run", ".clang-tidy", ".clang-format"):
                with open(os.path.join(root, path), encoding="utf-8") as stream:
                    yield File(path, stream.read())


def main(root):
    files = list(tree(root))
    found = [finding for file in files for finding in findings(file)]
    found.extend(strangers(one.name for one in os.scandir(root) if not one.is_dir()))
    loose = untested(files)
    if len(loose) > UNTESTED:
        found.extend(f"{name}: no test names it" for name in loose)
        found.append(f"{len(loose)} functions without a test, at most {UNTESTED} (UNTESTED in tests/tidy/tidy.py)")
    elif len(loose) < UNTESTED:
        print(f"warning: UNTESTED in tests/tidy/tidy.py can go down to {len(loose)}")
    print("\n".join(found) if found else f"{len(files)} files are tidy, {len(loose)} functions without a test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
