// What the three readers share: typed members with their limits, and the text parts. Only for the
// files of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "format/filing.h"
#include "format/format.h"

namespace weir::format {

Result<Report> read_report(const json::Cursor& top);
Result<Report> read_cve5(const json::Cursor& top);
Result<Report> read_csaf(const json::Cursor& top);
/// A filing as the report that it is to an authority: each field is a part, of at least `advisory`;
/// a product at `notice` names the product, of the organisation that files.
Result<Report> read_filing(std::string_view bytes);

inline constexpr std::size_t kMaxKindBytes = 32;  // of a part's kind, a level's name

/// Bytes to tree, with the limits above.
Result<json::Value> parse_tree(std::string_view bytes);

/// A string member of at most `most` bytes that must be there and not be empty.
Result<std::string> required_text(const json::Cursor& object, std::string_view key,
                                  std::size_t most = kMaxNameBytes);
/// The same, or "" if absent.
Result<std::string> optional_text(const json::Cursor& object, std::string_view key,
                                  std::size_t most = kMaxNameBytes);
/// The elements of an array member; none if absent.
Result<std::vector<json::Cursor>> list(const json::Cursor& object, std::string_view key,
                                       std::size_t most = kMaxList);
/// The strings of an array member; none if absent.
Result<std::vector<std::string>> texts(const json::Cursor& object, std::string_view key,
                                       std::size_t most_bytes = kMaxNameBytes);

/// An RFC 3339 date-time as it stands, or `invalid`.
Result<std::string> date(const json::Cursor& value);
Result<std::string> required_date(const json::Cursor& object, std::string_view key);
Result<std::optional<std::string>> optional_date(const json::Cursor& object, std::string_view key);

/// A BCP 47 tag by its form ("de", "pt-BR"); `fallback` if absent.
Result<std::string> language(const json::Cursor& object, std::string_view key,
                             const std::string& fallback);

/// "CWE-" and digits.
bool is_cwe(std::string_view text);

/// A package URL without its version, or "" if `text` is none.
std::string purl_without_version(std::string_view text);

/// A list without repeats, in the order of arrival.
class Distinct {
 public:
  /// `invalid` at `place` when a new value would be one too many (kMaxList).
  Status add(const json::Cursor& place, std::string value);
  std::vector<std::string> take() && { return std::move(values_); }

 private:
  std::vector<std::string> values_;
  std::unordered_set<std::string> seen_;
};

/// Appends, or `invalid` at `place` at the limit. A part without text is passed over.
Status add_part(const json::Cursor& place, std::vector<Part>& parts, Part part);

/// "a; b; c", with "and N more" for what is beyond `most` names.
std::string sentence(const std::vector<std::string_view>& names, std::size_t most);

}  // namespace weir::format
