#include "base/totp.h"

#include <algorithm>
#include <array>

#include <liboath/oath.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

namespace weir {
namespace {

constexpr std::size_t kMostDigits = 8;

std::int64_t step_of(Instant at) {
  return at.ms / kTotpStep.count();
}

std::string code_of_step(std::string_view secret, std::int64_t step, unsigned digits) {
  static const int ready = oath_init();
  CHECK(ready == OATH_OK && digits >= 6 && digits <= kMostDigits && step >= 0);
  std::array<char, kMostDigits + 1> out{};
  const int made =
      oath_hotp_generate(secret.data(), secret.size(), static_cast<std::uint64_t>(step), digits,
                         false, OATH_HOTP_DYNAMIC_TRUNCATION, out.data());
  CHECK(made == OATH_OK);
  return out.data();
}

/// RFC 3986, unreserved characters.
bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += is_unreserved(c) ? std::string(1, c) : "%" + to_hex(std::string_view(&c, 1));
  }
  return out;
}

std::string upper_base32(std::string_view bytes) {
  std::string text = to_base32(bytes);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

std::string totp_code(std::string_view secret, Instant at, unsigned digits) {
  return code_of_step(secret, step_of(at), digits);
}

std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, Instant now,
                                      std::int64_t last) {
  std::optional<std::int64_t> found;
  for (std::int64_t step = step_of(now) - kTotpWindow; step <= step_of(now) + kTotpWindow; ++step) {
    const bool is_code = step >= 0 && equal_secrets(code_of_step(secret, step, kTotpDigits), code);
    if (is_code && step > last && !found) {
      found = step;
    }
  }
  return found;
}

std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view secret) {
  return "otpauth://totp/" + percent_encoded(issuer) + ":" + percent_encoded(account) +
         "?secret=" + upper_base32(secret) + "&issuer=" + percent_encoded(issuer) +
         "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace weir
