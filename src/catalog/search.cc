#include "catalog/search.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <ranges>
#include <set>

#include <fmt/format.h>

#include "advisory/keys.h"
#include "advisory/package.h"
#include "catalog/rows.h"
#include "catalog/words.h"
#include "version/purl.h"

namespace weir::catalog {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kLeastSorted = 100;
constexpr int kVersionBits = 31;
constexpr std::array<std::string_view, kFacets> kFacetNames = {"ecosystem", "vendor", "product",
                                                               "weakness", "publisher"};

std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

template <class T>
T& grown(std::vector<T>& list, std::int64_t index, const T& empty) {
  const auto place = static_cast<std::size_t>(index);
  if (place >= list.size()) {
    list.resize(std::max(place + 1, list.size() + list.size() / 2), empty);
  }
  return list[place];
}

template <class T>
T at_or(const std::vector<T>& list, std::size_t index, T otherwise) {
  return index < list.size() ? list[index] : otherwise;
}

constexpr std::uint8_t kAnyList = 0xff;
static_assert(advisory::kExploitedLists.size() <= 8);

/// Of a list of exploited vulnerabilities; 0 for what is none.
std::uint8_t bit_of(advisory::Source list) {
  const auto found = std::ranges::find(advisory::kExploitedLists, list);
  return found == advisory::kExploitedLists.end()
             ? std::uint8_t{0}
             : static_cast<std::uint8_t>(1U << (found - advisory::kExploitedLists.begin()));
}

std::vector<advisory::Source> lists_of(std::uint8_t bits) {
  std::vector<advisory::Source> lists;
  for (const advisory::Source list : advisory::kExploitedLists) {
    if ((bits & bit_of(list)) != 0) {
      lists.push_back(list);
    }
  }
  return lists;
}

/// What people look for by name.
bool is_name(Facet facet) {
  return facet == Facet::ecosystem || facet == Facet::vendor || facet == Facet::product;
}

/// The packages that a purl may stand under.
std::vector<std::string> keys_of_purl(const std::string& text) {
  std::vector<std::string> keys = {advisory::purl_key(text)};
  const auto purl = version::parse_purl(text, version::Reading::lenient);
  if (const auto package = purl ? advisory::package_of(*purl) : std::nullopt) {
    keys.push_back(advisory::package_key(package->ecosystem, package->name));
  }
  return keys;
}

/// Greater is before: what stands first, then the newest day, then the last version. Versions have
/// 31 bits: their facts lie in memory by number, and so many would have no room there.
std::uint64_t place(std::uint64_t version, std::int32_t day, bool is_first) {
  const std::uint32_t unsigned_day = static_cast<std::uint32_t>(day) ^ 0x8000'0000U;
  return std::uint64_t{is_first} << 63 | std::uint64_t{unsigned_day} << kVersionBits | version;
}

std::size_t version_at(std::uint64_t place) {
  return place & ((std::uint64_t{1} << kVersionBits) - 1);
}

}  // namespace

std::string_view name(Facet facet) {
  return kFacetNames.at(static_cast<std::size_t>(facet) - 1);
}

struct Search::Filter {
  std::uint8_t source = 0;
  std::vector<std::uint32_t> terms;
  bool is_impossible = false;  // a term that no record has
  int least_score = -1;
  std::int64_t least_epss = -1;
  std::uint8_t exploited = 0;  // lists of which one must have it; 0: whether any does or not
  std::int32_t from = std::numeric_limits<std::int32_t>::min();
  std::int32_t until = std::numeric_limits<std::int32_t>::max();
  bool with_tombstones = false;
};

/// Of all that matches.
struct Search::Tally {
  std::vector<std::uint32_t> times;  // by term
  std::array<std::uint64_t, advisory::kSources + 1> sources{};
  std::vector<bool> groups{};
  std::uint64_t vulnerabilities = 0;
  std::vector<std::uint64_t> order{};  // place() of each
};

Result<bool> Search::is_fresh(const store::Tx& tx) const {
  return TRY(catalog::mark(tx)) == mark_;
}

