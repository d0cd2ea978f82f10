#include "advisory/marks.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::advisory {
namespace {

constexpr std::string_view kUnsupported = "unsupported-when-assigned";
constexpr std::array<std::string_view, 3> kTags = {"disputed", kUnsupported,
                                                   "exclusively-hosted-service"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWords = {{
    {"DISPUTED", "disputed"},
    {"UNSUPPORTED WHEN ASSIGNED", kUnsupported},
    {"PRODUCT NOT SUPPORTED WHEN ASSIGNED", kUnsupported},
}};
constexpr std::array<std::string_view, 2> kPlaceholders = {"NVD-CWE-Other", "NVD-CWE-noinfo"};

// Where each has been found over the years, without the scheme and "www.".
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kPlaces = {{
    {"us-cert.gov/cas/techalerts/", kCertAlert},
    {"us-cert.gov/ncas/alerts/", kCertAlert},
    {"us-cert.cisa.gov/ncas/alerts/", kCertAlert},
    {"cisa.gov/uscert/ncas/alerts/", kCertAlert},
    {"cisa.gov/news-events/cybersecurity-advisories/aa", kCertAlert},
    {"cert.org/advisories/CA-", kCertAlert},
    {"kb.cert.org/vuls/id/", kCertNote},
    {"oval.cisecurity.org/repository/", kOval},
    {"oval.mitre.org/repository/", kOval},
}};

bool is_same_word(std::string_view left, std::string_view right) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

bool is_cve_tag(std::string_view text) {
  return std::ranges::find(kTags, text) != kTags.end();
}

std::optional<std::string_view> tag_before(std::string_view description) {
  constexpr std::string_view kStars = "**";
  if (!description.starts_with(kStars)) {
    return std::nullopt;
  }
  description.remove_prefix(kStars.size());
  std::string_view words = description.substr(0, description.find(kStars));
  if (words.size() == description.size()) {
    return std::nullopt;
  }
  while (words.starts_with(' ')) {
    words.remove_prefix(1);
  }
  while (words.ends_with(' ')) {
    words.remove_suffix(1);
  }
  const auto* const found =
      std::ranges::find(kWords, words, &std::pair<std::string_view, std::string_view>::first);
  return found == kWords.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> placeholder_weakness(std::string_view text) {
  const auto* const found = std::ranges::find_if(
      kPlaceholders, [&](std::string_view one) { return is_same_word(one, text); });
  return found == kPlaceholders.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::string_view> mark_of_reference(std::string_view url) {
  for (const std::string_view beginning : {"http://", "https://", "www."}) {
    if (url.starts_with(beginning)) {
      url.remove_prefix(beginning.size());
    }
  }
  const auto* const found = std::ranges::find_if(
      kPlaces, [&](const auto& place) { return url.starts_with(place.first); });
  return found == kPlaces.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace weir::advisory
