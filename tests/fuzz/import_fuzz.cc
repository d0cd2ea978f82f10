// A file that is imported, whatever its name says and its bytes are: plain, packed, an archive, a
// table. What comes out can be stored, and what is refused has a place and a reason that can be
// shown.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "advisory/advisory.h"
#include "base/bytes.h"
#include "catalog/preparer.h"
#include "catalog/words.h"

namespace {

using namespace weir;
using namespace weir::catalog;

void check(const Batch& batch) {
  for (const Prepared& one : batch.records) {
    CHECK(one.source && is_utf8(one.id) && !one.id.empty());
    CHECK(one.is_removal == one.body.bytes.empty());
    CHECK(one.parts.empty() || advisory::decode(one.parts));
    CHECK(is_utf8(one.names) && is_utf8(one.words));
    CHECK(one.words.size() <= kMostWordBytes && one.score <= 100);
    const Status names_are_text = one.terms.each([](std::string_view name, std::size_t kind) {
      CHECK(is_utf8(name) && kind >= 1 && kind <= kTermKinds);
      return Status{};
    });
    CHECK(names_are_text.has_value());
  }
  for (const Reject& reject : batch.rejects) {
    CHECK(is_utf8(reject.place) && !reject.place.empty());
    CHECK(is_utf8(reject.error.message) && !reject.error.message.empty());
    CHECK(is_utf8(reject.error.where));
  }
  for (const EpssRow& row : batch.epss) {
    CHECK(row.score >= 0 && row.score <= 1'000'000);
    CHECK(row.percentile >= 0 && row.percentile <= 1'000'000);
    CHECK(batch.epss_day.size() == std::string_view("2026-01-31").size());
  }
}

}  // namespace

/// The file's name in a line, then what is in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string name(text.substr(0, end));
  if (name.empty() || !is_utf8(name)) {
    return 0;  // the command line's, or a folder's
  }
  Preparer preparer(std::nullopt, {}, Compressor(), [](Batch batch) {
    check(batch);
    return true;
  });
  auto input = Input::memory(name, text.substr(std::min(end + 1, text.size())));
  if (input) {
    preparer.take(*input, name);
    preparer.finish();
  } else {
    CHECK(input.error().code == Code::invalid && !input.error().message.empty());
  }
  return 0;
}