Status Search::refresh(const store::Tx& tx) {
  const Mark now = TRY(catalog::mark(tx));
  if (now == mark_) {
    return {};
  }
  TRY(load_all(tx));
  TRY(load_lists(tx));
  kept_ = std::make_shared<const MatchesOf>(kMostKeptMatchBytes);
  mark_ = now;
  return {};
}

Status Search::load_all(const store::Tx& tx) {
  facts_.clear();
  terms_.clear();
  term_kinds_.clear();
  beginnings_.clear();
  std::vector<std::uint32_t> groups;  // by record
  TRY(tx.each("SELECT id, vulnerability FROM record", {}, [&](const store::Row& row) {
    grown(groups, row.integer(0), std::uint32_t{0}) = static_cast<std::uint32_t>(row.integer(1));
    return true;
  }));
  TRY(tx.each(
      "SELECT version, record, source, state, day, score, terms FROM facts "
      "ORDER BY version",
      {}, [&](const store::Row& row) {
        Fact& fact = grown(facts_, row.integer(0), Fact{});
        fact.group = at_or(groups, static_cast<std::size_t>(row.integer(1)), std::uint32_t{0});
        fact.source = static_cast<std::uint8_t>(row.integer(2));
        fact.state = static_cast<std::uint8_t>(row.integer(3));
        fact.day = static_cast<std::int32_t>(row.integer(4));
        fact.score = static_cast<std::int8_t>(row.integer(5));
        const std::string terms = row.blob(6);
        fact.terms = static_cast<std::uint32_t>(terms_.size());
        fact.term_count = static_cast<std::uint16_t>(terms.size() / 4);
        for (std::size_t at = 0; at + 4 <= terms.size(); at += 4) {
          terms_.push_back(little_endian(terms, at));
        }
        return true;
      }));
  return tx.each("SELECT id, kind, name FROM term", {}, [&](const store::Row& row) {
    const auto kind = static_cast<std::uint8_t>(row.integer(1));
    grown(term_kinds_, row.integer(0), std::uint8_t{0}) = kind;
    if (is_name(static_cast<Facet>(kind))) {
      for (const std::string& beginning : beginnings(row.text(2))) {
        beginnings_[beginning].push_back(static_cast<std::uint32_t>(row.integer(0)));
      }
    }
    return true;
  });
}

Status Search::load_lists(const store::Tx& tx) {
  exploited_.clear();
  epss_.clear();
  for (const advisory::Source list : advisory::kExploitedLists) {
    const auto mark = [&](const store::Row& row) {
      grown(exploited_, row.integer(0), std::uint8_t{0}) |= bit_of(list);
      return true;
    };
    TRY(
        tx.each("SELECT r.vulnerability FROM record r JOIN facts f ON f.version = r.version "
                "WHERE r.source = $1 AND f.state = 0",
                {static_cast<std::int64_t>(list)}, mark));
    TRY(
        tx.each("SELECT i.vulnerability FROM record r JOIN facts f ON f.version = r.version "
                "JOIN mention m ON m.record = r.id AND m.kind = 2 "
                "JOIN identifier i ON i.name = m.name WHERE r.source = $1 AND f.state = 0",
                {static_cast<std::int64_t>(list)}, mark));
  }
  return tx.each("SELECT i.vulnerability, e.score FROM epss e JOIN identifier i ON i.name = e.name",
                 {}, [&](const store::Row& row) {
                   grown(epss_, row.integer(0), std::int32_t{-1}) =
                       static_cast<std::int32_t>(row.integer(1));
                   return true;
                 });
}

