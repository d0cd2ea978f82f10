#include "watch/watch.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "match/render.h"
#include "version/cpe.h"

namespace weir::watch {
namespace {

constexpr std::size_t kMaxNameBytes = 1'000;  // of a product that is named

/// Takes parts, and sorts them into items.
class Collector {
 public:
  explicit Collector(Content& content) : content_(content) {}

  Status take(Part part) {
    const match::Target target = target_of(part);
    const std::vector<match::Key> keys = match::keys(target);
    if (keys.empty()) {
      ++content_.nameless;
      return {};
    }
    if (target.version.empty() && !part.is_any_version) {
      ++content_.unversioned;
      return {};
    }
    std::vector<Part>& parts = items_[keys.front().text];
    // The same thing several times is one thing, wherever it stands.
    const bool is_known = std::ranges::any_of(parts, [&](const Part& other) {
      return other.component.version == part.component.version &&
             other.component.purl == part.component.purl &&
             other.component.cpes == part.component.cpes;
    });
    if (!is_known) {
      if (++content_.parts > kMaxParts) {
        return fail(Code::invalid, fmt::format("a list has at most {} components", kMaxParts),
                    part.component.place);
      }
      parts.push_back(std::move(part));
    }
    return {};
  }
  void unread(std::string what, const std::string& place) {
    if (content_.unread.size() < kMaxUnread) {
      content_.unread.push_back({std::move(what), place});
    }
  }
  Result<Content> finish() {
    for (auto& [key, parts] : items_) {
      content_.items.push_back({key, std::move(parts)});
    }
    if (content_.items.empty()) {
      return fail(Code::invalid,
                  "nothing here can be watched: no component has a purl or a CPE, and a version");
    }
    return std::move(content_);
  }

