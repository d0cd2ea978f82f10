// What a report says, as read from any of the formats that Weir takes. A value: the bytes that came
// in are kept beside it, and they, not this, are the report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/level.h"

namespace weir {

enum class Encryption { platform, age };  // whose key a part's text lies under

/// A span of versions in the product's own order. Empty strings mean "no bound" / "not said".
/// `introduced` is the first affected; at most one of `fixed` (first not affected) and
/// `last_affected` is set. A single version is introduced == last_affected.
struct VersionRange {
  std::string introduced;
  std::string fixed;
  std::string last_affected;
  std::string scheme{};  // how to order them, in the source's word ("semver", "git"), or empty
  bool operator==(const VersionRange&) const = default;
};

struct Product {
  std::string vendor;
  std::string name;
  std::string purl;  // package URL without version, or empty
  std::string cpe;   // CPE 2.3 formatted string, or empty
  std::vector<VersionRange> affected;
  bool operator==(const Product&) const = default;
};

/// A piece of text with its level. What is not marked is `technical`.
struct Part {
  Level level = Level::technical;
  std::string language = "en";  // BCP 47
  Encryption encryption = Encryption::platform;
  std::string kind;  // "summary", "description", "mitigation", "severity", "exploit", "note", ...
  std::string text;  // UTF-8; for Encryption::age the armoured age file
  bool operator==(const Part&) const = default;
};

struct Vulnerability {
  std::string id;                    // the reporter's or a CVE id; may be empty
  std::vector<std::string> aliases;  // further ids
  std::string title;                 // technical: never shown at `notice`
  std::vector<Product> products;
  std::vector<std::string> cvss;      // vector strings as given
  std::vector<std::string> cwe;       // "CWE-79"
  std::string exploited = "unknown";  // yes | no | unknown
  std::vector<Part> parts;
  std::vector<std::string> references;
  bool operator==(const Vulnerability&) const = default;
};

struct Report {
  std::string source;  // "weir-report/v1", "cve/5.1", "csaf/2.0"
  std::string id{};    // the sender's own reference, a CSAF tracking id or a CVE id; may be empty
  std::string title;
  std::string language = "en";
  std::string reporter_name;  // as stated in the file; never identity
  std::string reporter_contact;
  std::optional<std::string> aware_at;       // RFC 3339: when the reporter learned of it
  std::optional<std::string> embargo_until;  // RFC 3339 with offset: the reporter's proposal
  std::optional<std::string> published_at;   // RFC 3339: when its source made it public
  std::string label;                         // TLP 2.0 label if stated: "TLP:AMBER"
  std::vector<Vulnerability> vulnerabilities;
  std::vector<Part> parts;  // about the report as a whole
  bool operator==(const Report&) const = default;
};

}  // namespace weir
