// Backups of a data directory, and its return from one. docs/operating/backup.md is the operator's
// side of it.
//
//   TO/weir-20261126T012345.123Z/   one backup, whole or not there (renamed into place)
//     weir.db         a consistent copy, taken while others write; marked, so that nobody runs it
//     weir.toml       the configuration
//     witness-policy  if there is one
//     backup.json     when, of which log and size, under which master key, SHA-256 of the others
//   KEYS/keys.db      content keys, apart and only the newest: what is erased shall not live on
//   here
//
// Invariants:
//   1. The key files (master, log, promise) are never copied.
//   2. keys.db is copied after weir.db, so it holds every key that the copy needs.
//   3. A restore that was cut short, at any point, refuses to run as a platform and can be begun
//      again; nothing of it has been signed or shown.
//   4. What comes back says in the log that it does (ledger/recovery.h), ends every session, token
//      and one-time code, and erases again what had been erased.
//
// Thread rule: the main thread's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "ledger/recovery.h"
#include "main/instance.h"

namespace weir::main {

struct BackupPlan {
  std::string folder;     // the data directory; it may be in use
  std::string to;         // made if absent
  std::string keys_to;    // for keys.db; empty: content keys are not copied
  std::int64_t keep = 0;  // older backups in `to` go beyond this many; 0: all stay
};
struct Backup {
  std::string place;
  Instant at;
  std::uint64_t size = 0;  // leaves
  bool has_keys = false;
};
/// `unavailable` without room, or while another backup to the same place runs; what was there
/// before stays whole. `invalid` for content keys beside or inside the backup.
Result<Backup> make_backup(const BackupPlan& plan, const Clock& clock);

/// The last backup that the data directory knows of, from its file last-backup.json; nothing if
/// none.
struct LastBackup {
  Instant at;
  std::string place;
  std::string keys;        // empty: without
  std::string master_key;  // its id then
};
Result<std::optional<LastBackup>> last_backup(const std::string& folder);

struct RestorePlan {
  std::string folder;   // the data directory to be: empty, or a restore that was cut short
  std::string from;     // a backup, or the folder of several: then the newest
  std::string keys;     // folder with keys.db; empty: nothing can be read any more
  std::string secrets;  // folder with the key files; empty: as configured
  std::string mirror;   // of the log; empty: as configured
  std::string cause = "unknown";      // ledger::kCauses
  std::string successor;              // origin of a new log; empty: the log goes on
  std::vector<std::string> erased{};  // references whose erasure is to be repeated
};
struct Restored {
  Instant backup_at;
  ledger::Loss loss;
  std::string standing;
  std::string origin;
  std::int64_t keys_missing = 0;  // cases whose content cannot be read
  app::RepeatedErasures erasures;
  std::vector<std::string> warnings;
};
/// `conflict` if there is a platform, `corrupt` for a backup that is not as it was made,
/// `unavailable` if a witness does not answer, `denied` if witnesses have seen what nobody can
/// bring back: then only a successor helps.
Result<Restored> restore(const RestorePlan& plan);

}  // namespace weir::main
