// What a letter of news says. That GnuPG opens it: tests/walkthrough/news.py.
#include "main/senders.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "openpgp/openpgp.h"

namespace weir::main {
namespace {

constexpr Instant kBefore{1'798'761'600'000};  // 2027-01-01
constexpr Instant kAfter{1'830'297'600'000};   // 2028-01-01, when the key ends

std::string key() {
  std::ifstream file(WEIR_SOURCE "/tests/fuzz/corpus/openpgp/curve.asc");
  return openpgp::read_key(std::string(std::istreambuf_iterator<char>(file), {}), kBefore)
      .value()
      .bytes;
}

net::Letter letter() {
  return {"weir@a.example", "rita@b.example", "News on Weir", "2 messages\n", "7.a", kBefore};
}

TEST(Senders, WithoutAKeyALetterGoesAsItIs) {
  net::Letter one = letter();
  ASSERT_TRUE(protect(one, "", "no more", kBefore));
  EXPECT_EQ(one.text, "2 messages\n");
  EXPECT_EQ(one.form, net::Form::plain);
}

TEST(Senders, WithAKeyItIsSealed) {
  net::Letter one = letter();
  ASSERT_TRUE(protect(one, key(), "no more", kBefore));
  EXPECT_EQ(one.form, net::Form::openpgp);
  const auto written = net::write_letter(one);
  ASSERT_TRUE(written) << text(written.error());
  EXPECT_FALSE(written->contains("messages"));
  EXPECT_TRUE(written->contains("-----END PGP MESSAGE-----"));
}

TEST(Senders, WithAKeyThatHasEndedOrIsBrokenNothingIsSaidInTheClear) {
  for (const auto& [used, now] : {std::pair(key(), kAfter), std::pair(std::string("x"), kBefore)}) {
    net::Letter one = letter();
    ASSERT_TRUE(protect(one, used, "no more\n", now));
    EXPECT_EQ(one.form, net::Form::plain);
    EXPECT_EQ(one.text, "no more\n");
  }
}

}  // namespace
}  // namespace weir::main
