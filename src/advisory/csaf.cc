// CSAF 2.0: the product tree, and what each vulnerability says about its products.
#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include "advisory/read.h"
#include "advisory/readers.h"
#include "base/bytes.h"

namespace weir::advisory {
namespace {

constexpr int kMostBranches = 30;  // of depth; ISO/IEC 20153 allows that many

/// What the way from the root to a product says about it.
struct Product {
  std::string vendor;
  std::string name;
  std::string version;
  std::string range;
  std::string purl;
  std::vector<std::string> cpes;
  std::vector<std::string> platforms;
};
using Products = std::unordered_map<std::string, Product>;

void add_product(const View& full, Product product, Products& products) {
  const View helper = full.at("product_identification_helper");
  add_once(product.cpes, helper.string_at("cpe"));
  product.purl = helper.string_at("purl");
  if (product.name.empty()) {
    product.name = full.string_at("name");
  }
  products.emplace(full.string_at("product_id"), std::move(product));
}

void read_branches(const View& list, const Product& above, int depth, Products& products) {
  if (depth == kMostBranches) {
    list.blame("branches are nested too deep");
    return;
  }
  list.each([&](const View& branch) {
    Product here = above;
    const std::string_view category = branch.string_at("category");
    const std::string_view name = branch.string_at("name");
    if (category == "vendor") {
      here.vendor = name;
    } else if (category == "product_name") {
      here.name = name;
    } else if (category == "product_version") {
      here.version = name;
    } else if (category == "product_version_range") {
      here.range = name;
    } else if (category == "architecture" || category == "host_name") {
      add_once(here.platforms, name);
    }
    if (const View product = branch.at("product"); product.is_object()) {
      add_product(product, here, products);
    }
    read_branches(branch.at("branches"), here, depth + 1, products);
  });
}

/// "A on B": the product is A, B is where it runs.
void read_relationships(const View& list, Products& products) {
  list.each([&](const View& relationship) {
    Product combined;
    const auto part = products.find(std::string(relationship.string_at("product_reference")));
    if (part != products.end()) {
      combined = part->second;
    }
    const auto whole =
        products.find(std::string(relationship.string_at("relates_to_product_reference")));
    if (whole != products.end()) {
      add_once(combined.platforms, whole->second.name);
    }
    add_product(relationship.at("full_product_name"), std::move(combined), products);
  });
}

constexpr std::array<std::pair<std::string_view, Standing>, 8> kStatuses = {{
    {"known_affected", Standing::affected},
    {"first_affected", Standing::affected},
    {"last_affected", Standing::affected},
    {"known_not_affected", Standing::unaffected},
    {"fixed", Standing::fixed},
    {"first_fixed", Standing::fixed},
    {"recommended", Standing::fixed},
    {"under_investigation", Standing::investigation},
}};

void describe(const Product& product, Affected& one) {
  if (!product.range.empty()) {
    const bool is_vers = product.range.starts_with("vers:");
    one.ranges.push_back({.kind = is_vers ? RangeKind::vers : RangeKind::prose,
                          .standing = one.standing,
                          .scheme = {},
                          .text = product.range,
                          .events = {}});
  } else if (!product.version.empty()) {
    one.versions.push_back(product.version);
  }
}

/// Products of one vulnerability that differ in their version alone stand together.
void read_statuses(const View& statuses, std::string_view cve, const Products& products,
                   Advisory& out) {
  std::map<std::array<std::string, 4>, std::size_t> places;
  for (const auto& [key, standing] : kStatuses) {
    statuses.at(key).each([&, verdict = standing](const View& id) {
      const auto found = products.find(std::string(id.string()));
      if (found == products.end()) {
        id.blame("there is no such product in the product tree");
        return;
      }
      const Product& product = found->second;
      const std::string helper =
          product.purl + (product.cpes.empty() ? "" : "|" + product.cpes.front());
      const auto [place, is_new] = places.emplace(
          std::array{product.vendor, product.name, helper, std::string(name(verdict))},
          out.affected.size());
      if (is_new) {
        Affected one;
        one.vulnerability = cve;
        one.vendor = product.vendor;
        one.product = product.name;
        one.purl = product.purl;
        one.cpes = product.cpes;
        one.platforms = product.platforms;
        one.standing = verdict;
        out.affected.push_back(std::move(one));
      }
      describe(product, out.affected[place->second]);
    });
  }
}

void read_vulnerability(const View& one, const Products& products, Advisory& out) {
  const std::string_view cve = one.string_at("cve");
  add_once(out.related, cve);
  one.at("ids").each([&](const View& id) { add_once(out.related, id.string_at("text")); });
  add_weakness(one.at("cwe").string_at("id"), out);
  one.at("notes").each([&](const View& note) {
    const std::string_view category = note.string_at("category");
    if (category == "summary" || category == "description") {
      add_once(out.texts, cut_text(note.string_at("text")));
    }
  });
  one.at("scores").each([&](const View& score) {
    for (const std::string_view key : {"cvss_v4", "cvss_v3", "cvss_v2"}) {
      if (const View cvss = score.at(key); cvss.is_object()) {
        add_rating({}, cvss.string_at("vectorString"), cvss.at("baseScore").number(), out);
      }
    }
  });
  one.at("references").each([&](const View& reference) {
    add_once(out.references, reference.string_at("url"));
  });
  read_statuses(one.at("product_status"), cve, products, out);
}

}  // namespace

void read_csaf(const View& root, Advisory& out) {
  out.source = Source::csaf;
  const View document = root.at("document");
  const View tracking = document.at("tracking");
  out.id = tracking.string_at("id");
  out.publisher = document.at("publisher").string_at("name");
  out.published = parse_date(tracking.string_at("initial_release_date"));
  out.modified = parse_date(tracking.string_at("current_release_date"));
  out.title = cut_text(document.string_at("title"));
  document.at("notes").each([&](const View& note) {
    const std::string_view category = note.string_at("category");
    if (category == "summary" || category == "description" || category == "details") {
      add_once(out.texts, cut_text(note.string_at("text")));
    }
  });
  document.at("references").each([&](const View& reference) {
    add_once(out.references, reference.string_at("url"));
  });
  Products products;
  const View tree = root.at("product_tree");
  read_branches(tree.at("branches"), Product{}, 0, products);
  tree.at("full_product_names").each([&](const View& product) {
    add_product(product, Product{}, products);
  });
  read_relationships(tree.at("relationships"), products);
  root.at("vulnerabilities").each([&](const View& one) { read_vulnerability(one, products, out); });
}

}  // namespace weir::advisory
