// A filing's bytes, and what they are as a report.
#include "format/filing.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "format/format.h"
#include "format/read.h"

namespace weir::format {
namespace {

FilingDocument whole() {
  return {.filing = "f",
          .organisation = "Northwind",
          .regime = "eu-cra",
          .version = "2026-09-11",
          .stage = "notification",
          .title = "Notification",
          .recipients = {"ENISA"},
          .fields = {{"product", "Product", Level::notice, Level::notice, true, "Router OS"},
                     {"nature", "Nature", Level::advisory, Level::exploit, true, "overflow"}},
          .withheld = {}};
}

TEST(Filing, ItsTextHasNoControlCharactersButLineEndAndTab) {
  EXPECT_TRUE(is_form_text("a\n\tb ü"));
  EXPECT_TRUE(is_form_text(""));
  for (const std::string_view bad :
       {std::string_view("a\0b", 3), std::string_view("\r"), std::string_view("\x1b[1m"),
        std::string_view("\x7f"), std::string_view("\xc3")}) {
    EXPECT_FALSE(is_form_text(bad));
  }
}

TEST(Filing, AsAReportShowsNoFieldBelowItsLevel) {
  const auto report = read_filing(write_filing(whole()));
  ASSERT_TRUE(report) << text(report.error());
  EXPECT_EQ(report->source, kFilingFormat);
  EXPECT_EQ(report->reporter_name, "Northwind");
  ASSERT_EQ(report->vulnerabilities.size(), 1u);
  const Vulnerability& one = report->vulnerabilities.front();
  ASSERT_EQ(one.products.size(), 1u);
  EXPECT_EQ(one.products.front().name, "Router OS");
  EXPECT_EQ(one.products.front().vendor, "Northwind");
  ASSERT_EQ(one.parts.size(), 1u);
  EXPECT_EQ(one.parts.front().level, Level::exploit);
  EXPECT_EQ(notice_text(*report).find("overflow"), std::string::npos);
  EXPECT_EQ(advisory_json(*report).find("overflow"), std::string::npos);
  EXPECT_EQ(advisory_json(*report).find("eu-cra"), std::string::npos)
      << "under which law it is filed tells whether the flaw is exploited";
}

TEST(Filing, AProductThatIsMoreThanANoticeIsNotNamedInOne) {
  FilingDocument told = whole();
  told.fields.front().level = Level::technical;
  const auto report = read_filing(write_filing(told));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->vulnerabilities.front().products.empty());
  EXPECT_EQ(notice_text(*report).find("Router"), std::string::npos);
  told.fields.front().level = Level::notice;
  told.fields.front().value = std::string(kMaxNameBytes + 1, 'x');
  told.fields.back().name = std::string(kMaxKindBytes + 1, 'n');
  const auto lengthy = read_filing(write_filing(told));
  ASSERT_TRUE(lengthy);
  EXPECT_TRUE(lengthy->vulnerabilities.front().products.empty()) << "no name is that long";
  ASSERT_EQ(lengthy->vulnerabilities.front().parts.size(), 2u);
  EXPECT_EQ(lengthy->vulnerabilities.front().parts.back().kind, "field") << "nor is a kind";
  EXPECT_TRUE(*parse_report(write_report(*lengthy)) == *lengthy);
}

TEST(Filing, IsAtTheLevelOfItsMostDetailedField) {
  FilingDocument told = whole();
  EXPECT_EQ(level_of(told), Level::exploit);
  std::ranges::reverse(told.fields);
  EXPECT_EQ(level_of(told), Level::exploit) << "in whatever order";
  told.fields.front().value = "";
  EXPECT_EQ(level_of(told), Level::notice) << "of what is given";
  told.fields.clear();
  EXPECT_EQ(level_of(told), Level::existence);
}

TEST(Filing, ThatWasHandedOverSaysWhichItIs) {
  for (std::string FilingDocument::* const member :
       {&FilingDocument::filing, &FilingDocument::organisation, &FilingDocument::regime,
        &FilingDocument::stage, &FilingDocument::title}) {
    FilingDocument nameless = whole();
    nameless.*member = "";
    EXPECT_TRUE(parse_filing(write_filing(nameless)));
    EXPECT_FALSE(parse_whole_filing(write_filing(nameless)));
    EXPECT_FALSE(parse_any(write_filing(nameless)));
  }
  EXPECT_TRUE(parse_whole_filing(write_filing(whole())));
}

TEST(Filing, IsAtMostTwoMebibytesAlsoAsAReport) {
  const std::string large = std::string(kMaxFilingBytes, ' ') + write_filing(whole());
  EXPECT_FALSE(parse_any(large));
  EXPECT_TRUE(parse_any("  " + write_filing(whole())));
}

}  // namespace
}  // namespace weir::format
