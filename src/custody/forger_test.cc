#include "custody/forger.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace weir::custody::forger {
namespace {

constexpr Instant kStart{1'795'440'000'000};  // 2026-11-23T13:20:00Z
constexpr Duration kMinute = std::chrono::minutes(1);
constexpr Duration kTerm = std::chrono::hours(24 * 90);

void sort_fields(std::vector<Field>& fields) {
  std::ranges::sort(fields, {}, &Field::name);
}

}  // namespace

std::optional<Reason> hide_nothing(const std::string&, const std::string&) {
  return std::nullopt;
}

std::optional<Reason> hide_for_recipient(const std::string&, const std::string& name) {
  if (name == "index") {
    return Reason::position;
  }
  return name == "ground" ? std::optional(Reason::text) : std::nullopt;
}

Operator::Signer Operator::make(merkle::SignatureType type, const std::string& name) {
  const SigningKey key = SigningKey::from_seed(Secret(random.bytes(32)));
  return {key, merkle::VerifierKey::make(type, name, key.public_key()).value()};
}

Operator::Operator(std::uint64_t seed, std::string name)
    : origin(std::move(name)),
      clock(kStart),
      random(seed),
      log_key(merkle::VerifierKey::make(merkle::SignatureType::ed25519, "x", std::string(32, 'x'))
                  .value()),
      promise_key(log_key) {
  signers_.push_back(make(merkle::SignatureType::ed25519, origin));
  signers_.push_back(make(merkle::SignatureType::ed25519, promise_key_name(origin)));
  log_key = signers_[0].as;
  promise_key = signers_[1].as;
  for (const char* witness : {"witness.one", "witness.two"}) {
    signers_.push_back(make(merkle::SignatureType::cosignature, witness));
    witness_keys.push_back(signers_.back().as);
    witnesses_.emplace_back(signers_.back().as, signers_.back().key, std::vector{log_key});
  }
}

Book& Operator::begin(const std::string& kind) {
  Book& book = books_.emplace_back();
  book.reference = to_base32(random.bytes(16));
  book.kind = kind;
  book.key = random.bytes(32);
  return book;
}

Written& Operator::write(Book& book, const std::string& type, std::vector<Field> fields,
                         const Forgery& forgery) {
  clock.advance(kMinute);
  Written written;
  written.index = book.events.size();
  written.leaf = leaves.size();
  written.salt = random.digest();
  const Digest prev = book.events.empty() ? Digest{} : book.events.back().commitment;
  const auto add = [&fields](std::string name, json::Value value) {
    fields.push_back({std::move(name), std::move(value)});
  };
  add("v", json::Value(1));
  add("origin", json::Value(origin));
  add("stream", json::Value(book.reference));
  add("index", json::Value(written.index));
  add("prev", json::Value(to_base64(prev)));
  add("key_commit", json::Value(to_base64(key_commit(book.key))));
  add("type", json::Value(type));
  add("time", json::Value(to_rfc3339(clock.now())));
  if (written.index == 0) {
    add("open_by", json::Value(to_rfc3339(clock.now() + kTerm)));
    add("open_rule", json::Value("publication+P30D, at most P90D"));
  }
  if (forgery.fields) {
    forgery.fields(fields);
  }
  sort_fields(fields);
  written.fields = std::move(fields);
  const FieldSalts salts(written.salt);
  std::vector<HashedField> hashed;
  for (const Field& field : written.fields) {
    hashed.push_back({field.name, field_hash(salts.of(field.name), field.name, field.value)});
  }
  written.commitment = commitment(hashed);
  const Book& keyed = forgery.tag_of == nullptr ? book : *forgery.tag_of;
  written.tag = Tags(keyed.key).of(forgery.tag_index.value_or(written.index));
  leaves.push_back(leaf(written.tag, written.commitment));
  edge_.append(merkle::leaf_hash(leaves.back()));
  book.events.push_back(std::move(written));
  return book.events.back();
}

Result<std::string> Operator::row(const merkle::Tile& tile) const {
  const auto found = rows_.find({tile.level, tile.index});
  if (found == rows_.end()) {
    return fail(Code::not_found, "no such tile");
  }
  return found->second;
}

std::string Operator::signed_checkpoint(const merkle::TreeHead& head) const {
  const std::string body = merkle::format_checkpoint({.origin = origin, .head = head});
  return merkle::format_note(
      {.body = body, .signatures = {merkle::sign_note(log_key, signers_[0].key, body)}});
}

