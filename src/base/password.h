// Passwords as they are kept: Argon2id (RFC 9106) by libsodium, with a salt of its own each.
//
// A record is: version (1) ‖ passes (8) ‖ KiB of memory (8) ‖ salt (16) ‖ hash (32), integers
// big-endian. It names its own cost, so that the cost can be raised: old records still verify, and
// is_current() says which are to be made anew at the next sign-in. Stored.
//
// Thread rule: functions of their arguments. Each call takes the memory and time of its cost: the
// caller limits how many run at once (base/turns.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace weir {

struct PasswordCost {
  std::uint64_t passes = 2;
  std::uint64_t kibibytes = 64 * 1024;  // 79 ms on the machine it was measured on
  bool operator==(const PasswordCost&) const = default;
};

/// `unavailable` if there is no memory for it.
Result<std::string> password_record(const PasswordCost& cost, std::string_view password,
                                    Random& random);
/// A record that no password opens (its hash is random), and that costs as much to compare with as
/// one of this cost: for handles that are nobody's. It is made without hashing.
std::string nobodys_record(const PasswordCost& cost, Random& random);
/// Whether `password` is the record's. `corrupt` for bytes that are no record.
Result<bool> is_password(std::string_view record, std::string_view password);
/// Whether the record was made at this cost.
bool is_current(std::string_view record, const PasswordCost& cost);

}  // namespace weir
