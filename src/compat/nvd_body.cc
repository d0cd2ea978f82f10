#include "compat/nvd_body.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "advisory/marks.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "compat/desk.h"
#include "compat/nvd_scores.h"
#include "severity/severity.h"

namespace weir::compat {
namespace {

using advisory::Source;

constexpr std::string_view kNvd = "nvd@nist.gov";
constexpr std::size_t kMostUrlBytes = 500;  // the schema's
constexpr int kMostNesting = 8;             // as advisory reads them

// Reading without complaint: what is absent or of another type is empty. The record was read
// strictly when it came in.
const json::Value& at(const json::Value& value, std::string_view key) {
  static const json::Value kNothing;
  const json::Object* object = value.if_object();
  const json::Value* found = object == nullptr ? nullptr : object->if_contains(key);
  return found == nullptr ? kNothing : *found;
}
const json::Array& list(const json::Value& value, std::string_view key) {
  static const json::Array kNone;
  const json::Array* array = at(value, key).if_array();
  return array == nullptr ? kNone : *array;
}
std::string text_at(const json::Value& value, std::string_view key) {
  const auto* text = at(value, key).if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}
void copy(const json::Value& from, json::Object& to, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const json::Value& value = at(from, key); !value.is_null()) {
      to[key] = value;
    }
  }
}

std::string time_of(const std::string& text) {
  const auto at = advisory::parse_date(text);
  return at ? nvd_time(*at) : "";
}

/// The first date that can be read, in NVD's form.
std::string first_time(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (std::string time = time_of(text); !time.empty()) {
      return time;
    }
  }
  return nvd_time(Instant{});
}

