#include "regimes/reader.h"

#include <algorithm>
#include <charconv>

namespace weir::regimes {

std::unexpected<Error> Reader::refuse(std::string why) const {
  return fail(Code::invalid, std::move(why), *file_ + ":" + std::to_string(node_->line));
}

Result<std::string> Reader::text() const {
  if (node_->kind != Node::Kind::text || node_->text.empty()) {
    return refuse("a text is expected");
  }
  return node_->text;
}

Result<std::int64_t> Reader::integer() const {
  const std::string given = TRY(text());
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size()) {
    return refuse("a whole number is expected");
  }
  return value;
}

Result<deadline::Day> Reader::date() const {
  const auto day = deadline::parse_date(TRY(text()));
  if (!day) {
    return refuse("a date like 2026-09-11, of 1970 to 2037, is expected");
  }
  return *day;
}

Result<std::vector<Reader>> Reader::list() const {
  if (node_->kind != Node::Kind::list) {
    return refuse("a list is expected");
  }
  std::vector<Reader> items;
  for (const Node& item : node_->items) {
    items.emplace_back(*file_, item);
  }
  return items;
}

Result<std::vector<std::string>> Reader::texts() const {
  std::vector<std::string> all;
  for (const Reader& item : TRY(list())) {
    all.push_back(TRY(item.text()));
  }
  return all;
}

Result<std::vector<std::pair<std::string, Reader>>> Reader::members() const {
  if (node_->kind != Node::Kind::map) {
    return refuse("a map is expected");
  }
  std::vector<std::pair<std::string, Reader>> all;
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    all.emplace_back(node_->keys[i], Reader(*file_, node_->items[i]));
  }
  return all;
}

std::optional<Reader> Reader::find(std::string_view key) const {
  const Node* found = node_->kind == Node::Kind::map ? node_->find(key) : nullptr;
  return found == nullptr ? std::nullopt : std::optional(Reader(*file_, *found));
}

Result<Reader> Reader::at(std::string_view key) const {
  const auto found = find(key);
  if (!found) {
    return refuse("missing: " + std::string(key));
  }
  return *found;
}

Result<std::string> Reader::text_at(std::string_view key) const {
  const Reader found = TRY(at(key));
  return found.text();
}

Result<std::string> Reader::find_text(std::string_view key) const {
  const auto found = find(key);
  return found ? found->text() : Result<std::string>(std::string());
}

Status Reader::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : TRY(members())) {
    if (std::ranges::find(known, std::string_view(key)) == known.end()) {
      return value.refuse("unknown key: " + key);
    }
  }
  return {};
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 60 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace weir::regimes
