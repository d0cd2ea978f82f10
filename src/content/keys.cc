#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "content/content.h"

namespace weir::content {
namespace {

// An erased key keeps its row, so that its number is never given out again.
constexpr std::string_view kInsertKey = "INSERT INTO content_key (wrapped) VALUES ($1)";
constexpr std::string_view kKeysFrom =
    "SELECT id, wrapped FROM content_key WHERE id >= $1 AND wrapped IS NOT NULL ORDER BY id DESC";
constexpr std::string_view kFindKey = "SELECT wrapped FROM content_key WHERE id = $1";
constexpr std::string_view kEraseKey = "UPDATE content_key SET wrapped = NULL WHERE id = $1";
constexpr std::string_view kReplaceKey = "UPDATE content_key SET wrapped = $2 WHERE id = $1";

constexpr std::string_view kKeyContext = "weir/content-key/v1";

struct Wrapped {
  std::int64_t number;
  std::string bytes;
};

Wrapped read_wrapped(const store::Row& row) {
  return {row.integer(0), row.blob(1)};
}

}  // namespace

const store::Migration kKeysMigration = {
    "0001-content-keys",
    "CREATE TABLE content_key (id INTEGER PRIMARY KEY AUTOINCREMENT, wrapped BLOB) STRICT"};

Keys::Keys(std::unique_ptr<store::Db> db, const Keyring& keyring, Random& random)
    : db_(std::move(db)),
      keyring_(keyring),
      random_(random),
      neighbourhoods_(random.bytes(kKeyBytes)) {}

Result<std::unique_ptr<Keys>> Keys::open(store::Options options, const Keyring& keyring,
                                         Random& random, std::int64_t used_below) {
  options.secure_delete = true;
  options.migrations = {kKeysMigration};
  auto db = TRY(store::Db::open(std::move(options)));
  std::unique_ptr<Keys> keys(new Keys(std::move(db), keyring, random));
  const auto unused = [&]() -> Result<std::vector<Wrapped>> {
    const auto tx = TRY(keys->db_->read());
    return tx->all(kKeysFrom, {used_below}, read_wrapped);
  };
  for (const Wrapped& wrapped : TRY(unused())) {
    Secret secret = TRY(keyring.unwrap(wrapped.bytes, kKeyContext));
    keys->pool_.with([&](Pool& pool) { pool.free.push_back({wrapped.number, std::move(secret)}); });
  }
  return keys;
}

Status Keys::reserve() {
  std::vector<ContentKey> fresh(pool_.with([](Pool& pool) { return pool.next; }));
  TRY(db_->execute([&](store::Tx& tx) -> Status {
    for (auto key = fresh.rbegin(); key != fresh.rend(); ++key) {
      key->secret = Secret(random_.bytes(kKeyBytes));
      const std::string wrapped = keyring_.wrap(key->secret.reveal(), kKeyContext, random_);
      key->number = TRY(tx.insert(kInsertKey, {store::Blob{wrapped}}));
    }
    return {};
  }));
  pool_.with([&](Pool& pool) {
    std::ranges::move(pool.free, std::back_inserter(fresh));  // lower numbers, so they go first
    pool.free = std::move(fresh);
    pool.next = std::min(pool.next * 2, kMostKeys);
  });
  return {};
}

std::optional<ContentKey> Keys::pop(Pool& pool) {
  if (pool.free.empty()) {
    return std::nullopt;
  }
  ContentKey key = std::move(pool.free.back());
  pool.free.pop_back();
  return key;
}

Result<ContentKey> Keys::take() {
  bool is_to_reserve = false;
  std::optional<ContentKey> key = pool_.with([&](Pool& pool) {
    auto taken = pop(pool);
    is_to_reserve = taken && pool.has_few() && !pool.is_reserving;
    pool.is_reserving = pool.is_reserving || is_to_reserve;
    return taken;
  });
  if (is_to_reserve) {
    // If it fails, whoever finds none left tries again and says why.
    (void)reserving_.with([this](Reserving) { return reserve(); });
    pool_.with([](Pool& pool) { pool.is_reserving = false; });
  }
  if (key) {
    return std::move(*key);
  }
  return reserving_.with([this](Reserving) -> Result<ContentKey> {
    for (;;) {
      if (auto left = pool_.with([](Pool& pool) { return pop(pool); })) {
        return std::move(*left);
      }
      TRY(reserve());
    }
  });
}

std::string Keys::neighbourhood(std::int64_t number) const {
  const auto place = static_cast<std::uint64_t>(number / kNeighbours);
  return std::string(
      neighbourhoods_.mac(big_endian_64(place)).view().substr(0, kNeighbourhoodBytes));
}

Result<ContentKey> Keys::find(std::int64_t number) const {
  const auto tx = TRY(db_->read());
  const auto wrapped = TRY(tx->one(kFindKey, {number}, [](const store::Row& row) {
    return row.is_null(0) ? std::string() : row.blob(0);
  }));
  if (!wrapped || wrapped->empty()) {
    return fail(Code::not_found, "the content key of this case has been erased");
  }
  return ContentKey{number, TRY(keyring_.unwrap(*wrapped, kKeyContext))};
}

Status Keys::erase(std::int64_t number) {
  return db_->execute([number](store::Tx& tx) { return tx.run(kEraseKey, {number}); });
}

Result<std::int64_t> Keys::rewrap(const Keyring& keyring) {
  const auto done = TRY(db_->submit([&](store::Tx& tx) -> Result<std::int64_t> {
    std::int64_t count = 0;
    for (const Wrapped& wrapped : TRY(tx.all(kKeysFrom, {std::int64_t{0}}, read_wrapped))) {
      const Secret secret = TRY(keyring.unwrap(wrapped.bytes, kKeyContext));
      const std::string again = keyring.wrap(secret.reveal(), kKeyContext, random_);
      TRY(tx.run(kReplaceKey, {wrapped.number, store::Blob{again}}));
      ++count;
    }
    return count;
  }));
  return *done;
}

Status Keys::begin_at(std::int64_t used_below) {
  TRY(db_->execute([used_below](store::Tx& tx) -> Status {
    TRY(tx.run("UPDATE content_key SET wrapped = NULL WHERE id >= $1", {used_below}));
    if (used_below <= 1) {
      return {};
    }
    return tx.run("INSERT OR IGNORE INTO content_key (id, wrapped) VALUES ($1, NULL)",
                  {used_below - 1});
  }));
  pool_.with([](Pool& pool) { pool.free.clear(); });
  return {};
}

Result<std::int64_t> Keys::count_below(std::int64_t used_below) const {
  const auto tx = TRY(db_->read());
  const auto count =
      TRY(tx->one("SELECT COUNT(*) FROM content_key WHERE id < $1 AND wrapped IS NOT NULL",
                  {used_below}, [](const store::Row& row) { return row.integer(0); }));
  return *count;
}

Result<bool> Keys::is_current() const {
  const auto tx = TRY(db_->read());
  const auto all = TRY(tx->all(kKeysFrom, {std::int64_t{0}}, read_wrapped));
  return std::ranges::all_of(all, [&](const Wrapped& w) { return keyring_.is_current(w.bytes); });
}

}  // namespace weir::content
