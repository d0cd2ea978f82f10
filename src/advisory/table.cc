// CSV, RFC 4180: quotes around a cell, doubled inside of it; lines may end with LF alone.
#include <algorithm>

#include <fmt/format.h>

#include "advisory/read.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMostCells = 200;

/// The line at the front of `rest` that a quote does not hold open, without its end. Nothing if it
/// is open to the end, or longer than kMostLineBytes: each such line costs no more than that.
std::optional<std::string_view> take_line(std::string_view& rest) {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (is_quoted || rest[at] != '\n'); ++at) {
    is_quoted = is_quoted != (rest[at] == '"');
    if (at == kMostLineBytes) {
      return std::nullopt;
    }
  }
  if (is_quoted) {
    return std::nullopt;
  }
  std::string_view line = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

void split_line(std::string_view line, std::vector<std::string>& cells) {
  cells.clear();
  cells.emplace_back();
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && is_quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
}

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

Result<Table> Table::open(std::string_view text) {
  Table table;
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  table.rest_ = text;
  while (table.rest_.starts_with('#')) {
    const std::size_t end = std::min(table.rest_.find('\n'), table.rest_.size());
    table.remark_ = table.rest_.substr(0, end);
    table.rest_.remove_prefix(std::min(end + 1, table.rest_.size()));
    ++table.line_;
  }
  const auto line = take_line(table.rest_);
  ++table.line_;
  if (!line || line->empty()) {
    return fail(Code::invalid, "the table has no header", fmt::format("line {}", table.line_));
  }
  split_line(*line, table.header_);
  if (table.header_.size() > kMostCells) {
    return fail(Code::invalid, fmt::format("more than {} columns", kMostCells),
                fmt::format("line {}", table.line_));
  }
  return table;
}

Result<bool> Table::next(std::vector<std::string>& cells) {
  if (rest_.empty()) {
    return false;
  }
  row_ = ++line_;
  const std::string_view before = rest_;
  const auto line = take_line(rest_);
  if (!line) {
    rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
    return fail(
        Code::invalid,
        fmt::format("the row does not end within {} bytes: is a quote open?", kMostLineBytes),
        fmt::format("line {}", row_));
  }
  split_line(*line, cells);
  line_ += lines_in(before.substr(0, line->size()));
  if (cells.size() != header_.size()) {
    return fail(Code::invalid,
                fmt::format("{} cells where the header has {}", cells.size(), header_.size()),
                fmt::format("line {}", row_));
  }
  return true;
}

}  // namespace weir::advisory
