// SPDX 2.2 and 2.3, as the tree of its JSON form; tag-value has been brought into that shape.
#include <array>

#include "sbom/reader.h"

namespace weir::sbom {
namespace {

class Spdx {
 public:
  Spdx(const json::Value& tree, Format format) : root_(tree) { growing_.document.format = format; }

  Result<Document> read() {
    constexpr std::string_view kPrefix = "SPDX-";
    std::string version = TRY(root_.string_at("spdxVersion"));
    if (version != "SPDX-2.2" && version != "SPDX-2.3" && version != "SPDX-2.2.1" &&
        version != "SPDX-2.2.2" && version != "SPDX-2.3.1") {
      return root_.fail("\"" + version + "\" is no version of SPDX that is read here (2.2, 2.3)");
    }
    growing_.document.version = version.substr(kPrefix.size());
    growing_.document.name = TRY(text_of(growing_, root_, "name"));
    growing_.document.serial = TRY(text_of(growing_, root_, "documentNamespace"));
    for (const char* key : {"SPDXID", "name", "documentNamespace", "dataLicense"}) {
      if (!root_.find(key)) {
        growing_.fault(root_, std::string("the document has no ") + key);
      }
    }
    for (const json::Cursor& at : TRY(list_of(growing_, root_, "packages", kMaxComponents))) {
      TRY(package(at));
    }
    TRY(relationships());
    for (const json::Cursor& at :
         TRY(list_of(growing_, root_, "documentDescribes", kMaxComponents))) {
      if (at.is_string()) {
        describes(TRY(at.string(kMaxTextBytes)));
      }
    }
    return growing_.finish();
  }

 private:
  Status package(const json::Cursor& at) {
    if (!at.is_object()) {
      growing_.fault(at, "a package is an object");
      return {};
    }
    Component one{.place = place(at)};
    one.ref = TRY(text_of(growing_, at, "SPDXID"));
    one.type = TRY(text_of(growing_, at, "primaryPackagePurpose"));
    one.name = TRY(text_of(growing_, at, "name"));
    one.version = known(TRY(text_of(growing_, at, "versionInfo")));
    one.supplier = party(TRY(text_of(growing_, at, "supplier")));
    if (one.name.empty() || one.ref.empty()) {
      growing_.fault(at, one.name.empty() ? "a package has no name" : "a package has no SPDXID");
    }
    TRY(references(at, one));
    for (const json::Cursor& sum : TRY(list_of(growing_, at, "checksums", kMaxNames))) {
      const std::string algorithm = TRY(text_of(growing_, sum, "algorithm"));
      const std::string value = TRY(text_of(growing_, sum, "checksumValue"));
      if (auto hex = hash_value(growing_, sum, value)) {
        one.hashes.push_back({dashed(algorithm), std::move(*hex)});
      }
    }
    if (one.name.empty() && one.purl.empty() && one.cpes.empty()) {
      return {};
    }
    return growing_.add(std::move(one));
  }

  Status references(const json::Cursor& at, Component& one) {
    for (const json::Cursor& ref : TRY(list_of(growing_, at, "externalRefs", kMaxNames))) {
      const std::string type = TRY(text_of(growing_, ref, "referenceType"));
      std::string locator = TRY(text_of(growing_, ref, "referenceLocator"));
      if (type == "purl" || type.ends_with("/purl")) {
        if (one.purl.empty()) {
          one.purl = std::move(locator);
        } else if (one.purl != locator) {
          growing_.fault(ref, "a second purl, which is not read");
        }
      } else if (type == "cpe23Type" || type == "cpe22Type" || type.ends_with("/cpe23Type") ||
                 type.ends_with("/cpe22Type")) {
        one.cpes.push_back(std::move(locator));
      }
    }
    return {};
  }

  Status relationships() {
    for (const json::Cursor& at : TRY(list_of(growing_, root_, "relationships", kMaxEdges))) {
      std::string from = TRY(text_of(growing_, at, "spdxElementId"));
      const std::string type = TRY(text_of(growing_, at, "relationshipType"));
      std::string to = TRY(text_of(growing_, at, "relatedSpdxElement"));
      if (type == "DESCRIBES" && from == "SPDXRef-DOCUMENT") {
        describes(to);
      } else if (type == "DESCRIBED_BY" && to == "SPDXRef-DOCUMENT") {
        describes(from);
      } else if (type == "DEPENDS_ON" || type == "CONTAINS" || type == "DYNAMIC_LINK" ||
                 type == "STATIC_LINK") {
        TRY(growing_.depends(std::move(from), std::move(to), at));
      } else if (type == "CONTAINED_BY" || type.ends_with("DEPENDENCY_OF")) {
        TRY(growing_.depends(std::move(to), std::move(from), at));
      }
    }
    return {};
  }

  void describes(const std::string& ref) {
    if (Component* const component = growing_.find(ref)) {
      component->is_root = true;
    }
  }

  /// SPDX has words for "nobody says".
  static std::string known(std::string text) {
    return text == "NOASSERTION" || text == "NONE" ? std::string() : text;
  }

  /// "Organization: ACME (security@acme.example)" is ACME.
  static std::string party(std::string text) {
    for (const std::string_view kind : {"Organization: ", "Person: "}) {
      if (text.starts_with(kind)) {
        text.erase(0, kind.size());
      }
    }
    if (const std::size_t mail = text.rfind(" ("); mail != text.npos && text.ends_with(')')) {
      text.resize(mail);
    }
    return known(std::move(text));
  }

  /// CycloneDX's way of writing: "SHA256" is "SHA-256".
  static std::string dashed(std::string algorithm) {
    if (algorithm.starts_with("SHA") && algorithm.size() > 3 && algorithm[3] != '-' &&
        algorithm[3] != '3') {
      algorithm.insert(3, "-");
    } else if (algorithm == "SHA384") {
      algorithm = "SHA-384";
    }
    return algorithm;
  }

  json::Cursor root_;
  Growing growing_;
};

}  // namespace

Result<Document> read_spdx(const json::Value& tree, Format format) {
  return Spdx(tree, format).read();
}

}  // namespace weir::sbom