std::string Operator::cosign(const std::string& note) {
  merkle::Note signed_note = merkle::parse_note(note).value();
  for (merkle::Witness& witness : witnesses_) {
    const std::uint64_t old_size = witness.size_of(origin);
    merkle::TileReader tiles(edge_.size(), [this](const merkle::Tile& tile) { return row(tile); });
    const auto proof =
        merkle::prove_consistency({.older = old_size, .newer = edge_.size()}, tiles.reader());
    const auto answer = witness.add_checkpoint(
        merkle::format_add_checkpoint(
            {.old_size = old_size, .proof = proof.value(), .checkpoint = note}),
        clock.now());
    CHECK(answer.status == 200);
    witness.remember(*answer.remember);
    const auto lines = merkle::parse_signatures(answer.body).value();
    signed_note.signatures.push_back(lines.front());
  }
  return merkle::format_note(signed_note);
}

void Operator::seal() {
  clock.advance(kMinute);
  for (const merkle::Edge::Changed& changed : edge_.take_changed()) {
    rows_[{changed.tile.level, changed.tile.index}] = changed.bytes;
  }
  const std::string note = signed_checkpoint(edge_.head());
  publish(witnesses == Witnesses::asked ? cosign(note) : note);
}

void Operator::publish(const std::string& note) {
  archived.push_back(edge_.size());
  files["checkpoint"] = note;
  files["checkpoints/" + std::to_string(edge_.size())] = note;
  files["archive"] = write_archive(archived);
  std::erase_if(files, [](const auto& file) { return file.first.contains(".p/"); });
  for (const auto& [place, bytes] : rows_) {
    const auto width = static_cast<unsigned>(bytes.size() / merkle::kHashBytes);
    const merkle::Tile tile{.level = place.first, .index = place.second, .width = width};
    files[merkle::tile_path({.kind = merkle::TileKind::hashes, .tile = tile})] = bytes;
    if (place.first == 0) {
      std::string bundle;
      for (std::size_t i = 0; i < width; ++i) {
        merkle::add_entry(bundle, leaves[place.second * merkle::kTileWidth + i]).value();
      }
      files[merkle::tile_path({.kind = merkle::TileKind::entries, .tile = tile})] = bundle;
    }
  }
}

void Operator::roll_back(std::uint64_t size) {
  leaves.resize(size);
  edge_ = {};
  rows_.clear();
  for (const std::string& entry : leaves) {
    edge_.append(merkle::leaf_hash(entry));
  }
  for (const merkle::Edge::Changed& changed : edge_.take_changed()) {
    rows_[{changed.tile.level, changed.tile.index}] = changed.bytes;
  }
  while (!archived.empty() && archived.back() >= size) {
    files.erase("checkpoints/" + std::to_string(archived.back()));
    archived.pop_back();
  }
  witnesses = Witnesses::left_out;
}

namespace {

OpenedFields open_fields(const Written& written, const Hide& hide) {
  OpenedFields fields;
  const FieldSalts salts(written.salt);
  const auto type = std::ranges::find(written.fields, "type", &Field::name);
  const std::string type_name(type->value.is_string() ? type->value.get_string() : "");
  for (const Field& field : written.fields) {
    OpenedField opened{.name = field.name, .value = std::nullopt};
    const Digest salt = salts.of(field.name);
    opened.hash = field_hash(salt, field.name, field.value);
    opened.reason = hide(type_name, field.name);
    if (!opened.reason) {
      opened.value = field.value;
      opened.salt = salt;
    }
    fields.push_back(std::move(opened));
  }
  return fields;
}

}  // namespace

Record Operator::record(const Book& book, const Hide& hide) const {
  Record record{.stream = book.reference,
                .kind = book.kind,
                .key = book.key,
                .logs = {{origin, log_key.text()}},
                .as_of_log = 0,
                .as_of_size = archived.back(),
                .linked = book.linked,
                .events = {}};
  for (const Written& written : book.events) {
    RecordEvent event{.index = written.index, .log = 0, .leaf = written.leaf, .fields = {}};
    const auto after = std::ranges::upper_bound(archived, written.leaf);
    if (after == archived.end()) {
      break;  // not sealed yet
    }
    event.before = after == archived.begin() ? 0 : *std::prev(after);
    event.after = *after;
    event.fields = open_fields(written, hide);
    record.events.push_back(std::move(event));
  }
  return record;
}

Receipt Operator::receipt(const Book& book, std::uint64_t index, const Hide& hide) const {
  const Written& written = book.events.at(index);
  merkle::TileReader tiles(archived.back(), [this](const merkle::Tile& tile) { return row(tile); });
  const auto proof =
      merkle::prove_inclusion({.index = written.leaf, .size = archived.back()}, tiles.reader());
  return {
      .tag = written.tag,
      .fields = open_fields(written, hide),
      .proof = {
          .index = written.leaf, .hashes = proof.value(), .checkpoint = files.at("checkpoint")}};
}

