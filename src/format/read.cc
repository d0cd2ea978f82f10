#include "format/read.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"

namespace weir::format {

using json::Cursor;

Result<json::Value> parse_tree(std::string_view bytes) {
  return json::parse(bytes, {.bytes = kMaxReportBytes, .depth = kMaxJsonDepth});
}

Result<std::string> required_text(const Cursor& object, std::string_view key, std::size_t most) {
  const Cursor member = TRY(object.at(key));
  std::string text = TRY(member.string(most));
  if (text.empty()) {
    return member.fail("must not be empty");
  }
  return text;
}

Result<std::string> optional_text(const Cursor& object, std::string_view key, std::size_t most) {
  const std::optional<Cursor> member = object.find(key);
  return member ? member->string(most) : std::string();
}

Result<std::vector<Cursor>> list(const Cursor& object, std::string_view key, std::size_t most) {
  const std::optional<Cursor> member = object.find(key);
  return member ? member->elements(most) : std::vector<Cursor>();
}

Result<std::vector<std::string>> texts(const Cursor& object, std::string_view key,
                                       std::size_t most_bytes) {
  std::vector<std::string> all;
  for (const Cursor& element : TRY(list(object, key))) {
    all.push_back(TRY(element.string(most_bytes)));
    if (all.back().empty()) {
      return element.fail("must not be empty");
    }
  }
  return all;
}

Result<std::string> date(const Cursor& value) {
  std::string text = TRY(value.string(kMaxNameBytes));
  if (!parse_rfc3339(text)) {
    return value.fail("must be an RFC 3339 date and time, as in 2026-11-23T13:20:00Z");
  }
  return text;
}

Result<std::string> required_date(const Cursor& object, std::string_view key) {
  const Cursor member = TRY(object.at(key));
  return date(member);
}

Result<std::optional<std::string>> optional_date(const Cursor& object, std::string_view key) {
  const std::optional<Cursor> member = object.find(key);
  if (!member) {
    return std::nullopt;
  }
  return TRY(date(*member));
}

Result<std::string> language(const Cursor& object, std::string_view key,
                             const std::string& fallback) {
  const std::optional<Cursor> member = object.find(key);
  if (!member) {
    return fallback;
  }
  constexpr std::size_t kMostBytes = 35;  // RFC 5646 4.4.1
  std::string tag = TRY(member->string(kMostBytes));
  std::size_t run = 0;  // of letters and digits since the last hyphen
  bool is_tag = tag.size() >= 2 && !tag.ends_with('-');
  for (const char c : tag) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    run = c == '-' ? 0 : run + 1;
    is_tag = is_tag && (is_letter || (c >= '0' && c <= '9') || c == '-') && run <= 8;
  }
  if (!is_tag || tag[0] == '-' || tag.find("--") != std::string::npos) {
    return member->fail("must be a BCP 47 language tag, as in en or pt-BR");
  }
  return tag;
}

bool is_cwe(std::string_view text) {
  constexpr std::string_view kPrefix = "CWE-";
  if (!text.starts_with(kPrefix) || text.size() == kPrefix.size() || text.size() > 12) {
    return false;
  }
  return std::ranges::all_of(text.substr(kPrefix.size()),
                             [](char c) { return c >= '0' && c <= '9'; });
}

std::string purl_without_version(std::string_view text) {
  if (!text.starts_with("pkg:")) {
    return "";
  }
  const std::size_t tail = std::min(text.find_first_of("?#"), text.size());
  const std::string_view path = text.substr(0, tail);
  const std::size_t name = path.rfind('/') + 1;  // an "@" before it is an npm scope's
  const std::size_t version = path.find('@', name + 1);
  return std::string(path.substr(0, version)) + std::string(text.substr(tail));
}

Status Distinct::add(const Cursor& place, std::string value) {
  if (!seen_.insert(value).second) {
    return {};
  }
  if (values_.size() == kMaxList) {
    return place.fail(fmt::format("more than {} different values", kMaxList));
  }
  values_.push_back(std::move(value));
  return {};
}

Status add_part(const Cursor& place, std::vector<Part>& parts, Part part) {
  if (part.text.empty()) {
    return {};
  }
  if (parts.size() == kMaxParts) {
    return place.fail(fmt::format("more than {} parts", kMaxParts));
  }
  parts.push_back(std::move(part));
  return {};
}

std::string sentence(const std::vector<std::string_view>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    text += i == 0 ? "" : "; ";
    text += names[i];
  }
  if (names.size() > most) {
    text += fmt::format("; and {} more", names.size() - most);
  }
  return text;
}

}  // namespace weir::format
