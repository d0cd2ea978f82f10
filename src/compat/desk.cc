#include "compat/desk.h"

#include <algorithm>

#include "catalog/changed.h"
#include "compat/records.h"

namespace weir::compat {

std::string Given::parameter(std::string_view name) const {
  const auto found =
      std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first);
  return found == parameters.end() ? std::string() : found->second;
}

bool Given::has(std::string_view name) const {
  return std::ranges::find(parameters, name, &std::pair<std::string, std::string>::first) !=
         parameters.end();
}

Desk::Desk() = default;
Desk::~Desk() = default;

Status Desk::turn_to(const store::Tx& tx, const catalog::Search* search) {
  tx_ = &tx;
  search_ = search;
  const catalog::VersionId newest = TRY(catalog::newest(tx));
  if (newest != newest_) {
    // Asks whichever snapshot the desk has turned to by then.
    matcher_ = std::make_unique<match::Matcher>(
        [this](std::string_view key) { return lookup(*tx_)(key); }, kMostRules);
    abouts_.clear();
    newest_ = newest;
  }
  return {};
}

const catalog::Search& Desk::search() const {
  CHECK(search_ != nullptr);
  return *search_;
}

match::Describe Desk::describe() {
  return [this](advisory::Source source, const std::string& id) -> Result<match::About> {
    const auto key = std::pair(source, id);
    if (const auto known = abouts_.find(key); known != abouts_.end()) {
      return known->second;
    }
    if (abouts_.size() >= kMostAbouts) {
      abouts_.clear();
    }
    const auto version = TRY(catalog::find(*tx_, source, id));
    CHECK(version);  // in the snapshot that the finding came from
    const std::string text = TRY(texts_.of(*tx_, version->version));
    match::About about = match::about(TRY(reader_.read(text)));
    const catalog::Weight weight = TRY(catalog::weigh(*tx_, id));
    about.score = about.score < 0 ? weight.score : about.score;
    about.listed = weight.listed;
    return abouts_.emplace(key, std::move(about)).first->second;
  };
}

}  // namespace weir::compat