bool is_url(std::string_view url) {
  const bool is_scheme = url.starts_with("http://") || url.starts_with("https://") ||
                         url.starts_with("ftp://") || url.starts_with("ftps://");
  return is_scheme && url.size() <= kMostUrlBytes &&
         std::ranges::none_of(url, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

json::Object said(std::string_view lang, std::string value) {
  return {{"lang", lang}, {"value", std::move(value)}};
}

json::Array texts_of(const json::Array& texts) {
  json::Array out;
  for (const json::Value& one : texts) {
    const std::string lang = text_at(one, "lang");
    out.push_back(said(lang.empty() ? "en" : lang, text_at(one, "value")));
  }
  return out;
}

/// The criterion with its id; both forms name the bounds alike.
json::Object match_of(const json::Value& match, std::string_view name) {
  json::Object out{
      {"vulnerable", at(match, "vulnerable").is_bool() ? at(match, "vulnerable").get_bool() : true},
      {"criteria", text_at(match, name)}};
  copy(match, out,
       {"versionStartIncluding", "versionStartExcluding", "versionEndIncluding",
        "versionEndExcluding", "matchCriteriaId"});
  if (!out.contains("matchCriteriaId")) {
    std::string criterion = "match";
    for (const std::string_view key : {"criteria", "versionStartIncluding", "versionStartExcluding",
                                       "versionEndIncluding", "versionEndExcluding"}) {
      criterion += '\n' + text_at(out, key);
    }
    out["matchCriteriaId"] = derived_uuid(criterion);
  }
  return out;
}

bool is_negated(const json::Value& node) {
  const json::Value& negate = at(node, "negate");
  return negate.is_bool() && negate.get_bool();
}

void append_nodes1(const json::Value& node, int depth, json::Array& nodes) {
  if (const json::Array& matches = list(node, "cpe_match"); !matches.empty()) {
    json::Array list;
    for (const json::Value& match : matches) {
      list.push_back(match_of(match, "cpe23Uri"));
    }
    nodes.push_back(json::Object{{"operator", text_at(node, "operator") == "AND" ? "AND" : "OR"},
                                 {"negate", is_negated(node)},
                                 {"cpeMatch", std::move(list)}});
  }
  for (const json::Value& child : list(node, "children")) {
    if (depth < kMostNesting) {
      append_nodes1(child, depth + 1, nodes);
    }
  }
}

/// In 1.1 a node stands for itself and the products of an AND are its children; in 2.0 a node is
/// part of a configuration, which holds the AND.
json::Array configurations1(const json::Value& root) {
  json::Array out;
  for (const json::Value& node : list(at(root, "configurations"), "nodes")) {
    json::Array nodes;
    append_nodes1(node, 0, nodes);
    if (nodes.empty()) {
      continue;
    }
    json::Object one;
    if (text_at(node, "operator") == "AND" && !list(node, "children").empty()) {
      one["operator"] = "AND";
    }
    one["nodes"] = std::move(nodes);
    out.push_back(std::move(one));
  }
  return out;
}

/// What NVD shows beside a score, reckoned from the vector where the record does not say it.
void complete_metric(json::Object& metric) {
  constexpr double kTenths = 10;
  const std::string vector = text_at(metric["cvssData"], "vectorString");
  const auto put = [](json::Object& object, std::string_view key, const auto& value) {
    if (!object.contains(key)) {
      object[key] = value;
    }
  };
  for (const auto& [name, value] : spelled(vector)) {
    put(metric["cvssData"].as_object(), name, value);
  }
  if (const auto scores = sub_scores(vector)) {
    put(metric, "exploitabilityScore", scores->exploitability / kTenths);
    put(metric, "impactScore", scores->impact / kTenths);
  }
  const auto parsed = severity::Cvss::parse(vector);
  if (parsed && parsed->version() == severity::Version::v2) {
    put(metric, "baseSeverity",
        severity::name(severity::band(severity::Version::v2, parsed->scores().base)));
  }
}

void put_metrics1(const json::Value& impact, json::Object& cve) {
  json::Object metrics;
  if (const json::Value& v3 = at(impact, "baseMetricV3"); at(v3, "cvssV3").is_object()) {
    json::Object one{{"source", kNvd}, {"type", "Primary"}, {"cvssData", at(v3, "cvssV3")}};
    copy(v3, one, {"exploitabilityScore", "impactScore"});
    complete_metric(one);
    const bool is_first = text_at(at(v3, "cvssV3"), "version") == "3.0";
    metrics[is_first ? "cvssMetricV30" : "cvssMetricV31"] = json::Array{std::move(one)};
  }
  if (const json::Value& v2 = at(impact, "baseMetricV2"); at(v2, "cvssV2").is_object()) {
    json::Object one{{"source", kNvd}, {"type", "Primary"}, {"cvssData", at(v2, "cvssV2")}};
    if (at(v2, "severity").is_string()) {
      one["baseSeverity"] = at(v2, "severity");
    }
    copy(v2, one,
         {"exploitabilityScore", "impactScore", "acInsufInfo", "obtainAllPrivilege",
          "obtainUserPrivilege", "obtainOtherPrivilege", "userInteractionRequired"});
    complete_metric(one);
    metrics["cvssMetricV2"] = json::Array{std::move(one)};
  }
  cve["metrics"] = std::move(metrics);
}

/// What the CVE program says of it, as its assigner's word.
void put_tags(const std::string& source, json::Array tags, json::Object& cve) {
  if (!tags.empty()) {
    cve["cveTags"] =
        json::Array{json::Object{{"sourceIdentifier", source}, {"tags", std::move(tags)}}};
  }
}

json::Array references1(const json::Value& cve, const std::string& source) {
  json::Array out;
  for (const json::Value& one : list(at(cve, "references"), "reference_data")) {
    if (const std::string url = text_at(one, "url"); is_url(url)) {
      json::Object reference{{"url", url}, {"source", source}};
      if (!list(one, "tags").empty()) {
        reference["tags"] = list(one, "tags");
      }
      out.push_back(std::move(reference));
    }
  }
  return out;
}

json::Object cve_of_nvd1(const json::Value& root) {
  const json::Value& cve = at(root, "cve");
  const std::string source = text_at(at(cve, "CVE_data_meta"), "ASSIGNER");
  json::Array texts = texts_of(list(at(cve, "description"), "description_data"));
  json::Array configurations = configurations1(root);
  const bool is_rejected =
      !texts.empty() && text_at(texts.front(), "value").starts_with("** REJECT");
  const auto tag =
      texts.empty() ? std::nullopt : advisory::tag_before(text_at(texts.front(), "value"));
  const std::string_view status = is_rejected              ? "Rejected"
                                  : configurations.empty() ? "Received"
                                                           : "Analyzed";
  if (texts.empty()) {
    texts.push_back(said("en", ""));
  }
  json::Object out{{"id", text_at(at(cve, "CVE_data_meta"), "ID")},
                   {"sourceIdentifier", source},
                   {"published", first_time({text_at(root, "publishedDate")})},
                   {"lastModified", first_time({text_at(root, "lastModifiedDate"),
                                                text_at(root, "publishedDate")})},
                   {"vulnStatus", status},
                   {"evaluatorComment", "Made by Weir from NVD's record of form 1.1."},
                   {"descriptions", std::move(texts)}};
  put_tags(source, tag ? json::Array{json::Value(*tag)} : json::Array(), out);
  put_metrics1(at(root, "impact"), out);
  json::Array weaknesses;
  for (const json::Value& type : list(at(cve, "problemtype"), "problemtype_data")) {
    if (!list(type, "description").empty()) {
      weaknesses.push_back(json::Object{{"source", kNvd},
                                        {"type", "Primary"},
                                        {"description", texts_of(list(type, "description"))}});
    }
  }
  out["weaknesses"] = std::move(weaknesses);
  out["configurations"] = std::move(configurations);
  out["references"] = references1(cve, source);
  return out;
}

// From a CVE record.

struct Metric5 {
  std::string_view theirs;
  std::string_view nvds;
};
constexpr std::array<Metric5, 4> kMetrics5 = {{{"cvssV4_0", "cvssMetricV40"},
                                               {"cvssV3_1", "cvssMetricV31"},
                                               {"cvssV3_0", "cvssMetricV30"},
                                               {"cvssV2_0", "cvssMetricV2"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTags = {{
    {"broken-link", "Broken Link"},
    {"customer-entitlement", "Permissions Required"},
    {"exploit", "Exploit"},
    {"issue-tracking", "Issue Tracking"},
    {"mailing-list", "Mailing List"},
    {"mitigation", "Mitigation"},
    {"not-applicable", "Not Applicable"},
    {"patch", "Patch"},
    {"permissions-required", "Permissions Required"},
    {"product", "Product"},
    {"release-notes", "Release Notes"},
    {"technical-description", "Technical Description"},
    {"third-party-advisory", "Third Party Advisory"},
    {"us-government-resource", "US Government Resource"},
    {"vdb-entry", "VDB Entry"},
    {"vendor-advisory", "Vendor Advisory"},
}};

void put_reference5(const json::Value& one, const std::string& source, json::Array& out) {
  const std::string url = text_at(one, "url");
  const bool is_known = std::ranges::any_of(
      out, [&](const json::Value& other) { return text_at(other, "url") == url; });
  if (!is_url(url) || is_known) {
    return;
  }
  json::Object reference{{"url", url}, {"source", source}};
  json::Array tags;
  for (const json::Value& tag : list(one, "tags")) {
    const auto* text = tag.if_string();
    const auto known = std::ranges::find_if(kTags, [&](const auto& pair) {
      return text != nullptr && pair.first == std::string_view(text->data(), text->size());
    });
    if (known != kTags.end()) {
      tags.emplace_back(known->second);
    }
  }
  if (!tags.empty()) {
    reference["tags"] = std::move(tags);
  }
  out.push_back(std::move(reference));
}

void put_weakness5(const json::Value& type, const std::string& source, json::Array& out) {
  json::Array said_so;
  for (const json::Value& one : list(type, "descriptions")) {
    const std::string id = text_at(one, "cweId");
    const std::string lang = text_at(one, "lang");
    std::string value = id.empty() ? text_at(one, "description") : id;
    if (!value.empty()) {
      said_so.push_back(said(lang.empty() ? "en" : lang, std::move(value)));
    }
  }
  if (!said_so.empty()) {
    out.push_back(json::Object{
        {"source", source}, {"type", "Secondary"}, {"description", std::move(said_so)}});
  }
}

void put_configuration5(const json::Value& one, json::Array& out) {
  json::Array nodes;
  for (const json::Value& node : list(one, "nodes")) {
    json::Array matches;
    for (const json::Value& match : list(node, "cpeMatch")) {
      matches.push_back(match_of(match, "criteria"));
    }
    nodes.push_back(json::Object{{"operator", text_at(node, "operator") == "AND" ? "AND" : "OR"},
                                 {"negate", is_negated(node)},
                                 {"cpeMatch", std::move(matches)}});
  }
  json::Object configuration;
  if (text_at(one, "operator") == "AND") {
    configuration["operator"] = "AND";
  }
  if (is_negated(one)) {
    configuration["negate"] = true;
  }
  configuration["nodes"] = std::move(nodes);
  out.push_back(std::move(configuration));
}

struct Gathered {
  json::Object metrics;
  json::Array weaknesses;
  json::Array configurations;
  json::Array references;
  json::Array tags;
};

void gather5(const json::Value& container, Gathered& out) {
  const std::string source = text_at(at(container, "providerMetadata"), "shortName");
  for (const json::Value& metric : list(container, "metrics")) {
    for (const auto& [theirs, nvds] : kMetrics5) {
      if (!at(metric, theirs).is_object()) {
        continue;
      }
      json::Object one{{"source", source}, {"type", "Secondary"}, {"cvssData", at(metric, theirs)}};
      complete_metric(one);
      if (!out.metrics.contains(nvds)) {
        out.metrics[nvds] = json::Array();
      }
      out.metrics[nvds].get_array().push_back(std::move(one));
    }
  }
  for (const json::Value& type : list(container, "problemTypes")) {
    put_weakness5(type, source, out.weaknesses);
  }
  for (const json::Value& one : list(container, "cpeApplicability")) {
    put_configuration5(one, out.configurations);
  }
  for (const json::Value& one : list(container, "references")) {
    put_reference5(one, source, out.references);
  }
  for (const json::Value& tag : list(container, "tags")) {
    const auto* text = tag.if_string();
    if (text != nullptr && advisory::is_cve_tag(*text) &&
        std::ranges::find(out.tags, tag) == out.tags.end()) {
      out.tags.push_back(tag);
    }
  }
}

json::Object cve_of_cve5(const json::Value& root) {
  const json::Value& metadata = at(root, "cveMetadata");
  const json::Value& cna = at(at(root, "containers"), "cna");
  const bool is_rejected = text_at(metadata, "state") == "REJECTED";
  json::Array texts = texts_of(list(cna, is_rejected ? "rejectedReasons" : "descriptions"));
  if (texts.empty()) {
    texts.push_back(said("en", text_at(cna, "title")));
  }
  Gathered gathered;
  gather5(cna, gathered);
  for (const json::Value& adp : list(at(root, "containers"), "adp")) {
    gather5(adp, gathered);
  }
  const std::string updated = text_at(metadata, "dateUpdated");
  const std::string published = text_at(metadata, "datePublished");
  const std::string reserved = text_at(metadata, "dateReserved");
  json::Object out{{"id", text_at(metadata, "cveId")},
                   {"sourceIdentifier", text_at(metadata, "assignerShortName")},
                   {"published", first_time({published, reserved, updated})},
                   {"lastModified", first_time({updated, published, reserved})},
                   {"vulnStatus", is_rejected ? "Rejected" : "Received"},
                   {"evaluatorComment", "Made by Weir from the CVE record; NVD has none here."},
                   {"descriptions", std::move(texts)},
                   {"metrics", std::move(gathered.metrics)},
                   {"weaknesses", std::move(gathered.weaknesses)},
                   {"configurations", std::move(gathered.configurations)},
                   {"references", std::move(gathered.references)}};
  put_tags(text_at(metadata, "assignerShortName"), std::move(gathered.tags), out);
  return out;
}

/// CISA's word on it, as NVD repeats it.
Status put_kev(Desk& desk, const std::string& id, json::Object& cve) {
  const auto version = TRY(catalog::find(desk.tx(), Source::kev, id));
  if (!version || version->state != advisory::State::published) {
    return {};
  }
  const std::string text = TRY(desk.bytes(version->version));
  const json::Value entry = TRY(json::parse(text));
  for (const auto& [nvds, theirs] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"cisaExploitAdd", "dateAdded"},
           {"cisaActionDue", "dueDate"},
           {"cisaRequiredAction", "requiredAction"},
           {"cisaVulnerabilityName", "vulnerabilityName"}}) {
    if (std::string said = text_at(entry, theirs); !said.empty()) {
      cve[nvds] = std::move(said);
    }
  }
  return {};
}

}  // namespace

std::string nvd_time(Instant at) {
  std::string text = to_rfc3339(at);
  text.pop_back();  // Z
  return text;
}

std::string derived_uuid(std::string_view name) {
  constexpr std::size_t kUuidBytes = 16;
  std::string bytes(sha256(name).view().substr(0, kUuidBytes));
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x80U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
  std::string hex = to_hex(bytes);
  std::ranges::transform(hex, hex.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

Result<json::Object> nvd_cve_of(const json::Value& record) {
  if (at(at(record, "cve"), "CVE_data_meta").is_object()) {
    return cve_of_nvd1(record);
  }
  if (at(record, "cveMetadata").is_object()) {
    return cve_of_cve5(record);
  }
  return fail(Code::invalid, "neither a record of NVD 1.1 nor a CVE record");
}

Result<std::string> nvd_item(Desk& desk, const catalog::Cve& cve) {
  std::string text = TRY(desk.bytes(cve.version));
  const json::Value record = TRY(json::parse(text));
  if (at(record, "id").is_string()) {  // form 2.0, alone or in its wrapping
    return R"({"cve":)" + text + "}";
  }
  if (at(at(record, "cve"), "id").is_string()) {
    return text;
  }
  json::Object made = TRY(nvd_cve_of(record));
  TRY(put_kev(desk, cve.name, made));
  return json::canonical(json::Object{{"cve", std::move(made)}});
}

}  // namespace weir::compat
