// SPDX tag-value: "Tag: value" lines, long values between <text> and </text>.
#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "sbom/reader.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxRelationships = kMaxEdges;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// The first word of `text`, taken off it.
std::string_view word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view taken = text.substr(0, end);
  text = trim(text.substr(end));
  return taken;
}

class TagValue {
 public:
  explicit TagValue(std::string_view text) : text_(text) {}

  Result<json::Value> read() {
    if (!is_utf8(text_)) {
      return fail(Code::invalid, "the document is not UTF-8");
    }
    while (!text_.empty()) {
      const std::string_view line = take_line();
      const std::string_view content = trim(line);
      if (content.empty() || content.front() == '#') {
        continue;
      }
      const std::size_t colon = content.find(':');
      if (colon == content.npos) {
        return fail(Code::invalid, "a line is neither a comment nor \"Tag: value\"", where());
      }
      const std::int64_t at = line_;
      std::string_view value = trim(content.substr(colon + 1));
      if (value.starts_with("<text>")) {
        value = TRY(long_text(value));
      }
      TRY(take(trim(content.substr(0, colon)), value, at));
    }
    close_package();
    root_["packages"] = std::move(packages_);
    root_["relationships"] = std::move(relationships_);
    return json::Value(std::move(root_));
  }

 private:
  enum class Section { document, package, other };

  std::string where() const { return fmt::format("line {}", line_); }

  std::string_view take_line() {
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    const std::string_view line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    ++line_;
    return line;
  }

  /// What stands between <text> and </text>, over as many lines as it takes.
  Result<std::string_view> long_text(std::string_view value) {
    constexpr std::string_view kStart = "<text>";
    constexpr std::string_view kEnd = "</text>";
    value.remove_prefix(kStart.size());
    if (const std::size_t end = value.find(kEnd); end != value.npos) {
      return value.substr(0, end);
    }
    const std::size_t end = text_.find(kEnd);
    if (end == text_.npos) {
      return fail(Code::invalid, "a <text> is not closed", where());
    }
    const char* const begin = value.data();
    const std::string_view whole(begin, static_cast<std::size_t>(text_.data() + end - begin));
    line_ += std::ranges::count(text_.substr(0, end), '\n');
    text_.remove_prefix(end + kEnd.size());
    (void)take_line();  // the rest of the last line
    return whole;
  }

  void close_package() {
    if (!package_.empty()) {
      packages_.push_back(std::move(package_));
      package_ = json::Object();
    }
  }

  Status take(std::string_view tag, std::string_view value, std::int64_t line) {
    if (tag == "PackageName") {
      close_package();
      if (packages_.size() == kMaxComponents) {
        return fail(Code::invalid, fmt::format("more than {} packages", kMaxComponents), where());
      }
      section_ = Section::package;
      package_ = json::Object{{"name", value}, {"#line", line}};
    } else if (tag == "FileName" || tag == "SnippetSPDXID" || tag == "LicenseID" ||
               tag == "Reviewer" || tag == "Annotator") {
      close_package();
      section_ = Section::other;
    } else if (tag == "Relationship") {
      return relationship(value);
    } else if (section_ == Section::package) {
      take_of_package(tag, value);
    } else if (section_ == Section::document) {
      take_of_document(tag, value);
    }
    return {};
  }

  void take_of_document(std::string_view tag, std::string_view value) {
    struct Tag {
      std::string_view tag;
      std::string_view key;
    };
    constexpr auto kTags = std::to_array<Tag>({{"SPDXVersion", "spdxVersion"},
                                               {"DataLicense", "dataLicense"},
                                               {"SPDXID", "SPDXID"},
                                               {"DocumentName", "name"},
                                               {"DocumentNamespace", "documentNamespace"}});
    const auto found = std::ranges::find(kTags, tag, &Tag::tag);
    if (found != kTags.end()) {
      root_[found->key] = value;
    }
  }

  void take_of_package(std::string_view tag, std::string_view value) {
    if (tag == "SPDXID" || tag == "PackageVersion" || tag == "PackageSupplier" ||
        tag == "PrimaryPackagePurpose") {
      package_[tag == "SPDXID"            ? "SPDXID"
               : tag == "PackageVersion"  ? "versionInfo"
               : tag == "PackageSupplier" ? "supplier"
                                          : "primaryPackagePurpose"] = value;
    } else if (tag == "PackageChecksum") {
      const std::size_t colon = std::min(value.find(':'), value.size());
      json::Value& all = package_["checksums"];
      if (!all.is_array()) {
        all = json::Array();
      }
      all.as_array().push_back(
          json::Object{{"algorithm", trim(value.substr(0, colon))},
                       {"checksumValue", trim(value.substr(std::min(colon + 1, value.size())))}});
    } else if (tag == "ExternalRef") {
      json::Value& all = package_["externalRefs"];
      if (!all.is_array()) {
        all = json::Array();
      }
      (void)word(value);  // the category
      const std::string_view type = word(value);
      all.as_array().push_back(
          json::Object{{"referenceType", type}, {"referenceLocator", word(value)}});
    }
  }

  Status relationship(std::string_view value) {
    if (relationships_.size() == kMaxRelationships) {
      return fail(Code::invalid, fmt::format("more than {} relationships", kMaxRelationships),
                  where());
    }
    const std::string_view from = word(value);
    const std::string_view type = word(value);
    relationships_.push_back(json::Object{
        {"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", word(value)}});
    return {};
  }

  std::string_view text_;
  std::int64_t line_ = 0;
  Section section_ = Section::document;
  json::Object root_;
  json::Object package_;
  json::Array packages_;
  json::Array relationships_;
};

}  // namespace

Result<json::Value> parse_tag_value(std::string_view text) {
  return TagValue(text).read();
}

}  // namespace weir::sbom
