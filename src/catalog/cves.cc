#include "catalog/cves.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "catalog/prepared.h"
#include "catalog/rows.h"
#include "catalog/words.h"

namespace weir::catalog {
namespace {

// Every parameter stands in it, so that one statement serves all questions; an IN whose guard holds
// is never worked out.
constexpr std::string_view kFrom =
    "FROM cve c WHERE c.version <> 0 AND ($1 = 0 OR c.state = 0) "
    "AND ($2 IS NULL OR c.published_ms BETWEEN $2 AND $3) "
    "AND ($4 IS NULL OR c.modified_ms BETWEEN $4 AND $5) "
    "AND ($6 IS NULL OR c.id IN (SELECT t.cve FROM cve_term t WHERE t.term = $6)) "
    "AND ($7 IS NULL OR c.id IN (SELECT t.cve FROM cve_term t WHERE t.term = $7)) "
    "AND ($8 IS NULL OR c.id IN (SELECT t.cve FROM json_each($8) j "
    "  JOIN cve_term t ON t.term = j.value)) "
    "AND ($9 IS NULL OR c.version IN (SELECT value FROM json_each($9))) "
    "AND ($10 IS NULL OR c.version IN (SELECT rowid FROM words WHERE words MATCH $10)) "
    "AND ($11 = 0 OR c.id IN (SELECT o.id FROM record r JOIN version v ON v.id = r.version "
    "  JOIN record o ON o.vulnerability = r.vulnerability AND o.name = r.name "
    "  WHERE r.source = 5 AND v.state = 0 "
    "  AND ($12 IS NULL OR v.published_ms BETWEEN $12 AND $13))) "
    "AND ($14 IS NULL OR c.id IN (SELECT t.cve FROM json_each($14) j "
    "  JOIN cve_term t ON t.term = j.value GROUP BY t.cve "
    "  HAVING count(*) = json_array_length($14))) ";

constexpr std::int64_t kNoTerm = -1;  // of no record

Result<std::int64_t> term_id(const store::Tx& tx, TermKind kind, std::string_view name) {
  const auto id = TRY(tx.one("SELECT id FROM term WHERE kind = $1 AND name = $2",
                             {static_cast<std::int64_t>(kind), name},
                             [](const store::Row& row) { return row.integer(0); }));
  return id.value_or(kNoTerm);
}

void append_number(std::string& list, std::int64_t number) {
  list += list.size() == 1 ? "" : ",";
  list += std::to_string(number);
}

store::Param text_or_null(const std::optional<std::string>& text) {
  return text ? store::Param(std::string_view(*text)) : store::Param(nullptr);
}
store::Param number_or_null(const std::optional<std::int64_t>& number) {
  return number ? store::Param(*number) : store::Param(nullptr);
}
store::Param from_of(const std::optional<Span>& span) {
  return span ? store::Param(span->from.ms) : store::Param(nullptr);
}
store::Param until_of(const std::optional<Span>& span) {
  return span ? store::Param(span->until.ms) : store::Param(nullptr);
}

/// What a query names, as the tables hold it.
struct Bound {
  std::optional<std::int64_t> weakness;
  std::optional<std::int64_t> publisher;
  std::optional<std::string> vectors;
  std::optional<std::string> among;
  std::optional<std::string> words;
  std::optional<std::string> marks;
};

Result<Bound> bound(const store::Tx& tx, const CveQuery& query) {
  Bound out;
  if (!query.weakness.empty()) {
    out.weakness = TRY(term_id(tx, TermKind::weakness, query.weakness));
  }
  if (!query.publisher.empty()) {
    out.publisher = TRY(term_id(tx, TermKind::publisher, query.publisher));
  }
  if (query.vector) {
    out.vectors = "[";
    TRY(tx.each("SELECT id, name FROM term WHERE kind = $1",
                {static_cast<std::int64_t>(TermKind::vector)}, [&](const store::Row& row) {
                  if (query.vector(row.text(1))) {
                    append_number(*out.vectors, row.integer(0));
                  }
                  return true;
                }));
    *out.vectors += ']';
  }
  if (query.among) {
    out.among = "[";
    for (const VersionId version : *query.among) {
      append_number(*out.among, version);
    }
    *out.among += ']';
  }
  if (!query.words.empty()) {
    out.words = query.words;
  }
  if (!query.marks.empty()) {
    out.marks = "[";
    for (const std::string& mark : query.marks) {
      append_number(*out.marks, TRY(term_id(tx, TermKind::mark, mark)));
    }
    *out.marks += ']';
  }
  return out;
}

Cve cve_of(const store::Row& row) {
  return {row.text(0), row.integer(1), static_cast<advisory::Source>(row.integer(2))};
}

constexpr std::string_view kHistoryFrom =
    "FROM version v JOIN record r ON r.id = v.record "
    "LEFT JOIN version p ON p.id = (SELECT max(o.id) FROM version o WHERE o.record = v.record "
    "  AND o.id < v.id) "
    "WHERE v.digest IS NOT NULL AND r.source IN (1, 2) ";
// The first way is by the record's name, the second by the time.
constexpr std::string_view kOfOne =
    "AND r.name = $1 AND r.vulnerability = (SELECT vulnerability FROM identifier WHERE name = $1) ";
constexpr std::string_view kOfAll = "AND $1 = '' AND substr(r.name, 1, 4) = 'CVE-' ";
constexpr std::string_view kHistoryRest =
    "AND v.taken_ms BETWEEN $2 AND $3 "
    "AND ($4 = 0 OR ($4 = 1 AND p.id IS NULL) "
    "  OR ($4 = 2 AND p.id IS NOT NULL AND v.state = 1 AND p.state <> 1) "
    "  OR ($4 = 3 AND p.id IS NOT NULL AND v.state <> 1 AND p.state = 1) "
    "  OR ($4 = 4 AND p.id IS NOT NULL AND (v.state = 1) = (p.state = 1))) ";

}  // namespace

Result<CvePage> list_cves(const store::Tx& tx, const CveQuery& query) {
  const Bound by = TRY(bound(tx, query));
  const std::int64_t published_only = query.rejected == CveQuery::Rejected::without ? 1 : 0;
  const bool is_exploited =
      query.exploited == CveQuery::Exploited::only || query.exploited_since.has_value();
  const auto ask = [&](std::string_view select, std::string_view end, std::int64_t limit,
                       std::int64_t offset, const std::function<bool(const store::Row&)>& row) {
    return tx.each(
        std::string(select) + std::string(kFrom) + std::string(end),
        {published_only, from_of(query.published), until_of(query.published),
         from_of(query.modified), until_of(query.modified), number_or_null(by.weakness),
         number_or_null(by.publisher), text_or_null(by.vectors), text_or_null(by.among),
         text_or_null(by.words), std::int64_t{is_exploited ? 1 : 0}, from_of(query.exploited_since),
         until_of(query.exploited_since), text_or_null(by.marks), limit, offset},
        row);
  };
  CvePage page;
  TRY(ask("SELECT count(*) ", "LIMIT $15 OFFSET $16", 1, 0, [&](const store::Row& row) {
    page.total = static_cast<std::uint64_t>(row.integer(0));
    return true;
  }));
  TRY(ask("SELECT c.name, c.version, c.source ", "ORDER BY c.id LIMIT $15 OFFSET $16",
          static_cast<std::int64_t>(query.limit), static_cast<std::int64_t>(query.offset),
          [&](const store::Row& row) {
            page.cves.push_back(cve_of(row));
            return true;
          }));
  return page;
}

Result<std::optional<Cve>> find_cve(const store::Tx& tx, std::string_view name) {
  return tx.one("SELECT c.name, c.version, c.source " + std::string(kFromName) +
                    "JOIN cve c ON c.id = r.id WHERE i.name = $1 AND c.version <> 0",
                {name}, cve_of);
}

std::string keywords(std::string_view typed, Words words) {
  const auto quoted = [](std::string_view part) {
    std::string spaced;
    append_words(spaced, part);
    std::erase(spaced, '"');
    return '"' + spaced + '"';
  };
  const auto has_word = [](std::string_view part) {
    return std::ranges::any_of(part, [](char c) {
      return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
             (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
  };
  if (words == Words::phrase) {
    return has_word(typed) ? "text : " + quoted(typed) : "";
  }
  std::string all;
  while (!typed.empty()) {
    const std::size_t end = std::min(typed.find(' '), typed.size());
    const std::string_view part = typed.substr(0, end);
    typed.remove_prefix(std::min(end + 1, typed.size()));
    if (has_word(part)) {
      all += (all.empty() ? "" : " AND ") + quoted(part) + "*";
    }
  }
  return all.empty() ? all : "text : (" + all + ")";
}

Result<History> cve_history(const store::Tx& tx, const HistoryQuery& query) {
  constexpr Span kEver{{0}, {std::numeric_limits<std::int64_t>::max()}};
  const Span span = query.taken.value_or(kEver);
  const std::string from = std::string(kHistoryFrom) +
                           std::string(query.name.empty() ? kOfAll : kOfOne) +
                           std::string(kHistoryRest);
  const auto what = static_cast<std::int64_t>(query.what);
  History history;
  if (query.what == HistoryQuery::What::none) {
    return history;
  }
  TRY(tx.each("SELECT count(*) " + from, {query.name, span.from.ms, span.until.ms, what},
              [&](const store::Row& row) {
                history.total = static_cast<std::uint64_t>(row.integer(0));
                return true;
              }));
  TRY(tx.each(std::string(kVersionColumns) + ", coalesce(p.id, 0), coalesce(p.state, 0) " + from +
                  "ORDER BY v.taken_ms, v.record, v.id LIMIT $5 OFFSET $6",
              {query.name, span.from.ms, span.until.ms, what,
               static_cast<std::int64_t>(query.limit), static_cast<std::int64_t>(query.offset)},
              [&](const store::Row& row) {
                history.changes.push_back({version_of(row), row.integer(11),
                                           static_cast<advisory::State>(row.integer(12))});
                return true;
              }));
  return history;
}

Result<std::vector<std::string>> cpe_keys(const store::Tx& tx, std::string_view beginning,
                                          const std::function<bool(std::string_view key)>& wanted) {
  CHECK(beginning.starts_with("cpe:"));
  std::string end(beginning);
  ++end.back();  // no key's next byte is greater than what follows it
  std::vector<std::string> keys;
  TRY(tx.each("SELECT key FROM package WHERE key >= $1 AND key < $2 ORDER BY key", {beginning, end},
              [&](const store::Row& row) {
                if (wanted(row.text(0))) {
                  keys.push_back(row.text(0));
                }
                return true;
              }));
  return keys;
}

}  // namespace weir::catalog
