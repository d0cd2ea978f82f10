// backup.json: what a backup is, and by what one sees that it is still as it was made.
//
// Thread rule: values and functions of files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace weir::main {

inline constexpr const char* kManifestFile = "backup.json";
inline constexpr const char* kPolicyFile = "witness-policy";
inline constexpr const char* kBackupPrefix = "weir-";  // of the folder of one backup
inline constexpr const char* kBackupFormat = "weir-backup/v1";
inline constexpr std::size_t kMaxManifestBytes = 64 * 1024;

struct Manifest {
  Instant at;
  std::string origin;
  std::uint64_t size = 0;  // leaves of the log
  std::string root;        // base64
  std::string master_key;  // id of the master key that it lies under; empty: it was not readable
  std::map<std::string, std::string> files;  // name -> SHA-256 in hex
};

std::string write(const Manifest& manifest);
/// `invalid` with the pointer.
Result<Manifest> parse_manifest(const std::string& text);

/// The backups of a folder, oldest first.
std::vector<std::string> backups_in(const std::string& folder);
Result<std::string> hash_file(const std::string& path);

}  // namespace weir::main
