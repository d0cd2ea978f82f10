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

#include <memory>
#include <string>

#include "app/app.h"
#include "app/identity.h"
#include "app/people.h"
#include "config/config.h"
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

/// Opens one. `unavailable` while another process has it; `corrupt` if the log does not hold what
/// it has signed. Finishes what a crash has left (erasures). With a `window` many writers share
/// commits (store.h): for a server.
enum class Witnesses { ask, leave };
Result<std::unique_ptr<Instance>> open_instance(const std::string& folder, Witnesses witnesses,
                                                std::optional<Duration> window = std::nullopt);

/// Replaces the master key: everything goes under the new one, then the old file is destroyed.
/// Safe to repeat after a crash at any point.
Result<std::string> rotate_master_key(Instance& instance);

/// What is wrong or worth knowing, one sentence each; empty if nothing.
struct Finding {
  enum class Weight { note, warning, error } weight;
  std::string text;
};
Result<std::vector<Finding>> examine(Instance& instance);

/// The vkeys that others pin.
std::string log_vkey(const Instance& instance);
std::string promise_vkey(const Instance& instance);

/// A file of at most `most` bytes.
Result<std::string> read_file(const std::string& path, std::size_t most);
/// Temporary file, sync, rename, sync of the folder.
Status write_file(const std::string& path, std::string_view bytes, unsigned mode = 0644);
/// Gone for good when this returns: its folder is synced.
Status remove_file(const std::string& path);

}  // namespace weir::main
