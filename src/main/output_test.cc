// What strangers wrote is shown, and does nothing.
#include "main/output.h"

#include <gtest/gtest.h>

namespace weir::main {
namespace {

std::string printed(Form form, const json::Value& value) {
  testing::internal::CaptureStdout();
  print(form, value);
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(Output, ContentMovesNoCursor) {
  const std::pair<const char*, const char*> rows[] = {
      {"plain \xc3\xa4 \xe2\x82\xac", "plain \xc3\xa4 \xe2\x82\xac"},
      {"a\x1b[2Jb", "a?[2Jb"},
      {"a\rb\tc\x7f", "a?b?c?"},
      {"a\xc2\x9b\x32Jb", "a?2Jb"},
      {"two\nlines", "two\n    lines"},
      {"a\xe2\x80\xaexe.b", "a?xe.b"},
      {"a\xe2\x81\xa6\xe2\x81\xa9", "a??"},
      {"\xe2\x80\x8f\xe2\x80\xa9\xe2\x80\xaf", "\xe2\x80\x8f\xe2\x80\xa9\xe2\x80\xaf"},
      {"\xe2\x81\xa5\xe2\x81\xaa", "\xe2\x81\xa5\xe2\x81\xaa"},
  };
  for (const auto& [given, shown] : rows) {
    EXPECT_EQ(printed(Form::people, json::Value(given)), std::string(shown) + "\n") << shown;
    EXPECT_EQ(printed(Form::people, json::Object{{"text", given}}),
              "text: " + std::string(shown) + "\n");
    const json::Array table{json::Object{{"text", given}}};
    EXPECT_NE(printed(Form::people, table).find(shown), std::string::npos);
    testing::internal::CaptureStderr();
    EXPECT_EQ(complain(Form::people, {Code::invalid, given}), 1);
    EXPECT_NE(testing::internal::GetCapturedStderr().find(shown), std::string::npos);
  }
}

TEST(Output, NamesOfFieldsMoveNoneEither) {
  const json::Object row{{"a\x1b[2Jb", "x"}};
  EXPECT_EQ(printed(Form::people, row), "a?[2Jb: x\n");
  EXPECT_TRUE(printed(Form::people, json::Array{row}).starts_with("a?[2Jb  \n"));
  EXPECT_TRUE(printed(Form::people, json::Object{{"r\x1bs", json::Array{row}}})
                  .starts_with("r?s:\na?[2Jb  \n"));
  EXPECT_EQ(printed(Form::people, json::Object{{"o\x1b", row}}), "o?:\n  a?[2Jb: x\n");
}

TEST(Output, OrdersToATerminalAreKnown) {
  for (const char* text : {"", "plain\n", "a\tb\r\nc\n", "\xc3\xa4 \xc2\xa9 \xe2\x82\xac"}) {
    EXPECT_FALSE(has_orders(text)) << text;
  }
  for (const char* text : {"\x1b[2J", "a\rb", "a\r", "\x07", "\x7f", "a\xc2\x9b\x32J", "a\xc2"}) {
    EXPECT_TRUE(has_orders(text)) << text;
  }
  EXPECT_TRUE(has_orders(std::string_view("\0", 1)));
}

TEST(Output, ATableHasTheColumnsOfAllRowsAndWordsAreNoJson) {
  const json::Array rows{json::Object{{"a", "1"}},
                         json::Object{{"a", "2"}, {"why", json::Array{"x", "y"}}}};
  EXPECT_EQ(printed(Form::people, rows), "a  why   \n1        \n2  x, y  \n");
}

TEST(Output, AnObjectInAnotherIsLinesBelowIt) {
  const json::Object value{{"side", json::Object{{"law", "cn-rmsv"}, {"clause", "Art. 9(7)"}}},
                           {"missing", json::Array{}},
                           {"to", json::Array{"ENISA"}}};
  EXPECT_EQ(printed(Form::people, value),
            "side:\n  law: cn-rmsv\n  clause: Art. 9(7)\nmissing: nothing\nto: ENISA\n");
  EXPECT_NE(printed(Form::json, value).find("\"missing\": []"), std::string::npos);
}

}  // namespace
}  // namespace weir::main
