// CSAF 2.0 (OASIS Standard, 18 November 2022).
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/time.h"
#include "format/csaf_products.h"
#include "format/read.h"

namespace weir::format {
namespace {

using json::Cursor;

constexpr std::size_t kMaxNamesInText = 100;  // the rest is counted; the bytes have them all
constexpr std::size_t kMaxNamesInRemediation = 20;

/// The rows that sort a list of CSAF texts into kinds and levels by "category".
struct Row {
  std::string_view category;
  std::string_view kind;
  Level level;
};
// 3.1.5.1: notes are free text.
constexpr std::array<Row, 7> kNotes = {{{"description", "description", Level::technical},
                                        {"details", "details", Level::technical},
                                        {"faq", "faq", Level::technical},
                                        {"general", "note", Level::technical},
                                        {"legal_disclaimer", "legal", Level::technical},
                                        {"other", "note", Level::technical},
                                        {"summary", "summary", Level::technical}}};
// 3.2.3.12.1
constexpr std::array<Row, 5> kRemediations = {{{"mitigation", "mitigation", Level::advisory},
                                               {"no_fix_planned", "no_fix", Level::advisory},
                                               {"none_available", "no_fix", Level::advisory},
                                               {"vendor_fix", "fix", Level::advisory},
                                               {"workaround", "workaround", Level::advisory}}};
// 3.2.3.14.1: what is said of exploits may help to write one.
constexpr std::array<Row, 3> kThreats = {{{"exploit_status", "exploit", Level::exploit},
                                          {"impact", "impact", Level::technical},
                                          {"target_set", "target_set", Level::technical}}};

template <std::size_t Size>
Result<Row> row(const std::array<Row, Size>& rows, const Cursor& item) {
  const Cursor at = TRY(item.at("category"));
  const std::string category = TRY(at.string(kMaxNameBytes));
  const auto found = std::ranges::find(rows, category, &Row::category);
  if (found == rows.end()) {
    return at.fail("not a category of CSAF 2.0");
  }
  return *found;
}

class Reader {
 public:
  Result<Report> read(const Cursor& top);

 private:
  Status read_document(const Cursor& document);
  Status read_tracking(const Cursor& document);
  Status read_label(const Cursor& document);
  Result<Vulnerability> read_vulnerability(const Cursor& at);
  Status read_ids(const Cursor& at, Vulnerability& out);
  Status read_products(const Cursor& at, Vulnerability& out);
  Status read_scores(const Cursor& at, Vulnerability& out);
  Status read_remediations(const Cursor& at, Vulnerability& out);
  Status read_discovery(const Cursor& at);
  Status add_notes(const Cursor& at, std::vector<Part>& parts);
  Status add_threats(const Cursor& at, std::vector<Part>& parts);
  Status add_credits(const Cursor& at, std::vector<Part>& parts);
  Status add_generated(const Cursor& at, std::vector<Part>& parts, std::string_view kind,
                       std::string text);
  Status spend(const Cursor& at, std::size_t bytes);

  Part part(const Row& like, std::string text) const {
    return {.level = like.level,
            .language = report_.language,
            .kind = std::string(like.kind),
            .text = std::move(text)};
  }

