// Reports as bytes: Weir's own "weir-report/v1" JSON, CVE Records 5.0 to 5.2 and CSAF 2.0, all read
// into one weir::Report; and what is generated from a Report for those who may not see all of it.
//
// Life of the data: the bytes that came in are kept as they are and are the report. What these
// functions return is a reading of them, made again whenever it is needed.
//
// Invariants:
//  1. Reading is a pure function of the bytes. It ends in a Report or in `invalid` with the JSON
//     pointer (line and column if it is no JSON), whatever the bytes are.
//  2. Free text is `technical`, a proof of concept `exploit`; `advisory` are only versions,
//  severity,
//     mitigation and, in weir-report/v1, what its author marks so.
//  3. notice_text() holds vendor, product and dates; advisory_json() adds affected versions,
//  severity
//     vectors and parts up to `advisory`. Neither holds a title, an id or a part above its level.
//  4. parse_report(write_report(r)) == r for every Report that a parse function returned.
//
// Thread rule: pure functions. Start with parse_any(); docs/formats/report.md has the grammar.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/report.h"

namespace weir::format {

// What is longer or more than this is refused, with the limit in the message.
inline constexpr std::size_t kMaxReportBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxJsonDepth = 200;  // a product tree of 64 takes two levels a branch
inline constexpr std::size_t kMaxTreeDepth = 64;
inline constexpr std::size_t kMaxVulnerabilities = 10'000;
inline constexpr std::size_t kMaxProducts = 10'000;       // of a vulnerability; of a product tree
inline constexpr std::size_t kMaxProductsInAll = 50'000;  // of all vulnerabilities of a report
inline constexpr std::size_t kMaxRanges = 10'000;         // of a product
inline constexpr std::size_t kMaxRangesInAll = 200'000;   // of a CSAF document
inline constexpr std::size_t kMaxParts = 10'000;          // of a vulnerability or a report
inline constexpr std::size_t kMaxList = 10'000;           // any other list
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;  // of a part
inline constexpr std::size_t kMaxNameBytes = 2'048;                 // of a title, name, version, id
inline constexpr std::size_t kMaxUrlBytes = 8'192;                  // of a reference
inline constexpr std::size_t kMaxGeneratedBytes = std::size_t{64} << 20;  // lists put into words

/// "weir-report/v1": strict, an unknown key is an error.
Result<Report> parse_report(std::string_view bytes);

/// A CVE Record 5.0, 5.1 or 5.2 (PUBLISHED or REJECTED): the CNA container, and from ADP containers
/// severity, weakness, references and the fact of exploitation. Unknown keys are passed over.
/// Not read: cpeApplicability, supportingMedia, and all but the first CPE of a product.
Result<Report> parse_cve5(std::string_view bytes);

/// A CSAF 2.0 document of any profile. Unknown keys are passed over. Not read: flags, involvements,
/// hashes and the like: whatever has no home in a Report stays in the bytes alone.
Result<Report> parse_csaf(std::string_view bytes);

/// Whichever it says it is: weir-report/v1 or a filing (format/filing.h) by "format", a CVE Record
/// by "dataType", CSAF by "document" at the top.
Result<Report> parse_any(std::string_view bytes);

/// Canonical (RFC 8785) weir-report/v1.
std::string write_report(const Report& report);

/// What level `notice` shows: canonical "weir-notice/v1" JSON of vendors, products and dates,
/// sorted.
std::string notice_text(const Report& report);

/// What level `advisory` shows: canonical "weir-advisory/v1" JSON.
std::string advisory_json(const Report& report);

}  // namespace weir::format
