#include "catalog/writer.h"

#include <algorithm>
#include <limits>

#include "advisory/read.h"
#include "catalog/groups.h"
#include "catalog/rows.h"

namespace weir::catalog {
namespace {

constexpr std::size_t kDayBytes = 10;  // "2026-01-31"

store::Param optional_ms(const std::optional<Instant>& at) {
  return at ? store::Param(at->ms) : store::Param(nullptr);
}

}  // namespace

struct Current {
  std::int64_t record = 0;
  std::int64_t version = 0;
  std::int64_t vulnerability = 0;
  advisory::State state = advisory::State::published;
  std::optional<Instant> modified;  // as it says
  std::optional<Instant> fed;
  Instant taken;
  std::string digest;

  std::optional<Instant> counted_modified() const { return counted(modified, taken); }
  std::optional<Instant> counted_fed() const { return counted(fed, taken); }
};

/// How a CVE is listed at present.
struct Listed {
  std::int64_t id;
  std::int64_t version;
  advisory::Source source;
  std::string terms;
};

namespace {

Result<std::optional<Current>> find_current(const store::Tx& tx, advisory::Source source,
                                            std::string_view id) {
  return tx.one(
      "SELECT r.id, r.version, r.vulnerability, v.state, v.modified_ms, v.fed_ms, v.digest, "
      "v.taken_ms " +
          std::string(kFromName) +
          "JOIN version v ON v.id = r.version WHERE i.name = $1 AND +r.source = $2",
      {id, number(source)}, [](const store::Row& row) {
        Current current;
        current.record = row.integer(0);
        current.version = row.integer(1);
        current.vulnerability = row.integer(2);
        current.state = static_cast<advisory::State>(row.integer(3));
        current.modified = instant_at(row, 4);
        current.fed = instant_at(row, 5);
        current.digest = row.is_null(6) ? "" : row.blob(6);
        current.taken = {row.integer(7)};
        return current;
      });
}

constexpr Instant kNever{std::numeric_limits<std::int64_t>::min()};

/// Invariant 2 of catalog.h.
bool is_newer(const Prepared& one, const Current& current, Instant now) {
  const Instant known = current.counted_modified().value_or(kNever);
  if (const auto fed = counted(one.fed, now)) {
    return *fed >= current.counted_fed().value_or(known);
  }
  const auto modified = counted(one.modified, now);
  if (!modified) {
    return true;  // it knows no time at all: later arrival decides
  }
  // Between equals the one from a feed, which knows its time.
  return current.fed ? *modified > known : *modified >= known;
}

Result<bool> is_known(const store::Tx& tx, std::int64_t record, const Digest& digest) {
  const auto found = TRY(tx.one("SELECT id FROM version WHERE record = $1 AND digest = $2",
                                {record, store::Blob{digest.view()}},
                                [](const store::Row& row) { return row.integer(0); }));
  return found.has_value();
}

Result<std::optional<Listed>> find_listed(const store::Tx& tx, std::string_view name) {
  return tx.one("SELECT c.id, c.version, c.source, c.terms " + std::string(kFromName) +
                    "JOIN cve c ON c.id = r.id WHERE i.name = $1",
                {name}, [](const store::Row& row) {
                  return Listed{row.integer(0), row.integer(1),
                                static_cast<advisory::Source>(row.integer(2)), row.blob(3)};
                });
}

/// Four bytes each, as append_little_endian() wrote them.
template <class F>
Status each_term(std::string_view terms, F use) {
  for (std::size_t at = 0; at + 4 <= terms.size(); at += 4) {
    std::uint32_t term = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      term |= static_cast<std::uint32_t>(static_cast<unsigned char>(terms[at + i])) << (8 * i);
    }
    TRY(use(std::int64_t{term}));
  }
  return {};
}

std::vector<std::string_view> all_names(const Prepared& one) {
  std::vector<std::string_view> names = {one.id};
  names.insert(names.end(), one.aliases.begin(), one.aliases.end());
  return names;
}

Status note_run(store::Tx& tx, std::int64_t run, const Counts& counts) {
  return tx.run(
      "UPDATE run SET records = $2, added = $3, changed = $4, removed = $5, older = $6, "
      "unchanged = $7, rejected = $8 WHERE id = $1",
      {run, number(counts.records), number(counts.added), number(counts.changed),
       number(counts.removed), number(counts.older), number(counts.unchanged),
       number(counts.rejected)});
}

Status insert_rejects(store::Tx& tx, const Batch& batch, std::int64_t run, Counts& counts) {
  for (const Reject& reject : batch.rejects) {
    if (++counts.rejected <= kMostRejects) {
      TRY(tx.run("INSERT INTO reject (run, place, reason, pointer) VALUES ($1, $2, $3, $4)",
                 {run, reject.place, reject.error.message, reject.error.where}));
    }
  }
  counts.records += batch.rejects.size();
  return {};
}

}  // namespace

