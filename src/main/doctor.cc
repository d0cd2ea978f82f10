// What is wrong with a data directory, or worth knowing.
#include <filesystem>

#include <sys/stat.h>

#include "main/backup.h"
#include "main/laws_in_force.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

using enum Finding::Weight;

constexpr Duration kBackupIsOld = std::chrono::hours(24 * 2);
constexpr std::uintmax_t kLittleRoom = std::uintmax_t{512} << 20;

std::string age(Instant now, Instant then) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(now - then).count();
  return std::to_string(hours) + " hours";
}

Status examine_backups(Instance& instance, std::vector<Finding>& findings) {
  const auto last = TRY(last_backup(instance.folder));
  if (!last) {
    findings.push_back({warning, "there was no backup yet: run `weir backup`"});
    return {};
  }
  const Instant now = instance.clock.now();
  if (now - last->at > kBackupIsOld) {
    findings.push_back({warning, "the last backup is " + age(now, last->at) + " old"});
  }
  std::error_code absent;
  if (!fs::exists(last->place, absent)) {
    findings.push_back({note, "the last backup is not at " + last->place + " any more"});
  }
  if (last->keys.empty()) {
    findings.push_back(
        {warning, "the last backup was made without content keys: from it nothing can be read"});
  }
  if (last->master_key != instance.keyring->current_id()) {
    findings.push_back({warning,
                        "the master key was rotated since the last backup, which nothing opens any "
                        "more: make another one"});
  }
  return {};
}

void examine_room(const std::string& folder, std::vector<Finding>& findings) {
  std::error_code unknown;
  const fs::space_info space = fs::space(folder, unknown);
  if (!unknown && space.available < kLittleRoom) {
    findings.push_back({warning, "less than 512 MiB are free on the data's disk"});
  }
}

void examine_laws(const Instance& instance, std::vector<Finding>& findings) {
  const std::string folder = folder_of_laws(instance.folder, instance.config.regimes);
  if (const auto laws = laws_in(folder); !laws) {
    findings.push_back({error,
                        "the laws of `regimes` cannot be read, a server goes on by those "
                        "that it had: " +
                            text(laws.error())});
  }
}

}  // namespace

std::vector<Finding> examine_closed(const std::string& folder, const Error& why) {
  std::vector<Finding> findings = {{error, text(why)}};
  examine_room(folder, findings);
  return findings;
}

Result<std::vector<Finding>> examine(Instance& instance) {
  std::vector<Finding> findings;
  const std::string secrets = secrets_folder(instance.folder, instance.config);
  struct stat data{};
  struct stat keys{};
  if (::stat(instance.folder.c_str(), &data) == 0 && ::stat(secrets.c_str(), &keys) == 0) {
    if (data.st_dev == keys.st_dev) {
      findings.push_back({warning,
                          "the master key lies on the data's disk: who takes the disk reads "
                          "everything. Put `secrets` on another one."});
    }
    if ((keys.st_mode & 077) != 0) {
      findings.push_back(
          {error, "others may look into the folder of the keys: chmod 700 " + secrets});
    }
  }
  for (const char* name : kKeyFiles) {
    struct stat one{};
    const std::string path = secrets + "/" + name;
    if (::stat(path.c_str(), &one) != 0 || (one.st_mode & 077) != 0) {
      findings.push_back({error, "others may read a key: chmod 600 " + path});
    }
  }
  if (!TRY(instance.keys->is_current())) {
    findings.push_back(
        {warning, "content keys lie under an old master key: run `weir key rotate`"});
  }
  const auto dropped =
      TRY(instance.db->submit([](store::Tx& tx) { return content::drop_orphans(tx); }));
  if (*dropped > 0) {
    findings.push_back(
        {note, "removed " + std::to_string(*dropped) + " chunks of uploads that were cut short"});
  }
  TRY(examine_backups(instance, findings));
  if (instance.config.mode == "trial") {
    findings.push_back({note, "a trial: no witnesses, so nothing proves that others see this log"});
  }
  examine_laws(instance, findings);
  examine_room(instance.folder, findings);
  for (const std::string& text : TRY(instance.sealer->check_witnesses())) {
    findings.push_back({warning, text});
  }
  return findings;
}

}  // namespace weir::main
