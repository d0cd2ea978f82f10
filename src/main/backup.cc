#include "main/backup.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json.h"
#include "main/manifest.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPartial = "partial-";
constexpr const char* kLastBackup = "last-backup.json";
constexpr std::size_t kMaxLastBackup = 64 * 1024;

/// A folder for us alone.
Status make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || ::chmod(path.c_str(), 0700) != 0) {
    return fail(Code::unavailable, "cannot make the folder", path);
  }
  return {};
}

/// What backups that were cut short have left.
void remove_partial(const std::string& to) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(to, error)) {
    if (entry.path().filename().string().starts_with(kPartial)) {
      fs::remove_all(entry.path(), error);
    }
  }
}

std::string stamp_of(Instant at) {
  std::string stamp = to_rfc3339(at);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

/// True if `inner` is `outer` or lies in it.
bool is_within(const std::string& inner, const std::string& outer) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(inner, error);
  const fs::path b = fs::weakly_canonical(outer, error);
  return std::mismatch(b.begin(), b.end(), a.begin(), a.end()).first == b.end();
}

Status copy_keys(const std::string& folder, const std::string& to) {
  TRY(make_folder(to));
  store::Options keys;
  keys.path = folder + "/keys.db";
  keys.secure_delete = true;
  const std::string fresh = to + "/keys.db.new";
  std::error_code error;
  fs::remove(fresh, error);
  TRY(store::copy_database(keys, fresh));
  return rename_file(fresh, to + "/keys.db");
}

/// Marks the copy and reads how far its log goes. Its schema stays as it is.
Result<ledger::Head> mark_copy(const std::string& partial, Instant at) {
  store::Options options = database_options(partial);
  options.upgrade = store::Options::Upgrade::leave;
  const auto db = TRY(store::Db::open(std::move(options)));
  TRY(db->execute([at](store::Tx& tx) { return ledger::mark_backup(tx, at); }));
  const auto tx = TRY(db->read());
  return ledger::head(*tx);
}

std::string master_key_id(const std::string& folder, const config::Config& config) {
  auto keys = read_keys(secrets_folder(folder, config) + "/master.key");
  return keys ? Keyring(std::move(*keys)).current_id() : std::string();
}

Status fill(const BackupPlan& plan, const std::string& partial, Manifest& manifest) {
  const config::Config config = TRY(read_config(plan.folder));
  TRY(store::copy_database(database_options(plan.folder), partial + "/weir.db"));
  const ledger::Head head = TRY(mark_copy(partial, manifest.at));
  if (!plan.keys_to.empty()) {
    TRY(copy_keys(plan.folder, plan.keys_to));  // after weir.db: invariant 2
  }
  manifest.origin = config.origin;
  manifest.size = head.size;
  manifest.root = to_base64(head.root);
  manifest.master_key = master_key_id(plan.folder, config);
  manifest.files["weir.db"] = TRY(hash_file(partial + "/weir.db"));
  manifest.files["weir.toml"] = TRY(copy_file(plan.folder + "/weir.toml", partial + "/weir.toml"));
  if (!config.witness_policy.empty()) {
    const fs::path path(config.witness_policy);
    const std::string policy =
        path.is_absolute() ? path.string() : plan.folder + "/" + path.string();
    manifest.files[kPolicyFile] = TRY(copy_file(policy, partial + "/" + kPolicyFile));
  }
  return write_file(partial + "/" + kManifestFile, write(manifest), 0600);
}

void remove_older(const std::string& to, std::int64_t keep) {
  std::vector<std::string> all = backups_in(to);
  std::error_code error;
  for (; keep > 0 && all.size() > static_cast<std::size_t>(keep); all.erase(all.begin())) {
    fs::remove_all(all.front(), error);
  }
}

Status note_backup(const BackupPlan& plan, const Backup& made, const std::string& master_key) {
  const json::Object note{{"at", to_rfc3339(made.at)},
                          {"place", made.place},
                          {"keys", plan.keys_to},
                          {"master_key", master_key}};
  return write_file(plan.folder + "/" + kLastBackup, json::pretty(note) + "\n", 0600);
}

}  // namespace

Result<Backup> make_backup(const BackupPlan& plan, const Clock& clock) {
  TRY(read_config(plan.folder));
  if (!plan.keys_to.empty() && is_within(plan.keys_to, plan.to)) {
    return fail(Code::invalid,
                "content keys go to a place of their own: beside the backups they would live as "
                "long as these, and erasing them would mean nothing",
                plan.keys_to);
  }
  TRY(make_folder(plan.to));
  const int lock = TRY(lock_folder(plan.to));
  remove_partial(plan.to);
  Manifest manifest;
  manifest.at = clock.now();
  const std::string partial = plan.to + "/" + kPartial + stamp_of(manifest.at);
  const std::string whole = plan.to + "/" + kBackupPrefix + stamp_of(manifest.at);
  Status done = make_folder(partial);
  done = done ? fill(plan, partial, manifest) : done;
  done = done ? rename_file(partial, whole) : done;
  if (!done) {
    remove_partial(plan.to);
    ::close(lock);
    return std::unexpected(done.error());
  }
  remove_older(plan.to, plan.keep);
  ::close(lock);
  const Backup made{whole, manifest.at, manifest.size, !plan.keys_to.empty()};
  TRY(note_backup(plan, made, manifest.master_key));
  return made;
}

Result<std::optional<LastBackup>> last_backup(const std::string& folder) {
  const std::string path = folder + "/" + kLastBackup;
  const auto text = read_file(path, kMaxLastBackup);
  if (!text) {
    return text.error().code == Code::not_found ? Result<std::optional<LastBackup>>(std::nullopt)
                                                : std::unexpected(text.error());
  }
  const json::Value tree = TRY(json::parse(*text));
  const json::Cursor root(tree);
  LastBackup last;
  const std::string at = TRY(root.string_at("at"));
  const auto instant = parse_rfc3339(at);
  if (!instant) {
    return fail(Code::invalid, "not a time", path);
  }
  last.at = *instant;
  last.place = TRY(root.string_at("place"));
  last.keys = TRY(root.string_at("keys"));
  last.master_key = TRY(root.string_at("master_key"));
  return last;
}

}  // namespace weir::main