Status Writer::write(Batch batch, std::int64_t run, Counts& counts, const More& more) {
  now_ = clock_->now();
  Counts counted;
  TRY(db_->execute([&](store::Tx& tx) -> Status {
    counted = counts;
    TRY(begin(tx));
    const auto most = number(counts.records) + last_version_ / kTogether;
    TRY(apply(tx, batch, run, counted));
    while (more && number(counted.records) < most) {
      std::optional<Batch> next = more(counted);
      if (!next) {
        break;
      }
      batch = std::move(*next);
      TRY(apply(tx, batch, run, counted));
    }
    return note_run(tx, run, counted);
  }));
  is_clean_ = true;
  counts = counted;
  return {};
}

Status Writer::begin(store::Tx& tx) {
  if (!is_clean_ || packages_.size() > kMostCached) {
    packages_.clear();
    std::ranges::for_each(terms_, [](Numbers& numbers) { numbers.clear(); });
    knows_all_ = false;
  }
  is_clean_ = false;
  last_vulnerability_ = TRY(last_group(tx)) + 1;
  // Another process may have written in between; what it puts in comes with a version.
  const std::int64_t version = TRY(newest(tx));
  knows_all_ = version == 0 || (knows_all_ && version == last_version_);
  last_version_ = version;
  head_ = TRY(newest_head(tx));
  package_versions_.clear();
  cve_terms_.clear();
  return {};
}

Status Writer::apply(store::Tx& tx, const Batch& batch, std::int64_t run, Counts& counts) {
  for (const Dictionary& dictionary : batch.dictionaries) {
    TRY(tx.run("INSERT INTO dictionary (id, source, bytes) VALUES ($1, $2, $3)",
               {dictionary.id, number(dictionary.source), store::Blob{dictionary.bytes}}));
  }
  for (const Prepared& one : batch.records) {
    ++counts.records;
    TRY(one.is_removal ? put_removal(tx, one, counts) : put(tx, one, counts));
  }
  TRY(put_waiting(tx));
  TRY(put_lines(tx, batch));
  TRY(put_head(tx));
  TRY(put_epss(tx, batch, counts));
  counts.records += batch.seen;
  counts.unchanged += batch.seen;
  return insert_rejects(tx, batch, run, counts);
}

Status Writer::put(store::Tx& tx, const Prepared& one, Counts& counts) {
  const auto current = TRY(find_current(tx, *one.source, one.id));
  if (!current) {
    ++counts.added;
    return put_new(tx, one);
  }
  if (current->state != advisory::State::removed && current->digest == one.digest.view()) {
    ++counts.unchanged;
    return {};
  }
  return put_version(tx, one, *current, counts);
}

Status Writer::put_version(store::Tx& tx, const Prepared& one, const Current& current,
                           Counts& counts) {
  const bool is_old_text = TRY(is_known(tx, current.record, one.digest));
  const auto fed = counted(one.fed, now_);
  const bool is_return = fed && (!current.fed || *fed > *current.counted_fed());
  if (is_old_text && !is_return && current.state != advisory::State::removed) {
    ++counts.unchanged;
    return {};
  }
  if (!is_newer(one, current, now_)) {
    if (is_old_text) {
      ++counts.unchanged;
      return {};
    }
    ++counts.older;
    TRY(insert_version(tx, one, current.record));
    return {};
  }
  ++counts.changed;
  return replace(tx, one, current);
}

