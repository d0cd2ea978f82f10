#include "base/json.h"

#include <array>
#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weir::json {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const auto parsed = parse(text, limits);
  return parsed ? "taken: " + canonical(*parsed) : weir::text(parsed.error());
}

std::string round(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? canonical(*parsed) : "refused: " + weir::text(parsed.error());
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A folder with what is in a packed corpus, for the life of this value.
class Unpacked {
 public:
  explicit Unpacked(const std::string& archive) {
    const fs::path packed = fs::path(WEIR_SHARED) / archive;
    std::string name = (fs::temp_directory_path() / "weir_json_XXXXXX").string();
    if (!fs::exists(packed) || mkdtemp(name.data()) == nullptr) {
      return;
    }
    root_ = name;
    const std::string command = fmt::format(
        "tar --use-compress-program='zstd -d --long=27' -xf '{}' -C '{}'", packed.string(), name);
    ok_ = std::system(command.c_str()) == 0;
  }
  ~Unpacked() {
    if (!root_.empty()) {
      fs::remove_all(root_);
    }
  }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;

  bool ok() const { return ok_; }
  fs::path operator/(const std::string& path) const { return root_ / path; }

 private:
  fs::path root_;
  bool ok_ = false;
};

TEST(Json, WhatIsTakenAndItsCanonicalForm) {
  const std::vector<std::array<std::string, 2>> rows = {
      {"{}", "{}"},
      {" \t\r\n[ ] \n", "[]"},
      {"null", "null"},
      {"[true,false]", "[true,false]"},
      {R"({"b":1,"a":{"d":[],"c":{}}})", R"({"a":{"c":{},"d":[]},"b":1})"},
      {R"(["\u0041\u00e9\ud83d\ude00\/"])", "[\"A\xc3\xa9\xf0\x9f\x98\x80/\"]"},
      {R"(["\u0000\u0001\b\t\n\u000b\f\r\u001f\u007f\"\\"])",
       "[\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\\\"\\\\\"]"},
      {R"({"":0})", R"({"":0})"},
      {R"({"a":1,"A":2})", R"({"A":2,"a":1})"},
      {"[1e-400,-1e-400]", "[0,0]"},  // too small for a double is zero, as in ECMAScript
      {"[1E2,1.0,-0,-0.0,0e9]", "[100,1,0,0,0]"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(round(text), expected) << text;
  }
}

