#include "ledger/access.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "ledger/rows.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kFindSeen =
    "SELECT at_ms FROM access_seen WHERE stream = $1 AND subject = $2 AND object = $3 AND version "
    "= $4 "
    "AND level = $5";
constexpr std::string_view kAllSeen =
    "SELECT object, version, level, at_ms FROM access_seen WHERE stream = $1 AND subject = $2";
constexpr std::string_view kPutSeen =
    "INSERT INTO access_seen (stream, subject, object, version, level, at_ms) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms";
constexpr std::string_view kCountRepeat =
    "INSERT INTO repeat_count (stream, day, reads) VALUES ($1, $2, $3) "
    "ON CONFLICT DO UPDATE SET reads = reads + excluded.reads";
constexpr std::string_view kRepeatsBefore =
    "SELECT r.stream, r.day, r.reads, s.ref, s.key_commit FROM repeat_count r "
    "JOIN stream s ON s.id = r.stream WHERE r.day < $1 ORDER BY r.day, r.stream";
constexpr std::string_view kRepeatsOf =
    "SELECT r.stream, r.day, r.reads, s.ref, s.key_commit FROM repeat_count r "
    "JOIN stream s ON s.id = r.stream WHERE r.stream = $1 ORDER BY r.day";
constexpr std::string_view kDropRepeat = "DELETE FROM repeat_count WHERE stream = $1 AND day = $2";
constexpr std::string_view kDropOldSeen = "DELETE FROM access_seen WHERE at_ms < $1";

constexpr std::size_t kMany = 64;
constexpr std::int64_t kDayMs = 86'400'000;

struct Repeats {
  Stream stream;
  std::int64_t day;
  std::int64_t reads;
};

Repeats read_repeats(const store::Row& row) {
  return {{row.integer(0), StreamKind::case_stream, row.text(3), digest_at(row, 4)},
          row.integer(1),
          row.integer(2)};
}

Status write_repeats(Ledger& ledger, store::Tx& tx, const std::vector<Repeats>& all) {
  for (const Repeats& repeats : all) {
    const std::string day = to_rfc3339({repeats.day * kDayMs}).substr(0, 10);
    TRY(ledger.append(tx, repeats.stream,
                      {"repeat_reads", {{"day", json::Value(day)}, {"reads", repeats.reads}}}));
    TRY(tx.run(kDropRepeat, {repeats.stream.row, repeats.day}));
  }
  return {};
}

std::pair<std::string_view, std::int64_t> place_of(const Item& item) {
  return {item.object, item.version};
}

/// A sighting in the future is a clock that went back: not a repeat.
bool is_recent(std::int64_t seen_ms, Instant now) {
  return Instant{seen_ms} <= now && now - Instant{seen_ms} < kRepeatWindow;
}

/// Those of `items` that are no repeat. Few are looked up one by one, many by all that was seen.
Result<std::vector<Item>> fresh_of(const store::Tx& tx, const Stream& stream,
                                   const std::string& subject, const std::vector<Item>& items,
                                   Instant now) {
  std::vector<Item> fresh;
  if (items.size() < kMany) {
    for (const Item& item : items) {
      const auto seen = TRY(tx.one(
          kFindSeen,
          {stream.row, subject, item.object, item.version, static_cast<std::int64_t>(item.level)},
          [](const store::Row& row) { return row.integer(0); }));
      if (!seen || !is_recent(*seen, now)) {
        fresh.push_back(item);
      }
    }
    return fresh;
  }
  std::set<std::tuple<std::string, std::int64_t, std::int64_t>> seen;
  TRY(tx.each(kAllSeen, {stream.row, subject}, [&](const store::Row& row) {
    if (is_recent(row.integer(3), now)) {
      seen.emplace(row.text(0), row.integer(1), row.integer(2));
    }
    return true;
  }));
  for (const Item& item : items) {
    if (!seen.contains({item.object, item.version, static_cast<std::int64_t>(item.level)})) {
      fresh.push_back(item);
    }
  }
  return fresh;
}

Draft access_draft(const Recipient& recipient, const std::vector<Item>& items, Random& random) {
  const json::Value list = manifest(items);
  const Digest salt = random.digest();
  const Level level = std::ranges::max(items, {}, &Item::level).level;
  Draft draft{"access", recipient.more};
  const auto add = [&draft](std::string name, json::Value value) {
    draft.fields.push_back({std::move(name), std::move(value)});
  };
  add("recipient_ref", json::Value(recipient.reference));
  add("recipient_class", json::Value(recipient.organisation_class));
  add("recipient_country", json::Value(recipient.country));
  add("level", json::Value(name(level)));
  add("content", json::Value(to_base64(custody::content_digest(salt, json::canonical(list)))));
  add("content_salt", json::Value(to_base64(salt)));
  add("manifest", list);
  return draft;
}

}  // namespace

Access::Access(const store::Tx& tx, Stream stream, std::vector<Item> items)
    : made_in_(tx.id()), stream_(std::move(stream)), items_(std::move(items)) {
  std::ranges::sort(items_, {}, place_of);
}

bool Access::covers(std::string_view object, std::int64_t version) const {
  return std::ranges::binary_search(items_, std::pair(object, version), {}, place_of);
}

json::Value manifest(const std::vector<Item>& items) {
  json::Array list;
  for (const Item& item : items) {
    list.push_back(json::Object{{"object", item.object},
                                {"version", item.version},
                                {"level", name(item.level)},
                                {"salt", to_base64(item.salt)},
                                {"digest", to_base64(item.digest)}});
  }
  return list;
}

Result<Access> record_access(Ledger& ledger, store::Tx& tx, const Stream& stream,
                             const Recipient& recipient, const std::vector<Item>& items) {
  if (items.empty() || items.size() > kMostItems) {
    return fail(Code::invalid, "an access is to 1 to 10000 objects");
  }
  const Instant now = ledger.clock().now();
  const std::vector<Item> fresh = TRY(fresh_of(tx, stream, recipient.subject, items, now));
  Access access(tx, stream, items);
  if (fresh.empty()) {
    TRY(tx.run(kCountRepeat, {stream.row, now.ms / kDayMs, std::int64_t{1}}));
    return access;
  }
  access.event_ = TRY(ledger.append(tx, stream, access_draft(recipient, fresh, ledger.random())));
  for (const Item& item : fresh) {
    TRY(tx.run(kPutSeen, {stream.row, recipient.subject, item.object, item.version,
                          static_cast<std::int64_t>(item.level), now.ms}));
  }
  return access;
}

Result<Access> own_bytes(const store::Tx& tx, const Stream& stream,
                         const std::vector<Item>& items) {
  return Access(tx, stream, items);
}

Status flush_repeats(Ledger& ledger, store::Tx& tx, Instant until) {
  TRY(tx.run(kDropOldSeen, {(until - kRepeatWindow).ms}));
  return write_repeats(ledger, tx, TRY(tx.all(kRepeatsBefore, {until.ms / kDayMs}, read_repeats)));
}

Status flush_repeats_of(Ledger& ledger, store::Tx& tx, const Stream& stream) {
  return write_repeats(ledger, tx, TRY(tx.all(kRepeatsOf, {stream.row}, read_repeats)));
}

}  // namespace weir::ledger