Status Writer::put_new(store::Tx& tx, const Prepared& one) {
  const Joined joined = TRY(join(tx, all_names(one), last_vulnerability_));
  const std::int64_t record = TRY(
      tx.insert("INSERT INTO record (source, name, version, vulnerability) VALUES ($1, $2, $3, $4)",
                {number(*one.source), one.id, last_version_ + 1, joined.group}));
  const std::int64_t version = TRY(insert_version(tx, one, record));
  TRY(insert_mentions(tx, one, record, joined.beyond));
  TRY(insert_indexes(tx, one, record, version));
  if (!is_cve(*one.source, one.id)) {
    return {};
  }
  const auto known = joined.is_new ? std::nullopt : TRY(find_listed(tx, one.id));
  return list_cve(tx, one, version, known, record);
}

Status Writer::replace(store::Tx& tx, const Prepared& one, const Current& current) {
  TRY(remove_indexes(tx, current.version));
  const std::int64_t version = TRY(insert_version(tx, one, current.record));
  TRY(tx.run("UPDATE record SET version = $2 WHERE id = $1", {current.record, version}));
  const auto before =
      TRY(tx.all("SELECT name FROM mention WHERE record = $1 AND kind = $2",
                 {current.record, kAlias}, [](const store::Row& row) { return row.text(0); }));
  TRY(tx.run("DELETE FROM mention WHERE record = $1", {current.record}));
  TRY(insert_indexes(tx, one, current.record, version));
  if (is_cve(*one.source, one.id)) {
    const auto known = TRY(find_listed(tx, one.id));
    TRY(list_cve(tx, one, version, known, current.record));
  }
  const bool is_lost = std::ranges::any_of(before, [&](const std::string& name) {
    return !std::ranges::binary_search(one.aliases, name);
  });
  Joined joined{.group = current.vulnerability};
  if (!one.aliases.empty()) {
    joined = TRY(join(tx, all_names(one), last_vulnerability_));
    TRY(tx.run("UPDATE record SET vulnerability = $2 WHERE id = $1",
               {current.record, joined.group}));
  }
  TRY(insert_mentions(tx, one, current.record, joined.beyond));
  return is_lost ? regroup(tx, joined.group, last_vulnerability_) : Status{};
}

Status Writer::put_removal(store::Tx& tx, const Prepared& one, Counts& counts) {
  const auto current = TRY(find_current(tx, *one.source, one.id));
  const bool is_late =
      current && one.fed && current->fed && *counted(one.fed, now_) < *current->counted_fed();
  if (!current || current->state == advisory::State::removed || is_late) {
    ++counts.unchanged;
    return {};
  }
  ++counts.removed;
  TRY(remove_indexes(tx, current->version));
  const std::int64_t version =
      TRY(tx.insert("INSERT INTO version (record, state, modified_ms, fed_ms, taken_ms, size, "
                    "dictionary) VALUES ($1, $2, $3, $4, $5, 0, 0)",
                    {current->record, number(advisory::State::removed),
                     optional_ms(current->modified), optional_ms(one.fed), now_.ms}));
  TRY(chain(tx, one, version));
  TRY(tx.run("UPDATE record SET version = $2 WHERE id = $1", {current->record, version}));
  return relist_cve(tx, one);
}

Status Writer::put_epss(store::Tx& tx, const Batch& batch, Counts& counts) {
  // As records that say a day to come: else nothing would ever be newer.
  const auto said = advisory::parse_date(batch.epss_day);
  const bool is_ahead = said && *said > now_ + kMostAhead;
  const std::string day = is_ahead ? to_rfc3339(now_).substr(0, kDayBytes) : batch.epss_day;
  for (const EpssRow& row : batch.epss) {
    ++counts.records;
    TRY(
        tx.run("INSERT INTO epss (name, score, percentile, day) VALUES ($1, $2, $3, $4) "
               "ON CONFLICT (name) DO UPDATE SET score = excluded.score, "
               "percentile = excluded.percentile, day = excluded.day "
               "WHERE excluded.day > day OR (excluded.day = day AND (excluded.score <> score OR "
               "excluded.percentile <> percentile))",
               {row.cve, row.score, row.percentile, day}));
    ++(tx.changes() == 0 ? counts.unchanged : counts.changed);
  }
  return {};
}

Result<std::int64_t> Writer::insert_version(store::Tx& tx, const Prepared& one,
                                            std::int64_t record) {
  const std::int64_t version = TRY(tx.insert(
      "INSERT INTO version (record, state, published_ms, modified_ms, fed_ms, taken_ms, size, "
      "dictionary, digest, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {record, number(one.state), optional_ms(one.published), optional_ms(one.modified),
       optional_ms(one.fed), now_.ms, number(one.size), one.body.dictionary,
       store::Blob{one.digest.view()}, store::Blob{one.body.bytes}}));
  TRY(chain(tx, one, version));
  return version;
}

