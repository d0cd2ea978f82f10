// The body of a batch to be matched: read or refused with the place of what is wrong.
#include <cstdint>
#include <string_view>

#include "compat/own_api.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto questions = weir::compat::read_match_questions(text);
  if (questions) {
    CHECK(questions->targets.size() <= weir::compat::kMostMatchQueries);
  } else {
    CHECK(questions.error().code == weir::Code::invalid && !questions.error().message.empty());
  }
  return 0;
}
