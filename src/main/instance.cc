#include "main/instance.h"

#include <array>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/closing.h"
#include "app/notices.h"
#include "base/bytes.h"
#include "ledger/recovery.h"
#include "main/listeners.h"
#include "net/net.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxKeyFile = 4096;
/// Stands in a data directory from the first to the last moment of its creation, and holds where
/// the keys are made. While it is there nobody has been told of this platform.
constexpr const char* kUnfinished = "unfinished";
constexpr std::size_t kMaxPath = 4096;

store::Options options(const std::string& path, store::Options::Open open) {
  store::Options made;
  made.path = path;
  made.open = open;
  return made;
}

Result<ledger::WitnessAnswer> ask_witness(const std::string& url, const std::string& body) {
  const net::Answer answer = TRY(net::post(url, "text/plain", body, net::Limits{}));
  return ledger::WitnessAnswer{answer.status, answer.body};
}

Result<merkle::Policy> load_policy(const std::string& folder, const config::Config& config) {
  if (config.witness_policy.empty()) {
    return merkle::Policy::parse("quorum none\n");
  }
  const fs::path path(config.witness_policy);
  const std::string file = path.is_absolute() ? path.string() : (fs::path(folder) / path).string();
  const std::string text = TRY(read_file(file, merkle::kMaxPolicyBytes));
  return merkle::Policy::parse(text);
}

/// How the mirror's newest checkpoint is read; nothing if none is configured.
ledger::ReadMirror mirror_of(const std::string& folder, const config::Config& config) {
  if (config.mirror.empty()) {
    return {};
  }
  if (config.mirror.starts_with("http://") || config.mirror.starts_with("https://")) {
    const std::string url =
        config.mirror + (config.mirror.ends_with('/') ? "checkpoint" : "/checkpoint");
    return [url]() -> Result<std::string> {
      net::Answer answer = TRY(net::get(url));
      if (answer.status != 200) {
        return fail(answer.status == 404 ? Code::not_found : Code::unavailable,
                    "answered " + std::to_string(answer.status), url);
      }
      return std::move(answer.body);
    };
  }
  const fs::path path(config.mirror);
  const fs::path file = (path.is_absolute() ? path : fs::path(folder) / path) / "checkpoint";
  return [file] { return read_file(file.string(), merkle::kMaxNoteBytes); };
}

Status open_keys(Instance& instance, const std::string& secrets) {
  std::vector<Secret> master = TRY(read_keys(secrets + "/master.key"));
  instance.keyring = std::make_unique<Keyring>(std::move(master));
  const std::int64_t unused = TRY(first_unused_key(*instance.db));
  instance.keys =
      TRY(content::Keys::open(options(instance.folder + "/keys.db", store::Options::Open::existing),
                              *instance.keyring, instance.random, unused));
  const std::vector<Secret> promise = TRY(read_keys(secrets + "/promise.key"));
  instance.promise_key = std::make_unique<SigningKey>(SigningKey::from_seed(promise.front()));
  return {};
}

ledger::Settings ledger_settings(const config::Config& config) {
  ledger::Settings settings;
  settings.origin = config.origin;
  settings.ceiling = std::chrono::hours(24 * config.ceiling_days);
  settings.open_rule = "publication+P" + std::to_string(config.publication_days) + "D, at most P" +
                       std::to_string(config.ceiling_days) + "D";
  return settings;
}

Status build_app(Instance& instance, const std::string& secrets) {
  const config::Config& config = instance.config;
  instance.ledger = TRY(ledger::Ledger::open(*instance.db, *instance.keyring, instance.clock,
                                             instance.random, ledger_settings(config)));
  const std::vector<Secret> log = TRY(read_keys(secrets + "/log.key"));
  ledger::SealSettings seal;
  seal.pad_to = static_cast<unsigned>(config.pad_to);
  seal.witnesses = TRY(load_policy(instance.folder, config));
  seal.read_mirror = mirror_of(instance.folder, config);
  instance.sealer = std::make_unique<ledger::Sealer>(*instance.db, *instance.ledger,
                                                     SigningKey::from_seed(log.front()),
                                                     std::move(seal), ask_witness);
  instance.identity =
      std::make_unique<app::Identity>(app::IdentitySettings{}, *instance.keyring, instance.random);
  instance.app = std::make_unique<app::App>(
      app::App{.db = *instance.db,
               .keys = *instance.keys,
               .ledger = *instance.ledger,
               .random = instance.random,
               .clock = instance.clock,
               .promise_key = *instance.promise_key,
               .identity = *instance.identity,
               .seal_within = std::chrono::seconds(config.seal_within_seconds),
               .publication_term = std::chrono::hours(24 * config.publication_days)});
  return {};
}

