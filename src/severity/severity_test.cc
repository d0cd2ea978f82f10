// CVSS: published examples, both sides of every rule, and what is refused.
#include "severity/severity.h"

#include <string>

#include <gtest/gtest.h>

#include "severity/metrics.h"

namespace weir::severity {
namespace {

struct Scored {
  const char* vector;
  int base;
  int temporal;       // -1: none
  int environmental;  // -1: none
};

TEST(Cvss, ScoresAsItsSpecificationsExamples) {
  const Scored table[] = {
      // v2 guide, chapter 3.3: CVE-2002-0392, CVE-2003-0818, CVE-2003-0062.
      {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 78, 64, 92},
      {"AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L", 100, 83, 90},
      {"AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M", 62, 49, 75},
      {"AV:N/AC:L/Au:N/C:N/I:N/A:N", 0, -1, -1},
      {"AV:N/AC:L/Au:N/C:C/I:C/A:C", 100, -1, -1},
      {"(AV:N/AC:L/Au:N/C:C/I:C/A:C/TD:N)", 100, -1, 0},
      {"AV:L/AC:H/Au:M/C:N/I:P/A:N/E:H/IR:L", 8, 8, 0},          // the formula falls below zero
      {"AV:L/AC:H/Au:M/C:N/I:P/A:N/E:H/CDP:LM/IR:L", 8, 8, 29},  // and counts, before the end
      // v3 examples: CVE-2013-1937, CVE-2014-0160 (Heartbleed), CVE-2014-6271 (Shellshock).
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61, 61, 61},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 75, 75, 75},
      {"CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98, 98, 98},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100, 100, 100},
      {"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0, 0, 0},
      // Where 3.0 and 3.1 part: the modified impact of a changed scope.
      {"CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:H/I:H/A:H/CR:H/IR:H/AR:H", 68, 68, 68},
      {"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:C/C:H/I:H/A:H/CR:H/IR:H/AR:H", 68, 68, 69},
  };
  for (const Scored& row : table) {
    const auto cvss = Cvss::parse(row.vector);
    ASSERT_TRUE(cvss) << row.vector << ": " << text(cvss.error());
    const auto scores = cvss->scores();
    EXPECT_EQ(scores.base, row.base) << row.vector;
    EXPECT_EQ(scores.temporal.value_or(-1), row.temporal) << row.vector;
    EXPECT_EQ(scores.environmental.value_or(-1), row.environmental) << row.vector;
  }
}

TEST(Cvss, WhatCountsIsTheLastScoreThatHasMetricsOfItsOwn) {
  const std::pair<const char*, int> table[] = {
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 96},  // environmental: 9.7
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/E:X/MAV:X", 96},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/MAV:N", 97},
      {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/E:U", 88},
      {"CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 96},
      {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C", 64},
      {"AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H", 92},
  };
  for (const auto& [vector, overall] : table) {
    EXPECT_EQ(Cvss::parse(vector)->scores().overall, overall) << vector;
  }
}

struct Four {
  const char* metrics;
  int score;
  const char* macro;
  const char* nomenclature;
};

TEST(Cvss, ScoresVersion4ByItsMacroVectors) {
  const Four table[] = {
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 100, "000100", "CVSS-B"},
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 93, "000200", "CVSS-B"},
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0, "002201", "CVSS-B"},
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/E:P", 78, "001210", "CVSS-BT"},
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MSI:S", 100, "000000", "CVSS-BE"},
      {"AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/MAV:P", 40, "200220",
       "CVSS-BTE"},
  };
  for (const Four& row : table) {
    const auto cvss = Cvss::parse(std::string("CVSS:4.0/") + row.metrics);
    ASSERT_TRUE(cvss) << row.metrics;
    EXPECT_EQ(cvss->scores().overall, row.score) << row.metrics;
    EXPECT_EQ(cvss->scores().base, row.score) << row.metrics;
    EXPECT_EQ(cvss->macro_vector(), row.macro) << row.metrics;
    EXPECT_EQ(cvss->nomenclature(), row.nomenclature) << row.metrics;
  }
}

