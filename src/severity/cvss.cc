// Reading and writing vectors.
#include <algorithm>
#include <array>

#include "severity/metrics.h"
#include "severity/severity.h"

namespace weir::severity {
namespace {

using enum Group;

constexpr auto kV2 = std::to_array<Metric>({
    {"AV", base, {"L", "A", "N"}},
    {"AC", base, {"H", "M", "L"}},
    {"Au", base, {"M", "S", "N"}},
    {"C", base, {"N", "P", "C"}},
    {"I", base, {"N", "P", "C"}},
    {"A", base, {"N", "P", "C"}},
    {"E", threat, {"ND", "U", "POC", "F", "H"}},
    {"RL", threat, {"ND", "OF", "TF", "W", "U"}},
    {"RC", threat, {"ND", "UC", "UR", "C"}},
    {"CDP", environmental, {"ND", "N", "L", "LM", "MH", "H"}},
    {"TD", environmental, {"ND", "N", "L", "M", "H"}},
    {"CR", environmental, {"ND", "L", "M", "H"}},
    {"IR", environmental, {"ND", "L", "M", "H"}},
    {"AR", environmental, {"ND", "L", "M", "H"}},
});

constexpr auto kV3 = std::to_array<Metric>({
    {"AV", base, {"N", "A", "L", "P"}},
    {"AC", base, {"L", "H"}},
    {"PR", base, {"N", "L", "H"}},
    {"UI", base, {"N", "R"}},
    {"S", base, {"U", "C"}},
    {"C", base, {"N", "L", "H"}},
    {"I", base, {"N", "L", "H"}},
    {"A", base, {"N", "L", "H"}},
    {"E", threat, {"X", "U", "P", "F", "H"}},
    {"RL", threat, {"X", "O", "T", "W", "U"}},
    {"RC", threat, {"X", "U", "R", "C"}},
    {"CR", environmental, {"X", "L", "M", "H"}},
    {"IR", environmental, {"X", "L", "M", "H"}},
    {"AR", environmental, {"X", "L", "M", "H"}},
    {"MAV", environmental, {"X", "N", "A", "L", "P"}},
    {"MAC", environmental, {"X", "L", "H"}},
    {"MPR", environmental, {"X", "N", "L", "H"}},
    {"MUI", environmental, {"X", "N", "R"}},
    {"MS", environmental, {"X", "U", "C"}},
    {"MC", environmental, {"X", "N", "L", "H"}},
    {"MI", environmental, {"X", "N", "L", "H"}},
    {"MA", environmental, {"X", "N", "L", "H"}},
});

// Values of the base from the worst to the mildest: their index is the severity distance.
constexpr auto kV4 = std::to_array<Metric>({
    {"AV", base, {"N", "A", "L", "P"}},
    {"AC", base, {"L", "H"}},
    {"AT", base, {"N", "P"}},
    {"PR", base, {"N", "L", "H"}},
    {"UI", base, {"N", "P", "A"}},
    {"VC", base, {"H", "L", "N"}},
    {"VI", base, {"H", "L", "N"}},
    {"VA", base, {"H", "L", "N"}},
    {"SC", base, {"H", "L", "N"}},
    {"SI", base, {"H", "L", "N"}},
    {"SA", base, {"H", "L", "N"}},
    {"E", threat, {"X", "A", "P", "U"}},
    {"CR", environmental, {"X", "H", "M", "L"}},
    {"IR", environmental, {"X", "H", "M", "L"}},
    {"AR", environmental, {"X", "H", "M", "L"}},
    {"MAV", environmental, {"X", "N", "A", "L", "P"}},
    {"MAC", environmental, {"X", "L", "H"}},
    {"MAT", environmental, {"X", "N", "P"}},
    {"MPR", environmental, {"X", "N", "L", "H"}},
    {"MUI", environmental, {"X", "N", "P", "A"}},
    {"MVC", environmental, {"X", "H", "L", "N"}},
    {"MVI", environmental, {"X", "H", "L", "N"}},
    {"MVA", environmental, {"X", "H", "L", "N"}},
    {"MSC", environmental, {"X", "H", "L", "N"}},
    {"MSI", environmental, {"X", "S", "H", "L", "N"}},
    {"MSA", environmental, {"X", "S", "H", "L", "N"}},
    {"S", supplemental, {"X", "N", "P"}},
    {"AU", supplemental, {"X", "N", "Y"}},
    {"R", supplemental, {"X", "A", "U", "I"}},
    {"V", supplemental, {"X", "D", "C"}},
    {"RE", supplemental, {"X", "L", "M", "H"}},
    {"U", supplemental, {"X", "Clear", "Green", "Amber", "Red"}},
});
static_assert(kV4.size() <= kMaxMetrics);

struct Prefix {
  std::string_view text;
  Version version;
};
constexpr auto kPrefixes = std::to_array<Prefix>(
    {{"CVSS:3.0/", Version::v30}, {"CVSS:3.1/", Version::v31}, {"CVSS:4.0/", Version::v40}});

std::string_view prefix(Version version) {
  const auto at = std::ranges::find(kPrefixes, version, &Prefix::version);
  return at == kPrefixes.end() ? "" : at->text;
}

std::unexpected<Error> refuse(std::string why) {
  return fail(Code::invalid, std::move(why));
}

constexpr std::uint8_t kUnset = 255;

/// "AV:N" into its place.
Status set(std::span<const Metric> table, Values& values, std::string_view pair) {
  const std::size_t colon = pair.find(':');
  const std::string_view name = pair.substr(0, colon);
  const auto metric = std::ranges::find(table, name, &Metric::name);
  if (metric == table.end() || colon == pair.npos) {
    return refuse("no metric \"" + std::string(pair) + "\"");
  }
  const auto value = std::ranges::find(metric->values, pair.substr(colon + 1));
  if (value == metric->values.end() || value->empty()) {
    return refuse("no value \"" + std::string(pair) + "\"");
  }
  std::uint8_t& place = values[static_cast<std::size_t>(metric - table.begin())];
  if (place != kUnset) {
    return refuse("the metric " + std::string(name) + " is there twice");
  }
  place = static_cast<std::uint8_t>(value - metric->values.begin());
  return {};
}

/// Whether any metric of the group is defined.
bool has(Group group, std::span<const Metric> table, const Values& values) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].group == group && values[i] != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::span<const Metric> metrics(Version version) {
  switch (version) {
    case Version::v2:
      return kV2;
    case Version::v30:
    case Version::v31:
      return kV3;
    case Version::v40:
      return kV4;
  }
  return {};
}

std::string_view name(Version version) {
  constexpr std::array<std::string_view, 4> kNames = {"2.0", "3.0", "3.1", "4.0"};
  return kNames[static_cast<std::size_t>(version)];
}

std::string_view name(Band band) {
  constexpr std::array<std::string_view, 5> kNames = {"NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL"};
  return kNames[static_cast<std::size_t>(band)];
}

Band band(Version version, int score_tenths) {
  if (version != Version::v2 && score_tenths == 0) {
    return Band::none;
  }
  if (score_tenths < 40) {
    return Band::low;
  }
  if (score_tenths < 70) {
    return Band::medium;
  }
  return version == Version::v2 || score_tenths < 90 ? Band::high : Band::critical;
}

Result<Cvss> Cvss::parse(std::string_view vector) {
  if (vector.size() > kMaxVectorBytes) {
    return refuse("a vector of more than 512 bytes");
  }
  Cvss cvss;
  const auto known = std::ranges::find_if(
      kPrefixes, [&](const Prefix& each) { return vector.starts_with(each.text); });
  if (known != kPrefixes.end()) {
    cvss.version_ = known->version;
    vector.remove_prefix(known->text.size());
  } else if (vector.starts_with("CVSS:")) {
    return refuse("no version of CVSS is called so");
  } else if (vector.starts_with('(') && vector.ends_with(')')) {
    vector = vector.substr(1, vector.size() - 2);
  }
  const auto table = metrics(cvss.version_);
  cvss.values_.fill(kUnset);
  for (bool more = true; more;) {
    const std::size_t slash = vector.find('/');
    more = slash != vector.npos;
    TRY(set(table, cvss.values_, vector.substr(0, slash)));
    vector.remove_prefix(more ? slash + 1 : 0);
  }
  for (std::size_t i = 0; i < kMaxMetrics; ++i) {
    if (cvss.values_[i] != kUnset) {
      continue;
    }
    if (i < table.size() && table[i].group == base) {
      return refuse("the metric " + std::string(table[i].name) + " is missing");
    }
    cvss.values_[i] = 0;
  }
  return cvss;
}

std::string Cvss::text() const {
  std::string out(prefix(version_));
  const auto table = metrics(version_);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].group == base || values_[i] != 0) {
      out += i > 0 ? "/" : "";
      out += table[i].name;
      out += ':';
      out += table[i].values[values_[i]];
    }
  }
  return out;
}

