// Watch lists: any bytes are a list or refused; what a list holds is packed and read back as it
// was; a stored form that is none is refused.
#include <cstdint>
#include <string_view>

#include "watch/finding.h"
#include "watch/standing.h"
#include "watch/watch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;  // NOLINT: short
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto content = watch::read(bytes)) {
    CHECK(!content->items.empty() && content->parts >= content->items.size());
    CHECK(content->unread.size() <= watch::kMaxUnread);
    const auto again = watch::unpack_items(watch::pack(content->items));
    CHECK(again && *again == content->items);
    std::vector<watch::Standing::Name> names;
    for (const watch::Item& item : content->items) {
      CHECK(!item.parts.empty() && !watch::shown(item).empty());
      watch::Standing::names_of(item, names);
    }
    CHECK(names.size() >= content->items.size());
    if (content->statements) {
      CHECK(watch::unpack_statements(watch::pack(std::vector{*content->statements})));
    }
  }
  if (const auto items = watch::unpack_items(bytes)) {
    CHECK(watch::unpack_items(watch::pack(*items)) == *items);
  }
  (void)watch::unpack_statements(bytes);
  if (const auto finding = watch::unpack_finding(bytes)) {
    CHECK(watch::unpack_finding(watch::pack(*finding)) == *finding);
  }
  return 0;
}
