#include "config/config.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace weir::config {
namespace {

TEST(Config, ReadsBackWhatItWrites) {
  Config config;
  config.origin = "weir.example/log";
  config.mode = "trial";
  config.pad_to = 1;
  config.mirror = "https://mirror.example/log";
  const auto again = parse(write(config));
  ASSERT_TRUE(again) << text(again.error());
  EXPECT_EQ(again->origin, "weir.example/log");
  EXPECT_EQ(again->pad_to, 1);
  EXPECT_EQ(again->mirror, "https://mirror.example/log");
  EXPECT_EQ(write(*again), write(config));
}

TEST(Config, RefusesWhatItDoesNotKnowAndSaysWhere) {
  struct Case {
    const char* text;
    const char* message;
    const char* where;
  };
  for (const Case& c :
       {Case{"origin = \"a\"\npad = 3", "unknown setting: pad", "line 2"},
        {"origin = \"a\"\n\npad_to = 0", "pad_to is a number from 1 to 4096", "line 3"},
        {"pad_to = \"16\"", "pad_to is a number from 1 to 4096", "line 1"},
        {"origin = \"a b\"", "origin is needed, without spaces and plus signs", ""},
        {"", "origin is needed, without spaces and plus signs", ""},
        {"origin = \"a\"\nmode = \"demo\"", "mode is \"full\" or \"trial\"", ""},
        {"origin = \"a\"\nmode = \"trial\"\nadmin_network = \"opened\"",
         "admin_network is \"closed\" or \"open\"", ""},
        {"origin = \"a\"\nmode = \"trial\"\nseal_every_seconds = 151",
         "seal_every_seconds is at most half of seal_within_seconds: else promises break", ""},
        {"origin = \"a\"\nmode = \"trial\"\ntls_key = \"k\"",
         "tls_certificate and tls_key go together", ""},
        {"origin = \"a\"", "a full instance needs a witness_policy; mode = \"trial\" needs none",
         ""}}) {
    const auto result = parse(c.text);
    ASSERT_FALSE(result) << c.text;
    EXPECT_EQ(result.error().message, c.message);
    EXPECT_EQ(result.error().where, c.where);
  }
  EXPECT_EQ(parse("origin = ").error().code, Code::invalid);
  EXPECT_EQ(parse(std::string_view("a = \"b\"\n[\0\1x\t\0y = 1\n", 19)).error().message,
            "the configuration is ASCII text without brackets and braces");
  EXPECT_EQ(parse("origin = \"a\"\norigin = \"b\"").error().where, "line 2");
  EXPECT_FALSE(parse(std::string(kMaxConfigBytes + 1, '#')));
}

TEST(Config, GoldenReferencePage) {
  const std::string path = std::string(WEIR_SOURCE) + "/docs/operating/configuration.md";
  if (std::getenv("WEIR_GOLDEN") != nullptr) {
    std::ofstream(path) << reference();
    GTEST_SKIP() << "rewritten";
  }
  std::ifstream page(path);
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  EXPECT_EQ(text, reference()) << "./dev golden rewrites docs/operating/configuration.md";
}

TEST(Config, DescribesEverySetting) {
  const std::string page = reference();
  for (const char* name : {"origin", "mode", "secrets", "witness_policy", "pad_to", "ceiling_days",
                           "publication_days", "seal_within_seconds"}) {
    EXPECT_NE(page.find("`" + std::string(name) + "`"), std::string::npos) << name;
  }
}

TEST(Config, AValueIsAWholeNumberOrATextInQuotes) {
  const std::string start = "origin = \"log.example\" # = 3-\n# pad_to = 3-\n";
  for (const char* value : {"3-1", "3--------s 0.", "1979-05-27", "true", "inf", "0x10", "1.5",
                            R"("""a""")", "'''a'''", "-", "+"}) {
    const auto parsed = parse(start + "pad_to = " + value);
    ASSERT_FALSE(parsed) << value;
    EXPECT_EQ(parsed.error().message, "a setting is a whole number or a text in quotes") << value;
    EXPECT_EQ(parsed.error().where, "line 3") << value;
  }
  const auto parsed = parse(start + "mode = 'trial'\npad_to = +1_0 # as many\n");
  ASSERT_TRUE(parsed) << parsed.error().message << parsed.error().where;
  EXPECT_EQ(parsed->pad_to, 10);
}

}  // namespace
}  // namespace weir::config
