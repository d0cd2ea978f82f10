#include "compat/nvd_api.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advisory/marks.h"
#include "base/bytes.h"
#include "base/json.h"
#include "compat/desk.h"
#include "compat/nvd_body.h"
#include "compat/nvd_cpe.h"
#include "severity/severity.h"

namespace weir::compat {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kMostMetrics = 32;

/// A "+" of a zone that a client did not encode arrives as a space.
std::optional<Instant> read_date(std::string text) {
  if (const std::size_t space = text.rfind(' '); space != std::string::npos && space > 10) {
    text[space] = '+';
  }
  return advisory::parse_date(text);
}

/// CVSS versions of one generation of the API's parameters.
struct Generation {
  std::string_view name;  // "cvssV3"
  std::array<severity::Version, 2> versions;
};
constexpr Generation kGenerations[] = {
    {"cvssV2", {severity::Version::v2, severity::Version::v2}},
    {"cvssV3", {severity::Version::v30, severity::Version::v31}},
    {"cvssV4", {severity::Version::v40, severity::Version::v40}},
};

/// "AV:N", "AC:L", ...: metrics of a vector, whole or in part.
struct Metric {
  std::string name;
  std::string value;
};
Result<std::vector<Metric>> read_metrics(std::string_view text, std::string_view parameter) {
  std::vector<Metric> metrics;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = part.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == part.size() ||
        metrics.size() == kMostMetrics) {
      return fail(Code::invalid, "no metrics of a CVSS vector", std::string(parameter));
    }
    if (part.substr(0, colon) != "CVSS") {
      metrics.push_back({std::string(part.substr(0, colon)), std::string(part.substr(colon + 1))});
    }
  }
  return metrics;
}

std::optional<severity::Band> parse_band(std::string_view text, severity::Version version) {
  using enum severity::Band;
  for (const severity::Band one : {none, low, medium, high, critical}) {
    const bool is_known = version != severity::Version::v2 || (one != none && one != critical);
    if (is_known && text == severity::name(one)) {
      return one;
    }
  }
  return std::nullopt;
}

Status read_generation(const Given& given, const Generation& generation, NvdQuestion& out) {
  const std::string severity_name = std::string(generation.name) + "Severity";
  const std::string metrics_name = std::string(generation.name) + "Metrics";
  if (!given.has(severity_name) && !given.has(metrics_name)) {
    return {};
  }
  if (out.query.vector) {
    return fail(Code::invalid, "one generation of CVSS in a request", severity_name);
  }
  std::optional<severity::Band> band;
  if (given.has(severity_name)) {
    band = parse_band(upper(given.parameter(severity_name)), generation.versions[0]);
    if (!band) {
      return fail(Code::invalid, "there is no such severity", severity_name);
    }
  }
  std::vector<Metric> metrics = TRY(read_metrics(given.parameter(metrics_name), metrics_name));
  if (given.has(metrics_name) && metrics.empty()) {
    return fail(Code::invalid, "no metrics of a CVSS vector", metrics_name);
  }
  out.query.vector = [versions = generation.versions, band,
                      metrics = std::move(metrics)](std::string_view text) {
    const auto vector = severity::Cvss::parse(text);
    return vector && std::ranges::find(versions, vector->version()) != versions.end() &&
           (!band || severity::band(vector->version(), vector->scores().base) == *band) &&
           std::ranges::all_of(metrics, [&](const Metric& metric) {
             return vector->value(metric.name) == metric.value;
           });
  };
  return {};
}

Status read_keywords(const Given& given, NvdQuestion& out) {
  const bool is_exact = TRY(read_nvd_flag(given, "keywordExactMatch"));
  if (!given.has("keywordSearch")) {
    return is_exact ? fail(Code::invalid, "needs keywordSearch", "keywordExactMatch") : Status{};
  }
  out.query.words = catalog::keywords(given.parameter("keywordSearch"),
                                      is_exact ? catalog::Words::phrase : catalog::Words::each);
  out.matches_nothing = out.query.words.empty();
  return {};
}

