// Everything that importers take from outside: records, envelopes, documents with many records,
// YAML and CSV. What a reader has taken can be stored and read back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "advisory/keys.h"
#include "advisory/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static advisory::Reader reader;
  if (const auto one = reader.read(text)) {
    for (const advisory::Affected& affected : one->affected) {
      (void)advisory::keys(affected);
    }
    CHECK(advisory::decode(advisory::encode(one->affected)) == one->affected);
  }
  if (const auto change = advisory::unwrap(text)) {
    (void)reader.read(change->record);
  }
  if (const auto records = advisory::split(text)) {
    for (const std::string_view record : *records) {
      CHECK(record.empty() || (record.data() >= text.data() &&
                               record.data() + record.size() <= text.data() + text.size()));
    }
  }
  if (const auto json = advisory::json_of_yaml(text)) {
    (void)reader.read(*json);
  }
  if (auto table = advisory::Table::open(text)) {
    std::vector<std::string> cells;
    for (auto more = table->next(cells); !more || *more; more = table->next(cells)) {
      if (more) {
        CHECK(cells.size() == table->header().size());
      }
    }
  }
  if (const auto list = advisory::decode(text)) {
    CHECK(advisory::encode(*list) == text);
  }
  return 0;
}
