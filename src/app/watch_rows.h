// Private to app/: watch lists as rows. What a list is called, what it holds and what concerns it
// is sealed under the list's own key; the key is wrapped by the master key and goes with the list.
// In the clear stand whose a list is, how much it holds, when it changed, and of each finding
// whether it is open and seen.
//
// Items lie in chunks of kItemsOfChunk; a finding is found by a keyed hash of its item.
//
// Thread rule: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/context.h"
#include "app/watch_lists.h"
#include "base/keyring.h"

namespace weir::app {

inline constexpr std::size_t kItemsOfChunk = 64;

extern const store::Migration kWatchListsMigration;

/// Stored by number: append.
enum class WatchProblem : std::uint8_t { none, too_many_findings };

/// The key of one list.
class ListKey {
 public:
  explicit ListKey(Secret secret);
  static Result<ListKey> open(const Keyring& master, std::string_view reference,
                              std::string_view wrapped);
  std::string wrapped(const Keyring& master, std::string_view reference, Random& random) const;

  std::string seal(std::string_view plain, std::string_view place, Random& random) const;
  Result<std::string> open(std::string_view sealed, std::string_view place) const;
  /// kItemTagBytes by which the findings of an item are found.
  std::string tag(std::string_view item) const;

 private:
  Secret secret_;
  HmacKey tags_;
};

// Places that something is sealed to.
inline constexpr std::string_view kHeadPlace = "head";
inline constexpr std::string_view kOwnStatementsPlace = "own statements";
/// One document of a maker that was added.
std::string document_place(std::string_view reference);
std::string chunk_place(std::int64_t number);
std::string finding_place(std::string_view reference);
std::string aside_place(std::string_view reference);

/// What is sealed of a list as a whole.
struct ListHead {
  std::string name;
  Tell tell = Tell::all;
  Pace pace = Pace::at_once;
  Instant muted_until{};
  std::string form;
  std::string product;
  std::optional<sbom::Component> root;
  std::int64_t items = 0;
  std::int64_t nameless = 0;
  std::int64_t unversioned = 0;
  std::int64_t own_statements = 0;
  std::int64_t added_statements = 0;
  std::vector<sbom::Fault> unread;
};
std::string seal_head(const App& app, const ListKey& key, const ListHead& head);
Result<ListHead> open_head(const ListKey& key, std::string_view sealed);

struct ListRow {
  std::int64_t id = 0;
  std::string reference;
  std::int64_t organisation = 0;
  std::int64_t revision = 0;
  bool is_waiting = false;  // to be matched as a whole
  bool is_paused = false;
  WatchProblem problem = WatchProblem::none;
  std::int64_t parts = 0;
  std::string key;   // wrapped
  std::string head;  // sealed
  Instant created;
  Instant changed;
  std::optional<Instant> matched;
};
/// To be followed by WHERE …; for read_list_row().
extern const std::string_view kListColumns;
ListRow read_list_row(const store::Row& row);

/// A list that has been opened.
struct OpenList {
  ListRow row;
  ListKey key;
  ListHead head;
};
Result<OpenList> open_list(const App& app, ListRow row);

/// All statements of a list: its own first, then the added documents as they came.
Result<std::vector<sbom::Vex>> load_statements(const store::Tx& tx, const ListKey& key,
                                               std::int64_t list);
/// The items of one chunk; `corrupt` if it is not there.
Result<std::vector<watch::Item>> load_chunk(const store::Tx& tx, const ListKey& key,
                                            std::int64_t list, std::int64_t number);

struct FindingRow {
  std::int64_t id = 0;
  std::string reference;
  std::int64_t number = 0;
  watch::State state = watch::State::open;
  bool is_seen = false;
  std::int64_t aside_until_ms = 0;  // 0: not set aside
  std::string aside;                // sealed; empty: nothing
  watch::Finding finding;
};
/// Of one item, or of the whole list; oldest first.
Result<std::vector<FindingRow>> load_findings(const store::Tx& tx, const ListKey& key,
                                              std::int64_t list,
                                              std::optional<std::string_view> item);
/// What comes of SELECT kFindingColumns.
extern const std::string_view kFindingColumns;
Result<FindingRow> read_finding_row(const ListKey& key, const store::Row& row);

}  // namespace weir::app
