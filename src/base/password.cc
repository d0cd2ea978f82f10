#include "base/password.h"

#include <optional>

#include <sodium.h>

#include "base/bytes.h"
#include "base/digest.h"

namespace weir {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kSaltBytes = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kRecordBytes = 1 + 8 + 8 + kSaltBytes + kHashBytes;
constexpr std::uint64_t kMaxPasses = 16;            // of a record that is read: bounds the work
constexpr std::uint64_t kMaxKibibytes = 1U << 20U;  // 1 GiB

std::optional<std::string> hash(const PasswordCost& cost, std::string_view password,
                                std::string_view salt) {
  std::string out(kHashBytes, '\0');
  const int failed = crypto_pwhash_argon2id(
      data(out), out.size(), password.data(), password.size(), data(salt), cost.passes,
      static_cast<std::size_t>(cost.kibibytes) * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  return failed == 0 ? std::optional(std::move(out)) : std::nullopt;
}

std::string record_of(const PasswordCost& cost, std::string_view salt, std::string_view hashed) {
  return std::string(1, kVersion) + big_endian_64(cost.passes) + big_endian_64(cost.kibibytes) +
         std::string(salt) + std::string(hashed);
}

/// The cost that the record names, if it is a record.
std::optional<PasswordCost> cost_of(std::string_view record) {
  if (record.size() != kRecordBytes || record[0] != kVersion) {
    return std::nullopt;
  }
  const PasswordCost cost{read_big_endian_64(record.substr(1)),
                          read_big_endian_64(record.substr(9))};
  const bool is_sane = cost.passes <= kMaxPasses && cost.kibibytes <= kMaxKibibytes;
  return is_sane ? std::optional(cost) : std::nullopt;
}

}  // namespace

Result<std::string> password_record(const PasswordCost& cost, std::string_view password,
                                    Random& random) {
  const std::string salt = random.bytes(kSaltBytes);
  const auto hashed = hash(cost, password, salt);
  if (!hashed) {
    return fail(Code::unavailable, "there is no memory to hash a password");
  }
  return record_of(cost, salt, *hashed);
}

std::string nobodys_record(const PasswordCost& cost, Random& random) {
  const std::string salt = random.bytes(kSaltBytes);
  return record_of(cost, salt, random.bytes(kHashBytes));
}

Result<bool> is_password(std::string_view record, std::string_view password) {
  const auto cost = cost_of(record);
  if (!cost) {
    return fail(Code::corrupt, "a password record does not read");
  }
  const auto hashed = hash(*cost, password, record.substr(17, kSaltBytes));
  if (!hashed) {
    return fail(Code::unavailable, "there is no memory to hash a password");
  }
  return equal_secrets(*hashed, record.substr(17 + kSaltBytes));
}

bool is_current(std::string_view record, const PasswordCost& cost) {
  return cost_of(record) == cost;
}

}  // namespace weir