/// Of one parameter; `text` with commas between them if it takes many.
Status add_ids(std::string_view text, const char* name, NvdQuestion& out) {
  for (bool has_more = true; has_more;) {
    const std::size_t comma = std::string_view(name) == "cveIds" ? text.find(',') : text.npos;
    const std::string_view id = text.substr(0, comma);
    if (!is_cve_id(id)) {
      return fail(Code::invalid, "a CVE id is written CVE-2026-0001", name);
    }
    if (out.cve_ids.size() == kMostNvdIds) {
      return fail(Code::invalid, fmt::format("at most {} ids", kMostNvdIds), name);
    }
    out.cve_ids.emplace_back(id);
    has_more = comma != text.npos;
    text.remove_prefix(has_more ? comma + 1 : text.size());
  }
  return {};
}

Status read_ids(const Given& given, NvdQuestion& out) {
  if (given.has("cveId") && given.has("cveIds")) {
    return fail(Code::invalid, "either this or cveId", "cveIds");
  }
  for (const char* name : {"cveId", "cveIds"}) {
    if (given.has(name)) {
      TRY(add_ids(upper(given.parameter(name)), name, out));
    }
  }
  return {};
}

Status read_names(const Given& given, NvdQuestion& out) {
  TRY(read_ids(given, out));
  const std::string weakness = upper(given.parameter("cweId"));
  if (const auto placeholder = advisory::placeholder_weakness(weakness)) {
    out.query.marks.emplace_back(*placeholder);
  } else if (given.has("cweId")) {
    if (!weakness.starts_with("CWE-") || !parse_decimal(weakness.substr(4))) {
      return fail(Code::invalid, "a weakness is written CWE-79, NVD-CWE-Other or NVD-CWE-noinfo",
                  "cweId");
    }
    out.query.weakness = weakness;
  }
  out.query.publisher = given.parameter("sourceIdentifier");
  if (given.has("sourceIdentifier") && out.query.publisher.empty()) {
    return fail(Code::invalid, "who is the source?", "sourceIdentifier");
  }
  return {};
}

/// What the record is marked with.
Status read_marks(const Given& given, NvdQuestion& out) {
  if (given.has("cveTag")) {
    const std::string tag = given.parameter("cveTag");
    if (!advisory::is_cve_tag(tag)) {
      return fail(Code::invalid,
                  "disputed, unsupported-when-assigned or exclusively-hosted-service", "cveTag");
    }
    out.query.marks.push_back(tag);
  }
  for (const auto& [flag, mark] :
       {std::pair{"hasCertAlerts", advisory::kCertAlert},
        std::pair{"hasCertNotes", advisory::kCertNote}, std::pair{"hasOval", advisory::kOval}}) {
    if (TRY(read_nvd_flag(given, flag))) {
      out.query.marks.emplace_back(mark);
    }
  }
  return {};
}

Result<NvdQuestion::Edge> read_edge(const Given& given, const std::string& name) {
  NvdQuestion::Edge edge{given.parameter(name)};
  const std::string type = given.parameter(name + "Type");
  if (edge.version.empty() != type.empty()) {
    return fail(Code::invalid, fmt::format("needs {}Type as well, or neither", name), name);
  }
  if (!type.empty() && type != "including" && type != "excluding") {
    return fail(Code::invalid, "including or excluding", name + "Type");
  }
  edge.is_included = type != "excluding";
  return edge;
}

Status read_cpes(const Given& given, NvdQuestion& out) {
  out.cpe_name = given.parameter("cpeName");
  out.match_string = given.parameter("virtualMatchString");
  out.is_vulnerable = TRY(read_nvd_flag(given, "isVulnerable"));
  out.start = TRY(read_edge(given, "versionStart"));
  out.end = TRY(read_edge(given, "versionEnd"));
  if (out.is_vulnerable && out.cpe_name.empty()) {
    return fail(Code::invalid, "needs cpeName", "isVulnerable");
  }
  if (out.is_vulnerable && !out.match_string.empty()) {
    return fail(Code::invalid, "not together with isVulnerable", "virtualMatchString");
  }
  if (out.match_string.empty() && !(out.start.version.empty() && out.end.version.empty())) {
    return fail(Code::invalid, "needs virtualMatchString", "versionStart");
  }
  return {};
}

/// The versions that the CPEs of the question lead to.
Status find_cpes(Desk& desk, NvdQuestion& question) {
  if (question.matches_nothing) {
    question.query.among.emplace();
  }
  if (!question.cpe_name.empty()) {  // with both, NVD uses this one
    question.query.among = TRY(versions_of_cpe_name(
        desk, question.cpe_name, question.is_vulnerable ? Vulnerable::only : Vulnerable::any));
  } else if (!question.match_string.empty()) {
    question.query.among =
        TRY(versions_of_match_string(desk, question.match_string, question.start, question.end));
  }
  return {};
}

