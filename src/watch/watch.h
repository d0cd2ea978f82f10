// What an organisation watches: the packages and products of a list, in the versions that it has of
// them, and what the makers of its parts say about vulnerabilities (VEX).
//
//   watch.h      what a list holds; reading it from an inventory or from named products
//   finding.h    what the public records say of an item, and what has become of it since
//   records.h    asking public.db: what has changed, what concerns an item
//   standing.h   the items and findings of all lists by what a changed record can be about
//
// An item is one package or product, whichever versions of it are in the list: its key is the first
// name under which records are looked up, without a version (advisory/keys.h). So a list that is
// replaced by its next version keeps its items, and with them what has been said about them.
//
// Nothing here is stored in the clear: whoever keeps a list seals what pack() gives.
//
// Thread rule: plain values, pure functions.
// Start with watch_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "match/target.h"
#include "sbom/sbom.h"
#include "sbom/vex.h"

namespace weir::watch {

inline constexpr std::size_t kMaxParts = 50'000;                     // components of one list
inline constexpr std::size_t kMaxProducts = 1'000;                   // that are named one by one
inline constexpr std::size_t kMaxListBytes = std::size_t{32} << 20;  // of what is uploaded
inline constexpr std::size_t kMaxStatementsBytes = std::size_t{8} << 20;  // packed, of one list
inline constexpr std::size_t kMaxDocuments = 100;  // of statements, of one list
inline constexpr std::size_t kMaxUnread = 100;     // of what is wrong; no more is kept

/// One component: a package or product in one version. `is_any_version`: named without one on
/// purpose, so that whatever is published about the product is told.
struct Part {
  sbom::Component component;
  std::string ecosystem{};  // if it was named by these two
  std::string package{};
  bool is_any_version = false;
  bool operator==(const Part&) const = default;
};
struct Item {
  std::string key;
  std::vector<Part> parts;  // in the order of the document, each version once
  bool operator==(const Item&) const = default;
};

struct Content {
  std::string form;     // "CycloneDX JSON 1.5", ...; "products"
  std::string product;  // what an inventory says that it is about; may be empty
  std::optional<sbom::Component> root;
  std::vector<Item> items;          // sorted by key
  std::size_t parts = 0;            // of all items together
  std::size_t nameless = 0;         // components without a name to look up: not watched
  std::size_t unversioned = 0;      // components in no version: nothing can be said of them
  std::vector<sbom::Fault> unread;  // names that could not be read, faults of the form; with places
  std::optional<sbom::Vex> statements;  // of the document itself
};

/// An inventory (src/sbom), or {"products":[{"purl"|"cpe"|"ecosystem"+"name"|"vendor"+"product",
/// "version"?}]}. `invalid` with the place for what is neither, is broken, beyond a limit, or holds
/// nothing that could be watched.
Result<Content> read(std::string_view bytes);

/// What is asked of records about a part.
match::Target target_of(const Part& part);

/// The stored form of items and of statements, and its inverse: `corrupt` for anything else.
std::string pack(const std::vector<Item>& items);
Result<std::vector<Item>> unpack_items(std::string_view bytes);
std::string pack(const std::vector<sbom::Vex>& statements);
Result<std::vector<sbom::Vex>> unpack_statements(std::string_view bytes);
json::Value packed(const sbom::Component& component);
Result<sbom::Component> unpack_component(const json::Cursor& at);

/// "anvil 1.2, 1.3": an item for people.
std::string shown(const Item& item);

}  // namespace weir::watch