Promise Operator::promise(const Written& written) const {
  return {.origin = origin,
          .leaf_hash = merkle::leaf_hash(leaf(written.tag, written.commitment)),
          .by = clock.now() + kMinute};
}

std::string Operator::signed_promise(const Promise& promise) const {
  return sign_promise(promise, promise_key, signers_[1].key);
}

Fetch Operator::fetch() const {
  return [this](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? Result<std::string>(fail(Code::not_found, "no file", path))
                                : Result<std::string>(found->second);
  };
}

std::string Operator::policy_text() const {
  return "log " + log_key.text() + "\nwitness one " + witness_keys[0].text() + "\nwitness two " +
         witness_keys[1].text() + "\ngroup both all one two\nquorum both\n";
}

Pinned Operator::pinned() const {
  return {.log = log_key, .policy = merkle::Policy::parse(policy_text()).value()};
}

Given Operator::given() const {
  return {.log = fetch(), .pinned = pinned()};
}

std::vector<Field> access_fields(Operator& op, const World& world, const std::string& recipient) {
  json::Array manifest;
  manifest.push_back(
      json::Object{{"object", "report"},
                   {"version", 1},
                   {"level", "technical"},
                   {"salt", to_base64(world.body_salt)},
                   {"digest", to_base64(content_digest(world.body_salt, world.body))}});
  const Digest salt = op.random.digest();
  const Digest content = content_digest(salt, json::canonical(json::Value(manifest)));
  return {
      {"recipient_ref", json::Value(recipient)},    {"recipient_class", json::Value("vendor")},
      {"recipient_country", json::Value("DE")},     {"level", json::Value("technical")},
      {"content", json::Value(to_base64(content))}, {"content_salt", json::Value(to_base64(salt))},
      {"manifest", json::Value(manifest)}};
}

World::World(std::uint64_t seed)
    : op(seed),
      platform(op.begin("platform")),
      cover(op.begin("cover")),
      report(op.begin("case")),
      merged(op.begin("case")),
      body_salt(op.random.digest()) {
  op.write(platform, "rule", {{"name", json::Value("ceiling")}, {"value", json::Value("P3Y")}});
  op.write(platform, "member", {{"organisation", json::Value("Example CERT")}});
  op.write(cover, "cover", {});
  op.seal();
  const auto received = [this](const std::string& bytes) -> std::vector<Field> {
    return {{"content", json::Value(to_base64(content_digest(body_salt, bytes)))},
            {"content_salt", json::Value(to_base64(body_salt))}};
  };
  op.write(report, "report_received", received(body));
  op.write(report, "claimed", {{"handler", json::Value("Ada")}});
  op.write(cover, "cover", {});
  op.seal();
  op.write(report, "access", access_fields(op, *this, "r1"));
  op.write(report, "embargo_proposed", {{"ground", json::Value("two vendors need time")}});
  op.write(merged, "report_received", received("the same, told by somebody else"));
  op.write(report, "access", access_fields(op, *this, "r2"));
  op.seal();
  const std::uint64_t here = report.events.size();
  const std::uint64_t there = merged.events.size();
  const auto link = [](const Book& other, std::uint64_t index) -> std::vector<Field> {
    return {{"other", json::Value(other.reference)},
            {"other_key_commit", json::Value(to_base64(key_commit(other.key)))},
            {"other_index", json::Value(index)}};
  };
  op.write(report, "merged", link(merged, there));
  op.write(merged, "merged", link(report, here));
  report.linked = {merged.reference};
  merged.linked = {report.reference};
  op.write(report, "release_decided",
           {{"level", json::Value("notice")},
            {"content", json::Value(to_base64(body_salt))},
            {"recipients",
             json::Object{{"counts", json::Array{json::Object{
                                         {"class", "vendor"}, {"country", "DE"}, {"count", 2}}}},
                          {"digest", to_base64(body_salt)}}}});
  op.write(report, "access", access_fields(op, *this, "r3"));
  finish();
}

void World::finish() {
  op.seal();
  op.write(report, "published", {});
  op.write(report, "custody_opened", {});
  op.write(merged, "custody_opened", {});
  op.write(cover, "cover", {});
  op.write(cover, "custody_opened", {});
  op.seal();
}

std::vector<Record> World::records() const {
  return {op.record(platform), op.record(cover), op.record(report), op.record(merged)};
}

}  // namespace weir::custody::forger
