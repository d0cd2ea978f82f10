// Writing events. An event is made in two steps: prepare() hashes and seals on the caller's thread
// all that can be known there; append() adds, on the writer, what depends on the event's place.
// Both spare allocations, because they run for every event there is.
#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "ledger/placed.h"
#include "ledger/rows.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kLastEvent =
    "SELECT idx, at_ms, commitment FROM event WHERE stream = $1 ORDER BY idx DESC LIMIT 1";
constexpr std::string_view kPutEvent =
    "INSERT INTO event (stream, idx, at_ms, type, tag, commitment, body) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// A field that is about to be hashed: of the draft, of the skeleton, or still without a value.
struct Pending {
  enum class Kind { own, fixed, placed } kind;
  std::string_view name;
  const json::Value* value = nullptr;  // or else
  std::string_view text{};
};

/// The draft's fields and the skeleton's, sorted. A name that stands twice or is none is a bug of
/// ours.
std::vector<Pending> sorted_fields(const Draft& draft, const std::array<Pending, 4>& fixed) {
  std::vector<Pending> all(fixed.begin(), fixed.end());
  all.reserve(fixed.size() + kPlacedFields.size() + draft.fields.size());
  for (const std::string_view name : kPlacedFields) {
    all.push_back({Pending::Kind::placed, name});
  }
  for (const custody::Field& field : draft.fields) {
    CHECK(custody::is_field_name(field.name) && json::is_event_value(field.value));
    all.push_back({Pending::Kind::own, field.name, &field.value});
  }
  std::ranges::sort(all, {}, &Pending::name);
  CHECK(std::ranges::adjacent_find(all, {}, &Pending::name) == all.end());
  return all;
}

}  // namespace

Prepared Ledger::prepare(std::string_view reference, const Draft& draft) {
  using enum Pending::Kind;
  const json::Value version(kEventVersion);
  const std::vector<Pending> fields =
      sorted_fields(draft, {{{fixed, "v", &version},
                             {fixed, "origin", nullptr, settings_.origin},
                             {fixed, "stream", nullptr, reference},
                             {fixed, "type", nullptr, draft.type}}});
  Prepared prepared;
  prepared.reference_ = reference;
  prepared.type_ = draft.type;
  prepared.salt_ = random_.digest();
  prepared.hashes_.reserve(fields.size() - kPlacedFields.size());
  const custody::FieldSalts salts(prepared.salt_);
  custody::FieldHasher hasher;
  std::string plain(prepared.salt_.view());
  std::size_t next_gap = 0;
  const char* separator = "{";
  for (const Pending& field : fields) {
    const Digest salt = salts.of(field.name);
    if (field.kind == placed) {
      prepared.gaps_[next_gap++] = {prepared.hashes_.size(), salt};
      continue;
    }
    prepared.hashes_.push_back(field.value != nullptr ? hasher.hash(salt, field.name, *field.value)
                                                      : hasher.hash(salt, field.name, field.text));
    if (field.kind == own) {
      plain.append(separator).append("\"").append(field.name).append("\":");
      plain += hasher.value_text();
      separator = ",";
    }
  }
  plain.append(separator == std::string_view("{") ? "{}" : "}");
  prepared.body_ = seal(key_, plain, with(kBodyContext, reference), random_);
  return prepared;
}

Digest Ledger::commit_to(const Prepared& prepared, const Place& place) const {
  std::vector<Digest> hashes;
  hashes.reserve(prepared.hashes_.size() + kPlacedFields.size());
  auto take_until = [&, taken = prepared.hashes_.begin()](std::size_t count) mutable {
    const auto end = prepared.hashes_.begin() + static_cast<std::ptrdiff_t>(count);
    hashes.insert(hashes.end(), taken, end);
    taken = end;
  };
  custody::FieldHasher hasher;
  each_placed(place, settings_, [&](std::size_t which, const auto& value) {
    const Prepared::Gap& gap = prepared.gaps_[which];
    take_until(gap.before);
    hashes.push_back(hasher.hash(gap.salt, kPlacedFields[which], value));
  });
  take_until(prepared.hashes_.size());
  return custody::commitment(hashes);
}

Result<Digest> Ledger::tag(const store::Tx& tx, const Stream& stream, std::uint64_t index) {
  const auto kept = kept_keys_.with([&](const auto& keys) -> std::optional<Digest> {
    const auto found = keys.find(stream.key_commit);
    return found == keys.end() ? std::nullopt : std::optional(found->second.of(index));
  });
  if (kept) {
    return *kept;
  }
  const Secret key = TRY(stream_key(tx, stream));
  const custody::Tags tags(key.reveal());
  kept_keys_.with([&](auto& keys) {
    if (keys.size() >= kMostKeptKeys) {
      keys.clear();
    }
    keys.emplace(stream.key_commit, tags);
  });
  return tags.of(index);
}

Result<Appended> Ledger::append(store::Tx& tx, const Stream& stream, const Draft& draft) {
  return append(tx, stream, prepare(stream.reference, draft));
}

Result<Appended> Ledger::append(store::Tx& tx, const Stream& stream, const Prepared& prepared) {
  CHECK(prepared.reference_ == stream.reference);
  if (const auto reason = stopped()) {
    return fail(Code::unavailable, "the ledger has stopped: " + *reason);
  }
  struct Last {
    std::uint64_t index;
    Instant at;
    Digest commitment;
  };
  const auto last = TRY(tx.one(kLastEvent, {stream.row}, [](const store::Row& row) {
    return Last{static_cast<std::uint64_t>(row.integer(0)), {row.integer(1)}, digest_at(row, 2)};
  }));
  Appended appended;
  appended.index = last ? last->index + 1 : 0;
  appended.at = clock_.now();
  if (last && appended.at < last->at) {
    if (last->at - appended.at > kClockTolerance) {
      return fail(Code::unavailable, "the clock stands before the last event of this case");
    }
    appended.at = last->at;
  }
  appended.commitment = commit_to(prepared, {.stream = stream,
                                             .index = appended.index,
                                             .prev = last ? last->commitment : Digest{},
                                             .at = appended.at});
  appended.tag = TRY(tag(tx, stream, appended.index));
  const std::int64_t row = TRY(
      tx.insert(kPutEvent, {stream.row, static_cast<std::int64_t>(appended.index), appended.at.ms,
                            prepared.type_, store::Blob{appended.tag.view()},
                            store::Blob{appended.commitment.view()}, store::Blob{prepared.body_}}));
  appended.leaf = static_cast<std::uint64_t>(row - 1) - logs_.back().base;
  return appended;
}

}  // namespace weir::ledger