Result<Search::Filter> Search::filter(const store::Tx& tx, const Query& query) const {
  Filter filter;
  filter.source = query.source ? static_cast<std::uint8_t>(*query.source) : 0;
  filter.least_score = query.least_score;
  filter.least_epss = query.least_epss;
  filter.exploited = query.listed           ? bit_of(*query.listed)
                     : query.only_exploited ? kAnyList
                                            : std::uint8_t{0};
  filter.is_impossible = query.listed && bit_of(*query.listed) == 0;
  filter.with_tombstones = query.with_tombstones;
  if (query.from || query.until) {
    filter.from = 0;  // whose day nobody says is of no time
  }
  if (query.from) {
    filter.from = static_cast<std::int32_t>(query.from->ms / kDayMs);
  }
  if (query.until) {
    filter.until = static_cast<std::int32_t>(query.until->ms / kDayMs);
  }
  for (const auto& [facet, value] : query.terms) {
    const auto id = TRY(tx.one("SELECT id FROM term WHERE kind = $1 AND name = $2",
                               {static_cast<std::int64_t>(facet), value},
                               [](const store::Row& row) { return row.integer(0); }));
    filter.is_impossible = filter.is_impossible || !id;
    filter.terms.push_back(static_cast<std::uint32_t>(id.value_or(0)));
  }
  return filter;
}

bool Search::passes(const Fact& fact, const Filter& filter) const {
  if (fact.source == 0 || (filter.source != 0 && fact.source != filter.source) ||
      (fact.state != 0 && !filter.with_tombstones) || fact.score < filter.least_score ||
      fact.day < filter.from || fact.day > filter.until) {
    return false;
  }
  // Groups lie far apart in memory, so they are looked at only if somebody asks.
  if ((filter.exploited != 0 &&
       (at_or(exploited_, fact.group, std::uint8_t{0}) & filter.exploited) == 0) ||
      (filter.least_epss > -1 && at_or(epss_, fact.group, std::int32_t{-1}) < filter.least_epss)) {
    return false;
  }
  const auto start = terms_.begin() + fact.terms;
  const auto end = start + fact.term_count;
  return std::ranges::all_of(
      filter.terms, [&](std::uint32_t term) { return std::find(start, end, term) != end; });
}

/// Ids, purls and CPEs; false if it is none of them.
Result<bool> Search::match_name(const store::Tx& tx, const std::string& text,
                                Matches& matches) const {
  std::vector<std::string> keys;
  if (text.starts_with("pkg:")) {
    keys = keys_of_purl(text);
  } else if (text.starts_with("cpe:")) {
    keys = {advisory::cpe_key(text)};
  }
  const auto add = [&](const store::Row& row) {
    matches.versions.push_back(static_cast<std::uint32_t>(row.integer(0)));
    return true;
  };
  for (const std::string& key : keys) {
    TRY(
        tx.each("SELECT DISTINCT pv.version FROM package p JOIN package_version pv "
                "ON pv.package = p.id WHERE p.key = $1",
                {key}, add));
  }
  if (keys.empty()) {
    const std::string id = text.contains(' ') ? text : TRY(spelling(tx, text));
    TRY(
        tx.each("SELECT r.version FROM identifier i JOIN record r "
                "ON r.vulnerability = i.vulnerability WHERE i.name = $1",
                {id}, add));
    const bool is_id = !matches.versions.empty();
    TRY(
        tx.each("SELECT r.version FROM mention m JOIN record r ON r.id = m.record "
                "WHERE m.name = $1 AND m.kind <> 1 AND $2 = 1",
                {id, std::int64_t{is_id ? 1 : 0}}, add));
  }
  std::ranges::sort(matches.versions);
  const auto twice = std::ranges::unique(matches.versions);
  matches.versions.erase(twice.begin(), twice.end());
  return !keys.empty() || !matches.versions.empty();
}

Status Search::match_words(const store::Tx& tx, const std::string& text, Matches& matches) const {
  const Typed typed = read_typed(text);
  if (!typed.expression.empty()) {
    const auto versions_of = [&](const std::string& expression) {
      return tx.one("SELECT packed(rowid) FROM words WHERE words MATCH $1", {expression},
                    [](const store::Row& row) {
                      const auto all = row.integers(0);
                      return std::vector<std::uint32_t>(all.begin(), all.end());
                    });
    };
    matches.versions = TRY(versions_of(typed.expression)).value_or(std::vector<std::uint32_t>{});
    matches.first = TRY(versions_of(fmt::format("names : ({})", typed.expression)))
                        .value_or(std::vector<std::uint32_t>{});
  }
  if (!typed.beginning.empty()) {
    keep_beginning(typed.beginning, typed.expression.empty(), matches);
  }
  return {};
}

