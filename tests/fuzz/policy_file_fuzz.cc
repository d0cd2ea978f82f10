// Policies: our own form of what is taken means the same and is stable.
#include <cstdint>
#include <string_view>

#include "merkle/merkle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::merkle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto policy = Policy::parse(text)) {
    const auto again = Policy::parse(policy->text());
    CHECK(again && *again == *policy && again->text() == policy->text());
    std::vector<std::size_t> everyone;
    for (std::size_t i = 0; i < policy->witnesses().size(); ++i) {
      everyone.push_back(i);
    }
    CHECK(policy->is_met(everyone));  // thresholds never exceed the members
    CHECK(policy->is_met({}) == policy->needs_no_witness());
  }
  return 0;
}
