#include "base/keyring.h"

#include "base/bytes.h"
#include "base/digest.h"

namespace weir {

Keyring::Keyring(std::vector<Secret> newest_first) {
  CHECK(!newest_first.empty());
  for (Secret& secret : newest_first) {
    CHECK(secret.reveal().size() == kKeyBytes);
    const Digest digest = Sha256().add("weir/master-key/v1").add(secret.reveal()).finish();
    keys_.push_back({std::string(digest.view().substr(0, kKeyIdBytes)), std::move(secret)});
  }
}

std::string Keyring::wrap(std::string_view plain, std::string_view context, Random& random) const {
  return keys_.front().id + seal(keys_.front().secret, plain, context, random);
}

Result<Secret> Keyring::unwrap(std::string_view wrapped, std::string_view context) const {
  if (wrapped.size() < kKeyIdBytes) {
    return fail(Code::corrupt, "a wrapped key is cut short");
  }
  for (const Key& key : keys_) {
    if (key.id == wrapped.substr(0, kKeyIdBytes)) {
      auto plain = unseal(key.secret, wrapped.substr(kKeyIdBytes), context);
      if (!plain) {
        return fail(Code::corrupt, "a wrapped key does not open under its master key");
      }
      return Secret(std::move(*plain));
    }
  }
  return fail(Code::not_found, "no master key with id " + to_hex(wrapped.substr(0, kKeyIdBytes)));
}

bool Keyring::is_current(std::string_view wrapped) const {
  return wrapped.starts_with(keys_.front().id);
}

std::string Keyring::current_id() const {
  return to_hex(keys_.front().id);
}

}  // namespace weir
