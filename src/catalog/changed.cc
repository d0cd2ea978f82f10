#include "catalog/changed.h"

#include <algorithm>

#include "advisory/keys.h"
#include "catalog/groups.h"
#include "catalog/rows.h"

namespace weir::catalog {
namespace {

constexpr auto kPublished = static_cast<std::int64_t>(advisory::State::published);

struct Read {
  Changed changed;
  std::string id;
  std::int64_t record = 0;
  advisory::Source source = advisory::Source::cve;
  std::int64_t vulnerability = 0;
  std::optional<std::string> parts;
};

Status complete(const store::Tx& tx, Read& read) {
  Changed& changed = read.changed;
  changed.names = TRY(members(tx, read.vulnerability));
  if (!std::ranges::binary_search(changed.names, read.id)) {
    changed.names.push_back(std::move(read.id));
  }
  if (advisory::is_exploited_list(read.source)) {  // how it weighs is a word about others too
    TRY(tx.each("SELECT name FROM mention WHERE record = $1 AND kind = $2", {read.record, kRelated},
                [&](const store::Row& row) {
                  changed.names.push_back(row.text(0));
                  return true;
                }));
  }
  if (!read.parts) {
    return {};
  }
  for (const advisory::Affected& affected : TRY(advisory::decode(*read.parts))) {
    std::ranges::move(advisory::keys(affected), std::back_inserter(changed.keys));
  }
  std::ranges::sort(changed.keys);
  const auto twice = std::ranges::unique(changed.keys);
  changed.keys.erase(twice.begin(), twice.end());
  return {};
}

}  // namespace

Result<std::vector<Changed>> changed_since(const store::Tx& tx, VersionId after, std::size_t most) {
  std::vector<Read> rows = TRY(tx.all(
      "SELECT v.id, r.name, r.id, r.source, r.vulnerability, a.parts FROM version v JOIN record r "
      "ON r.id = "
      "v.record AND r.version = v.id LEFT JOIN affected a ON a.version = v.id WHERE v.id > $1 "
      "ORDER BY v.id LIMIT $2",
      {after, static_cast<std::int64_t>(most)}, [](const store::Row& row) {
        return Read{{.version = row.integer(0), .keys = {}, .names = {}},
                    row.text(1),
                    row.integer(2),
                    static_cast<advisory::Source>(row.integer(3)),
                    row.integer(4),
                    row.is_null(5) ? std::nullopt : std::optional(row.blob(5))};
      }));
  std::vector<Changed> all;
  all.reserve(rows.size());
  for (Read& row : rows) {
    TRY(complete(tx, row));
    all.push_back(std::move(row.changed));
  }
  return all;
}

Result<std::vector<advisory::Source>> listed_in(const store::Tx& tx,
                                                const std::vector<std::string>& ids) {
  std::vector<advisory::Source> all;
  const auto take = [&](const store::Row& row) {
    const auto source = static_cast<advisory::Source>(row.integer(0));
    if (advisory::is_exploited_list(source) && std::ranges::find(all, source) == all.end()) {
      all.push_back(source);
    }
    return true;
  };
  for (const std::string& id : ids) {
    // Of its own group, and what speaks about it.
    TRY(
        tx.each("SELECT r.source FROM identifier i JOIN record r ON "
                "r.vulnerability = i.vulnerability JOIN facts f ON f.version = r.version "
                "WHERE i.name = $1 AND f.state = $2",
                {id, kPublished}, take));
    TRY(
        tx.each("SELECT r.source FROM mention m JOIN record r ON r.id = m.record "
                "JOIN facts f ON f.version = r.version "
                "WHERE m.name = $1 AND m.kind <> 1 AND m.kind = $2 AND f.state = $3",
                {id, kRelated, kPublished}, take));
  }
  std::ranges::sort(all);
  return all;
}

Result<Weight> weigh(const store::Tx& tx, std::string_view id) {
  Weight weight;
  const auto group = TRY(tx.one("SELECT vulnerability FROM identifier WHERE name = $1", {id},
                                [](const store::Row& row) { return row.integer(0); }));
  if (!group) {
    weight.ids.emplace_back(id);
    weight.listed = TRY(listed_in(tx, weight.ids));
    return weight;
  }
  weight.ids = TRY(members(tx, *group));
  TRY(tx.each(
      "SELECT f.score FROM record r JOIN facts f ON f.version = r.version WHERE "
      "r.vulnerability = $1 AND f.state = $2",
      {*group, static_cast<std::int64_t>(advisory::State::published)}, [&](const store::Row& row) {
        weight.score = std::max(weight.score, static_cast<int>(row.integer(0)));
        return true;
      }));
  weight.listed = TRY(listed_in(tx, weight.ids));
  for (const std::string& name : weight.ids) {
    if (const auto found = TRY(epss(tx, name))) {
      weight.epss = std::max(weight.epss, found->score);
    }
  }
  return weight;
}

Status each_likely(const store::Tx& tx, std::int64_t score,
                   const std::function<void(std::string_view cve)>& use) {
  return tx.each("SELECT name FROM epss WHERE score >= $1", {score}, [&](const store::Row& row) {
    use(row.text(0));
    return true;
  });
}

}  // namespace weir::catalog
