// What a mirror reads of a feed of changes: the head's body, a page, and each change in it.
#include <cstdint>
#include <string_view>

#include "compat/mirror.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto head = compat::parse_head_note(text, "weir.example/log")) {
    CHECK(compat::head_note("weir.example/log", compat::head_lines(*head)) == text);
  }
  static_cast<void>(compat::read_feed_change(text));
  if (const auto page = compat::read_feed_page(text)) {
    catalog::Head head;
    for (const std::string_view one : page->changes) {
      if (const auto change = compat::read_feed_change(one)) {
        if (const auto next = compat::follow_change(head, change->change)) {
          head = *next;
        }
      }
    }
  }
  return 0;
}
