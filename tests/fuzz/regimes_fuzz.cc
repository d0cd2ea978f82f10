// A file of regimes, read beside a vocabulary and calendars that are good: it is refused with its
// place, or what it says can be shown and counted with.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "regimes/regimes.h"

namespace {

/// The events and attributes of the real vocabulary, with few places, so that a run is quick.
std::string small_vocabulary(const std::string& whole) {
  return whole.substr(0, whole.find("\ngroups:")) +
         "\ngroups: {EU: [BE]}\nplaces: [{place: BE, zone: Etc/UTC}, {place: CN, zone: Etc/UTC}, "
         "{place: US, zone: Etc/UTC}]\n";
}

const std::vector<weir::regimes::File>& words() {
  static const std::vector<weir::regimes::File> kWords = [] {
    std::vector<weir::regimes::File> chosen = {{"calendars.yaml", "calendars: []\n"}};
    for (const weir::regimes::File& file : weir::regimes::builtin()) {
      if (file.name == "vocabulary.yaml") {
        chosen.push_back({file.name, small_vocabulary(file.text)});
      }
    }
    return chosen;
  }();
  return kWords;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<weir::regimes::File> files = words();
  files.push_back({"x.yaml", std::string(reinterpret_cast<const char*>(data), size)});
  const auto rules = weir::regimes::load(files);
  if (!rules) {
    if (rules.error().where.empty() || rules.error().message.empty()) {
      std::abort();
    }
    return 0;
  }
  for (const weir::deadline::Regime& regime : rules->regimes) {
    if (weir::regimes::show(*rules, regime).empty()) {
      std::abort();
    }
  }
  return 0;
}
