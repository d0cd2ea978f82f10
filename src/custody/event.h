// The bytes of the ledger: from fields to leaves. docs/formats/ledger.md is the statement; this is
// its one implementation, used by the writer (ledger/) and by whoever verifies (custody/).
//
// Pure. Thread rule: values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/json.h"

namespace weir::custody {

inline constexpr std::size_t kLeafBytes = 65;
inline constexpr std::size_t kMostFields = 64;  // of one event
inline constexpr std::size_t kMostFieldBytes = std::size_t{1} << 20;

/// One field in the open. `name` matches [a-z_]+; `value` passes json::is_event_value().
struct Field {
  std::string name;
  json::Value value;
};

/// A field as it enters the commitment.
struct HashedField {
  std::string name;
  Digest hash;
};

bool is_field_name(std::string_view name);

/// The salts of one event's fields, from its event salt.
class FieldSalts {
 public:
  explicit FieldSalts(const Digest& event_salt) : key_(event_salt.view()) {}
  Digest of(std::string_view name) const;

 private:
  HmacKey key_;
};

Digest field_hash(const Digest& salt, std::string_view name, const json::Value& value);

/// The same for many fields, one after the other through one buffer. A value is whatever
/// json::append_canonical() writes.
class FieldHasher {
 public:
  template <class T>
  Digest hash(const Digest& salt, std::string_view name, const T& value) {
    begin(salt, name);
    json::append_canonical(text_, value);
    return end();
  }
  /// JCS of the value that was hashed last.
  std::string_view value_text() const;

 private:
  void begin(const Digest& salt, std::string_view name);
  Digest end();
  std::string text_;  // what is hashed
  std::size_t value_at_ = 0;
};

/// The commitment to fields, which must be sorted by name.
Digest commitment(const std::vector<HashedField>& sorted);
/// The same, given their hashes in that order.
Digest commitment(std::span<const Digest> hashes);

Digest key_commit(std::string_view stream_key);

/// The tags of one stream, from its key.
class Tags {
 public:
  explicit Tags(std::string_view stream_key) : key_(stream_key) {}
  Digest of(std::uint64_t index) const;

 private:
  HmacKey key_;
};

/// 0x01 ‖ tag ‖ commitment.
std::string leaf(const Digest& tag, const Digest& commitment);

Digest content_digest(const Digest& salt, std::string_view bytes);
/// The same for content that arrives in pieces: add() to it, then finish().
Sha256 content_hasher(const Digest& salt);
/// `recipients.digest` of a release.
Digest recipients_digest(const Digest& salt, const json::Value& list);

}  // namespace weir::custody