std::optional<std::string_view> Cvss::value(std::string_view metric) const {
  const auto table = metrics(version_);
  const auto at = std::ranges::find(table, metric, &Metric::name);
  if (at == table.end()) {
    return std::nullopt;
  }
  return at->values[values_[static_cast<std::size_t>(at - table.begin())]];
}

Cvss::Scores Cvss::scores() const {
  if (version_ == Version::v40) {
    const int score = v4::score(values_);
    return {.base = score, .temporal = {}, .environmental = {}, .overall = score};
  }
  if (version_ != Version::v2) {
    // The environmental formula of 3.1 gives another score than the base even with nothing defined.
    Scores scores = v3::scores(version_, values_);
    scores.overall = has(environmental, kV3, values_) ? *scores.environmental : *scores.temporal;
    return scores;
  }
  Scores scores = v2::scores(values_);
  if (!has(environmental, kV2, values_)) {
    scores.environmental.reset();
  }
  if (!has(threat, kV2, values_)) {
    scores.temporal.reset();
  }
  scores.overall = scores.environmental.value_or(scores.temporal.value_or(scores.base));
  return scores;
}

std::string_view Cvss::nomenclature() const {
  if (version_ != Version::v40) {
    return "CVSS";
  }
  const bool is_threat = has(threat, kV4, values_);
  if (has(environmental, kV4, values_)) {
    return is_threat ? "CVSS-BTE" : "CVSS-BE";
  }
  return is_threat ? "CVSS-BT" : "CVSS-B";
}

std::string Cvss::macro_vector() const {
  std::string digits;
  if (version_ == Version::v40) {
    for (const int level : v4::macro_vector(values_)) {
      digits += static_cast<char>('0' + level);
    }
  }
  return digits;
}

}  // namespace weir::severity
