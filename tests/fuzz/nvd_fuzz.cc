// The parameters of the NVD API, and records as its items: whatever is asked is read or refused
// with a reason, and an item of a record that was taken has what the schema needs.
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "compat/nvd_api.h"
#include "compat/nvd_body.h"
#include "compat/nvd_cpe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  weir::compat::Given given;
  std::string_view rest = text;
  while (!rest.empty() && given.parameters.size() < 32) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equal = std::min(one.find('='), one.size());
    const std::string name(one.substr(0, equal));
    if (!given.has(name)) {  // a parameter that comes twice is the route's to refuse
      given.parameters.emplace_back(name, one.substr(std::min(equal + 1, one.size())));
    }
  }
  if (const auto question = weir::compat::read_nvd_question(given); !question) {
    CHECK(question.error().code == weir::Code::invalid && !question.error().message.empty());
  } else {
    CHECK(question->query.limit > 0 && question->query.limit <= weir::compat::kMostNvdCves);
    if (question->query.vector) {
      question->query.vector(text);
    }
  }
  static_cast<void>(weir::compat::read_cpe(std::string(text), "cpeName"));
  if (const auto record = weir::json::parse(text)) {
    if (const auto cve = weir::compat::nvd_cve_of(*record)) {
      for (const std::string_view needed :
           {"id", "published", "lastModified", "references", "descriptions"}) {
        CHECK(cve->contains(needed));
      }
      CHECK(!cve->at("descriptions").as_array().empty());
    }
  }
  return 0;
}