/// Every macro vector that there is, and a worse value never scores lower.
TEST(Cvss, Version4NeverFallsWhenAMetricGetsWorse) {
  const auto table = metrics(Version::v40);
  Values values{};
  for (unsigned pick = 0; pick < 4000; ++pick) {
    unsigned seed = pick * 2'654'435'761u;
    for (std::size_t i = 0; i <= v4::kAR; ++i) {
      const auto choices = std::ranges::find(table[i].values, "") - table[i].values.begin();
      values[i] = static_cast<std::uint8_t>((seed >> 16) % static_cast<unsigned>(choices));
      seed = seed * 1'103'515'245u + 12'345u;
    }
    const int before = v4::score(values);
    EXPECT_TRUE(before >= 0 && before <= 100);
    for (std::size_t i = 0; i < v4::kE; ++i) {
      if (values[i] > 0) {
        Values worse = values;
        --worse[i];
        EXPECT_GE(v4::score(worse), before) << table[i].name;
      }
    }
  }
}

TEST(Cvss, IsWrittenInTheOrderOfItsSpecification) {
  const char* table[][2] = {
      {"A:P/I:P/C:P/Au:N/AC:L/AV:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P"},
      {"AV:N/AC:L/Au:N/C:P/I:P/A:P/E:ND/TD:H", "AV:N/AC:L/Au:N/C:P/I:P/A:P/TD:H"},
      {"CVSS:3.1/S:U/AV:N/AC:L/PR:N/UI:N/C:H/I:N/A:N/E:X/MAV:L",
       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/MAV:L"},
      {"CVSS:4.0/U:Amber/SA:N/SI:N/SC:N/VA:H/VI:H/VC:H/UI:N/PR:N/AT:N/AC:L/AV:N",
       "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/U:Amber"},
  };
  for (const auto& [in, out] : table) {
    const auto cvss = Cvss::parse(in);
    ASSERT_TRUE(cvss) << in;
    EXPECT_EQ(cvss->text(), out);
    EXPECT_EQ(Cvss::parse(out)->text(), out);
  }
  const auto cvss = *Cvss::parse("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N");
  EXPECT_EQ(cvss.value("C"), "H");
  EXPECT_EQ(cvss.value("MAV"), "X");
  EXPECT_EQ(cvss.value("Au"), std::nullopt);
  EXPECT_EQ(cvss.nomenclature(), "CVSS");
  EXPECT_EQ(cvss.macro_vector(), "");
}

TEST(Cvss, RefusesWhatIsNoVector) {
  const std::string good = "AV:N/AC:L/Au:N/C:P/I:P/A:P";
  EXPECT_TRUE(Cvss::parse(good));
  for (const std::string& vector :
       {std::string(), std::string("AV:N"), good + "/", "/" + good, good + "/AV:N", good + "/E:X",
        good + "/XX:N", good + "/E:", good + "/E", good + "/E:ND/E:ND", "(" + good,
        "CVSS:2.0/" + good, std::string("av:n/AC:L/Au:N/C:P/I:P/A:P"), std::string("CVSS:3.2/AV:N"),
        std::string("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N"),
        std::string("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N"),
        std::string(kMaxVectorBytes + 1, 'A')}) {
    EXPECT_FALSE(Cvss::parse(vector)) << vector;
  }
}

TEST(Cvss, ReadsUpToItsLimit) {
  const auto too_long = Cvss::parse(std::string(kMaxVectorBytes + 1, 'A'));
  const auto just_wrong = Cvss::parse(std::string(kMaxVectorBytes, 'A'));
  EXPECT_NE(too_long.error().message, just_wrong.error().message.substr(0, 40));
  EXPECT_TRUE(too_long.error().message.contains("512"));
  EXPECT_FALSE(just_wrong.error().message.contains("512"));
  for (const Version version : {Version::v2, Version::v30, Version::v31, Version::v40}) {
    EXPECT_LE(metrics(version).size(), kMaxMetrics) << name(version);
  }
}

TEST(Cvss, HasBands) {
  const std::pair<int, Band> three[] = {
      {0, Band::none},    {1, Band::low},       {39, Band::low},
      {40, Band::medium}, {69, Band::medium},   {70, Band::high},
      {89, Band::high},   {90, Band::critical}, {100, Band::critical}};
  for (const auto& [score, expected] : three) {
    EXPECT_EQ(band(Version::v31, score), expected) << score;
    EXPECT_EQ(band(Version::v40, score), expected) << score;
  }
  EXPECT_EQ(band(Version::v2, 0), Band::low);
  EXPECT_EQ(band(Version::v2, 100), Band::high);
  EXPECT_EQ(name(Band::critical), "CRITICAL");
}

}  // namespace
}  // namespace weir::severity
