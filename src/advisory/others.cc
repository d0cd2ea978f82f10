// The small forms: descriptions alone, the Node.js working group, CISA's table of ICS
// advisories.
#include <algorithm>

#include <fmt/format.h>

#include "advisory/read.h"
#include "advisory/readers.h"

namespace weir::advisory {
namespace {

bool is_cve(std::string_view id) {
  return id.starts_with("CVE-");
}

/// "8/20/2026", as the table writes it.
std::optional<Instant> parse_american_date(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t second = text.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return std::nullopt;
  }
  return parse_date(fmt::format("{}-{:0>2}-{:0>2}", text.substr(second + 1), text.substr(0, first),
                                text.substr(first + 1, second - first - 1)));
}

}  // namespace

void add_listed(std::string_view text, std::string_view prefix, std::vector<std::string>& out) {
  std::size_t at = 0;
  while ((at = text.find(prefix, at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" ,;\n\t", at), text.size());
    add_once(out, text.substr(at, end - at));
    at = end;
  }
}

void read_description(const View& root, Advisory& out) {
  out.source = Source::description;
  out.id = root.string_at("id");
  add_once(out.texts, cut_text(root.string_at("description")));
  root.at("weakness").each([&](const View& weakness) {
    if (weakness.string().starts_with("CWE-")) {
      add_weakness(weakness.string(), out);
    }
  });
  std::vector<std::string> versions;
  root.at("versions").append_to(versions);
  std::erase_if(versions, [](const std::string& text) { return text.empty() || text == "n/a"; });
  root.at("products").each([&](const View& product) {
    if (product.string().empty() || product.string() == "n/a") {
      return;
    }
    Affected one;
    one.product = product.string();
    one.standing = Standing::unknown;  // which versions belong to which product is not said
    one.others = Standing::unknown;
    for (const std::string& text : versions) {
      one.ranges.push_back({.kind = RangeKind::prose,
                            .standing = Standing::unknown,
                            .scheme = {},
                            .text = text,
                            .events = {}});
    }
    out.affected.push_back(std::move(one));
  });
}

void read_nodejs(const View& root, Advisory& out) {
  out.source = Source::nodejs;
  out.publisher = "nodejs";
  const std::string_view module = root.string_at("module_name");
  const bool is_core = module.empty();
  std::vector<std::string> cves;
  root.at("cve").append_to(cves);
  root.at("cves").append_to(cves);
  std::erase_if(cves, [](const std::string& id) { return !is_cve(id); });
  if (is_core) {  // the number is in the file's name alone, which did not come along
    out.id = fmt::format("NSWG-COR-{}", fmt::join(cves, "+"));
  } else if (const auto number = root.at("id").number()) {
    out.id = fmt::format("NSWG-ECO-{:.0f}", *number);
  }
  // One CVE: the same flaw. Several: a bulletin.
  (cves.size() == 1 ? out.aliases : out.related) = cves;
  out.published = parse_date(root.string_at("publish_date"));
  out.modified = parse_date(root.string_at("updated_at"));
  out.title = cut_text(is_core ? root.string_at("description") : root.string_at("title"));
  add_once(out.texts, cut_text(root.string_at("overview")));
  if (const View references = root.at("references"); references.is_string()) {
    add_listed(references.string(), "http", out.references);
  } else {
    references.append_to(out.references);
  }
  add_rating({}, root.string_at("cvss_vector"), root.at("cvss_score").number(), out);
  Affected one;
  one.ecosystem = is_core ? "" : "npm";
  one.package = module;
  one.vendor = is_core ? "nodejs" : "";
  one.product = is_core ? "node.js" : "";
  if (is_core) {
    one.cpes = {"cpe:2.3:a:nodejs:node.js:*:*:*:*:*:*:*:*"};
  }
  one.ranges.push_back(
      {.kind = RangeKind::native,
       .standing = Standing::affected,
       .scheme = "npm",
       .text = std::string(root.string_at(is_core ? "vulnerable" : "vulnerable_versions")),
       .events = {}});
  out.affected.push_back(std::move(one));
}

void read_ics(const View& root, Advisory& out) {
  out.source = Source::ics;
  out.id = root.string_at("ICS-CERT_Number");
  out.publisher = "CISA";
  out.title = cut_text(root.string_at("ICS-CERT_Advisory_Title"));
  out.published = parse_american_date(root.string_at("Original_Release_Date"));
  out.modified = parse_american_date(root.string_at("Last_Updated"));
  add_listed(root.string_at("CVE_Number"), "CVE-", out.related);
  add_listed(root.string_at("CWE_Number"), "CWE-", out.weaknesses);
  out.texts = {cut_text(root.string_at("Products_Affected"))};
  Affected one;
  one.vendor = root.string_at("Vendor");
  one.product = root.string_at("Product");
  one.ranges.push_back({.kind = RangeKind::prose,
                        .standing = Standing::affected,
                        .scheme = {},
                        .text = out.texts.front(),
                        .events = {}});
  out.affected.push_back(std::move(one));
}

}  // namespace weir::advisory
