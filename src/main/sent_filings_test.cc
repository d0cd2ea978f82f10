// The story with two servers is tests/walkthrough/sending.py.
#include "main/sent_filings.h"

#include <gtest/gtest.h>

namespace weir::main {
namespace {

TEST(SentFilings, NothingGoesOutWithoutAPlatformThatRecordsIt) {
  Line line;
  line.data = "/nonexistent/weir";
  line.as = "ven";
  const auto sent = send_filing(line, {.filing = "f", .sending = {"https://weir.example"}});
  ASSERT_FALSE(sent);
  EXPECT_NE(sent.error().where.find("/nonexistent/weir"), std::string::npos) << text(sent.error());
}

TEST(SentFilings, AReceiptIsHeldAgainstAKeyThatOneHas) {
  Line line;
  CLI::App group;
  add_sent_receipt(group, line, std::make_shared<std::string>());
  EXPECT_THROW(group.parse("receipt f", false), CLI::RequiredError);
  CLI::App whole;
  add_sent_receipt(whole, line, std::make_shared<std::string>());
  whole.parse("receipt f --vkey k", false);
  EXPECT_TRUE(line.run);
}

}  // namespace
}  // namespace weir::main