TEST(Json, WhatIsRefusedAndWhere) {
  const std::vector<std::array<std::string, 2>> rows = {
      {"", "the JSON ends too early (line 1, column 1)"},
      {"  ", "the JSON ends too early (line 1, column 3)"},
      {"[1,\n 2", "the JSON ends too early (line 2, column 3)"},
      {"{\"a\":1,\n  \"\xc3\xa9\": x}",
       "not JSON: a character that may not stand here (line 2, column 8)"},
      {"[1]\n[2]", "not JSON: something follows the value (line 2, column 1)"},
      {"\xef\xbb\xbf{}", "not JSON: begins with a byte order mark (line 1, column 1)"},
      {R"({"a":1,"a":1})", "the same key twice (/a)"},
      {R"({"a":1,"\u0061":{}})", "the same key twice (/a)"},
      {R"({"x":[0,{"a/b":{"~":[]}},{"a/b":{"~":1,"~":2}}]})", "the same key twice (/x/2/a~1b/~0)"},
      {"[1e400]", "a number beyond the range of a double (line 1, column 7)"},
      {"[-1e400]", "a number beyond the range of a double (line 1, column 8)"},
      {"[1e99999999999]", "a number beyond the range of a double (line 1, column 13)"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(refusal(text), expected) << text;
  }
  for (const std::string text : {"[01]",
                                 "[1.]",
                                 "[.5]",
                                 "[+1]",
                                 "[0x1]",
                                 "[NaN]",
                                 "[Infinity]",
                                 "[1,]",
                                 "{\"a\":1,}",
                                 "{a:1}",
                                 "['a']",
                                 "[\"\t\"]",
                                 "[\"\\x\"]",
                                 "// c\n[]",
                                 "[/**/]",
                                 "tru",
                                 "nul",
                                 "\"\\ud800\"",
                                 "\"\\udc00\"",
                                 "\"\\ud800\\u0041\"",
                                 "\"\\ud800\\ud800\"",
                                 "\"\x80\"",
                                 "\"\xc0\xaf\"",
                                 "\"\xed\xa0\x80\"",
                                 "\"\xf4\x90\x80\x80\"",
                                 "\"\xf8\x88\x80\x80\x80\"",
                                 "\"\xe2\x82\"",
                                 "{\"\xff\":1}",
                                 "\xff\xfe[]"}) {
    EXPECT_TRUE(refusal(text).find("line 1") != std::string::npos ||
                refusal(text).find("line 2") != std::string::npos)
        << text << ": " << refusal(text);
  }
  EXPECT_NE(refusal("[]\0"s).find("something follows"), std::string::npos);
  EXPECT_NE(refusal("\0"s).find("not JSON"), std::string::npos);
}

TEST(Json, LimitsOfSizeAndDepthOnBothSides) {
  EXPECT_EQ(refusal("[10]", {.bytes = 4}), "taken: [10]");
  EXPECT_EQ(refusal("[100]", {.bytes = 4}), "longer than 4 bytes");
  const Limits three{.depth = 3};
  EXPECT_EQ(refusal("[[[1]]]", three), "taken: [[[1]]]");
  EXPECT_EQ(refusal("[{\"a\":[1]},[]]", three), "taken: [{\"a\":[1]},[]]");
  EXPECT_EQ(refusal("[[[[]]]]", three), "nested deeper than 3 levels (line 1, column 4)");
  EXPECT_EQ(refusal("[[{\"a\":{}}]]", three), "nested deeper than 3 levels (line 1, column 8)");
  EXPECT_EQ(refusal("1", {.depth = 0}), "taken: 1");
  EXPECT_TRUE(refusal("[]", {.depth = 0}).starts_with("nested deeper than 0 levels"));
  EXPECT_TRUE(parse(repeat("[", 64) + repeat("]", 64)));
  EXPECT_FALSE(parse(repeat("[", 65) + repeat("]", 65)));
  EXPECT_TRUE(refusal(repeat("[", 100'000)).starts_with("nested deeper than 64 levels"));
  EXPECT_TRUE(refusal(repeat("{\"a\":", 100'000)).starts_with("nested deeper than 64 levels"));
}

TEST(Json, EveryShorterTextIsRefused) {
  const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\n",true,null],"b":{"c":"é"}})";
  ASSERT_TRUE(parse(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse(text.substr(0, size))) << size;
  }
}

TEST(Json, LongStringsAndKeysWithEscapes) {
  const std::string piece = repeat("abc\\n\\u00e9", 100'000);
  const std::string expected = repeat("abc\n\xc3\xa9", 100'000);
  const auto parsed = parse("{\"" + piece + "\":\"" + piece + "\"}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::string_view(parsed->at(expected).as_string()), expected);
}

TEST(Json, ManyKeysKeepTheirOrderAndATwinIsFound) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) {
    text += fmt::format("\"k{}\":{},", i, i);
  }
  const auto parsed = parse(text + "\"z\":0}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->as_object().size(), 5001U);
  EXPECT_EQ(parsed->as_object().begin()[4999].key(), "k4999");
  EXPECT_EQ(refusal(text + "\"k17\":0}"), "the same key twice (/k17)");
}

TEST(Canonical, NumbersAsInEcmaScript) {
  // RFC 8785 appendix B, and the steps of Number::toString on both sides of their borders.
  const std::vector<std::pair<std::uint64_t, std::string>> bits = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [pattern, expected] : bits) {
    EXPECT_EQ(canonical(Value(std::bit_cast<double>(pattern))), expected);
    EXPECT_EQ(round(expected), expected);
  }
  const std::vector<std::array<std::string, 2>> rows = {
      {"9007199254740991", "9007199254740991"},
      {"9007199254740993", "9007199254740992"},  // rounded: RFC 8785 knows doubles only
      {"-9007199254740993", "-9007199254740992"},
      {"9223372036854775807", "9223372036854776000"},
      {"18446744073709551615", "18446744073709552000"},
      {"18446744073709551616", "18446744073709552000"},
      {"0.1", "0.1"},
      {"100e-2", "1"},
      {"123456789012345680000", "123456789012345680000"},
      {"0.00001", "0.00001"},
      {"1.5e-7", "1.5e-7"},
      {"7.038531e-26", "7.038531e-26"},  // Boost 1.81 alone would read a neighbour of this
      {"2.2250738585072011e-308", "2.225073858507201e-308"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(round(text), expected) << text;
  }
}

TEST(Canonical, KeysInUtf16Order) {
  // U+FB33 comes after U+1F600, whose first UTF-16 unit is d83d; U+D7FF before both.
  EXPECT_EQ(round("{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2,\"\xed\x9f\xbf\":3,\"a\":4,\"\":5,"
                  "\"ab\":6,\"\xee\x80\x80\":7}"),
            "{\"\":5,\"a\":4,\"ab\":6,\"\xed\x9f\xbf\":3,\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":7,"
            "\"\xef\xac\xb3\":1}");
}

TEST(Canonical, AppendsAfterWhatIsThere) {
  std::string out = "x";
  append_canonical(out, "a\"b");
  append_canonical(out, *parse("[1]"));
  EXPECT_EQ(out, "x\"a\\\"b\"[1]");
}

TEST(Pretty, IsIndentedByTwoAndKeepsTheOrder) {
  EXPECT_EQ(pretty(*parse(R"({"b":[1,{"c":[]}],"a":{}})")), R"({
  "b": [
    1,
    {
      "c": []
    }
  ],
  "a": {}
})");
  EXPECT_EQ(pretty(*parse("3")), "3");
}

TEST(EventValue, HoldsOnlyWhatEveryImplementationWritesAlike) {
  for (const char* text : {"null", "true", "\"x\"", "[]", "{}", "9007199254740991",
                           "-9007199254740991", R"({"a":[1,{"b":null}]})"}) {
    EXPECT_TRUE(is_event_value(*parse(text))) << text;
  }
  for (const char* text : {"9007199254740992", "-9007199254740992", "1.0", "1e2", "[0.5]",
                           R"({"a":{"b":[18446744073709551615]}})"}) {
    EXPECT_FALSE(is_event_value(*parse(text))) << text;
  }
  EXPECT_TRUE(is_event_value(Value(std::uint64_t{5})));
}

TEST(Cursor, ReadsTypedValuesAndBlamesTheRightPlace) {
  const Value tree = *parse(
      R"({"s":"text","n":7,"w":7.0,"f":7.5,"big":9007199254740992,"t":true,"z":null,"a":[1,"x"],"o":{"a/b~":1}})");
  const Cursor top(tree);
  EXPECT_EQ(*top.string_at("s"), "text");
  EXPECT_EQ(*top.at("n")->integer(), 7);
  EXPECT_EQ(*top.at("w")->integer(), 7);
  EXPECT_TRUE(*top.at("t")->boolean());
  EXPECT_EQ(**top.find_string("s"), "text");
  EXPECT_EQ(*top.find_string("absent"), std::nullopt);
  EXPECT_TRUE(top.at("s")->is_string() && !top.is_string());
  EXPECT_TRUE(top.at("a")->is_array() && !top.is_array());
  EXPECT_TRUE(top.find("z"));
  EXPECT_FALSE(top.find("absent"));
  EXPECT_FALSE(top.at("s")->find("x"));
  EXPECT_EQ((*top.at("a")->elements(2))[1].pointer(), "/a/1");
  EXPECT_EQ((*top.at("o")->members(1))[0].first, "a/b~");
  EXPECT_EQ((*top.at("o")->members(1))[0].second.pointer(), "/o/a~1b~0");
  EXPECT_TRUE(top.at("o")->only({"a/b~", "more"}));

  const auto place = [](const auto& result) { return weir::text(result.error()); };
  EXPECT_EQ(place(top.at("absent")), "\"absent\" is missing (#)");
  EXPECT_EQ(place(top.at("s")->at("x")), "must be an object (/s)");
  EXPECT_EQ(place(top.string_at("n")), "must be a string (/n)");
  EXPECT_EQ(place(top.find_string("z")), "must be a string (/z)");
  EXPECT_EQ(place(top.at("s")->find_string("x")), "must be an object (/s)");
  EXPECT_EQ(place(top.at("s")->string(3)), "longer than 3 bytes (/s)");
  EXPECT_TRUE(top.at("s")->string(4));
  EXPECT_EQ(place(top.at("a")->elements(1)), "more than 1 elements (/a)");
  EXPECT_EQ(place(top.at("s")->elements(1)), "must be an array (/s)");
  EXPECT_EQ(place(top.at("o")->members(0)), "more than 0 members (/o)");
  EXPECT_EQ(place(top.at("a")->members(9)), "must be an object (/a)");
  EXPECT_EQ(place(top.at("t")->integer()),
            "must be a whole number between -(2^53-1) and 2^53-1 (/t)");
  EXPECT_FALSE(top.at("f")->integer());
  EXPECT_FALSE(top.at("big")->integer());
  EXPECT_EQ(place(top.at("n")->boolean()), "must be true or false (/n)");
  EXPECT_EQ(place(top.at("o")->only({"x"})), "unknown key (/o/a~1b~0)");
  EXPECT_EQ(place(top.at("a")->only({})), "must be an object (/a)");
}

TEST(Json, TheParsingSuite) {
  const Unpacked suite("conformance/json-parsing.tar.zst");
  if (!suite.ok()) {
    GTEST_SKIP() << "no shared data here";
  }
  // RFC 8259 section 4 leaves equal keys open; advisories must mean one thing, so we refuse them.
  const std::set<std::string> refused_by_us = {"y_object_duplicated_key.json",
                                               "y_object_duplicated_key_and_value.json"};
  int files = 0;
  for (const auto& entry : fs::directory_iterator(suite / "json-parsing/test_parsing")) {
    const std::string name = entry.path().filename().string();
    const auto parsed = parse(read(entry.path()), {.depth = 600});
    ++files;
    if (name.starts_with("y_")) {
      EXPECT_EQ(parsed.has_value(), !refused_by_us.contains(name)) << name;
    } else if (name.starts_with("n_")) {
      EXPECT_FALSE(parsed) << name;
    }
  }
  EXPECT_GT(files, 100);
}

TEST(Json, TheCanonicalisationVectors) {
  const Unpacked vectors("conformance/jcs.tar.zst");
  if (!vectors.ok()) {
    GTEST_SKIP() << "no shared data here";
  }
  int files = 0;
  for (const auto& entry : fs::directory_iterator(vectors / "jcs/input")) {
    const std::string name = entry.path().filename().string();
    const auto parsed = parse(read(entry.path()));
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(canonical(*parsed), read(vectors / ("jcs/output/" + name))) << name;
    std::istringstream hex(read(vectors / ("jcs/outhex/" + entry.path().stem().string() + ".txt")));
    std::string bytes;
    for (int byte = 0; hex >> std::hex >> byte;) {
      bytes += static_cast<char>(byte);
    }
    EXPECT_EQ(canonical(*parsed), bytes) << name;
    ++files;
  }
  EXPECT_GE(files, 2);
}

}  // namespace
}  // namespace weir::json