/// These CVEs must answer to everything else that was asked, too.
Status keep_named(Desk& desk, NvdQuestion& question) {
  std::vector<catalog::VersionId> named;
  for (const std::string& id : question.cve_ids) {
    const auto cve = TRY(catalog::find_cve(desk.tx(), id));
    if (cve && (!question.query.among || std::ranges::find(*question.query.among, cve->version) !=
                                             question.query.among->end())) {
      named.push_back(cve->version);
    }
  }
  question.query.among = std::move(named);
  return {};
}

/// Never more than kMostNvdBytes of records at once.
Result<std::string> items_of(Desk& desk, const std::vector<catalog::Cve>& cves) {
  std::string items;
  for (const catalog::Cve& cve : cves) {
    items += items.empty() ? "" : ",";
    items += TRY(nvd_item(desk, cve));
    if (items.size() > kMostNvdBytes) {
      return fail(Code::invalid, "these records are too large for one page: ask for fewer",
                  "resultsPerPage");
    }
  }
  return items;
}

Result<Answer> cves_answer(Desk& desk, const Given& given) {
  NvdQuestion question = TRY(read_nvd_question(given));
  TRY(find_cpes(desk, question));
  if (!question.cve_ids.empty()) {
    TRY(keep_named(desk, question));
  }
  const catalog::CvePage found = TRY(catalog::list_cves(desk.tx(), question.query));
  const std::string items = TRY(items_of(desk, found.cves));
  return Answer{
      200, TRY(nvd_envelope(desk, {question.query.offset, question.query.limit}, found.cves.size(),
                            found.total, "NVD_CVE", "vulnerabilities", items))};
}

}  // namespace

