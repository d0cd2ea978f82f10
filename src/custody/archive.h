// The log as an outsider gets it: files by path, and its signed checkpoints.
//
// Keys are pinned: the caller has the log's key and the witnesses by other ways than the log.
// Of this folder, but for Fetch, folder() and Pinned, which are custody.h's. Thread rule: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "custody/finding.h"
#include "merkle/merkle.h"

namespace weir::custody {

inline constexpr std::size_t kMostCheckpoints = 50'000'000;            // archived
inline constexpr std::size_t kMostFileBytes = std::size_t{512} << 20;  // of a file of the log

/// The bytes of a file of the log, by its path below /log/: `checkpoint`, `archive`,
/// `checkpoints/<size>`, `tile/…`. `not_found` if there is none.
using Fetch = std::function<Result<std::string>(const std::string& path)>;

/// Reads below a folder. Paths that would leave it are `invalid`.
Fetch folder(std::string path);

/// Whom the caller trusts. The policy's own log lines are not used.
struct Pinned {
  merkle::VerifierKey log;  // of type ed25519; its name is the log's origin
  merkle::Policy policy;    // the witnesses, and how many are enough
};

/// A checkpoint that the log signed.
struct Sealed {
  std::uint64_t size = 0;
  Digest root;
  std::optional<Instant> earliest{};  // cosigned by a witness of the policy
  std::optional<Instant> latest{};
  std::size_t witnesses = 0;  // that cosigned
  enum class Quorum { met, missing, not_asked };
  Quorum quorum = Quorum::not_asked;
};

/// `denied` if the pinned log has not signed it or a signature is wrong; `not_found` if it is of
/// another origin; `invalid` if malformed.
Result<Sealed> open_sealed(std::string_view text, const Pinned& pinned);

/// Every archived checkpoint, in order of size, and the newest.
struct Archive {
  std::vector<Sealed> sealed;  // the newest is among them, whether it is archived or not
  Sealed newest;

  /// The checkpoint of that size, or null.
  const Sealed* find(std::uint64_t size) const;
  /// The greatest size that does not cover the leaf, or 0.
  std::uint64_t before(std::uint64_t leaf) const;
  /// The first that covers it, or null.
  const Sealed* after(std::uint64_t leaf) const;
};

/// Fetches and opens them all; what is wrong with single ones becomes findings. Fails (with a
/// finding made already) if there is no newest checkpoint to go by.
std::optional<Archive> load_archive(const Fetch& fetch, const Pinned& pinned, Findings& findings);

/// The sizes in the file `archive`: ascending, one decimal a line. Error `invalid` with the line.
Result<std::vector<std::uint64_t>> parse_archive(std::string_view text);
std::string write_archive(const std::vector<std::uint64_t>& sizes);

}  // namespace weir::custody
