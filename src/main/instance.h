// One data directory, opened: what every verb that needs one works on.
//
//   DIR/weir.toml  configuration       DIR/weir.db   the truth
//   DIR/keys.db    content keys        DIR/lock      held while a process has the directory open
//   DIR/weir.sock  the local socket of a server that runs
//   secrets/       master.key, log.key, promise.key: 32 bytes each in base64, mode 0600, wherever
//                  the configuration says
//
// Thread rule: built once by main.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "app/app.h"
#include "app/closing.h"
#include "app/identity.h"
#include "app/people.h"
#include "config/config.h"
#include "custody/custody.h"
#include "ledger/seal.h"

namespace weir::main {

struct Instance {
  ~Instance();
  std::string folder;
  config::Config config;
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Keyring> keyring;
  std::unique_ptr<store::Db> db;
  std::unique_ptr<content::Keys> keys;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<SigningKey> promise_key;
  std::unique_ptr<ledger::Sealer> sealer;
  std::unique_ptr<app::Identity> identity;
  std::unique_ptr<app::App> app;
  int lock = -1;
};

struct Setup {
  std::string folder;
  config::Config config;
  std::string authority;
  std::string authority_class = "authority";
  std::string country = "ZZ";
  std::string administrator;
};

/// Makes a data directory: keys, configuration, databases, the platform's stream and its first
/// administrator. `conflict` if there is something already; what an earlier call left that was cut
/// short before it answered is made anew.
Status create_instance(const Setup& setup);

/// Opens one. `unavailable` while another process has it; `conflict` for one that is a backup's
/// copy, is being restored, or has an older schema; `corrupt` if the log does not hold what it has
/// signed. Finishes what a crash has left (erasures). With a `window` many writers share commits
/// (store.h): for a server.
enum class Witnesses { ask, leave };
Result<std::unique_ptr<Instance>> open_instance(const std::string& folder, Witnesses witnesses,
                                                std::optional<Duration> window = std::nullopt);

inline constexpr std::array kKeyFiles = {"master.key", "log.key", "promise.key"};

/// Stands in a data directory while it is being restored (backup.h).
inline constexpr const char* kRestoring = "restoring";
/// For restore and migrate: what open_instance() would refuse.
enum class Opening { normal, restoring, migrating };
Result<std::unique_ptr<Instance>> open_parts(const std::string& folder, Witnesses witnesses,
                                             Opening opening,
                                             std::optional<Duration> window = std::nullopt);
/// The configuration of a finished data directory that somebody else may have open.
Result<config::Config> read_config(const std::string& folder);
/// Where its keys lie.
std::string secrets_folder(const std::string& folder, const config::Config& config);
/// How weir.db of a data directory, or of a backup, is opened.
store::Options database_options(const std::string& folder);
/// One more than the highest content key that a case names.
Result<std::int64_t> first_unused_key(store::Db& db);
/// Held while it is open; `unavailable` if another process holds it.
Result<int> lock_folder(const std::string& folder);
/// A published log in a folder or at an address.
custody::Fetch fetch_of(const std::string& place);
/// The keys of a file, newest first: one base64 line each.
Result<std::vector<Secret>> read_keys(const std::string& path);
Status write_key(const std::string& path, const std::vector<Secret>& keys);

/// Replaces the master key: everything goes under the new one, then the old file is destroyed.
/// Safe to repeat after a crash at any point.
Result<std::string> rotate_master_key(Instance& instance);

/// What is wrong or worth knowing, one sentence each; empty if nothing.
struct Finding {
  enum class Weight { note, warning, error } weight;
  std::string text;
};
Result<std::vector<Finding>> examine(Instance& instance);
/// The same of a directory that cannot be opened, for this reason.
std::vector<Finding> examine_closed(const std::string& folder, const Error& why);

/// The vkeys that others pin.
std::string log_vkey(const Instance& instance);
std::string promise_vkey(const Instance& instance);

/// A file of at most `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);
/// Temporary file, sync, rename, sync of the folder.
Status write_file(const std::string& path, std::string_view bytes, unsigned mode = 0644);
/// Gone for good when this returns: its folder is synced.
Status remove_file(const std::string& path);
/// A copy that is durable when this returns; its SHA-256 in hex.
Result<std::string> copy_file(const std::string& from, const std::string& to, unsigned mode = 0600);
/// A name in `folder` becomes another, durably.
Status rename_file(const std::string& from, const std::string& to);

}  // namespace weir::main