/// Of what matches already, or of everything, what has a name with a word that begins so.
void Search::keep_beginning(const std::string& beginning, bool is_all, Matches& matches) const {
  std::vector<bool> wanted(term_kinds_.size(), false);
  if (const auto terms = beginnings_.find(beginning); terms != beginnings_.end()) {
    for (const std::uint32_t term : terms->second) {
      wanted[term] = true;
    }
  }
  const auto has_it = [&](std::uint32_t version) {
    const Fact& fact = facts_[version];
    const auto start = terms_.begin() + fact.terms;
    return std::any_of(start, start + fact.term_count,
                       [&](std::uint32_t term) { return wanted[term]; });
  };
  if (is_all) {
    for (std::uint32_t version = 0; version < facts_.size(); ++version) {
      if (has_it(version)) {
        matches.versions.push_back(version);
      }
    }
    matches.first = matches.versions;
    return;
  }
  for (auto* list : {&matches.versions, &matches.first}) {
    std::erase_if(
        *list, [&](std::uint32_t version) { return version >= facts_.size() || !has_it(version); });
  }
}

Result<Search::Matches> Search::match_text(const store::Tx& tx, const std::string& text) const {
  const std::size_t start = text.find_first_not_of(" \t\n");
  Matches matches;
  if (start == std::string::npos) {
    matches.is_everything = true;
    return matches;
  }
  std::string whole = text.substr(start);
  whole.resize(whole.find_last_not_of(" \t\n") + 1);
  if (!TRY(match_name(tx, whole, matches))) {
    TRY(match_words(tx, text, matches));
  }
  return matches;
}

/// Whoever filters, counts or turns a page asks for the same text again.
Result<std::shared_ptr<const Search::Matches>> Search::match(const store::Tx& tx,
                                                             const Query& query) const {
  if (query.text.size() > kMostTypedBytes) {
    return fail(Code::invalid,
                fmt::format("at most {} bytes can be searched for", kMostTypedBytes));
  }
  if (auto kept = kept_->find(query.text)) {
    return kept;
  }
  auto made = std::make_shared<const Matches>(TRY(match_text(tx, query.text)));
  kept_->put(query.text, made, (made->versions.size() + made->first.size()) * 4);
  return made;
}

Result<Found> Search::find(const store::Tx& tx, const Query& query) const {
  const Filter wanted = TRY(filter(tx, query));
  const auto found_by = TRY(match(tx, query));
  const Matches& matches = *found_by;
  Found found;
  if (wanted.is_impossible) {
    return found;
  }
  Tally tally{.times = std::vector<std::uint32_t>(term_kinds_.size(), 0)};
  tally.order.reserve(matches.is_everything ? facts_.size() : matches.versions.size());
  // From the last on: they are mostly the newest, so sorting seldom meets what belongs before.
  if (matches.is_everything) {
    for (std::size_t version = facts_.size(); version > 0; --version) {
      add(version - 1, false, wanted, tally);
    }
  } else {
    auto first = matches.first.rbegin();
    for (const std::uint32_t version : matches.versions | std::views::reverse) {
      while (first != matches.first.rend() && *first > version) {
        ++first;
      }
      add(version, first != matches.first.rend() && *first == version, wanted, tally);
    }
  }
  found.records = tally.order.size();
  found.vulnerabilities = tally.vulnerabilities;
  TRY(fill_counts(tx, tally, found));
  TRY(fill_page(tx, query, tally.order, found));
  return found;
}

