#include "content/content.h"

#include "base/bytes.h"

namespace weir::content {
namespace {

constexpr std::string_view kPutObject =
    "INSERT INTO object (ref, version, content_key, size, chunks, salt, digest, bytes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kPutChunk =
    "INSERT INTO chunk (object, version, number, bytes) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kFindObject =
    "SELECT content_key, size, chunks, salt, digest FROM object WHERE ref = $1 AND version = $2";
constexpr std::string_view kFindChunk =
    "SELECT bytes FROM chunk WHERE object = $1 AND version = $2 AND number = $3 UNION ALL "
    "SELECT bytes FROM object WHERE ref = $1 AND version = $2 AND bytes IS NOT NULL AND $3 = 0";

/// What a chunk is bound to: its place, and whether it is the last (so that cutting shows).
std::string place(const Object& object, std::int64_t number, bool last) {
  return "weir/chunk/v1" + object.reference +
         big_endian_64(static_cast<std::uint64_t>(object.version)) +
         big_endian_64(static_cast<std::uint64_t>(number)) + (last ? '\x01' : '\x00');
}

Status put_row(store::Tx& tx, const Object& object, store::Param bytes) {
  return tx.run(kPutObject,
                {object.reference, object.version, object.key, object.size, object.chunks,
                 store::Blob{object.salt.view()}, store::Blob{object.digest.view()}, bytes});
}

}  // namespace

// Most objects are texts of one chunk. It lies in the object's own row: a report has six of them,
// and each row spared is a tree less to be searched, changed and logged. The chunks of larger ones
// come before their object is known, and have rows of their own.
const store::Migration kMigration = {
    "0003-content",
    "CREATE TABLE object (ref TEXT NOT NULL, version INTEGER NOT NULL, content_key INTEGER NOT "
    "NULL,"
    " size INTEGER NOT NULL, chunks INTEGER NOT NULL, salt BLOB NOT NULL, digest BLOB NOT NULL,"
    " bytes BLOB, UNIQUE (ref, version)) STRICT;"
    "CREATE TABLE chunk (object TEXT NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL,"
    " bytes BLOB NOT NULL, UNIQUE (object, version, number)) STRICT"};

Writer::Writer(ContentKey key, std::string reference, std::int64_t version, Random& random,
               Sink sink)
    : key_(std::move(key)), random_(random), sink_(std::move(sink)) {
  object_.reference = std::move(reference);
  object_.version = version;
  object_.key = key_.number;
  object_.salt = random_.digest();
  hash_ = custody::content_hasher(object_.salt);
}

Status Writer::flush(bool last) {
  const std::string sealed =
      seal(key_.secret, pending_, place(object_, object_.chunks, last), random_);
  pending_.clear();
  TRY(sink_(object_.chunks, sealed));
  ++object_.chunks;
  return {};
}

Status Writer::add(std::string_view bytes) {
  hash_.add(bytes);
  object_.size += static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (pending_.size() == kChunkBytes) {
      TRY(flush(false));
    }
    const std::size_t take = std::min(bytes.size(), kChunkBytes - pending_.size());
    pending_.append(bytes.substr(0, take));
    bytes.remove_prefix(take);
  }
  return {};
}

Result<Object> Writer::finish() {
  TRY(flush(true));
  object_.digest = hash_.finish();
  return object_;
}

Result<Sealed> seal_object(const ContentKey& key, std::string reference, std::int64_t version,
                           std::string_view bytes, Random& random) {
  Sealed sealed;
  Writer writer(key, std::move(reference), version, random,
                [&sealed](std::int64_t, std::string chunk) -> Status {
                  sealed.chunks.push_back(std::move(chunk));
                  return {};
                });
  TRY(writer.add(bytes));
  sealed.object = TRY(writer.finish());
  return sealed;
}

Status put(store::Tx& tx, const Object& object) {
  return put_row(tx, object, nullptr);
}

Status put_chunk(store::Tx& tx, const Object& object, std::int64_t number,
                 std::string_view sealed) {
  return tx.run(kPutChunk, {object.reference, object.version, number, store::Blob{sealed}});
}

