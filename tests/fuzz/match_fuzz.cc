// Any record asked about any name: an answer has a reason, and findings are among all answers.
#include <cstdint>
#include <string>
#include <string_view>

#include "advisory/read.h"
#include "match/match.h"
#include "match/memory.h"
#include "match/target.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

/// A purl or CPE, a version, then the record.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view name = take_line(text);
  const std::string_view version = take_line(text);
  static advisory::Reader reader;
  const auto record = reader.read(text);
  const auto target = match::target_of_name(name, version);
  if (!record || !target) {
    return 0;
  }
  match::Memory memory;
  memory.add(*record);
  match::Matcher matcher(memory.lookup());
  const auto all = matcher.ask({&*target, 1}, match::Wanted::everything);
  const auto findings = matcher.ask({&*target, 1}, match::Wanted::findings);
  CHECK(all && findings);
  std::size_t count = 0;
  for (const match::Answer& answer : *all) {
    CHECK(!answer.why(target->version).empty());
    count += answer.is_finding() ? 1 : 0;
  }
  // Composer's order is none (version.h), so two ways of going through events may differ.
  CHECK(count == findings->size() || target->ecosystem == "Packagist");
  return 0;
}