/// Filters, counts and keeps for the order in one go: reading facts is most of the work of each.
void Search::add(std::size_t version, bool is_first, const Filter& filter, Tally& tally) const {
  if (version >= facts_.size() || !passes(facts_[version], filter)) {
    return;
  }
  const Fact& fact = facts_[version];
  tally.order.push_back(place(version, fact.day, is_first));
  ++tally.sources.at(fact.source);
  for (std::size_t i = 0; i < fact.term_count; ++i) {
    ++tally.times[terms_[fact.terms + i]];
  }
  if (fact.group >= tally.groups.size()) {
    tally.groups.resize(std::max(std::size_t{fact.group} + 1, tally.groups.size() * 2), false);
  }
  tally.vulnerabilities += tally.groups[fact.group] ? 0 : 1;
  tally.groups[fact.group] = true;
}

Status Search::fill_counts(const store::Tx& tx, const Tally& tally, Found& found) const {
  for (int source = 1; source <= advisory::kSources; ++source) {
    if (const std::uint64_t records = tally.sources.at(static_cast<std::size_t>(source));
        records > 0) {
      found.sources.emplace_back(static_cast<advisory::Source>(source), records);
    }
  }
  // By kind: how often, and below it the term turned round, so that of equals the lesser is first.
  std::array<std::vector<std::uint64_t>, kFacets + 1> seen;
  const auto occurs = [](std::uint32_t times) { return times > 0; };
  const auto all = tally.times.end();
  for (auto at = std::find_if(tally.times.begin(), all, occurs); at != all;
       at = std::find_if(at + 1, all, occurs)) {
    const auto term = static_cast<std::uint32_t>(at - tally.times.begin());
    if (term_kinds_[term] <= kFacets) {
      seen.at(term_kinds_[term]).push_back(std::uint64_t{*at} << 32 | ~term);
    }
  }
  for (int kind = 1; kind <= kFacets; ++kind) {
    auto& terms = seen.at(static_cast<std::size_t>(kind));
    const auto end =
        terms.begin() + static_cast<std::ptrdiff_t>(std::min(terms.size(), kFacetValues));
    std::ranges::partial_sort(terms, end, std::greater());
    for (auto at = terms.begin(); at != end; ++at) {
      const std::uint32_t term = ~static_cast<std::uint32_t>(*at);
      const auto value = TRY(tx.one("SELECT name FROM term WHERE id = $1", {std::int64_t{term}},
                                    [](const store::Row& row) { return row.text(0); }));
      found.counts.push_back({static_cast<Facet>(kind), value.value_or(""), *at >> 32});
    }
  }
  return {};
}

Status Search::fill_page(const store::Tx& tx, const Query& query, std::vector<std::uint64_t>& order,
                         Found& found) const {
  const std::size_t limit = std::min(query.limit, kMostHits);
  std::size_t sorted = 0;
  std::set<std::uint32_t> shown;
  std::size_t skipped = 0;
  for (std::size_t i = 0; i < order.size() && found.hits.size() < limit; ++i) {
    if (i == sorted) {  // several records become one hit, so a page may need more of them
      sorted = std::min(order.size(), i + std::max(kLeastSorted, query.offset + limit));
      std::ranges::partial_sort(order.begin() + static_cast<std::ptrdiff_t>(i),
                                order.begin() + static_cast<std::ptrdiff_t>(sorted), order.end(),
                                std::greater());
    }
    const std::size_t id = version_at(order[i]);
    const Fact& fact = facts_[id];
    if (!shown.insert(fact.group).second) {
      continue;
    }
    if (skipped++ < query.offset) {
      continue;
    }
    const auto version =
        TRY(tx.one(std::string(kVersionColumns) +
                       "FROM version v JOIN record r ON r.id = v.record WHERE v.id = $1",
                   {static_cast<std::int64_t>(id)}, version_of));
    if (version) {
      found.hits.push_back({.version = *version,
                            .vulnerability = fact.group,
                            .score = fact.score,
                            .listed = lists_of(at_or(exploited_, fact.group, std::uint8_t{0})),
                            .epss = at_or(epss_, fact.group, std::int32_t{-1})});
    }
  }
  return {};
}

std::size_t Search::bytes() const {
  return facts_.capacity() * sizeof(Fact) + terms_.capacity() * 4 + exploited_.capacity() +
         epss_.capacity() * 4 + term_kinds_.capacity();
}

}  // namespace weir::catalog
