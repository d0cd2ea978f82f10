#include "main/manifest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/json.h"
#include "main/instance.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kMostFiles = 16;

}  // namespace

std::string write(const Manifest& manifest) {
  json::Object files;
  for (const auto& [name, hash] : manifest.files) {
    files[name] = hash;
  }
  const json::Object out{{"format", kBackupFormat},
                         {"at", to_rfc3339(manifest.at)},
                         {"program", WEIR_VERSION},
                         {"origin", manifest.origin},
                         {"size", manifest.size},
                         {"root", manifest.root},
                         {"master_key", manifest.master_key},
                         {"sha256", std::move(files)}};
  return json::pretty(out) + "\n";
}

Result<Manifest> parse_manifest(const std::string& text) {
  const json::Value tree = TRY(json::parse(text));
  const json::Cursor root(tree);
  TRY(root.only({"format", "at", "program", "origin", "size", "root", "master_key", "sha256"}));
  const std::string format = TRY(root.string_at("format"));
  if (format != kBackupFormat) {
    return TRY(root.at("format")).fail("a backup that this program does not know");
  }
  Manifest manifest;
  const auto at = parse_rfc3339(TRY(root.string_at("at")));
  if (!at) {
    return TRY(root.at("at")).fail("not a time");
  }
  manifest.at = *at;
  manifest.origin = TRY(root.string_at("origin"));
  const json::Cursor size = TRY(root.at("size"));
  manifest.size = static_cast<std::uint64_t>(TRY(size.integer()));
  manifest.root = TRY(root.string_at("root"));
  manifest.master_key = TRY(root.string_at("master_key"));
  const json::Cursor files = TRY(root.at("sha256"));
  for (const auto& [name, hash] : TRY(files.members(kMostFiles))) {
    if (name != "weir.db" && name != "weir.toml" && name != kPolicyFile) {
      return hash.fail("no file of a backup");
    }
    manifest.files[name] = TRY(hash.string());
  }
  for (const char* needed : {"weir.db", "weir.toml"}) {
    if (!manifest.files.contains(needed)) {
      return files.fail(std::string(needed) + " is missing");
    }
  }
  return manifest;
}

std::vector<std::string> backups_in(const std::string& folder) {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().starts_with(kBackupPrefix) &&
        fs::exists(entry.path() / kManifestFile, error)) {
      all.push_back(entry.path().string());
    }
  }
  std::ranges::sort(all);
  return all;
}

Result<std::string> hash_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  Sha256 hash;
  std::string piece(kPieceBytes, '\0');
  while (stream) {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.add(std::string_view(piece).substr(0, static_cast<std::size_t>(stream.gcount())));
  }
  if (!stream.eof()) {
    return fail(Code::unavailable, "cannot read", path);
  }
  return to_hex(hash.finish().view());
}

}  // namespace weir::main
