// The one box: an id, a purl, a CPE, or words in any language, with filters and counts.
//
// Search holds what it filters and counts by in memory, some forty bytes a record, and asks the
// database for words alone: counts are exact, however many hits there are. Text is found by
// whole words, the last one by its beginning; Chinese, Japanese and Korean by pairs of characters.
//
// A last word of one or two letters, somebody's first strokes, is looked for among vendors,
// products and ecosystems alone: too much text has words that begin with it.
//
// Order: records that have the words in their title or among their products come first, then the
// newest. What stands in one group is one hit.
//
// Restricted cases are not in here and cannot influence any count.
//
// Limits: a record that has changed keeps its old words too until public.db is built anew; such
// hits are dropped, since only current versions count.
//
// Thread rule: refresh() alone; find() from several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/recent.h"
#include "catalog/catalog.h"

namespace weir::catalog {

inline constexpr std::size_t kMostHits = 500;                              // of one page
inline constexpr std::size_t kMostTypedBytes = 1'000;                      // in the box
inline constexpr std::size_t kMostKeptMatchBytes = std::size_t{32} << 20;  // of texts asked before
inline constexpr std::size_t kFacetValues = 20;  // of each kind, the most frequent

/// Numbers are stored.
enum class Facet : std::uint8_t {
  ecosystem = 1,
  vendor = 2,
  product = 3,
  weakness = 4,
  publisher = 5
};
inline constexpr int kFacets = 5;
std::string_view name(Facet facet);

struct Query {
  std::string text{};  // "" for everything
  std::optional<advisory::Source> source{};
  std::vector<std::pair<Facet, std::string>> terms{};  // all must hold; values as facets show them
  int least_score = -1;                                // tenths; -1: also those without
  std::int64_t least_epss = -1;                        // millionths; -1: also those without
  bool only_exploited = false;                         // in a list of exploited ones
  std::optional<advisory::Source> listed{};            // in this list of them
  std::optional<Instant> from{};                       // published
  std::optional<Instant> until{};
  bool with_tombstones = false;
  std::size_t offset = 0;
  std::size_t limit = 20;
};

struct Hit {
  Version version;
  std::int64_t vulnerability = 0;
  int score = -1;
  std::vector<advisory::Source> listed{};  // lists of exploited vulnerabilities that have it
  std::int64_t epss = -1;
};
struct Count {
  Facet facet = Facet::ecosystem;
  std::string value;
  std::uint64_t records = 0;
  bool operator==(const Count&) const = default;
};
struct Found {
  std::uint64_t records = 0;          // that match
  std::uint64_t vulnerabilities = 0;  // that they are about
  std::vector<Hit> hits;              // of this page, one for each vulnerability
  std::vector<Count> counts;          // of all, by facet, most frequent first
  std::vector<std::pair<advisory::Source, std::uint64_t>> sources;
};

class Search {
 public:
  /// Reads everything anew if the database has changed since the last call.
  Status refresh(const store::Tx& tx);
  /// Whether refresh() would change nothing.
  Result<bool> is_fresh(const store::Tx& tx) const;
  /// `invalid` for a text that is too long.
  Result<Found> find(const store::Tx& tx, const Query& query) const;
  /// Of what it was read from.
  const Mark& mark() const { return mark_; }
  /// Of memory, about.
  std::size_t bytes() const;

 private:
  struct Fact {
    std::uint32_t group = 0;
    std::int32_t day = -1;
    std::uint32_t terms = 0;  // where they start
    std::uint16_t term_count = 0;
    std::int8_t score = -1;
    std::uint8_t source = 0;  // 0: not current
    std::uint8_t state = 0;
  };
  struct Filter;
  struct Tally;
  /// Versions by which a text is found, each list in ascending order.
  struct Matches {
    bool is_everything = false;
    std::vector<std::uint32_t> versions;
    std::vector<std::uint32_t> first;  // those that stand before the others
  };
  using MatchesOf = Recent<Matches>;

  Status load_all(const store::Tx& tx);
  Status load_lists(const store::Tx& tx);
  Result<Filter> filter(const store::Tx& tx, const Query& query) const;
  bool passes(const Fact& fact, const Filter& filter) const;
  Result<std::shared_ptr<const Matches>> match(const store::Tx& tx, const Query& query) const;
  Result<Matches> match_text(const store::Tx& tx, const std::string& text) const;
  Result<bool> match_name(const store::Tx& tx, const std::string& text, Matches& matches) const;
  Status match_words(const store::Tx& tx, const std::string& text, Matches& matches) const;
  void keep_beginning(const std::string& beginning, bool is_all, Matches& matches) const;
  void add(std::size_t version, bool is_first, const Filter& filter, Tally& tally) const;
  Status fill_counts(const store::Tx& tx, const Tally& tally, Found& found) const;
  Status fill_page(const store::Tx& tx, const Query& query, std::vector<std::uint64_t>& order,
                   Found& found) const;

  std::vector<Fact> facts_;               // by version
  std::vector<std::uint32_t> terms_;      // of all
  std::vector<std::uint8_t> exploited_;   // by group: bits of lists
  std::vector<std::int32_t> epss_;        // by group, -1 for none
  std::vector<std::uint8_t> term_kinds_;  // by term
  std::unordered_map<std::string, std::vector<std::uint32_t>> beginnings_;  // terms by their words'
  Mark mark_;                                                               // of what was read
  /// By text. It goes back to when it was asked first, as the rest of this to the last refresh.
  std::shared_ptr<const MatchesOf> kept_ = std::make_shared<const MatchesOf>(kMostKeptMatchBytes);
};

}  // namespace weir::catalog
