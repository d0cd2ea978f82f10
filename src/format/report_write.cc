// weir-report/v1 out, and what is generated for the levels `notice` and `advisory`.
#include <map>
#include <set>

#include "base/json.h"
#include "format/format.h"

namespace weir::format {
namespace {

void put(json::Object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) {
    object[key] = text;
  }
}

void put(json::Object& object, std::string_view key, const std::optional<std::string>& text) {
  if (text) {
    object[key] = *text;
  }
}

void put(json::Object& object, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) {
    object[key] = json::Array(texts.begin(), texts.end());
  }
}

void put(json::Object& object, std::string_view key, json::Array array) {
  if (!array.empty()) {
    object[key] = std::move(array);
  }
}

json::Value write_range(const VersionRange& range) {
  json::Object out;
  put(out, "introduced", range.introduced);
  put(out, "fixed", range.fixed);
  put(out, "last_affected", range.last_affected);
  put(out, "scheme", range.scheme);
  return out;
}

json::Array write_products(const std::vector<Product>& products) {
  json::Array all;
  for (const Product& product : products) {
    json::Object out;
    put(out, "vendor", product.vendor);
    put(out, "name", product.name);
    put(out, "purl", product.purl);
    put(out, "cpe", product.cpe);
    json::Array affected;
    for (const VersionRange& range : product.affected) {
      affected.push_back(write_range(range));
    }
    put(out, "affected", std::move(affected));
    all.push_back(std::move(out));
  }
  return all;
}

json::Array write_parts(const std::vector<Part>& parts, Level most) {
  json::Array all;
  for (const Part& part : parts) {
    if (part.level > most) {
      continue;
    }
    json::Object out{{"level", name(part.level)},
                     {"language", part.language},
                     {"kind", part.kind},
                     {"text", part.text}};
    if (part.encryption == Encryption::age) {
      out["encryption"] = "age";
    }
    all.push_back(std::move(out));
  }
  return all;
}

json::Value write_vulnerability(const Vulnerability& vulnerability) {
  json::Object out;
  put(out, "id", vulnerability.id);
  put(out, "aliases", vulnerability.aliases);
  put(out, "title", vulnerability.title);
  put(out, "products", write_products(vulnerability.products));
  put(out, "cvss", vulnerability.cvss);
  put(out, "cwe", vulnerability.cwe);
  if (vulnerability.exploited != "unknown") {
    out["exploited"] = vulnerability.exploited;
  }
  put(out, "parts", write_parts(vulnerability.parts, Level::exploit));
  put(out, "references", vulnerability.references);
  return out;
}

void put_dates(json::Object& out, const Report& report) {
  put(out, "aware_at", report.aware_at);
  put(out, "embargo_until", report.embargo_until);
  put(out, "published_at", report.published_at);
}

}  // namespace

std::string write_report(const Report& report) {
  json::Object out{{"format", "weir-report/v1"}, {"language", report.language}};
  if (report.source != "weir-report/v1") {
    out["source"] = report.source;
  }
  put(out, "id", report.id);
  put(out, "title", report.title);
  json::Object reporter;
  put(reporter, "name", report.reporter_name);
  put(reporter, "contact", report.reporter_contact);
  if (!reporter.empty()) {
    out["reporter"] = std::move(reporter);
  }
  put_dates(out, report);
  put(out, "label", report.label);
  json::Array vulnerabilities;
  for (const Vulnerability& vulnerability : report.vulnerabilities) {
    vulnerabilities.push_back(write_vulnerability(vulnerability));
  }
  out["vulnerabilities"] = std::move(vulnerabilities);
  put(out, "parts", write_parts(report.parts, Level::exploit));
  return json::canonical(out);
}

std::string notice_text(const Report& report) {
  // Sorted and said once, so that the order and number of entries say nothing about the flaws.
  std::map<std::string, std::set<std::string>> by_vendor;
  for (const Vulnerability& vulnerability : report.vulnerabilities) {
    for (const Product& product : vulnerability.products) {
      by_vendor[product.vendor].insert(product.name);
    }
  }
  json::Array vendors;
  for (const auto& [vendor, names] : by_vendor) {
    vendors.push_back(
        json::Object{{"vendor", vendor}, {"products", json::Array(names.begin(), names.end())}});
  }
  json::Object out{{"format", "weir-notice/v1"}, {"vendors", std::move(vendors)}};
  put_dates(out, report);
  return json::canonical(out);
}

std::string advisory_json(const Report& report) {
  json::Array vulnerabilities;
  for (const Vulnerability& vulnerability : report.vulnerabilities) {
    json::Object one;
    put(one, "products", write_products(vulnerability.products));
    put(one, "cvss", vulnerability.cvss);
    put(one, "parts", write_parts(vulnerability.parts, Level::advisory));
    vulnerabilities.push_back(std::move(one));
  }
  json::Object out{{"format", "weir-advisory/v1"}, {"vulnerabilities", std::move(vulnerabilities)}};
  put(out, "parts", write_parts(report.parts, Level::advisory));
  put_dates(out, report);
  return json::canonical(out);
}

}  // namespace weir::format
