#include <array>
#include <map>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/recent.h"
#include "base/time.h"
#include "base/time_refusal.h"

namespace weir {
namespace {

using namespace std::chrono_literals;

TEST(Bytes, RoundTripInEveryAlphabet) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random.bytes(size);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_base32(to_base32(bytes)), bytes);
  }
}

TEST(Bytes, RefusesEveryOtherSpelling) {
  for (const char* bad : {"A", "AA", "AAA", "AA=A", "A===", "====", "AB==", "AAB=", "AA==\n",
                          " AA==", "AA-_", "AAAA=",
                          "AA=="
                          "AA=="}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
  EXPECT_EQ(from_base64("AA=="), std::string(1, '\0'));
  for (const char* bad : {"0", "0G", "AB"}) {
    EXPECT_FALSE(from_hex(bad)) << bad;
  }
  for (const char* bad : {"a", "ab", "aaa", "AA", "a1"}) {
    EXPECT_FALSE(from_base32(bad)) << bad;
  }
}

TEST(Bytes, DecimalHasOneSpelling) {
  EXPECT_EQ(parse_decimal("0"), 0u);
  EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
  for (const char* bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "18446744073709551616", "1e3"}) {
    EXPECT_FALSE(parse_decimal(bad)) << bad;
  }
}

TEST(Bytes, KnowsUtf8) {
  for (const char* good :
       {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Digest, MatchesTheKnownAnswers) {
  // FIPS 180-4's "abc", RFC 4231's test cases 1, 2 and 6.
  EXPECT_EQ(to_hex(sha256("abc").view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(HmacKey(std::string(20, '\x0b')).mac("Hi There").view()),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(HmacKey("Jefe").mac("what do ya want ", "for nothing?").view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(HmacKey(std::string(131, '\xaa'))
                       .mac("Test Using Larger Than Block-Size Key - Hash Key First")
                       .view()),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/// RFC 2104 as it is written.
Digest hmac_by_hand(std::string key, std::string_view message) {
  if (key.size() > 64) {
    key = sha256(key).view();
  }
  key.resize(64);
  std::string inner = key;
  std::string outer = key;
  for (std::size_t i = 0; i < 64; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
    outer[i] = static_cast<char>(outer[i] ^ 0x5c);
  }
  return sha256(outer.append(sha256(inner.append(message)).view()));
}

TEST(Digest, HmacIsTheSameForEveryLength) {
  SeededRandom random(1);
  for (const std::size_t key_size : {0U, 1U, 32U, 64U, 65U, 131U}) {
    const std::string key = random.bytes(key_size);
    const HmacKey prepared(key);
    for (std::size_t size = 0; size < 200; ++size) {
      const std::string message = random.bytes(size);
      const std::string_view bytes = message;
      const Digest expected = hmac_by_hand(key, message);
      EXPECT_EQ(prepared.mac(bytes), expected) << size;
      EXPECT_EQ(prepared.mac(bytes.substr(0, size / 3), bytes.substr(size / 3)), expected) << size;
    }
  }
}

TEST(Time, WritesAndReadsRfc3339) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({1'795'440'000'123}), "2026-11-23T13:20:00.123Z");
  EXPECT_EQ(to_rfc3339({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(parse_rfc3339("2026-11-23T13:20:00.123Z"), Instant{1'795'440'000'123});
  EXPECT_EQ(parse_rfc3339("2026-11-23T15:20:00.1239+02:00"), Instant{1'795'440'000'123});
  EXPECT_EQ(parse_rfc3339("2024-02-29T23:59:60Z"), parse_rfc3339("2024-03-01T00:00:00Z"));
  for (const char* bad :
       {"", "2026-11-23", "2026-11-23T13:20:00", "2026-11-23 13:20:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T13:60:00Z",
        "2026-11-23T13:20:00.Z", "2026-11-23T13:20:00+2:00", "2026-11-23T13:20:00Zx",
        "1969-12-31T23:59:59Z", "2026-11-23T13:20:61Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
    EXPECT_FALSE(refusal_of_rfc3339(bad).empty()) << bad;
  }
}

TEST(Time, EachThatIsNoneIsRefusedForItsOwnReason) {
  const std::array<std::pair<const char*, const char*>, 12> cases = {{
      {"2026-11-23T13:20:00Z", ""},
      {"2024-02-29T13:20:00.5-23:59", ""},
      {"yesterday", "a time is a date, an hour and a zone, as 2026-09-11T14:00:00+02:00"},
      {"2026-11-23", "a time is a date, an hour and a zone, as 2026-09-11T14:00:00+02:00"},
      {"1969-12-31T23:59:59Z", "a time before 1970"},
      {"2026-02-29T00:00:00Z", "the calendar has no such day"},
      {"2026-13-01T00:00:00Z", "the calendar has no such day"},
      {"2026-11-23T24:00:00Z", "the day has no such time: from 00:00:00 to 23:59:60"},
      {"2026-11-23T13:20:00", "a time has a zone: Z, or an offset such as +02:00"},
      {"2026-11-23T13:20:00 CET", "a zone is Z, or an offset such as +02:00"},
      {"2026-11-23T13:20:00+25:00", "there is no such offset: from -23:59 to +23:59"},
      {"2026-11-23T13:20:00+01:60", "there is no such offset: from -23:59 to +23:59"},
  }};
  for (const auto& [text, why] : cases) {
    EXPECT_EQ(refusal_of_rfc3339(text), why) << text;
    EXPECT_EQ(parse_rfc3339(text).has_value(), std::string_view(why).empty()) << text;
  }
}

TEST(Crypto, SealedBytesOpenOnlyWithTheirKeyAndPlace) {
  SeededRandom random(2);
  const Secret key(random.bytes(kKeyBytes));
  const std::string sealed = seal(key, "text", "row 1", random);
  EXPECT_EQ(unseal(key, sealed, "row 1"), "text");
  EXPECT_FALSE(unseal(key, sealed, "row 2"));
  EXPECT_FALSE(unseal(Secret(random.bytes(kKeyBytes)), sealed, "row 1"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(unseal(key, changed, "row 1")) << i;
    EXPECT_FALSE(unseal(key, sealed.substr(0, i), "row 1")) << i;
  }
}

TEST(Crypto, SignsAsRfc8032Does) {
  // RFC 8032, 7.1, TEST 2.
  const SigningKey key = SigningKey::from_seed(
      Secret(*from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
  EXPECT_EQ(to_hex(key.public_key()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const std::string signature = key.sign("\x72");
  EXPECT_EQ(to_hex(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(verify_signature(key.public_key(), "\x72", signature));
  EXPECT_FALSE(verify_signature(key.public_key(), "\x73", signature));
  EXPECT_FALSE(verify_signature(key.public_key(), "\x72", signature.substr(1)));
}

TEST(Recent, KeepsWhatWasAskedForLast) {
  const Recent<int> recent(8'000);
  const auto put = [&](const char* key, int value) {
    recent.put(key, std::make_shared<const int>(value), 800);
  };
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g"}) {
    put(key, *key);
  }
  ASSERT_EQ(*recent.find("a"), 'a');  // now the last that was asked for
  put("h", 'h');
  put("i", 'i');
  EXPECT_EQ(*recent.find("a"), 'a');
  EXPECT_FALSE(recent.find("b"));
  EXPECT_EQ(*recent.find("i"), 'i');
  EXPECT_LE(recent.bytes(), 8'000U);
  put("i", 'x');
  EXPECT_EQ(*recent.find("i"), 'i');
  recent.put("large", std::make_shared<const int>(1), 1'001);
  EXPECT_FALSE(recent.find("large"));
}

TEST(Id, IsOneSpellingOfSixteenBytes) {
  using TestId = Id<struct TestKind>;
  SeededRandom random(3);
  const TestId id = TestId::make(random);
  EXPECT_EQ(TestId::parse(id.text()), id);
  EXPECT_EQ(id.text().size(), kIdChars);
  EXPECT_FALSE(TestId::parse(id.text() + "a"));
  EXPECT_FALSE(TestId::parse("AAAAAAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_FALSE(TestId::parse("aaaaaaaaaaaaaaaaaaaaaaaaab"));  // stray bits
}

}  // namespace
}  // namespace weir
