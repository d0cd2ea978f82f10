// The way back from a backup. Each step may be cut short; what stands in DIR/restoring until the
// last one makes the next call begin again.
#include <algorithm>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "main/backup.h"
#include "main/manifest.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRestored = ".restored";  // what `restoring` becomes: no longer looked at
constexpr const char* kKeptLogKey = "log.key";  // in it: the key of a log that is being closed

/// Closes what it holds.
struct Held {
  explicit Held(int given) : lock(given) {}
  ~Held() { ::close(lock); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  int lock;
};

std::string work_folder(const RestorePlan& plan) {
  return plan.folder + "/" + kRestoring;
}

/// Takes the folder: an empty one, or one that an earlier call has begun with.
Result<int> take_folder(const RestorePlan& plan) {
  std::error_code error;
  fs::create_directories(plan.folder, error);
  ::chmod(plan.folder.c_str(), 0700);
  if (!fs::exists(work_folder(plan), error)) {
    for (const char* name : {"weir.db", "keys.db", "weir.toml"}) {
      if (fs::exists(fs::path(plan.folder) / name, error)) {
        return fail(Code::conflict, "there is a platform here already", plan.folder);
      }
    }
    if (!fs::create_directory(work_folder(plan), error)) {
      return fail(Code::unavailable, "cannot make the folder", work_folder(plan));
    }
  }
  ::close(TRY(lock_folder(plan.folder)));
  const int lock = TRY(lock_folder(work_folder(plan)));
  for (const char* name :
       {"weir.toml", "weir.db", "weir.db-wal", "weir.db-shm", "keys.db", "keys.db-journal"}) {
    fs::remove(fs::path(plan.folder) / name, error);
  }
  return lock;
}

Result<std::string> find_backup(const std::string& from) {
  std::error_code error;
  if (fs::exists(fs::path(from) / kManifestFile, error)) {
    return from;
  }
  const std::vector<std::string> all = backups_in(from);
  if (all.empty()) {
    return fail(Code::not_found, "there is no backup here", from);
  }
  return all.back();
}

Status copy_checked(const std::string& from, const std::string& to, const std::string& hash) {
  const std::string copied = TRY(copy_file(from, to));
  return copied == hash
             ? Status()
             : fail(Code::corrupt, "the backup is not as it was made: its hash differs", from);
}

/// The configuration as it shall be here.
Result<config::Config> configure(const RestorePlan& plan, const std::string& backup,
                                 const Manifest& manifest) {
  const std::string text = TRY(read_file(backup + "/weir.toml", config::kMaxConfigBytes));
  config::Config config = TRY(config::parse(text));
  if (!plan.secrets.empty()) {
    config.secrets = fs::absolute(plan.secrets).string();
  }
  const auto policy = manifest.files.find(kPolicyFile);
  if (policy != manifest.files.end()) {
    TRY(copy_checked(backup + "/" + kPolicyFile, plan.folder + "/" + kPolicyFile, policy->second));
    config.witness_policy = kPolicyFile;
  }
  TRY(write_file(plan.folder + "/weir.toml", config::write(config), 0600));
  return config;
}

/// The key files are where they should be, and the master key is one that opens the backup. A log
/// key that an earlier call has replaced comes back first.
Status check_keys(const RestorePlan& plan, const config::Config& config, const Manifest& manifest) {
  const std::string secrets = secrets_folder(plan.folder, config);
  const std::string kept = work_folder(plan) + "/" + kKeptLogKey;
  std::error_code error;
  if (fs::exists(kept, error)) {
    const std::vector<Secret> log = TRY(read_keys(kept));
    TRY(write_key(secrets + "/log.key", log));
  }
  for (const char* name : kKeyFiles) {
    const auto keys = read_keys(secrets + "/" + name);
    if (!keys) {
      return fail(keys.error().code,
                  "a key file is needed, which no backup holds (--secrets says where): " +
                      keys.error().message,
                  secrets + "/" + name);
    }
  }
  const std::vector<Secret> master = TRY(read_keys(secrets + "/master.key"));
  const bool opens =
      manifest.master_key.empty() || std::ranges::any_of(master, [&](const Secret& key) {
        return Keyring({key}).current_id() == manifest.master_key;
      });
  return opens ? Status()
               : fail(Code::invalid,
                      "the master key is another one than this backup lies under (" +
                          manifest.master_key + "): was it rotated since?",
                      secrets);
}

Status bring_keys(const RestorePlan& plan) {
  const std::string to = plan.folder + "/keys.db";
  if (!plan.keys.empty()) {
    TRY(copy_file(plan.keys + "/keys.db", to));
    return {};
  }
  store::Options fresh;
  fresh.path = to;
  fresh.open = store::Options::Open::create;
  fresh.secure_delete = true;
  fresh.migrations = {content::kKeysMigration};
  TRY(store::Db::open(std::move(fresh)));
  return {};
}

Result<ledger::Mirrored> mirrored(const RestorePlan& plan, Instance& instance,
                                  const merkle::VerifierKey& log, Restored& restored) {
  std::string place = plan.mirror;
  if (place.empty() && !instance.config.mirror.empty()) {
    place = instance.config.mirror;
    const bool is_file = place.find("://") == std::string::npos;
    place = is_file && !fs::path(place).is_absolute() ? instance.folder + "/" + place : place;
  }
  if (place.empty()) {
    restored.warnings.emplace_back(
        "no mirror was read: what was published since the backup, nobody has said (--mirror)");
    return ledger::Mirrored{};
  }
  return ledger::read_mirror(fetch_of(place), log);
}

struct Judged {
  ledger::Mirrored mirror;
  std::uint64_t seen = 0;
};

/// What the world has seen, and whether the log may go on.
Result<Judged> judge_standing(const RestorePlan& plan, Instance& instance,
                              const merkle::VerifierKey& log, Restored& restored) {
  Judged judged{TRY(mirrored(plan, instance, log, restored)), 0};
  const std::vector<ledger::Seen> seen = TRY(instance.sealer->survey());
  std::string silent;
  for (const ledger::Seen& one : seen) {
    judged.seen = std::max(judged.seen, one.size.value_or(0));
    silent += one.size ? "" : " " + one.witness + " (" + one.problem + ")";
  }
  const auto tx = TRY(instance.db->read());
  const ledger::Head ours = TRY(ledger::head(*tx));
  const ledger::Standing standing = ledger::judge({ours.size, judged.mirror.size()}, seen);
  restored.standing = ledger::name(standing);
  if (!plan.successor.empty()) {
    return judged;
  }
  switch (standing) {
    case ledger::Standing::current:
    case ledger::Standing::behind:
      return judged;
    case ledger::Standing::beyond:
      return fail(Code::denied,
                  "a witness has seen " + std::to_string(judged.seen) +
                      " leaves, which neither the backup nor the mirror holds: find a newer mirror "
                      "(--mirror), or close this log and begin another (--successor ORIGIN)");
    case ledger::Standing::unknown:
      return fail(Code::unavailable, "a witness does not answer and may have seen more:" + silent +
                                         ". Try again, or close this log (--successor ORIGIN)");
  }
  std::unreachable();
}

/// The new log's key takes the place of the old one, which stays beside it under another name.
Result<ledger::Loss> begin_successor(const RestorePlan& plan, Instance& instance,
                                     const Judged& judged, const ledger::Statement& statement,
                                     const merkle::VerifierKey& log) {
  const std::string secrets = secrets_folder(plan.folder, instance.config);
  const std::vector<Secret> old_key = TRY(read_keys(secrets + "/log.key"));
  TRY(write_key(work_folder(plan) + "/" + kKeptLogKey, old_key));
  std::string name = instance.config.origin;
  std::ranges::replace(name, '/', '_');
  TRY(write_key(secrets + "/log.key.closed-" + name, old_key));
  const ledger::Successor successor{plan.successor, log, judged.seen};
  const ledger::Loss loss =
      TRY(ledger::close_log(*instance.db, *instance.ledger, judged.mirror, statement, successor));
  TRY(write_key(secrets + "/log.key", {Secret(instance.random.bytes(kKeyBytes))}));
  instance.config.origin = plan.successor;
  TRY(write_file(plan.folder + "/weir.toml", config::write(instance.config), 0600));
  return loss;
}

Status settle_keys(const RestorePlan& plan, Instance& instance, Restored& restored) {
  const std::int64_t unused = TRY(first_unused_key(*instance.db));
  TRY(instance.keys->begin_at(unused));
  TRY(app::end_every_sign_in(*instance.app));
  restored.erasures = TRY(app::repeat_erasures(*instance.app, plan.erased));
  const auto tx = TRY(instance.db->read());
  const auto needed =
      TRY(tx->one("SELECT COUNT(DISTINCT content_key) FROM case_file WHERE key_state = 0", {},
                  [](const store::Row& row) { return row.integer(0); }));
  restored.keys_missing = *needed - TRY(instance.keys->count_below(unused));
  return {};
}

Status finish(const RestorePlan& plan) {
  std::error_code error;
  const std::string done = plan.folder + "/" + kRestored;
  fs::remove_all(done, error);
  TRY(rename_file(work_folder(plan), done));  // from here on it is a platform
  fs::remove_all(done, error);
  return {};
}

}  // namespace

