#include "catalog/heads.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"

namespace weir::catalog {
namespace {

constexpr std::string_view kTag = "weir/changes/v1";

Head head_of(const store::Row& row) {
  const auto hash = Digest::from(row.blob(1));
  CHECK(hash);  // written by put_heads() alone
  return {row.integer(0), *hash};
}

}  // namespace

std::string line_of(const Entry& entry) {
  std::string line = fmt::format(R"(["{}","{}",)", entry.version, entry.source);
  json::append_canonical(line, entry.id);
  line += fmt::format(R"(,"{}","{}","{}"])", entry.state, to_rfc3339(entry.taken),
                      to_hex(entry.digest));
  return line;
}

Head next(const Head& head, const Entry& entry) {
  CHECK(entry.version > head.version);
  return {entry.version, Sha256().add(kTag).add(head.hash.view()).add(line_of(entry)).finish()};
}

Result<Head> newest_head(const store::Tx& tx) {
  const auto head =
      TRY(tx.one("SELECT version, hash FROM feed_head ORDER BY version DESC LIMIT 1", {}, head_of));
  return head.value_or(Head{});
}

Result<std::optional<Head>> first_head(const store::Tx& tx) {
  return tx.one("SELECT version, hash FROM feed_head ORDER BY version LIMIT 1", {}, head_of);
}

}  // namespace weir::catalog
