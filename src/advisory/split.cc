// Finds where values begin and end without reading them: the Reader validates each record.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advisory/read.h"

namespace weir::advisory {
namespace {

std::unexpected<Error> broken() {
  return fail(Code::invalid, "brackets or quotes do not match", "#");
}

/// Walks over JSON text that may be anything.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool is_done() const { return at_ >= text_.size(); }

  void skip_space() {
    while (!is_done() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  /// Takes `c` after spaces, if it is next.
  bool take(char c) {
    skip_space();
    if (is_done() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }
  /// The next value, whatever it is.
  Result<std::string_view> value() {
    skip_space();
    const std::size_t start = at_;
    std::size_t depth = 0;
    while (!is_done()) {
      const char c = text_[at_];
      if (c == '"') {
        TRY(skip_string());
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']' || c == ',') {
        if (depth == 0) {
          break;
        }
        depth -= c == ',' ? 0 : 1;
        ++at_;
      } else {
        ++at_;
        continue;
      }
      if (depth == 0) {
        break;
      }
    }
    if (depth != 0 || at_ == start) {
      return broken();
    }
    std::string_view found = text_.substr(start, at_ - start);
    while (!found.empty() && (found.back() == ' ' || found.back() == '\n' || found.back() == '\r' ||
                              found.back() == '\t')) {
      found.remove_suffix(1);
    }
    return found;
  }
  /// The next string, without its quotes and with its escapes.
  Result<std::string_view> string() {
    skip_space();
    const std::size_t start = at_ + 1;
    if (is_done() || text_[at_] != '"') {
      return broken();
    }
    TRY(skip_string());
    return text_.substr(start, at_ - 1 - start);
  }

 private:
  Status skip_string() {
    for (++at_; !is_done(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        return {};
      }
    }
    return broken();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Calls `use(key, value)` for each member of the object at the start of `text`; where it ends.
template <class F>
Result<std::size_t> each_member(std::string_view text, F use) {
  Scanner scanner(text);
  if (!scanner.take('{')) {
    return broken();
  }
  if (scanner.take('}')) {
    return scanner.at();
  }
  do {
    const std::string_view key = TRY(scanner.string());
    if (!scanner.take(':')) {
      return broken();
    }
    use(key, TRY(scanner.value()));
  } while (scanner.take(','));
  return scanner.take('}') ? Result<std::size_t>(scanner.at()) : broken();
}

Status add(std::string_view value, std::vector<std::string_view>& all) {
  all.push_back(value);
  return all.size() <= kMostDocumentRecords
             ? Status{}
             : fail(Code::invalid,
                    fmt::format("more than {} records in one document", kMostDocumentRecords), "#");
}

/// Of the array at the start of `text`; where it ends.
Result<std::size_t> add_elements(std::string_view text, std::vector<std::string_view>& all) {
  Scanner scanner(text);
  if (!scanner.take('[')) {
    return broken();
  }
  if (scanner.take(']')) {
    return scanner.at();
  }
  do {
    const std::string_view value = TRY(scanner.value());
    TRY(add(value, all));
  } while (scanner.take(','));
  return scanner.take(']') ? Result<std::size_t>(scanner.at()) : broken();
}

std::string_view unquoted(std::string_view value) {
  const bool is_string = value.size() >= 2 && value.front() == '"';
  return is_string ? value.substr(1, value.size() - 2) : std::string_view();
}

/// Where documents with many records keep them.
constexpr std::array<std::string_view, 5> kLists = {"CVE_Items", "vulnerabilities", "vulns",
                                                    "cveRecords", "data"};
/// A document with one of these is a record itself, whatever lists it has.
constexpr std::array<std::string_view, 3> kRecordMarks = {"document", "cveMetadata", "id"};

}  // namespace

Result<Change> unwrap(std::string_view line) {
  Change change;
  if (!line.starts_with("{\"feed_time\"")) {
    change.record = line;
    return change;
  }
  bool is_known = true;
  TRY(each_member(line, [&](std::string_view key, std::string_view value) {
    if (key == "feed_time") {
      change.fed = parse_date(unquoted(value));
    } else if (key == "op") {
      change.is_removal = unquoted(value) == "D";
      is_known = change.is_removal || unquoted(value) == "A" || unquoted(value) == "M";
    } else if (key == "id" || key == "cveID") {
      change.id = unquoted(value);
    } else if (key == "record" || key == "doc") {
      change.record = value == "null" ? std::string_view() : value;
    }
  }));
  if (change.record.empty() && !(change.is_removal && !change.id.empty())) {
    return fail(Code::invalid, "the line of the feed holds no record", "#");
  }
  if (!change.fed) {
    return fail(Code::invalid, "expected a date-time", "/feed_time");
  }
  if (!is_known) {
    return fail(Code::invalid, "expected A, M or D", "/op");
  }
  return change;
}

namespace {

/// The records of the value at the start of `text`; where it ends.
Result<std::size_t> add_records(std::string_view text, std::vector<std::string_view>& all) {
  if (text.starts_with('[')) {
    return add_elements(text, all);
  }
  std::optional<std::string_view> list;
  bool is_record = false;
  const std::size_t end = TRY(each_member(text, [&](std::string_view key, std::string_view value) {
    for (const std::string_view mark : kRecordMarks) {
      is_record = is_record || key == mark;
    }
    for (const std::string_view name : kLists) {
      if (key == name && value.starts_with('[')) {
        list = value;
      }
    }
  }));
  if (is_record || !list) {
    TRY(add(text.substr(0, end), all));
  } else {
    TRY(add_elements(*list, all));
  }
  return end;
}

}  // namespace

Result<std::vector<std::string_view>> split(std::string_view document) {
  Scanner scanner(document);
  scanner.skip_space();
  if (scanner.is_done()) {
    return fail(Code::invalid, "there is nothing", "#");
  }
  std::vector<std::string_view> all;
  std::size_t at = scanner.at();
  for (std::size_t values = 0; at < document.size(); ++values) {
    at += TRY(add_records(document.substr(at), all));
    at = std::min(document.find_first_not_of(" \n\r\t", at), document.size());
    if (values == 0 && at == document.size() && all.size() == 1 && document.ends_with(all[0])) {
      return std::vector<std::string_view>{document};
    }
  }
  return all;
}

}  // namespace weir::advisory