Result<Restored> restore(const RestorePlan& plan) {
  const Held held(TRY(take_folder(plan)));
  const std::string backup = TRY(find_backup(plan.from));
  const std::string text = TRY(read_file(backup + "/" + kManifestFile, kMaxManifestBytes));
  const Manifest manifest = TRY(parse_manifest(text));
  const config::Config config = TRY(configure(plan, backup, manifest));
  TRY(check_keys(plan, config, manifest));
  TRY(copy_checked(backup + "/weir.db", plan.folder + "/weir.db", manifest.files.at("weir.db")));
  TRY(bring_keys(plan));
  const auto instance = TRY(open_parts(plan.folder, Witnesses::leave, Opening::restoring));
  Restored restored;
  restored.backup_at = manifest.at;
  const merkle::VerifierKey log = TRY(merkle::VerifierKey::parse(log_vkey(*instance)));
  const Judged judged = TRY(judge_standing(plan, *instance, log, restored));
  const ledger::Statement statement{plan.cause, manifest.at};
  restored.loss =
      plan.successor.empty()
          ? TRY(ledger::continue_over(*instance->db, *instance->ledger, judged.mirror, statement))
          : TRY(begin_successor(plan, *instance, judged, statement, log));
  TRY(settle_keys(plan, *instance, restored));
  restored.origin = instance->config.origin;
  if (plan.keys.empty()) {
    restored.warnings.emplace_back("without content keys (--keys) no content can be read any more");
  }
  TRY(finish(plan));
  return restored;
}

}  // namespace weir::main
