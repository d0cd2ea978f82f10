#include "custody/event.h"

#include <algorithm>

#include "base/bytes.h"

namespace weir::custody {

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

Digest FieldSalts::of(std::string_view name) const {
  return key_.mac("weir/field-salt/v1", name);
}

Digest field_hash(const Digest& salt, std::string_view name, const json::Value& value) {
  return FieldHasher().hash(salt, name, value);
}

/// The value is the second element of JCS([name, value]); a field name needs no escape.
void FieldHasher::begin(const Digest& salt, std::string_view name) {
  text_.assign("weir/field/v1").append(salt.view()).append("[\"").append(name).append("\",");
  value_at_ = text_.size();
}

Digest FieldHasher::end() {
  text_ += ']';
  return sha256(text_);
}

std::string_view FieldHasher::value_text() const {
  return std::string_view(text_).substr(value_at_, text_.size() - 1 - value_at_);
}

Digest commitment(const std::vector<HashedField>& sorted) {
  CHECK(std::ranges::is_sorted(sorted, {}, &HashedField::name));
  std::vector<Digest> hashes;
  hashes.reserve(sorted.size());
  for (const HashedField& field : sorted) {
    hashes.push_back(field.hash);
  }
  return commitment(hashes);
}

Digest commitment(std::span<const Digest> hashes) {
  static_assert(sizeof(Digest) == sizeof(Digest::bytes));  // they lie end to end
  const std::string_view bytes(reinterpret_cast<const char*>(hashes.data()), hashes.size_bytes());
  return Sha256().add("weir/event/v1").add(bytes).finish();
}

Digest key_commit(std::string_view stream_key) {
  return Sha256().add("weir/stream-key/v1").add(stream_key).finish();
}

Digest Tags::of(std::uint64_t index) const {
  return key_.mac("weir/tag/v1", big_endian_64(index));
}

std::string leaf(const Digest& tag, const Digest& commitment) {
  std::string bytes(1, '\x01');
  bytes.append(tag.view()).append(commitment.view());
  return bytes;
}

Digest content_digest(const Digest& salt, std::string_view bytes) {
  return content_hasher(salt).add(bytes).finish();
}

Sha256 content_hasher(const Digest& salt) {
  Sha256 hash;
  hash.add("weir/content/v1").add(salt.view());
  return hash;
}

Digest recipients_digest(const Digest& salt, const json::Value& list) {
  return Sha256().add("weir/recipients/v1").add(salt.view()).add(json::canonical(list)).finish();
}

}  // namespace weir::custody