  Report report_;
  ProductTree tree_;
  std::string vendor_;         // the publisher's name, if it is a vendor
  std::size_t products_ = 0;   // so far, in all vulnerabilities
  std::size_t ranges_ = 0;     // the same
  std::size_t generated_ = 0;  // bytes
};

Status Reader::spend(const Cursor& at, std::size_t bytes) {
  generated_ += bytes;
  if (generated_ > kMaxGeneratedBytes) {
    return at.fail(
        fmt::format("lists of products longer than {} bytes in words", kMaxGeneratedBytes));
  }
  return {};
}

Status Reader::add_generated(const Cursor& at, std::vector<Part>& parts, std::string_view kind,
                             std::string text) {
  TRY(spend(at, text.size()));
  return add_part(at, parts, part({"", kind, Level::advisory}, std::move(text)));
}

Status Reader::add_notes(const Cursor& at, std::vector<Part>& parts) {
  for (const Cursor& note : TRY(list(at, "notes"))) {
    const Row like = TRY(row(kNotes, note));
    const std::string title = TRY(optional_text(note, "title"));
    std::string text = TRY(required_text(note, "text", kMaxTextBytes - kMaxNameBytes - 2));
    TRY(add_part(note, parts, part(like, title.empty() ? text : title + "\n\n" + text)));
  }
  return {};
}

Status Reader::add_threats(const Cursor& at, std::vector<Part>& parts) {
  for (const Cursor& threat : TRY(list(at, "threats"))) {
    const Row like = TRY(row(kThreats, threat));
    std::string text = TRY(required_text(threat, "details", kMaxTextBytes));
    TRY(add_part(threat, parts, part(like, std::move(text))));
  }
  return {};
}

Status Reader::add_credits(const Cursor& at, std::vector<Part>& parts) {
  for (const Cursor& credit : TRY(list(at, "acknowledgments"))) {
    const std::vector<std::string> names = TRY(texts(credit, "names"));
    const std::string organisation = TRY(optional_text(credit, "organization"));
    const std::string summary = TRY(optional_text(credit, "summary", kMaxTextBytes / 4));
    std::vector<std::string_view> pieces(names.begin(), names.end());
    for (const std::string_view piece :
         {std::string_view(organisation), std::string_view(summary)}) {
      if (!piece.empty()) {
        pieces.push_back(piece);
      }
    }
    TRY(add_part(credit, parts,
                 part({"", "credit", Level::technical}, sentence(pieces, kMaxNamesInText))));
  }
  return {};
}

Status Reader::read_label(const Cursor& document) {
  const std::optional<Cursor> distribution = document.find("distribution");
  if (!distribution) {
    return {};
  }
  if (!distribution->is_object()) {
    return distribution->fail("must be an object");
  }
  const std::string text = TRY(optional_text(*distribution, "text", kMaxTextBytes));
  const std::optional<Cursor> tlp = distribution->find("tlp");
  if (!tlp) {
    return {};
  }
  const Cursor label = TRY(tlp->at("label"));
  const std::string name = TRY(label.string(kMaxNameBytes));
  if (name == "WHITE") {
    report_.label = "TLP:CLEAR";  // TLP 2.0's word for it
  } else if (name == "GREEN" || name == "RED") {
    report_.label = "TLP:" + name;
  } else if (name == "AMBER") {
    // TLP 1.0, which CSAF 2.0 speaks, has no AMBER+STRICT: it stands in the text.
    report_.label = text.contains("AMBER+STRICT") ? "TLP:AMBER+STRICT" : "TLP:AMBER";
  } else {
    return label.fail("must be WHITE, GREEN, AMBER or RED");
  }
  return {};
}

Status Reader::read_tracking(const Cursor& document) {
  const Cursor tracking = TRY(document.at("tracking"));
  report_.id = TRY(required_text(tracking, "id"));
  const Cursor status = TRY(tracking.at("status"));
  const std::string word = TRY(status.string(kMaxNameBytes));
  if (word != "draft" && word != "interim" && word != "final") {
    return status.fail("must be draft, interim or final");
  }
  const std::string released = TRY(required_date(tracking, "initial_release_date"));
  TRY(required_date(tracking, "current_release_date"));
  // A release to a closed circle makes nothing public.
  if (word != "draft" && report_.label == "TLP:CLEAR") {
    report_.published_at = released;
  }
  return {};
}

Status Reader::read_document(const Cursor& document) {
  const Cursor version = TRY(document.at("csaf_version"));
  if (TRY(version.string(kMaxNameBytes)) != "2.0") {
    return version.fail("must be 2.0");
  }
  report_.source = "csaf/2.0";
  TRY(required_text(document, "category"));
  report_.title = TRY(required_text(document, "title", kMaxNameBytes));
  report_.language = TRY(language(document, "lang", "en"));
  const Cursor publisher = TRY(document.at("publisher"));
  report_.reporter_name = TRY(required_text(publisher, "name"));
  report_.reporter_contact = TRY(optional_text(publisher, "contact_details"));
  if (TRY(required_text(publisher, "category")) == "vendor") {
    vendor_ = report_.reporter_name;
  }
  TRY(read_label(document));
  TRY(read_tracking(document));
  TRY(add_notes(document, report_.parts));
  TRY(add_credits(document, report_.parts));
  const std::optional<Cursor> severity = document.find("aggregate_severity");
  if (severity) {
    std::string text = TRY(required_text(*severity, "text"));
    TRY(add_part(*severity, report_.parts,
                 part({"", "severity", Level::advisory}, std::move(text))));
  }
  for (const Cursor& reference : TRY(list(document, "references"))) {
    std::string url = TRY(required_text(reference, "url", kMaxUrlBytes));
    TRY(add_part(reference, report_.parts,
                 part({"", "reference", Level::technical}, std::move(url))));
  }
  return {};
}

Status Reader::read_ids(const Cursor& at, Vulnerability& out) {
  out.id = TRY(optional_text(at, "cve"));
  Distinct aliases;
  for (const Cursor& id : TRY(list(at, "ids"))) {
    std::string text = TRY(required_text(id, "text"));
    if (out.id.empty()) {
      out.id = std::move(text);
    } else {
      TRY(aliases.add(id, std::move(text)));
    }
  }
  out.aliases = std::move(aliases).take();
  out.title = TRY(optional_text(at, "title"));
  const std::optional<Cursor> cwe = at.find("cwe");
  if (cwe) {
    const Cursor id = TRY(cwe->at("id"));
    out.cwe.push_back(TRY(id.string(kMaxNameBytes)));
    if (!is_cwe(out.cwe.back())) {
      return id.fail("must be CWE- and a number");
    }
  }
  return {};
}

/// The groups of 3.2.3.9. Those of the first three name versions that are affected; of the rest
/// only what is fixed and what is under investigation is worth words.
struct StatusGroup {
  std::string_view key;
  std::string_view kind;  // of the generated part; empty: becomes products
};
constexpr std::array<StatusGroup, 8> kStatusGroups = {{{"first_affected", ""},
                                                       {"known_affected", ""},
                                                       {"last_affected", ""},
                                                       {"first_fixed", "fixed"},
                                                       {"fixed", "fixed"},
                                                       {"recommended", "recommended"},
                                                       {"known_not_affected", "not_affected"},
                                                       {"under_investigation", "investigated"}}};

/// Collects products so that one vendor's product in several versions is one product.
class Collector {
 public:
  void add(const ProductTree::Known& known) {
    const Product& product = known.product;
    const auto [at, is_new] = index_.try_emplace(
        {product.vendor, product.name, product.purl, product.cpe}, products_.size());
    if (is_new) {
      products_.push_back(product);
      products_.back().affected.clear();
    }
    for (const VersionRange& range : product.affected) {
      if (seen_
              .emplace(at->second, range.introduced, range.fixed, range.last_affected, range.scheme)
              .second) {
        products_[at->second].affected.push_back(range);
        ++ranges_;
      }
    }
    if (!known.words.empty()) {
      words_.insert(known.full_name + ": " + known.words);
    }
  }

