#include "ledger/opening.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/id.h"
#include "ledger/rows.h"

namespace weir::ledger {
namespace {

constexpr std::string_view kOpenedAt =
    "SELECT leaf FROM event WHERE stream = $1 AND type = 'custody_opened' AND leaf <= "
    "$2 + (SELECT COALESCE(MAX(base), 0) FROM log)";
constexpr std::string_view kStreams = "SELECT id, kind, ref, key_commit FROM stream ORDER BY id";
constexpr std::string_view kLeavesBelow =
    "SELECT COUNT(*) FROM event WHERE stream = $1 AND leaf > (SELECT COALESCE(MAX(base), 0) FROM "
    "log) AND leaf <= $2 + (SELECT COALESCE(MAX(base), 0) FROM log)";
constexpr std::string_view kClosedArchive =
    "SELECT size FROM closed_checkpoint WHERE log = $1 AND published_ms IS NOT NULL ORDER BY size";
constexpr std::string_view kClosedNote =
    "SELECT note FROM closed_checkpoint WHERE log = $1 AND size = $2";
constexpr std::string_view kPutReceipt =
    "INSERT INTO receipt_id (id, stream, idx) VALUES ($1, $2, $3)";
constexpr std::string_view kFindReceipt =
    "SELECT s.id, s.kind, s.ref, s.key_commit, r.idx FROM receipt_id r "
    "JOIN stream s ON s.id = r.stream WHERE r.id = $1";

/// Fields by why they may be kept back. Everything else is shown.
constexpr std::array<std::string_view, 4> kPersonFields = {"user", "approver", "reporter",
                                                           "handler"};
constexpr std::array<std::string_view, 4> kTextFields = {"ground", "justification", "note",
                                                         "terms"};
constexpr std::array<std::string_view, 6> kContentFields = {
    "content_salt", "manifest", "recipient_list", "label_text", "file", "parameters"};
constexpr std::array<std::string_view, 2> kOrganisationFields = {"organisation", "vendor"};

template <class List>
bool is_in(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::optional<custody::Reason> receipt_reason(const custody::Field& field) {
  if (field.name == "index") {
    return custody::Reason::position;
  }
  // The gate's decision names every ceiling that limited: more than the recipient is told.
  return is_in(kTextFields, field.name) || field.name == "decision"
             ? std::optional(custody::Reason::text)
             : std::nullopt;
}

template <class Decide>
custody::OpenedFields open_fields(const StoredEvent& event, Decide reason) {
  const custody::FieldSalts salts(event.salt);
  custody::OpenedFields opened;
  for (const custody::Field& field : event.fields) {
    custody::OpenedField one;
    one.name = field.name;
    one.salt = salts.of(field.name);
    one.hash = custody::field_hash(one.salt, field.name, field.value);
    one.reason = reason(field);
    if (!one.reason) {
      one.value = field.value;
    }
    opened.push_back(std::move(one));
  }
  return opened;
}

/// `merged` and `split` name the other stream.
std::vector<std::string> links(const std::vector<StoredEvent>& events) {
  std::vector<std::string> linked;
  for (const StoredEvent& event : events) {
    const auto other = std::ranges::find(event.fields, "other", &custody::Field::name);
    if ((event.type == "merged" || event.type == "split") && other != event.fields.end()) {
      linked.emplace_back(other->value.get_string());
    }
  }
  std::ranges::sort(linked);
  const auto doubles = std::ranges::unique(linked);
  linked.erase(doubles.begin(), doubles.end());
  return linked;
}

Stream read_stream(const store::Row& row) {
  return {row.integer(0), static_cast<StreamKind>(row.integer(1)), row.text(2), digest_at(row, 3)};
}

Result<Checkpoint> newest_or_wait(const store::Tx& tx) {
  auto newest = TRY(newest_published(tx));
  if (!newest) {
    return fail(Code::unavailable, "nothing has been sealed yet");
  }
  return *newest;
}

/// Sizes of the published checkpoints of each log.
Result<std::vector<std::vector<std::uint64_t>>> archives_of(const store::Tx& tx,
                                                            const Ledger& ledger) {
  std::vector<std::vector<std::uint64_t>> archives;
  for (std::uint64_t log = 0; log + 1 < ledger.logs().size(); ++log) {
    archives.push_back(
        TRY(tx.all(kClosedArchive, {static_cast<std::int64_t>(log)}, [](const store::Row& row) {
          return static_cast<std::uint64_t>(row.integer(0));
        })));
  }
  archives.push_back(TRY(archive(tx)));
  return archives;
}

/// The newest published checkpoint of a log, and its tiles.
struct Sealed {
  std::uint64_t size = 0;
  std::string note;
  merkle::TileLoader tiles;
};
Result<Sealed> sealed_of(const store::Tx& tx, const Ledger& ledger, std::uint64_t log) {
  if (log + 1 == ledger.logs().size()) {
    const Checkpoint newest = TRY(newest_or_wait(tx));
    return Sealed{newest.size, newest.note, tile_loader(tx)};
  }
  const std::uint64_t size = ledger.logs()[log].size;
  const auto note =
      TRY(tx.one(kClosedNote, {static_cast<std::int64_t>(log), static_cast<std::int64_t>(size)},
                 [](const store::Row& row) { return row.text(0); }));
  if (!note) {
    return fail(Code::corrupt, "the last checkpoint of a closed log is missing");
  }
  return Sealed{size, *note, tile_loader(tx, log)};
}

}  // namespace

std::optional<custody::Reason> public_reason(const StoredEvent& event, const custody::Field& field,
                                             const Opening& opening) {
  if (event.type == "published" && field.name == "content_salt") {
    return std::nullopt;  // what was published is public: nobody has to guess
  }
  if (is_in(kPersonFields, field.name)) {
    return custody::Reason::person;
  }
  if (is_in(kContentFields, field.name)) {
    return custody::Reason::content;
  }
  if (is_in(kTextFields, field.name) && opening.free_text == FreeText::kept_back) {
    return custody::Reason::text;
  }
  if (is_in(kOrganisationFields, field.name) &&
      !(field.value.is_string() && opening.may_name &&
        opening.may_name(std::string(field.value.get_string())))) {
    return custody::Reason::agreement;
  }
  return std::nullopt;
}

Result<custody::Record> open_stream(const store::Tx& tx, const Ledger& ledger, const Stream& stream,
                                    const Opening& opening) {
  const Checkpoint newest = TRY(newest_or_wait(tx));
  if (stream.kind != StreamKind::platform && !TRY(is_open(tx, stream))) {
    return fail(Code::conflict, "this stream has not been opened, or not sealed since");
  }
  custody::Record record;
  record.stream = stream.reference;
  record.kind = name(stream.kind);
  record.key = TRY(ledger.stream_key(tx, stream)).reveal();
  record.as_of_size = newest.size;
  const std::vector<StoredEvent> events = TRY(ledger.events(tx, stream));
  record.linked = links(events);
  const auto archives = TRY(archives_of(tx, ledger));
  const std::uint64_t first_log = events.empty() ? archives.size() - 1 : events.front().log;
  for (std::uint64_t log = first_log; log < archives.size(); ++log) {
    const bool is_open_log = log + 1 == archives.size();
    record.logs.push_back(
        {ledger.logs()[log].origin, is_open_log ? opening.vkey : ledger.logs()[log].vkey});
  }
  record.as_of_log = record.logs.size() - 1;
  for (const StoredEvent& event : events) {
    const std::vector<std::uint64_t>& sizes = archives[event.log];
    const auto after = std::ranges::upper_bound(sizes, event.leaf);
    if (after == sizes.end()) {
      break;  // not sealed yet
    }
    custody::RecordEvent one;
    one.index = event.index;
    one.log = event.log - first_log;
    one.leaf = event.leaf;
    one.before = after == sizes.begin() ? 0 : *(after - 1);
    one.after = *after;
    if (event.is_lost()) {
      one.lost = event.commitment;
    } else {
      one.fields = open_fields(
          event, [&](const custody::Field& field) { return public_reason(event, field, opening); });
    }
    record.events.push_back(std::move(one));
  }
  return record;
}

Result<std::string> receipt(const store::Tx& tx, const Ledger& ledger, const Stream& stream,
                            std::uint64_t index) {
  const std::vector<StoredEvent> events = TRY(ledger.events(tx, stream, index));
  if (events.empty()) {
    TRY(newest_or_wait(tx));
    return fail(Code::not_found, "no such event");
  }
  const StoredEvent& event = events.front();
  if (event.is_lost()) {
    return fail(Code::not_found, "what this event said is lost");
  }
  const Sealed sealed = TRY(sealed_of(tx, ledger, event.log));
  if (event.leaf >= sealed.size) {
    return fail(Code::unavailable, "the event has not been sealed yet");
  }
  merkle::TileReader tiles(sealed.size, sealed.tiles);
  merkle::LogProof proof;
  proof.index = event.leaf;
  proof.hashes = TRY(merkle::prove_inclusion({event.leaf, sealed.size}, tiles.reader()));
  proof.checkpoint = sealed.note;
  const json::Value extra = json::Object{
      {"format", "weir-receipt/v1"},
      {"tag", to_base64(event.tag)},
      {"fields", custody::fields_value(open_fields(event, receipt_reason))},
  };
  proof.extra = json::canonical(extra);
  return merkle::format_proof(proof);
}

Result<std::string> issue_receipt_id(store::Tx& tx, const Stream& stream, std::uint64_t index,
                                     Random& random) {
  const std::string id = to_base32(random.bytes(kIdBytes));
  TRY(tx.run(kPutReceipt, {id, stream.row, static_cast<std::int64_t>(index)}));
  return id;
}

Result<ReceiptPlace> find_receipt(const store::Tx& tx, std::string_view id) {
  auto place = TRY(tx.one(kFindReceipt, {id}, [](const store::Row& row) {
    return ReceiptPlace{read_stream(row), static_cast<std::uint64_t>(row.integer(4))};
  }));
  if (!place) {
    return fail(Code::not_found, "no such receipt");
  }
  return *place;
}

Result<std::vector<Stream>> streams(const store::Tx& tx) {
  return tx.all(kStreams, {}, read_stream);
}

Result<std::optional<std::uint64_t>> opened_leaf(const store::Tx& tx, const Stream& stream) {
  const auto newest = TRY(newest_published(tx));
  const std::uint64_t size = newest ? newest->size : 0;
  return tx.one(kOpenedAt, {stream.row, static_cast<std::int64_t>(size)},
                [](const store::Row& row) { return static_cast<std::uint64_t>(row.integer(0)); });
}

Result<bool> is_open(const store::Tx& tx, const Stream& stream) {
  return TRY(opened_leaf(tx, stream)).has_value();
}

Result<std::uint64_t> leaves_below(const store::Tx& tx, const Stream& stream, std::uint64_t size) {
  const auto count = TRY(tx.one(kLeavesBelow, {stream.row, static_cast<std::int64_t>(size)},
                                [](const store::Row& row) { return row.integer(0); }));
  return static_cast<std::uint64_t>(*count);
}

}  // namespace weir::ledger