bool is_cve_id(std::string_view text) {
  constexpr std::size_t kYearEnd = 8;
  const auto digits = [](std::string_view part) {
    return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return text.size() >= 13 && text.size() <= 24 && text.starts_with("CVE-") &&
         digits(text.substr(4, 4)) && text[kYearEnd] == '-' && digits(text.substr(kYearEnd + 1));
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

Result<Answer> nvd_refusal(const Error& error) {
  if (error.code != Code::invalid) {
    return std::unexpected(error);
  }
  Answer answer{.status = 404, .body = "", .content_type = "application/json"};
  answer.message = error.where.empty() ? error.message : error.where + ": " + error.message;
  return answer;
}

Result<Given> nvd_parameters(Given given, std::initializer_list<std::string_view> known) {
  std::vector<std::string_view> seen;
  for (auto& [name, value] : given.parameters) {
    const auto* const one = std::ranges::find_if(
        known, [&](std::string_view each) { return upper(std::string(each)) == upper(name); });
    if (one == known.end()) {
      return fail(Code::invalid, "there is no such parameter here");
    }
    if (std::ranges::find(seen, *one) != seen.end()) {
      return fail(Code::invalid, "given twice", name);
    }
    seen.push_back(*one);
    name = *one;
    if (value.size() > kMostNvdParameterBytes) {
      return fail(Code::invalid, fmt::format("at most {} bytes", kMostNvdParameterBytes), name);
    }
  }
  return given;
}

Result<NvdPage> read_nvd_page(const Given& given, std::size_t most) {
  NvdPage page{0, most};
  constexpr std::uint64_t kMostStart = 1'000'000'000;
  if (given.has("resultsPerPage")) {
    const auto size = parse_decimal(given.parameter("resultsPerPage"));
    if (!size || *size == 0 || *size > most) {
      return fail(Code::invalid, fmt::format("a number from 1 to {}", most), "resultsPerPage");
    }
    page.size = *size;
  }
  if (given.has("startIndex")) {
    const auto start = parse_decimal(given.parameter("startIndex"));
    if (!start || *start > kMostStart) {
      return fail(Code::invalid, "the number of the first result, from 0", "startIndex");
    }
    page.start = *start;
  }
  return page;
}

Result<std::optional<catalog::Span>> read_nvd_span(const Given& given, std::string_view start,
                                                   std::string_view end) {
  if (given.has(start) != given.has(end)) {
    return fail(Code::invalid, fmt::format("needs {} as well", given.has(start) ? end : start),
                std::string(given.has(start) ? start : end));
  }
  if (!given.has(start)) {
    return std::nullopt;
  }
  const auto from = read_date(given.parameter(start));
  const auto until = read_date(given.parameter(end));
  if (!from || !until) {
    return fail(Code::invalid, "an instant is written 2026-01-31T00:00:00.000, a zone may follow",
                std::string(from ? end : start));
  }
  if (*until < *from || until->ms - from->ms > kDayMs * std::int64_t{kMostNvdDays}) {
    return fail(Code::invalid, fmt::format("at most {} days from {} on", kMostNvdDays, start),
                std::string(end));
  }
  return catalog::Span{*from, *until};
}

Result<bool> read_nvd_flag(const Given& given, std::string_view name) {
  const std::string value = given.parameter(name);
  if (!value.empty() && value != "true" && value != "True") {  // as clients do
    return fail(Code::invalid, "takes no value", std::string(name));
  }
  return given.has(name);
}

Result<std::string> nvd_envelope(Desk& desk, const NvdPage& page, std::size_t given,
                                 std::uint64_t total, std::string_view format,
                                 std::string_view list, std::string_view items) {
  const auto taken =
      TRY(desk.tx().one("SELECT max(taken_ms) FROM version", {}, [](const store::Row& row) {
        return Instant{row.is_null(0) ? 0 : row.integer(0)};
      }));
  return fmt::format(R"({{"resultsPerPage":{},"startIndex":{},"totalResults":{},"format":"{}",)"
                     R"("version":"2.0","timestamp":"{}","{}":[{}]}})",
                     given, page.start, total, format, nvd_time(taken.value_or(Instant{})), list,
                     items);
}

Result<NvdQuestion> read_nvd_question(const Given& typed) {
  const Given given = TRY(nvd_parameters(typed, {"cveId",
                                                 "cveIds",
                                                 "cpeName",
                                                 "isVulnerable",
                                                 "virtualMatchString",
                                                 "versionStart",
                                                 "versionStartType",
                                                 "versionEnd",
                                                 "versionEndType",
                                                 "cvssV2Severity",
                                                 "cvssV2Metrics",
                                                 "cvssV3Severity",
                                                 "cvssV3Metrics",
                                                 "cvssV4Severity",
                                                 "cvssV4Metrics",
                                                 "cweId",
                                                 "keywordSearch",
                                                 "keywordExactMatch",
                                                 "cveTag",
                                                 "hasCertAlerts",
                                                 "hasCertNotes",
                                                 "hasOval",
                                                 "hasKev",
                                                 "kevStartDate",
                                                 "kevEndDate",
                                                 "lastModStartDate",
                                                 "lastModEndDate",
                                                 "pubStartDate",
                                                 "pubEndDate",
                                                 "noRejected",
                                                 "sourceIdentifier",
                                                 "resultsPerPage",
                                                 "startIndex"}));
  NvdQuestion question;
  TRY(read_names(given, question));
  TRY(read_marks(given, question));
  TRY(read_cpes(given, question));
  for (const Generation& generation : kGenerations) {
    TRY(read_generation(given, generation, question));
  }
  TRY(read_keywords(given, question));
  using Query = catalog::CveQuery;
  question.query.exploited =
      TRY(read_nvd_flag(given, "hasKev")) ? Query::Exploited::only : Query::Exploited::any;
  question.query.rejected =
      TRY(read_nvd_flag(given, "noRejected")) ? Query::Rejected::without : Query::Rejected::with;
  question.query.exploited_since = TRY(read_nvd_span(given, "kevStartDate", "kevEndDate"));
  question.query.modified = TRY(read_nvd_span(given, "lastModStartDate", "lastModEndDate"));
  question.query.published = TRY(read_nvd_span(given, "pubStartDate", "pubEndDate"));
  const NvdPage page = TRY(read_nvd_page(given, kMostNvdCves));
  question.query.offset = page.start;
  question.query.limit = page.size;
  return question;
}

Result<Answer> nvd_cves(Desk& desk, const Given& given) {
  auto answer = cves_answer(desk, given);
  return answer ? std::move(answer) : nvd_refusal(answer.error());
}

}  // namespace weir::compat
