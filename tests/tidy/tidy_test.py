"""The tidy rules against snippets that they must catch, and their nearest neighbours that they must not."""

import unittest

import cpp
import tidy
from tidy import File

HEAD = "// What it is.\n#pragma once\n"
LATER = "TO" + "DO"  # so that this file is tidy itself


def found(path, text):
    return [finding.split(": ", 1)[1] for finding in tidy.findings(File(path, text))]


class Rules(unittest.TestCase):
    def bad(self, path, text, why):
        self.assertTrue(any(why in finding for finding in found(path, text)), f"{path}: {text!r}: {found(path, text)}")

    def good(self, path, text):
        self.assertEqual(found(path, text), [], f"{path}: {text!r}")

    def test_arrows(self):
        for path, include, why in [
            ("src/base/a.cc", "model/ids.h", "base may not include model"),
            ("src/policy/a.cc", "store/store.h", "policy may not include store"),
            ("src/merkle/a.cc", "model/ids.h", "merkle may not include model"),
            ("src/ledger/a.cc", "app/app.h", "ledger may not include app"),
            ("src/store/a.cc", "ledger/ledger.h", "store may not include ledger"),
            ("src/app/a.cc", "main/verbs.h", "app may not include main"),
            ("src/app/a.cc", "store/sqlite.h", "store/sqlite.h is not a front header"),
            ("src/app/a.cc", "policy/facts_table.h", "not a front header of policy"),
            ("src/app/a.cc", "app.h", "write the folder too"),
            ("src/web/a.cc", "base/result.h", "not in the table"),
        ]:
            self.bad(path, f'#include "{include}"\n', why)
        for path, include in [
            ("src/policy/a.cc", "model/ids.h"), ("src/policy/a.cc", "policy/anything.h"),
            ("src/app/a.cc", "store/outbox.h"), ("src/app/a.cc", "base/digest.h"),
            ("src/content/a_test.cc", "ledger/access.h"), ("src/main/main.cc", "app/app.h"),
            ("tests/store/a.cc", "store/sqlite.h"), ("tests/store/a.cc", "main/main.h"),
        ]:
            self.good(path, f'#include "{include}"\n')

    def test_packages(self):
        for path, header in [("src/ledger/a.cc", "sodium.h"), ("src/app/a.cc", "openssl/evp.h"),
                             ("src/app/a.cc", "sqlite3.h"), ("src/app/a.cc", "curl/curl.h"), ("src/app/a.cc", "archive.h"),
                             ("src/app/a.h", "sys/socket.h"), ("src/app/a.cc", "boost/asio.hpp"),
                             ("src/app/a.cc", "iostream"), ("src/app/a.cc", "regex"),
                             ("src/app/a.cc", "thread"), ("src/app/a.cc", "mutex")]:
            self.bad(path, HEAD + f"#include <{header}>\n", f"<{header}>")
        for path, header in [("src/base/a.cc", "sodium.h"), ("src/store/a.cc", "sqlite3.h"),
                             ("src/net/a.cc", "curl/curl.h"), ("src/store/a.cc", "thread"),
                             ("src/app/a_test.cc", "sstream"), ("src/app/a.cc", "fstream"),
                             ("src/app/a.cc", "boost/json/value.hpp")]:
            self.good(path, f"#include <{header}>\n")

    def test_banned_calls(self):
        for line in ["auto t = std::chrono::system_clock::now();", "auto t = time(nullptr);", "gmtime_r(&a, &b);",
                     "int r = rand();", "std::random_device d;", "auto v = std::getenv(x);",
                     "std::this_thread::sleep_for(1s);", "usleep(5);", "int s = ::socket(1, 2, 3);",
                     "sqlite3_open(path, &db);", "throw 1;", "auto* p = new int;", "f(new Thing(1));", "malloc(3);",
                     "{ delete p; }", "delete[] p;", "int n = std::stoi(s);", "atoi(s);", "strtod(s, &e);",
                     "if (std::isdigit(c)) {}", "c = tolower(c);", "std::locale l;", "std::thread t(f);",
                     "std::mutex m;", "std::condition_variable_any c;"]:
            self.assertEqual(len(found("src/app/a.cc", f"void f() {{\n  {line}\n}}\n")), 1, line)

    def test_what_is_no_banned_call(self):
        for line in ["Instant now = clock.now();", "Thing(const Thing&) = delete;", "// throw new rand()",
                     'f("throw new std::stoi(1)");', 'auto s = R"x(throw "new)x";', "int new_size = 86'400'000; f('n');",
                     "random.bytes(4);", "operand(1);", "expand(2);", "report.time(0);", "wait_until_durable();",
                     "std::unique_ptr<Db>(new Db(x));", "auto p = std::unique_ptr<Db>(\n    new Db(x));",
                     "char c = '\"'; int throws = 1;", "/* delete p; */", "is_digit(c);", "my_sqlite3_name;"]:
            self.good("src/app/a.cc", f"void f() {{\n  {line}\n}}\n")

    def test_the_one_file_where_it_is_allowed(self):
        self.good("src/base/time.cc", "auto t = std::chrono::system_clock::now();\n")
        self.good("src/main/main.cc", "auto v = std::getenv(x);\n")
        self.good("src/format/golden_test.cc", "auto v = std::getenv(x);\n")
        self.good("src/store/writer.cc", "std::thread t(f); sqlite3_open(p, &db);\n")
        self.bad("src/base/random.cc", "auto t = system_clock::now();\n", "reads the clock")
        self.bad("src/store/writer_test.cc", "sleep(1);\n", "sleeps")

    def test_the_line_of_a_finding(self):
        finding = next(tidy.findings(File("src/app/a.cc", "// one\n/* two\n three */\nint a;\n  throw 1;\n")))
        self.assertTrue(finding.startswith("src/app/a.cc:5: "), finding)

    def test_lengths(self):
        self.good("src/app/a.cc", "int a;\n" * 500)
        self.bad("src/app/a.cc", "int a;\n" * 501, "501 lines, at most 500")
        self.good("src/app/a.h", HEAD + "int a;\n" * 198)
        self.bad("src/app/a.h", HEAD + "int a;\n" * 199, "201 lines, at most 200")
        self.bad("dev", "x\n" * 501, "501 lines")
        self.good("docs/a.md", "# A\n" + "text\n" * 900)

    def test_function_lengths(self):
        def body(lines):
            return " {\n" + "  a();\n" * (lines - 2) + "}\n"

        for head in ["void f()", "static int Db::f(int a) const noexcept", "Db::Db(int a) : a_(a), b_{1}, c_{2}",
                     "TEST(Db, DoesIt)", "template <class T>\nauto f(T t) -> Result<T>",
                     "namespace weir {\nclass A {\n public:\n  int f() const"]:
            close = "};\n}\n" if "class A" in head else ""
            self.good("src/app/a.cc", head + body(70) + close)
            self.bad("src/app/a.cc", head + body(71) + close, "71 lines, at most 70")
        self.good("src/app/a.cc", "const Case kCases[] = {\n" + '    {"a", 1},\n' * 100 + "};\n")
        self.good("src/app/a.cc", "namespace {\nstruct A {\n" + "  int a;\n" * 100 + "};\n}\n")
        self.bad("tests/x/a.py", "def f():\n" + "    a()\n" * 70, "71 lines")
        names = [name for name, _, _ in cpp.functions("TEST(Db, DoesIt) {\n}\nint Db::open(int a) {\n}\n")]
        self.assertEqual(names, ["Db.DoesIt", "open"])

    def test_headers(self):
        self.good("src/app/a.h", HEAD)
        self.bad("src/app/a.h", "#pragma once\n// What it is.\n", "begins with a comment")
        self.bad("src/app/a.h", "// What it is.\n#ifndef A\n", "#pragma once is missing")

    def test_titles(self):
        self.good("a.md", "# One\n\n## Two\n\n```\n# a comment\n```\n")
        self.bad("a.md", "## None\n", "0 titles")
        self.bad("a.md", "# One\n\n# Two\n", "2 titles")

    def test_words(self):
        self.bad("docs/a.md", f"# A\n{LATER}: more\n", LATER)
        self.bad("dev", "# FIX" + "ME later\n", "finish it")
        self.bad("src/app/a.cc", '// see "/wor' + 'k/main"\n', "a path of one machine")
        self.bad("docs/a.md", "# A\n/tmp/" + "wt/x\n", "a path of one machine")
        self.bad("dev", "cd /ho" + "me/me\n", "a path of one machine")
        self.good("docs/a.md", "# A\nsrc/work/a, /usr/share/doc, https://weir.example/work/ and networking\n")

    def test_strangers_of_the_root(self):
        self.assertEqual(tidy.strangers(["dev", "README.md", ".git"]), [])
        self.assertEqual(tidy.strangers(["dev", "notes"]), ["notes:1: no file of the root (ROOT in tests/tidy/tidy.py)"])

    def test_functions_without_a_test(self):
        header = File("src/app/a.h", HEAD + """
            namespace weir {
            int tried(int a);
            inline int forgotten() { return helper(3); }
            // int commented();
            class Db {
             public:
              Db(int a);
              static Result<Db> open(Options options);
              bool operator==(const Db&) const = default;
             private:
              int hidden();
            };
            struct Row { int column(int n) const; std::string name{}; };
            }
            """)
        test = File("src/app/a_test.cc", "TEST(A, B) { tried(1); Db::open({}); }")
        other = File("src/app/b.cc", "int x = forgotten();")
        self.assertEqual(tidy.untested([header, test, other]), ["src/app/a.h: column", "src/app/a.h: forgotten"])


if __name__ == "__main__":
    unittest.main()