Status put(store::Tx& tx, const Sealed& sealed) {
  if (sealed.chunks.size() == 1) {
    return put_row(tx, sealed.object, store::Blob{sealed.chunks.front()});
  }
  TRY(put(tx, sealed.object));
  for (std::size_t i = 0; i < sealed.chunks.size(); ++i) {
    TRY(put_chunk(tx, sealed.object, static_cast<std::int64_t>(i), sealed.chunks[i]));
  }
  return {};
}

Result<Object> find(const store::Tx& tx, std::string_view reference, std::int64_t version) {
  auto object = TRY(tx.one(kFindObject, {reference, version}, [&](const store::Row& row) {
    return Object{std::string(reference),
                  version,
                  row.integer(0),
                  row.integer(1),
                  row.integer(2),
                  *Digest::from(row.blob(3)),
                  *Digest::from(row.blob(4))};
  }));
  if (!object) {
    return fail(Code::not_found, "no such object");
  }
  return *object;
}

Result<std::int64_t> drop_orphans(store::Tx& tx) {
  TRY(
      tx.run("DELETE FROM chunk WHERE NOT EXISTS (SELECT 1 FROM object WHERE object.ref = "
             "chunk.object AND object.version = chunk.version)"));
  return tx.changes();
}

Status drop_unfinished(store::Tx& tx, std::string_view reference, std::int64_t version) {
  return tx.run(
      "DELETE FROM chunk WHERE object = $1 AND version = $2 AND NOT EXISTS (SELECT 1 FROM object "
      "WHERE ref = $1 AND version = $2)",
      {reference, version});
}

Reader::Reader(const Object& object)
    : object_(object), hash_(custody::content_hasher(object.salt)) {}

Result<Reader> Reader::make(const store::Committed<ledger::Access>& access, const Object& object) {
  CHECK(access->made_in() == access.made_by());  // else its leaf may not be durable
  if (!access->covers(object.reference, object.version)) {
    return fail(Code::denied, "this access does not cover the object");
  }
  return Reader(object);
}

Result<const ContentKey*> FoundKeys::find(std::int64_t number) {
  const auto known = found_.find(number);
  if (known != found_.end()) {
    return &known->second;
  }
  return &found_.emplace(number, TRY(keys_.find(number))).first->second;
}

/// After the last chunk.
Result<bool> Reader::finish() {
  return hash_.finish() == object_.digest
             ? Result<bool>(false)
             : fail(Code::corrupt, "stored content does not match its digest");
}

Result<bool> Reader::next(const store::Tx& tx, const Keys& keys, std::string& piece) {
  if (number_ == object_.chunks) {
    return finish();
  }
  const ContentKey key = TRY(keys.find(object_.key));
  return next(tx, key, piece);
}

Result<bool> Reader::next(const store::Tx& tx, FoundKeys& keys, std::string& piece) {
  if (number_ == object_.chunks) {
    return finish();
  }
  return next(tx, *TRY(keys.find(object_.key)), piece);
}

Result<bool> Reader::next(const store::Tx& tx, const ContentKey& key, std::string& piece) {
  const auto sealed = TRY(tx.one(kFindChunk, {object_.reference, object_.version, number_},
                                 [](const store::Row& row) { return row.blob(0); }));
  ++number_;
  auto plain =
      sealed ? unseal(key.secret, *sealed, place(object_, number_ - 1, number_ == object_.chunks))
             : std::nullopt;
  if (!plain) {
    return fail(Code::corrupt, "stored content does not open");
  }
  hash_.add(*plain);
  piece = std::move(*plain);
  return true;
}

Status open(const store::Committed<ledger::Access>& access, const store::Tx& tx, const Keys& keys,
            const Object& object, const std::function<Status(std::string_view)>& sink) {
  Reader reader = TRY(Reader::make(access, object));
  for (std::string piece; TRY(reader.next(tx, keys, piece));) {
    TRY(sink(piece));
  }
  return {};
}

Result<std::string> open_text(const store::Committed<ledger::Access>& access, const store::Tx& tx,
                              FoundKeys& keys, const Object& object) {
  Reader reader = TRY(Reader::make(access, object));
  std::string text;
  for (std::string piece; TRY(reader.next(tx, keys, piece));) {
    text = text.empty() ? std::move(piece) : text + piece;
  }
  return text;
}

}  // namespace weir::content