/// Removes what a creation that was cut short has left, so that it can begin again; of the keys
/// only those that it made itself.
Status clear_unfinished(const std::string& folder, const std::string& secrets) {
  const fs::path marker = fs::path(folder) / kUnfinished;
  std::error_code error;
  if (!fs::exists(marker, error)) {
    return {};
  }
  const std::string made_keys_in = TRY(read_file(marker.string(), kMaxPath));
  for (const char* name :
       {"weir.toml", "weir.db", "weir.db-wal", "weir.db-shm", "keys.db", "keys.db-journal"}) {
    fs::remove(fs::path(folder) / name, error);
  }
  for (const char* name : kKeyFiles) {
    if (made_keys_in == secrets) {
      fs::remove(fs::path(secrets) / name, error);
    }
  }
  return remove_file(marker.string());
}

/// `conflict` if there is a platform, or a key of one. It never makes a ledger where one stands.
Status must_be_free(const std::string& folder, const std::string& secrets) {
  for (const char* name : {"weir.db", "keys.db", "weir.toml"}) {
    if (fs::exists(fs::path(folder) / name)) {
      return fail(Code::conflict, "there is a platform here already", folder);
    }
  }
  for (const char* name : kKeyFiles) {
    const std::string path = secrets + "/" + name;
    if (fs::exists(path)) {
      return fail(Code::conflict, "there is a key here already", path);
    }
  }
  return {};
}

Status create_databases(const std::string& folder) {
  store::Options db = options(folder + "/weir.db", store::Options::Open::create);
  db.migrations = app::migrations();
  TRY(store::Db::open(std::move(db)));
  store::Options keys = options(folder + "/keys.db", store::Options::Open::create);
  keys.secure_delete = true;
  keys.migrations = {content::kKeysMigration};
  TRY(store::Db::open(std::move(keys)));
  return {};
}

/// Nothing may be written to a copy as if it were the original: the log would fork.
Status must_be_original(store::Db& db, const std::string& folder) {
  const auto tx = TRY(db.read());
  if (TRY(ledger::backup_mark(*tx))) {
    return fail(Code::conflict, "this is the copy of a backup: `weir restore` makes it a platform",
                folder);
  }
  return {};
}

/// `conflict` while something stands here that was begun and not finished.
Status must_be_finished(const std::string& folder) {
  std::error_code error;
  if (fs::exists(fs::path(folder) / kUnfinished, error)) {
    return fail(Code::conflict, "the creation of this platform was cut short: run weir init again",
                folder);
  }
  if (fs::exists(fs::path(folder) / kRestoring, error)) {
    return fail(Code::conflict, "a restore was cut short: run `weir restore` again", folder);
  }
  return {};
}

}  // namespace

std::string secrets_folder(const std::string& folder, const config::Config& config) {
  const fs::path secrets(config.secrets);
  return secrets.is_absolute() ? secrets.string() : (fs::path(folder) / secrets).string();
}

Result<std::vector<Secret>> read_keys(const std::string& path) {
  const std::string text = TRY(read_file(path, kMaxKeyFile));
  std::vector<Secret> keys;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    auto bytes = from_base64(std::string_view(text).substr(at, end - at));
    if (!bytes || bytes->size() != kKeyBytes) {
      return fail(Code::invalid, "a key file holds lines of base64 of 32 bytes", path);
    }
    keys.emplace_back(std::move(*bytes));
    at = end + 1;
  }
  if (keys.empty()) {
    return fail(Code::invalid, "the key file is empty", path);
  }
  return keys;
}

Status write_key(const std::string& path, const std::vector<Secret>& keys) {
  std::string text;
  for (const Secret& key : keys) {
    text += to_base64(key.reveal()) + "\n";
  }
  return write_file(path, text, 0600);
}

Result<int> lock_folder(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(Code::unavailable, "cannot open the lock of the data directory", path);
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(Code::unavailable,
                fs::exists(fs::path(folder) / kSocketName)
                    ? "a server has this data directory open, and this verb does not ask it: use "
                      "`weir call`, or stop it"
                    : "another process has this data directory open",
                folder);
  }
  return fd;
}

custody::Fetch fetch_of(const std::string& place) {
  if (place.starts_with("http://") || place.starts_with("https://")) {
    const std::string prefix = place.ends_with('/') ? place : place + "/";
    return [prefix](const std::string& path) -> Result<std::string> {
      net::Answer answer = TRY(net::get(prefix + path));
      if (answer.status == 404) {
        return fail(Code::not_found, "the log does not have it", path);
      }
      if (answer.status != 200) {
        return fail(Code::unavailable, "the log answered " + std::to_string(answer.status), path);
      }
      return std::move(answer.body);
    };
  }
  return custody::folder(place);
}

Result<std::int64_t> first_unused_key(store::Db& db) {
  const auto tx = TRY(db.read());
  const auto highest = TRY(tx->one("SELECT COALESCE(MAX(content_key), 0) FROM case_file", {},
                                   [](const store::Row& row) { return row.integer(0); }));
  return *highest + 1;
}

