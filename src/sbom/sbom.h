// Inventories of software (SBOMs): which components a product holds, out of the documents that
// tools write.
//
//   read()  CycloneDX 1.2 to 1.7 as JSON and XML; SPDX 2.2 and 2.3 as JSON and tag-value; SPDX 3.0
//           as JSON-LD. The form is found out from the content.
//   vex.h   statements that a vulnerability does or does not concern a product
//
// What hinders no reading does not refuse the document: a wrong licence or an unknown type of
// component becomes a Fault, with its place, and the rest is read. Refused (`invalid`, with a JSON
// pointer or a line) is what is none of these forms or versions, is broken, or is beyond a limit.
// A component's names (purl, CPE) stand as they were written; src/match reads them.
//
// Not read: snippets and files of SPDX, services, formulas, and documents that a document refers
// to. Licences are checked in form only: the list of SPDX identifiers is not here.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::sbom {

inline constexpr std::size_t kMaxBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMaxDepth = 64;  // of JSON, of XML elements
inline constexpr std::size_t kMaxComponents = 500'000;
inline constexpr std::size_t kMaxEdges = 4'000'000;
inline constexpr std::size_t kMaxTextBytes = 16'384;  // of one name, version, purl
inline constexpr std::size_t kMaxNames = 256;         // CPEs, or hashes, of one component
inline constexpr std::size_t kMostFaults = 100;       // kept; the rest is counted

enum class Format : std::uint8_t {
  cyclonedx_json,
  cyclonedx_xml,
  spdx_json,
  spdx_tag_value,
  spdx3_json,
};
/// "CycloneDX JSON", ...: for people.
std::string_view name(Format format);

struct Hash {
  std::string algorithm;  // "SHA-256"
  std::string value;      // lower-case hex
  bool operator==(const Hash&) const = default;
};

struct Component {
  std::string ref{};   // its name within the document: bom-ref, SPDXID, spdxId
  std::string type{};  // "library"; of SPDX the primary purpose
  std::string group{};
  std::string name{};
  std::string version{};
  std::string purl{};
  std::vector<std::string> cpes{};
  std::string supplier{};
  std::vector<Hash> hashes{};
  std::string place{};   // where it stands: a JSON pointer or "line 12"
  bool is_root = false;  // what the document is about
  bool operator==(const Component&) const = default;
};

/// Something that the form's specification does not allow, and that hindered no reading.
struct Fault {
  std::string what;
  std::string place;
};

struct Document {
  Format format = Format::cyclonedx_json;
  std::string version;  // of the form: "1.5", "2.3", "3.0.1"
  std::string name;
  std::string serial;  // serialNumber, or the namespace of SPDX
  std::vector<Component> components;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // "depends on", by index
  std::vector<Fault> faults;
  std::size_t more_faults = 0;
};

Result<Document> read(std::string_view bytes);

}  // namespace weir::sbom
