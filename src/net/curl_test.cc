#include "net/curl.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(Curl, KnowsWhatWouldBeginAnotherLine) {
  EXPECT_FALSE(has_line_break("one line"));
  for (const std::string_view text :
       {std::string_view("a\r"), std::string_view("a\nb"), std::string_view("a\0b", 3)}) {
    EXPECT_TRUE(has_line_break(text));
  }
}

TEST(Curl, TheGuardIsAskedForTheVeryAddress) {
  const auto made = new_handle();
  ASSERT_TRUE(made);
  const Handle& handle = *made;
  const std::vector<std::string> nothing;
  Guard guard{Reach::public_only, &nothing};
  Options options(handle.get());
  guard.install(options);
  options.set(CURLOPT_URL, "http://127.0.0.1:9/").set(CURLOPT_NOSIGNAL, 1L);
  ASSERT_EQ(options.outcome(), CURLE_OK);
  EXPECT_NE(libcurl->easy_perform(handle.get()), CURLE_OK);
  EXPECT_TRUE(guard.has_refused);
}

TEST(Curl, EveryRequestBeginsWithItsAddressAndEndsWithItsTime) {
  EXPECT_EQ(start_request("ftp://127.0.0.1/?secret").error().where, "ftp://127.0.0.1/");
  EXPECT_FALSE(start_request("http://127.0.0.1/\r\n"));
  const auto handle = start_request("http://127.0.0.1:9/");
  ASSERT_TRUE(handle);
  const Limits limits;
  Guard guard{Reach::public_only, &limits.allowed};
  Options options(handle->get());
  set_usual(options, limits, guard);
  EXPECT_EQ(options.set(CURLOPT_URL, "http://127.0.0.1:9/").outcome(), CURLE_OK);
  EXPECT_NE(libcurl->easy_perform(handle->get()), CURLE_OK);
  EXPECT_TRUE(guard.has_refused);
  EXPECT_EQ(place_of("http://a/b?c#d"), "http://a/b");
}

}  // namespace
}  // namespace weir::net
