// Ranges: any events, entries and words get an answer, the same for sorted events as for unsorted.
#include <cstdint>
#include <string_view>

#include "version/range.h"

namespace {

using namespace weir::version;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

/// The scheme's number, the version, then a line for each event or entry.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Scheme scheme = all_schemes()[data[0] % kSchemes];
  std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string_view version = take_line(text);
  OsvRange range;
  CveVersions entries;
  while (!text.empty() && range.events.size() < 200) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      continue;
    }
    const std::string word(line.substr(1));
    range.events.push_back({static_cast<OsvEvent::Kind>(line.front() & 3), word});
    entries.entries.push_back({.version = word,
                               .standing = static_cast<Standing>((line.front() >> 2) % 3),
                               .less_than = range.events.front().version,
                               .type = (line.front() & 64) != 0 ? "git" : "",
                               .changes = {{word, Standing::affected}}});
    if (const auto words = parse_words(scheme, word)) {
      (void)explain(judge(*words, version), version);
    }
  }
  const Verdict before = judge(scheme, {{range}}, {}, version);
  (void)explain(before, version);
  sort_events(scheme, range);
  const bool is_lawful = scheme != Scheme::composer && scheme != Scheme::alpm;  // version.h
  CHECK(!is_lawful || judge(scheme, {{range}}, {}, version) == before);
  (void)explain(judge(entries, scheme, version), version);
  return 0;
}
