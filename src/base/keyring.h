// The master keys, and what lies under them.
//
// A wrapped key is: key id (8) ‖ nonce (24) ‖ ciphertext ‖ tag, bound to a context that says what
// it is and whose. The id names the master key, so that keys can be rotated: the newest wraps,
// every key of the ring unwraps.
//
// Thread rule: built once, then read only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace weir {

inline constexpr std::size_t kKeyIdBytes = 8;

class Keyring {
 public:
  /// `newest_first` holds at least one key of kKeyBytes.
  explicit Keyring(std::vector<Secret> newest_first);

  std::string wrap(std::string_view plain, std::string_view context, Random& random) const;
  /// `not_found` if no key of the ring has the id, `corrupt` if the bytes do not open.
  Result<Secret> unwrap(std::string_view wrapped, std::string_view context) const;
  /// True if `wrapped` lies under the newest key.
  bool is_current(std::string_view wrapped) const;
  /// The id of the newest key, in hex: for logs and doctor.
  std::string current_id() const;

 private:
  struct Key {
    std::string id;
    Secret secret;
  };
  std::vector<Key> keys_;
};

}  // namespace weir
