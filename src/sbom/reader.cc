#include "sbom/reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sbom/xml.h"

namespace weir::sbom {

void Growing::fault(std::string what, std::string place) {
  if (document.faults.size() == kMostFaults) {
    ++document.more_faults;
    return;
  }
  document.faults.push_back({std::move(what), std::move(place)});
}

void Growing::fault(const json::Cursor& at, std::string what) {
  fault(std::move(what), place(at));
}

Status Growing::add(Component component) {
  if (document.components.size() == kMaxComponents) {
    return fail(Code::invalid, fmt::format("more than {} components", kMaxComponents),
                std::move(component.place));
  }
  const auto index = static_cast<std::uint32_t>(document.components.size());
  if (!component.ref.empty() && !by_ref_.emplace(component.ref, index).second) {
    fault("two components have the reference \"" + component.ref + "\"", component.place);
  }
  document.components.push_back(std::move(component));
  return {};
}

Component* Growing::find(const std::string& ref) {
  const auto at = by_ref_.find(ref);
  return at == by_ref_.end() ? nullptr : &document.components[at->second];
}

Status Growing::depends(std::string from, std::string to, const json::Cursor& at) {
  if (dependencies_.size() == kMaxEdges) {
    return at.fail(fmt::format("more than {} dependencies", kMaxEdges));
  }
  dependencies_.emplace_back(std::move(from), std::move(to));
  return {};
}

Document Growing::finish() {
  for (const auto& [from, to] : dependencies_) {
    const auto left = by_ref_.find(from);
    const auto right = by_ref_.find(to);
    if (left != by_ref_.end() && right != by_ref_.end()) {
      document.edges.emplace_back(left->second, right->second);
    }
  }
  return std::move(document);
}

std::string place(const json::Cursor& at) {
  if (const json::Object* object = at.value().if_object()) {
    const json::Value* line = object->if_contains("#line");
    if (line != nullptr && line->is_int64()) {
      return fmt::format("line {}", line->get_int64());
    }
  }
  return at.pointer().empty() ? "#" : at.pointer();
}

Result<std::string> text_of(Growing& growing, const json::Cursor& at, std::string_view key) {
  const auto found = at.find(key);
  if (!found) {
    return std::string();
  }
  const json::Value& value = found->value();
  if (!value.is_string()) {
    growing.fault(fmt::format("\"{}\" is not a text", key), place(at));
    return std::string();
  }
  const boost::json::string& text = value.get_string();
  if (text.size() > kMaxTextBytes) {
    return fail(Code::invalid, fmt::format("\"{}\" is longer than {} bytes", key, kMaxTextBytes),
                place(at));
  }
  return std::string(text);
}

Result<std::vector<json::Cursor>> list_of(Growing& growing, const json::Cursor& at,
                                          std::string_view key, std::size_t most) {
  const auto found = at.find(key);
  if (!found) {
    return std::vector<json::Cursor>();
  }
  if (!found->is_array()) {
    growing.fault(fmt::format("\"{}\" is not a list", key), place(at));
    return std::vector<json::Cursor>();
  }
  return found->elements(most);
}

std::optional<std::string> hash_value(Growing& growing, const json::Cursor& at,
                                      std::string_view value) {
  constexpr auto kLengths = std::to_array<std::size_t>({8, 32, 40, 56, 64, 96, 128});
  std::string hex(value);
  for (char& c : hex) {
    c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const bool is_hex = hex.find_first_not_of("0123456789abcdef") == hex.npos;
  if (!is_hex || std::ranges::find(kLengths, hex.size()) == kLengths.end()) {
    growing.fault(at, "a hash is not hexadecimal of the length of any algorithm");
    return std::nullopt;
  }
  return hex;
}

namespace {

constexpr std::array<std::string_view, 5> kFormats = {
    "CycloneDX JSON", "CycloneDX XML", "SPDX JSON", "SPDX tag-value", "SPDX 3 JSON-LD"};

constexpr std::string_view kCycloneDx = "http://cyclonedx.org/schema/bom/";

Result<Tree> json_tree(std::string_view bytes) {
  Tree tree{.value = TRY(json::parse(bytes, {.bytes = kMaxBytes, .depth = kMaxDepth}))};
  const json::Cursor root(tree.value);
  if (root.find("bomFormat")) {
    if (TRY(root.string_at("bomFormat")) != "CycloneDX") {
      return fail(Code::invalid, "\"bomFormat\" is not CycloneDX", "/bomFormat");
    }
    tree.format = Format::cyclonedx_json;
    tree.version = TRY(root.string_at("specVersion"));
    return tree;
  }
  if (root.find("spdxVersion")) {
    tree.format = Format::spdx_json;
    return tree;
  }
  if (root.find("@context") && (root.find("@graph") || root.find("spdxId"))) {
    tree.format = Format::spdx3_json;
    return tree;
  }
  return root.fail("neither CycloneDX (\"bomFormat\") nor SPDX (\"spdxVersion\", \"@graph\")");
}

Result<Tree> xml_tree(std::string_view bytes) {
  Xml xml = TRY(parse_xml(bytes));
  if (xml.root != "bom" || !xml.scope.starts_with(kCycloneDx)) {
    return fail(Code::invalid, "the root is no \"bom\" in a namespace of CycloneDX", "line 1");
  }
  return Tree{.format = Format::cyclonedx_xml,
              .version = xml.scope.substr(kCycloneDx.size()),
              .value = std::move(xml.tree)};
}

}  // namespace

std::string_view name(Format format) {
  return kFormats[static_cast<std::size_t>(format)];
}

Result<Tree> parse_tree(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) {
    return fail(Code::invalid, fmt::format("an inventory of more than {} bytes", kMaxBytes));
  }
  constexpr std::string_view kMark = "\xef\xbb\xbf";  // of UTF-8: some tools write it
  if (bytes.starts_with(kMark)) {
    bytes.remove_prefix(kMark.size());
  }
  const std::size_t start = bytes.find_first_not_of(" \t\r\n");
  const char first = start == bytes.npos ? '\0' : bytes[start];
  if (first == '<' || first == '\xfe' || first == '\xff') {  // the last two start UTF-16
    return xml_tree(bytes);
  }
  if (first == '{') {
    return json_tree(bytes);
  }
  if (bytes.contains("SPDXVersion:")) {
    return Tree{
        .format = Format::spdx_tag_value, .version = "", .value = TRY(parse_tag_value(bytes))};
  }
  return fail(Code::invalid, "this is no inventory that can be read: not CycloneDX, not SPDX");
}

Result<Document> read_tree(const Tree& tree) {
  switch (tree.format) {
    case Format::cyclonedx_json:
    case Format::cyclonedx_xml:
      return read_cyclonedx(tree.value, tree.format, tree.version);
    case Format::spdx_json:
    case Format::spdx_tag_value:
      return read_spdx(tree.value, tree.format);
    case Format::spdx3_json:
      return read_spdx3(tree.value);
  }
  std::unreachable();
}

Result<Document> read(std::string_view bytes) {
  const Tree tree = TRY(parse_tree(bytes));
  return read_tree(tree);
}

}  // namespace weir::sbom