store::Options database_options(const std::string& folder) {
  store::Options made = options(folder + "/weir.db", store::Options::Open::existing);
  made.migrations = app::migrations();
  made.upgrade = store::Options::Upgrade::refuse;
  return made;
}

Result<config::Config> read_config(const std::string& folder) {
  TRY(must_be_finished(folder));
  const std::string text = TRY(read_file(folder + "/weir.toml", config::kMaxConfigBytes));
  return config::parse(text);
}

Result<std::unique_ptr<Instance>> open_parts(const std::string& folder, Witnesses witnesses,
                                             Opening opening, std::optional<Duration> window) {
  auto instance = std::make_unique<Instance>();
  instance->folder = folder;
  const std::string text = TRY(read_file(folder + "/weir.toml", config::kMaxConfigBytes));
  instance->config = TRY(config::parse(text));
  instance->lock = TRY(lock_folder(folder));
  store::Options db = database_options(folder);
  if (opening == Opening::migrating) {
    db.upgrade = store::Options::Upgrade::apply;
  }
  db.window = window;
  instance->db = TRY(store::Db::open(std::move(db)));
  if (opening != Opening::restoring) {
    TRY(must_be_original(*instance->db, folder));
  }
  const std::string secrets = secrets_folder(folder, instance->config);
  TRY(open_keys(*instance, secrets));
  TRY(build_app(*instance, secrets));
  TRY(app::seal_old_clocks(*instance->app));
  TRY(app::finish_erasures(*instance->app));
  if (witnesses == Witnesses::ask) {
    // One that does not answer is no reason to refuse a report; one that is ahead stops everything.
    TRY(instance->sealer->check_witnesses());
  }
  return instance;
}

Instance::~Instance() {
  app.reset();
  sealer.reset();
  db.reset();
  keys.reset();
  if (lock >= 0) {
    ::close(lock);
  }
}

Status create_instance(const Setup& setup) {
  std::error_code error;
  fs::create_directories(setup.folder, error);
  ::chmod(setup.folder.c_str(), 0700);
  const int lock = TRY(lock_folder(setup.folder));
  ::close(lock);
  const std::string secrets = secrets_folder(setup.folder, setup.config);
  TRY(clear_unfinished(setup.folder, secrets));
  TRY(must_be_free(setup.folder, secrets));
  const std::string marker = setup.folder + "/" + kUnfinished;
  TRY(write_file(marker, secrets));
  fs::create_directories(secrets, error);
  ::chmod(secrets.c_str(), 0700);
  SystemRandom random;
  for (const char* name : kKeyFiles) {
    TRY(write_key(secrets + "/" + name, {Secret(random.bytes(kKeyBytes))}));
  }
  TRY(create_databases(setup.folder));
  TRY(write_file(setup.folder + "/weir.toml", config::write(setup.config)));
  const auto instance = TRY(open_parts(setup.folder, Witnesses::leave, Opening::normal));
  const app::NewOrganisation authority{.name = setup.authority,
                                       .organisation_class = setup.authority_class,
                                       .country = setup.country,
                                       .bound = policy::Fact::no,
                                       .public_body = policy::Fact::yes,
                                       .may_name = policy::Fact::yes};
  TRY(app::found_platform(*instance->app, authority, setup.administrator));
  return remove_file(marker);  // last: from here on it is a platform
}

Result<std::unique_ptr<Instance>> open_instance(const std::string& folder, Witnesses witnesses,
                                                std::optional<Duration> window) {
  TRY(must_be_finished(folder));
  return open_parts(folder, witnesses, Opening::normal, window);
}

Result<std::string> rotate_master_key(Instance& instance) {
  const std::string path = secrets_folder(instance.folder, instance.config) + "/master.key";
  std::vector<Secret> ring = TRY(read_keys(path));
  // A ring of two is a rotation that a crash has cut short: it goes on with the same new key.
  if (ring.size() == 1) {
    ring.insert(ring.begin(), Secret(instance.random.bytes(kKeyBytes)));
    TRY(write_key(path, ring));
  }
  const Keyring both(ring);
  TRY(instance.keys->rewrap(both));
  TRY(instance.db->execute([&](store::Tx& tx) -> Status {
    TRY(app::rewrap(tx, both, instance.random));
    return instance.ledger->rewrap(tx, both);
  }));
  TRY(write_key(path, {ring.front()}));
  return both.current_id();
}

std::string log_vkey(const Instance& instance) {
  return instance.sealer->vkey();
}

std::string promise_vkey(const Instance& instance) {
  const auto key =
      merkle::VerifierKey::make(merkle::SignatureType::ed25519, instance.config.origin + "/promise",
                                instance.promise_key->public_key());
  CHECK(key);
  return key->text();
}

}  // namespace weir::main
