// SPDX 3.0 as JSON-LD: one flat list of elements that point at each other.
#include <unordered_map>

#include "sbom/reader.h"

namespace weir::sbom {
namespace {

constexpr std::size_t kMaxElements = 5'000'000;

class Spdx3 {
 public:
  explicit Spdx3(const json::Value& tree) : root_(tree) {
    growing_.document.format = Format::spdx3_json;
  }

  Result<Document> read() {
    std::vector<json::Cursor> elements = {root_};
    if (const auto graph = root_.find("@graph")) {
      elements = TRY(graph->elements(kMaxElements));
    }
    for (const json::Cursor& at : elements) {
      TRY(note(at));
    }
    if (!growing_.document.version.starts_with("3.0")) {
      return root_.fail(growing_.document.version.empty()
                            ? std::string("no creationInfo names a specVersion")
                            : "SPDX " + growing_.document.version + " is not known (3.0 is)");
    }
    for (const json::Cursor& at : elements) {
      if (TRY(type_of(at)) == "software_Package") {
        TRY(package(at));
      }
    }
    for (const json::Cursor& at : elements) {
      TRY(relationship(at));
    }
    for (const std::string& root : roots_) {
      if (Component* const component = growing_.find(root)) {
        component->is_root = true;
      }
    }
    return growing_.finish();
  }

 private:
  /// "software_Package", also as "Package" in full: ".../Software/Package".
  Result<std::string> type_of(const json::Cursor& at) {
    std::string type = TRY(text_of(growing_, at, at.find("type") ? "type" : "@type"));
    if (type.ends_with("/Software/Package") || type == "software:Package") {
      type = "software_Package";
    }
    // Both are packages with more to say.
    const bool is_kind = type == "ai_AIPackage" || type == "dataset_DatasetPackage";
    return is_kind ? "software_Package" : type;
  }

  /// What others point at: the version, names of organisations, the document.
  Status note(const json::Cursor& at) {
    const std::string type = TRY(type_of(at));
    if (type == "CreationInfo") {
      growing_.document.version = TRY(text_of(growing_, at, "specVersion"));
    } else if (type == "Organization" || type == "Person" || type == "Agent") {
      names_[TRY(text_of(growing_, at, "spdxId"))] = TRY(text_of(growing_, at, "name"));
    } else if (type == "SpdxDocument") {
      growing_.document.name = TRY(text_of(growing_, at, "name"));
      growing_.document.serial = TRY(text_of(growing_, at, "spdxId"));
      TRY(take_roots(at));
    } else if (type == "software_Sbom" || type == "Bom") {
      TRY(take_roots(at));
    } else if (const auto info = at.find("creationInfo"); info && info->is_object()) {
      growing_.document.version = TRY(text_of(growing_, *info, "specVersion"));
    }
    return {};
  }

  Status take_roots(const json::Cursor& at) {
    for (const json::Cursor& root : TRY(list_of(growing_, at, "rootElement", kMaxComponents))) {
      if (root.is_string()) {
        roots_.push_back(TRY(root.string(kMaxTextBytes)));
      }
    }
    return {};
  }

  Status package(const json::Cursor& at) {
    Component one{.place = place(at)};
    one.ref = TRY(text_of(growing_, at, "spdxId"));
    one.type = TRY(text_of(growing_, at, "software_primaryPurpose"));
    one.name = TRY(text_of(growing_, at, "name"));
    one.version = TRY(text_of(growing_, at, "software_packageVersion"));
    one.purl = TRY(text_of(growing_, at, "software_packageUrl"));
    if (one.ref.empty() || one.name.empty()) {
      growing_.fault(at, one.ref.empty() ? "a package has no spdxId" : "a package has no name");
    }
    const std::string supplier = TRY(text_of(growing_, at, "suppliedBy"));
    if (const auto known = names_.find(supplier); known != names_.end()) {
      one.supplier = known->second;
    }
    for (const json::Cursor& id : TRY(list_of(growing_, at, "externalIdentifier", kMaxNames))) {
      const std::string type = TRY(text_of(growing_, id, "externalIdentifierType"));
      std::string identifier = TRY(text_of(growing_, id, "identifier"));
      if (type == "packageUrl" && one.purl.empty()) {
        one.purl = std::move(identifier);
      } else if (type == "cpe23" || type == "cpe22") {
        one.cpes.push_back(std::move(identifier));
      }
    }
    for (const json::Cursor& sum : TRY(list_of(growing_, at, "verifiedUsing", kMaxNames))) {
      const std::string algorithm = TRY(text_of(growing_, sum, "algorithm"));
      const std::string value = TRY(text_of(growing_, sum, "hashValue"));
      if (value.empty()) {
        continue;  // a way of verifying that is no hash
      }
      if (auto hex = hash_value(growing_, sum, value)) {
        one.hashes.push_back({written(algorithm), std::move(*hex)});
      }
    }
    if (one.name.empty() && one.purl.empty() && one.cpes.empty()) {
      return {};
    }
    return growing_.add(std::move(one));
  }

  Status relationship(const json::Cursor& at) {
    const std::string type = TRY(text_of(growing_, at, "relationshipType"));
    if (type.empty()) {
      return {};
    }
    const std::string from = TRY(text_of(growing_, at, "from"));
    for (const json::Cursor& one : TRY(list_of(growing_, at, "to", kMaxEdges))) {
      if (!one.is_string()) {
        continue;
      }
      std::string to = TRY(one.string(kMaxTextBytes));
      if (type == "describes") {
        roots_.push_back(std::move(to));
      } else if (type == "dependsOn" || type == "contains" || type == "hasDynamicLink" ||
                 type == "hasStaticLink") {
        TRY(growing_.depends(from, std::move(to), at));
      }
    }
    return {};
  }

  /// CycloneDX's way of writing: "sha256" is "SHA-256".
  static std::string written(std::string algorithm) {
    if (algorithm == "md5") {
      return "MD5";
    }
    if (algorithm.starts_with("sha3_")) {
      return "SHA3-" + algorithm.substr(5);
    }
    return algorithm.starts_with("sha") ? "SHA-" + algorithm.substr(3) : algorithm;
  }

  json::Cursor root_;
  Growing growing_;
  std::unordered_map<std::string, std::string> names_;  // of organisations, by spdxId
  std::vector<std::string> roots_;
};

}  // namespace

Result<Document> read_spdx3(const json::Value& tree) {
  return Spdx3(tree).read();
}

}  // namespace weir::sbom