/// One more entry of the feed.
Status Writer::chain(store::Tx& tx, const Prepared& one, std::int64_t version) {
  const bool is_first = head_.version == 0;
  CHECK(version == ++last_version_);  // as its record says
  head_ = next(head_, {.version = version,
                       .source = name(*one.source),
                       .id = one.id,
                       .state = name(one.is_removal ? advisory::State::removed : one.state),
                       .taken = now_,
                       .digest = one.is_removal ? std::string_view() : one.digest.view()});
  return is_first ? put_head(tx) : Status{};
}

Status Writer::put_head(store::Tx& tx) {
  return head_.version == 0
             ? Status{}
             : tx.run(
                   "INSERT INTO feed_head (version, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                   {head_.version, store::Blob{head_.hash.view()}});
}

/// The CVE is shown by this version of it from now on, if NVD has no record that comes first.
/// `known`: how it is listed; a CVE that was not listed yet gets the number of `record`.
Status Writer::list_cve(store::Tx& tx, const Prepared& one, std::int64_t version,
                        const std::optional<Listed>& known, std::int64_t record) {
  std::string terms;
  TRY(one.listed.each([&](std::string_view name, std::size_t kind) -> Status {
    append_little_endian(terms, TRY(term(tx, static_cast<TermKind>(kind), name)));
    return {};
  }));
  if (known && known->version != 0 && known->source == advisory::Source::nvd &&
      *one.source == advisory::Source::cve) {
    return {};
  }
  const std::int64_t id = known ? known->id : record;
  if (known) {
    TRY(put_waiting(tx));  // some may be of this CVE
    TRY(each_term(known->terms, [&](std::int64_t term) {
      return tx.run("DELETE FROM cve_term WHERE term = $1 AND cve = $2", {term, id});
    }));
    TRY(
        tx.run("UPDATE cve SET version = $2, source = $3, state = $4, published_ms = $5, "
               "modified_ms = $6, terms = $7 WHERE id = $1",
               {id, version, number(*one.source), number(one.state), optional_ms(one.published),
                optional_ms(one.modified), store::Blob{terms}}));
  } else {
    TRY(
        tx.run("INSERT INTO cve (id, name, version, source, state, published_ms, modified_ms, "
               "terms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
               {id, one.id, version, number(*one.source), number(one.state),
                optional_ms(one.published), optional_ms(one.modified), store::Blob{terms}}));
  }
  return each_term(terms, [&](std::int64_t term) -> Status {
    cve_terms_.push_back({term, id});
    return {};
  });
}

/// After a record of it was taken away: the CVE is shown by the other one, or not at all.
Status Writer::relist_cve(store::Tx& tx, const Prepared& one) {
  auto known = TRY(find_listed(tx, one.id));
  if (!known || known->source != *one.source) {
    return {};
  }
  TRY(tx.run("UPDATE cve SET version = 0 WHERE id = $1", {known->id}));
  known->version = 0;
  const auto other = TRY(find_current(tx, advisory::Source::cve, one.id));
  if (*one.source != advisory::Source::nvd || !other || other->digest.empty()) {
    return {};
  }
  const std::string text = TRY(bytes(tx, other->version));
  Prepared prepared = prepare(TRY(advisory::Reader().read(text)));
  return list_cve(tx, prepared, other->version, known, other->record);
}

/// `beyond`: those of its aliases that its group has no room for.
Status Writer::insert_mentions(store::Tx& tx, const Prepared& one, std::int64_t record,
                               const std::vector<std::string_view>& beyond) {
  for (const std::string& name : one.aliases) {
    const bool is_beyond = std::ranges::find(beyond, name) != beyond.end();
    TRY(tx.run("INSERT INTO mention (record, kind, name) VALUES ($1, $2, $3)",
               {record, is_beyond ? kBeyond : kAlias, name}));
  }
  for (const std::string& name : one.related) {
    TRY(tx.run("INSERT INTO mention (record, kind, name) VALUES ($1, $2, $3)",
               {record, kRelated, name}));
  }
  return {};
}

}  // namespace weir::catalog
