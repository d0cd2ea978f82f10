// VEX: statements of whoever makes a product about whether a vulnerability concerns it.
//
//   read_vex()  OpenVEX 0.0.1 to 0.2.0, CSAF 2.0 (of any category that states product_status) and
//               CycloneDX JSON and XML; the form is found out from the content
//
// A statement suppresses a finding only with its reason: "not affected" without one, where the form
// demands one (OpenVEX, CSAF VEX 6.1.27.9), is a fault and no statement. Which of several
// statements holds is decided by effective(): the latest.
//
// Not read: `versions` in the `affects` of CycloneDX; hashes as the only name of a product.
//
// Thread rule: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sbom/sbom.h"

namespace weir::sbom {

inline constexpr std::size_t kMaxStatements = 500'000;
inline constexpr std::size_t kMaxSubjects = 1'000'000;  // of one document

enum class Position : std::uint8_t { not_affected, affected, fixed, under_investigation };
/// "not_affected", ...: OpenVEX's words.
std::string_view name(Position position);

/// By what a statement names a product: any of it may be empty.
struct Names {
  std::string ref{};  // within its document; for BOM-Link what stands behind the #
  std::string name{};
  std::string purl{};
  std::string cpe{};
  bool operator==(const Names&) const = default;
};
/// A product, or a part of it.
struct Subject {
  Names product{};
  std::optional<Names> part{};
  bool operator==(const Subject&) const = default;
};

struct Statement {
  std::vector<std::string> vulnerabilities{};  // the id and its aliases
  std::vector<Subject> subjects{};
  Position position = Position::under_investigation;
  std::string justification{};  // OpenVEX's word, or CycloneDX's as it stands
  std::string words{};          // impact, notes, detail
  std::optional<Instant> at{};
  std::string place{};
  bool operator==(const Statement&) const = default;
};
/// "vulnerable_code_not_present: the class is not in the jar", for people.
std::string reason(const Statement& statement);

struct Vex {
  std::string form;  // "OpenVEX", "CSAF", "CycloneDX"
  std::string id;
  std::string author;
  std::vector<Statement> statements;
  std::vector<Fault> faults;
};

Result<Vex> read_vex(std::string_view bytes);

/// Of statements about the same vulnerability and subject the latest holds; without times, the one
/// that comes last. Index of it among `candidates`, which must not be empty.
std::size_t effective(const std::vector<const Statement*>& candidates);

}  // namespace weir::sbom