 private:
  Content& content_;
  std::map<std::string, std::vector<Part>> items_;
};

/// What matching and its answers need; licences, hashes and suppliers are not kept.
sbom::Component thinned(const sbom::Component& full) {
  return {.ref = full.ref,
          .name = full.name,
          .version = full.version,
          .purl = full.purl,
          .cpes = full.cpes,
          .place = full.place,
          .is_root = full.is_root};
}

Result<Content> read_inventory(std::string_view bytes) {
  const sbom::Document document = TRY(sbom::read(bytes));
  Content content;
  content.form = fmt::format("{} {}", sbom::name(document.format), document.version);
  Collector collector(content);
  for (const sbom::Fault& fault : document.faults) {
    collector.unread(fault.what, fault.place);
  }
  for (const sbom::Component& component : document.components) {
    if (component.is_root && !content.root) {
      content.root = thinned(component);
      content.product = match::shown(component);
    }
    for (std::string& why : match::target_of(component).unread) {
      collector.unread(std::move(why), component.place);
    }
    TRY(collector.take({.component = thinned(component)}));
  }
  if (auto own = sbom::read_vex(bytes); own && !own->statements.empty()) {
    content.statements = std::move(*own);
  }
  return collector.finish();
}

/// Vendor and product in words, as NVD writes them in its names: an application, a system, or a
/// device.
std::vector<std::string> cpes_of(std::string_view vendor, std::string_view product) {
  const auto attribute = [](std::string_view words) {
    version::CpeValue value;
    value.kind = version::CpeValue::Kind::text;
    for (char c : words) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == ' ' ? '_' : c;
      const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
      value.text += is_plain ? "" : "\\";
      value.text += c;
    }
    return value;
  };
  std::vector<std::string> names;
  for (const char* kind : {"a", "o", "h"}) {
    version::Cpe cpe;
    cpe.values[static_cast<std::size_t>(version::Attribute::part)] = attribute(kind);
    cpe.values[static_cast<std::size_t>(version::Attribute::vendor)] = attribute(vendor);
    cpe.values[static_cast<std::size_t>(version::Attribute::product)] = attribute(product);
    names.push_back(version::to_formatted_string(cpe));
  }
  return names;
}

Result<std::string> member(const json::Cursor& at, std::string_view name) {
  const auto found = at.find(name);
  return found ? found->string(kMaxNameBytes) : std::string();
}

/// For people.
std::string name_of(const match::Target& target, const std::string& product) {
  if (!product.empty()) {
    return product;
  }
  if (!target.package.empty()) {
    return target.package;
  }
  if (target.purl) {
    return target.purl->scope.empty() ? target.purl->name
                                      : target.purl->scope + "/" + target.purl->name;
  }
  return version::to_formatted_string(target.cpes.front());
}

Result<Part> read_product(const json::Cursor& at) {
  TRY(at.only({"purl", "cpe", "ecosystem", "name", "vendor", "product", "version"}));
  const std::string purl = TRY(member(at, "purl"));
  const std::string cpe = TRY(member(at, "cpe"));
  const std::string vendor = TRY(member(at, "vendor"));
  const std::string product = TRY(member(at, "product"));
  Part part;
  part.ecosystem = TRY(member(at, "ecosystem"));
  part.package = TRY(member(at, "name"));
  const int ways = (purl.empty() ? 0 : 1) + (cpe.empty() ? 0 : 1) +
                   (part.ecosystem.empty() ? 0 : 1) + (vendor.empty() ? 0 : 1);
  if (ways != 1 || part.ecosystem.empty() != part.package.empty() ||
      vendor.empty() != product.empty()) {
    return at.fail("one of purl, cpe, ecosystem and name, or vendor and product");
  }
  sbom::Component& component = part.component;
  component.version = TRY(member(at, "version"));
  component.purl = purl;
  component.place = at.pointer();
  if (!cpe.empty()) {
    component.cpes = {cpe};
  } else if (!vendor.empty()) {
    component.cpes = cpes_of(vendor, product);
  }
  const std::string& named = !purl.empty()            ? purl
                             : component.cpes.empty() ? cpe
                                                      : component.cpes.front();
  const auto target = !part.ecosystem.empty() ? match::target_of_package(
                                                    part.ecosystem, part.package, component.version)
                                              : match::target_of_name(named, component.version);
  if (!target) {
    return at.fail(target.error().message);
  }
  if (match::keys(*target).empty()) {
    return at.fail("records are not found by such a name");
  }
  component.name = name_of(*target, product);
  component.version = target->version;
  part.is_any_version = target->version.empty();
  return part;
}

Result<Content> read_products(const json::Value& tree) {
  const json::Cursor root(tree);
  TRY(root.only({"products"}));
  Content content;
  content.form = "products";
  Collector collector(content);
  const json::Cursor list = TRY(root.at("products"));
  for (const json::Cursor& one : TRY(list.elements(kMaxProducts))) {
    Part part = TRY(read_product(one));
    TRY(collector.take(std::move(part)));
  }
  return collector.finish();
}

bool is_of_products(std::string_view bytes) {
  // An inventory has no such member; what begins otherwise is not parsed twice.
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == bytes.npos || bytes[first] != '{') {
    return false;
  }
  const std::size_t next = bytes.find_first_not_of(" \t\r\n", first + 1);
  return next != bytes.npos && bytes.substr(next).starts_with("\"products\"");
}

}  // namespace

Result<Content> read(std::string_view bytes) {
  if (bytes.size() > kMaxListBytes) {
    return fail(Code::invalid, fmt::format("more than {} MiB", kMaxListBytes >> 20));
  }
  if (is_of_products(bytes)) {
    const json::Value tree = TRY(json::parse(bytes, {.bytes = kMaxListBytes, .depth = 8}));
    return read_products(tree);
  }
  return read_inventory(bytes);
}

match::Target target_of(const Part& part) {
  if (!part.ecosystem.empty()) {
    // It was taken, so it can be made again.
    if (auto target =
            match::target_of_package(part.ecosystem, part.package, part.component.version)) {
      return std::move(*target);
    }
    return {};
  }
  return match::target_of(part.component).target;
}

std::string shown(const Item& item) {
  std::string text;
  for (const Part& part : item.parts) {
    const sbom::Component& component = part.component;
    const std::string version = target_of(part).version;
    if (text.empty()) {
      text = component.name.empty() ? item.key : component.name;
    } else {
      text += ",";
    }
    text += version.empty() ? "" : " " + version;
  }
  return text;
}

}  // namespace weir::watch
