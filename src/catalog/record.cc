#include "catalog/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "catalog/groups.h"
#include "catalog/rows.h"

namespace weir::catalog {
namespace {

constexpr std::size_t kMostJsonDepth = 128;

class Comparison {
 public:
  std::vector<Difference> found;

  void compare(const json::Value& a, const json::Value& b, const std::string& pointer) {
    if (found.size() >= kMostDifferences || a == b) {
      return;
    }
    if (a.is_object() && b.is_object()) {
      compare_objects(a.get_object(), b.get_object(), pointer);
    } else if (a.is_array() && b.is_array()) {
      compare_arrays(a.get_array(), b.get_array(), pointer);
    } else {
      add(pointer, &a, &b);
    }
  }

 private:
  void add(const std::string& pointer, const json::Value* a, const json::Value* b) {
    if (found.size() < kMostDifferences) {
      found.push_back({pointer.empty() ? "#" : pointer, a == nullptr ? "" : json::canonical(*a),
                       b == nullptr ? "" : json::canonical(*b)});
    }
  }
  void compare_objects(const json::Object& a, const json::Object& b, const std::string& pointer) {
    for (const auto& [key, value] : a) {
      std::string place = pointer;
      json::append_pointer(place, key);
      if (const json::Value* other = b.if_contains(key)) {
        compare(value, *other, place);
      } else {
        add(place, &value, nullptr);
      }
    }
    for (const auto& [key, value] : b) {
      if (!a.contains(key)) {
        std::string place = pointer;
        json::append_pointer(place, key);
        add(place, nullptr, &value);
      }
    }
  }
  void compare_arrays(const json::Array& a, const json::Array& b, const std::string& pointer) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const std::string place = fmt::format("{}/{}", pointer, i);
      if (i < a.size() && i < b.size()) {
        compare(a[i], b[i], place);
      } else {
        add(place, i < a.size() ? &a[i] : nullptr, i < b.size() ? &b[i] : nullptr);
      }
    }
  }
};

Status append_related(const store::Tx& tx, const std::string& id, std::int64_t vulnerability,
                      std::vector<Version>& into) {
  return tx.each(
      std::string(kVersionColumns) +
          "FROM mention m JOIN record r ON r.id = m.record "
          "JOIN version v ON v.id = r.version "
          "WHERE m.name = $1 AND m.kind <> 1 AND r.vulnerability <> $2 ORDER BY v.id LIMIT $3",
      {id, vulnerability, static_cast<std::int64_t>(kMostRecords)}, [&](const store::Row& row) {
        into.push_back(version_of(row));
        return into.size() < kMostRecords;
      });
}

}  // namespace

Result<std::optional<Known>> known(const store::Tx& tx, std::string_view id) {
  const auto group = TRY(tx.one("SELECT vulnerability FROM identifier WHERE name = $1", {id},
                                [](const store::Row& row) { return row.integer(0); }));
  Known all;
  if (group) {
    all.ids = TRY(members(tx, *group));
    all.records = TRY(tx.all(std::string(kVersionColumns) +
                                 "FROM record r JOIN version v ON v.id = r.version "
                                 "WHERE r.vulnerability = $1 ORDER BY r.source, r.name LIMIT $2",
                             {*group, static_cast<std::int64_t>(kMostRecords)}, version_of));
  } else {
    all.ids = {std::string(id)};
  }
  for (const std::string& name : all.ids) {
    TRY(append_related(tx, name, group.value_or(0), all.related));
    if (!all.epss) {
      all.epss = TRY(epss(tx, name));
    }
  }
  std::ranges::sort(all.related, {}, &Version::version);
  const auto twice = std::ranges::unique(all.related, {}, &Version::version);
  all.related.erase(twice.begin(), twice.end());
  if (all.records.empty() && all.related.empty() && !all.epss) {
    return std::nullopt;
  }
  return all;
}

Result<std::vector<Version>> history(const store::Tx& tx, std::int64_t record) {
  return tx.all(std::string(kVersionColumns) +
                    "FROM version v JOIN record r ON r.id = v.record WHERE v.record = $1 "
                    "ORDER BY v.id = r.version DESC, "
                    "iif(coalesce(v.fed_ms, v.modified_ms) <= v.taken_ms + $3, "
                    "coalesce(v.fed_ms, v.modified_ms), v.taken_ms) DESC, v.id DESC LIMIT $2",
                {record, static_cast<std::int64_t>(kMostHistory), kMostAhead.count()}, version_of);
}

Result<std::vector<Difference>> diff(std::string_view before, std::string_view after) {
  const json::Limits limits{.depth = kMostJsonDepth};
  const json::Value a = TRY(json::parse(before, limits));
  const json::Value b = TRY(json::parse(after, limits));
  Comparison comparison;
  comparison.compare(a, b, "");
  return std::move(comparison.found);
}

}  // namespace weir::catalog
