// CycloneDX 1.2 to 1.7, as the tree of its JSON form; XML has been brought into that shape.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/time.h"
#include "sbom/form.h"
#include "sbom/reader.h"

namespace weir::sbom {
namespace {

constexpr auto kVersions =
    std::to_array<std::string_view>({"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"});
constexpr auto kTypes = std::to_array<std::string_view>(
    {"application", "framework", "library", "container", "platform", "operating-system", "device",
     "device-driver", "firmware", "file", "machine-learning-model", "data", "cryptographic-asset"});

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

enum class Role { part, root };

class CycloneDx {
 public:
  CycloneDx(const json::Value& tree, Format format, std::string version) : root_(tree) {
    growing_.document.format = format;
    growing_.document.version = std::move(version);
  }

  Result<Document> read() {
    if (!is_one_of(kVersions, growing_.document.version)) {
      return root_.fail("CycloneDX " + growing_.document.version +
                        " is not known (1.2 to 1.7 are)");
    }
    growing_.document.serial = TRY(text_of(growing_, root_, "serialNumber"));
    check_serial();
    if (const auto metadata = root_.find("metadata")) {
      const std::string at = TRY(text_of(growing_, *metadata, "timestamp"));
      if (metadata->find("timestamp") && !parse_rfc3339(at)) {
        growing_.fault(*metadata, "\"timestamp\" is no instant as in RFC 3339");
      }
      if (const auto about = metadata->find("component")) {
        TRY(component(*about, Role::root));
      }
    }
    TRY(components(root_));
    TRY(dependencies());
    check_form(growing_, root_);
    return growing_.finish();
  }

 private:
  void check_serial() {
    constexpr std::string_view kShape = "urn:uuid:hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    constexpr std::size_t kFixed = 9;  // "urn:uuid:"
    const std::string& serial = growing_.document.serial;
    bool fits = serial.size() == kShape.size();
    for (std::size_t i = 0; fits && i < kShape.size(); ++i) {
      const bool is_hex = std::string_view("0123456789abcdefABCDEF").contains(serial[i]);
      fits = i >= kFixed && kShape[i] == 'h' ? is_hex : serial[i] == kShape[i];
    }
    if (!serial.empty() && !fits) {
      growing_.fault(root_, "\"serialNumber\" is no urn:uuid:");
    }
  }

  Status components(const json::Cursor& within) {
    for (const json::Cursor& at : TRY(list_of(growing_, within, "components", kMaxComponents))) {
      TRY(component(at, Role::part));
    }
    return {};
  }

  Status component(const json::Cursor& at, Role role) {
    if (!at.is_object()) {
      growing_.fault(at, "a component is an object");
      return {};
    }
    Component one{.place = place(at), .is_root = role == Role::root};
    one.ref = TRY(text_of(growing_, at, "bom-ref"));
    one.type = TRY(text_of(growing_, at, "type"));
    one.group = TRY(text_of(growing_, at, "group"));
    one.name = TRY(text_of(growing_, at, "name"));
    one.version = TRY(text_of(growing_, at, "version"));
    one.purl = TRY(text_of(growing_, at, "purl"));
    if (std::string cpe = TRY(text_of(growing_, at, "cpe")); !cpe.empty()) {
      one.cpes.push_back(std::move(cpe));
    }
    one.supplier = TRY(supplier(at));
    one.hashes = TRY(hashes(at));
    if (at.find("bom-ref") && one.ref.empty()) {
      growing_.fault(at, "\"bom-ref\" is empty");
    }
    if (!is_one_of(kTypes, one.type)) {
      growing_.fault(at, one.type.empty() ? "a component has no type"
                                          : "\"" + one.type + "\" is no type of component");
    }
    const std::string scope = TRY(text_of(growing_, at, "scope"));
    if (!scope.empty() && scope != "required" && scope != "optional" && scope != "excluded") {
      growing_.fault(at, "\"" + scope + "\" is no scope");
    }
    const bool needs_version = growing_.document.version < "1.4";
    if (one.name.empty() || (needs_version && !at.find("version"))) {
      growing_.fault(at,
                     one.name.empty() ? "a component has no name" : "a component has no version");
    }
    if (!one.name.empty() || !one.purl.empty() || !one.cpes.empty()) {
      TRY(growing_.add(std::move(one)));
    }
    return components(at);
  }

  Result<std::string> supplier(const json::Cursor& at) {
    for (const char* key : {"supplier", "manufacturer"}) {
      if (const auto who = at.find(key); who && who->is_object()) {
        std::string name = TRY(text_of(growing_, *who, "name"));
        if (!name.empty()) {
          return name;
        }
      }
    }
    return text_of(growing_, at, "publisher");
  }

  Result<std::vector<Hash>> hashes(const json::Cursor& at) {
    constexpr auto kAlgorithms = std::to_array<std::string_view>(
        {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512",
         "BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3", "Streebog-256", "Streebog-512"});
    std::vector<Hash> all;
    for (const json::Cursor& one : TRY(list_of(growing_, at, "hashes", kMaxNames))) {
      Hash hash{.algorithm = TRY(text_of(growing_, one, "alg")), .value = ""};
      const std::string content = TRY(text_of(growing_, one, "content"));
      if (!is_one_of(kAlgorithms, hash.algorithm)) {
        growing_.fault(one, "\"" + hash.algorithm + "\" is no algorithm of a hash");
      }
      if (auto value = hash_value(growing_, one, content)) {
        hash.value = std::move(*value);
        all.push_back(std::move(hash));
      }
    }
    return all;
  }

  Status dependencies() {
    for (const json::Cursor& at : TRY(list_of(growing_, root_, "dependencies", kMaxComponents))) {
      const std::string from = TRY(text_of(growing_, at, "ref"));
      if (from.empty()) {
        growing_.fault(at, "a dependency has no \"ref\"");
        continue;
      }
      for (const json::Cursor& to : TRY(list_of(growing_, at, "dependsOn", kMaxEdges))) {
        if (to.is_string()) {
          std::string ref = TRY(to.string(kMaxTextBytes));
          TRY(growing_.depends(from, std::move(ref), to));
        }
      }
      TRY(xml_dependencies(from, at));
    }
    return {};
  }

  /// In XML a dependency holds others: one object, or several.
  Status xml_dependencies(const std::string& from, const json::Cursor& at) {
    const auto inner = at.find("dependency");
    if (!inner) {
      return {};
    }
    std::vector<json::Cursor> all = {*inner};
    if (inner->is_array()) {
      all = TRY(inner->elements(kMaxEdges));
    }
    for (const json::Cursor& to : all) {
      std::string ref = TRY(text_of(growing_, to, "ref"));
      if (ref.empty()) {
        growing_.fault(at, "a dependency has no \"ref\"");
        continue;
      }
      TRY(growing_.depends(from, std::move(ref), to));
    }
    return {};
  }

  json::Cursor root_;
  Growing growing_;
};

}  // namespace

Result<Document> read_cyclonedx(const json::Value& tree, Format format, std::string version) {
  return CycloneDx(tree, format, std::move(version)).read();
}

}  // namespace weir::sbom