  std::size_t ranges() const { return ranges_; }
  const std::vector<Product>& products() const { return products_; }
  const std::set<std::string>& words() const { return words_; }

 private:
  using View = std::string_view;  // into the tree
  std::map<std::tuple<View, View, View, View>, std::size_t> index_;
  std::set<std::tuple<std::size_t, View, View, View, View>> seen_;
  std::vector<Product> products_;
  std::set<std::string> words_;
  std::size_t ranges_ = 0;
};

Status Reader::read_products(const Cursor& at, Vulnerability& out) {
  const std::optional<Cursor> status = at.find("product_status");
  if (!status) {
    return {};
  }
  if (!status->is_object()) {
    return status->fail("must be an object");
  }
  Collector affected;
  for (const StatusGroup& group : kStatusGroups) {
    std::vector<std::string_view> names;
    for (const Cursor& id : TRY(list(*status, group.key, kMaxProducts))) {
      const ProductTree::Known& known = *TRY(tree_.product(id));
      if (group.kind.empty()) {
        affected.add(known);
      } else {
        names.push_back(known.full_name);
      }
      if (ranges_ + affected.ranges() > kMaxRangesInAll) {
        return id.fail(fmt::format("more than {} version ranges in all", kMaxRangesInAll));
      }
    }
    TRY(add_generated(*status, out.parts, group.kind, sentence(names, kMaxNamesInText)));
  }
  ranges_ += affected.ranges();
  products_ += affected.products().size();
  if (products_ > kMaxProductsInAll) {
    return status->fail(fmt::format("more than {} products in all", kMaxProductsInAll));
  }
  out.products = affected.products();
  const std::vector<std::string_view> words(affected.words().begin(), affected.words().end());
  return add_generated(*status, out.parts, "affected", sentence(words, kMaxNamesInText));
}

Status Reader::read_scores(const Cursor& at, Vulnerability& out) {
  Distinct cvss;
  for (const Cursor& score : TRY(list(at, "scores"))) {
    for (const std::string_view key : {"cvss_v3", "cvss_v2"}) {
      const std::optional<Cursor> vector = score.find(key);
      if (vector) {
        std::string text = TRY(required_text(*vector, "vectorString"));
        TRY(cvss.add(*vector, std::move(text)));
      }
    }
  }
  out.cvss = std::move(cvss).take();
  return {};
}

Status Reader::read_remediations(const Cursor& at, Vulnerability& out) {
  for (const Cursor& remediation : TRY(list(at, "remediations"))) {
    const Row like = TRY(row(kRemediations, remediation));
    std::string text = TRY(required_text(remediation, "details", kMaxTextBytes / 2));
    const std::string url = TRY(optional_text(remediation, "url", kMaxUrlBytes));
    if (!url.empty()) {
      text += "\n\n" + url;
    }
    const ProductTree::Names who = TRY(tree_.names(remediation, kMaxNamesInRemediation));
    if (!who.names.empty()) {
      const std::size_t before = text.size();
      text += "\n\nFor: " + sentence(who.names, who.names.size());
      if (who.count > who.names.size()) {
        text += fmt::format("; and {} more", who.count - who.names.size());
      }
      TRY(spend(remediation, text.size() - before));
    }
    TRY(add_part(remediation, out.parts, part(like, std::move(text))));
  }
  return {};
}

/// Keeps the earliest discovery: from then on the clocks run.
Status Reader::read_discovery(const Cursor& at) {
  const std::optional<std::string> discovered = TRY(optional_date(at, "discovery_date"));
  if (discovered &&
      (!report_.aware_at || parse_rfc3339(*discovered) < parse_rfc3339(*report_.aware_at))) {
    report_.aware_at = discovered;
  }
  return {};
}

Result<Vulnerability> Reader::read_vulnerability(const Cursor& at) {
  if (!at.is_object()) {
    return at.fail("must be an object");
  }
  Vulnerability out;
  TRY(read_ids(at, out));
  TRY(read_discovery(at));
  TRY(add_notes(at, out.parts));
  TRY(read_products(at, out));
  TRY(read_scores(at, out));
  TRY(read_remediations(at, out));
  TRY(add_threats(at, out.parts));
  TRY(add_credits(at, out.parts));
  Distinct references;
  for (const Cursor& reference : TRY(list(at, "references"))) {
    std::string url = TRY(required_text(reference, "url", kMaxUrlBytes));
    TRY(references.add(reference, std::move(url)));
  }
  out.references = std::move(references).take();
  return out;
}

Result<Report> Reader::read(const Cursor& top) {
  const Cursor document = TRY(top.at("document"));
  TRY(read_document(document));
  const std::optional<Cursor> tree = top.find("product_tree");
  if (tree) {
    tree_ = TRY(ProductTree::read(*tree, vendor_));
  }
  for (const Cursor& at : TRY(list(top, "vulnerabilities", kMaxVulnerabilities))) {
    report_.vulnerabilities.push_back(TRY(read_vulnerability(at)));
  }
  return std::move(report_);
}

}  // namespace

Result<Report> read_csaf(const Cursor& top) {
  return Reader().read(top);
}

Result<Report> parse_csaf(std::string_view bytes) {
  const json::Value tree = TRY(parse_tree(bytes));
  return read_csaf(Cursor(tree));
}

}  // namespace weir::format
