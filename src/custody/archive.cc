#include "custody/archive.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"

namespace weir::custody {
namespace {

constexpr std::string_view kNewest = "checkpoint";
constexpr std::string_view kList = "archive";

std::string archived_path(std::uint64_t size) {
  return fmt::format("checkpoints/{}", size);
}

Kind kind_of(Code code) {
  switch (code) {
    case Code::denied:
      return Kind::checkpoint_unsigned;
    case Code::not_found:
      return Kind::wrong_origin;
    case Code::invalid:
    case Code::conflict:
    case Code::unavailable:
    case Code::corrupt:
      return Kind::malformed;
  }
  std::unreachable();
}

/// The checkpoint in a file, or a finding.
std::optional<Sealed> load(const Fetch& fetch, const std::string& path, const Pinned& pinned,
                           Findings& findings) {
  const auto bytes = fetch(path);
  if (!bytes) {
    findings.alarm(Kind::file_missing, {},
                   fmt::format("the log does not give {}: {}", path, text(bytes.error())));
    return std::nullopt;
  }
  auto sealed = open_sealed(*bytes, pinned);
  if (!sealed) {
    findings.alarm(kind_of(sealed.error().code), {},
                   fmt::format("{} is not accepted: {}", path, text(sealed.error())));
    return std::nullopt;
  }
  return *std::move(sealed);
}

void load_archived(const Fetch& fetch, const Pinned& pinned, Archive& archive, Findings& findings) {
  const auto list = fetch(std::string(kList));
  if (!list) {
    findings.alarm(Kind::file_missing, {},
                   fmt::format("the log does not give {}: {}", kList, text(list.error())));
    return;
  }
  const auto sizes = parse_archive(*list);
  if (!sizes) {
    findings.alarm(Kind::malformed, {}, fmt::format("{}: {}", kList, text(sizes.error())));
    return;
  }
  for (const std::uint64_t size : *sizes) {
    const auto sealed = load(fetch, archived_path(size), pinned, findings);
    if (!sealed) {
      continue;
    }
    if (sealed->size != size) {
      findings.alarm(
          Kind::malformed, {},
          fmt::format("{} holds a checkpoint of size {}", archived_path(size), sealed->size));
      continue;
    }
    archive.sealed.push_back(*sealed);
  }
  // No alarm: a witness may have been away, and a later cosignature covers what came before.
  const auto lacking = std::ranges::count(archive.sealed, Sealed::Quorum::missing, &Sealed::quorum);
  if (lacking > 0) {
    findings.note(Kind::quorum_missing, {},
                  fmt::format("{} archived checkpoints are not cosigned by the quorum", lacking));
  }
}

void add_newest(Archive& archive, Findings& findings) {
  const Sealed& newest = archive.newest;
  const Sealed* same = archive.find(newest.size);
  if (!archive.sealed.empty() && archive.sealed.back().size > newest.size) {
    findings.alarm(Kind::checkpoint_contradiction, {},
                   fmt::format("a checkpoint of size {} is archived, but the newest has {}: the "
                               "log has gone back",
                               archive.sealed.back().size, newest.size));
  }
  if (same != nullptr) {
    if (same->root != newest.root) {
      findings.alarm(Kind::checkpoint_contradiction, {},
                     fmt::format("two roots are signed for size {}", newest.size));
    }
    return;
  }
  findings.alarm(
      Kind::archive_incomplete, {},
      fmt::format("the newest checkpoint, of size {}, is not in the archive", newest.size));
  const auto at = std::ranges::lower_bound(archive.sealed, newest.size, {}, &Sealed::size);
  archive.sealed.insert(at, newest);
}

}  // namespace

Result<Sealed> open_sealed(std::string_view text, const Pinned& pinned) {
  const std::vector<merkle::VerifierKey> witnesses = pinned.policy.witness_keys();
  const merkle::OpenCheckpoint open =
      TRY(merkle::open_checkpoint(text, {&pinned.log, 1}, witnesses));
  Sealed sealed{.size = open.checkpoint.head.size, .root = open.checkpoint.head.root};
  std::vector<std::size_t> cosigned;
  for (const merkle::Verified& verified : open.cosigned) {
    cosigned.push_back(verified.key);
    sealed.earliest = std::min(sealed.earliest.value_or(verified.earliest), verified.earliest);
    sealed.latest = std::max(sealed.latest.value_or(verified.latest), verified.latest);
  }
  sealed.witnesses = cosigned.size();
  if (!pinned.policy.needs_no_witness()) {
    sealed.quorum = pinned.policy.is_met(cosigned) ? Sealed::Quorum::met : Sealed::Quorum::missing;
  }
  return sealed;
}

const Sealed* Archive::find(std::uint64_t size) const {
  const auto at = std::ranges::lower_bound(sealed, size, {}, &Sealed::size);
  return at != sealed.end() && at->size == size ? &*at : nullptr;
}

std::uint64_t Archive::before(std::uint64_t leaf) const {
  const auto at = std::ranges::upper_bound(sealed, leaf, {}, &Sealed::size);
  return at == sealed.begin() ? 0 : std::prev(at)->size;
}

const Sealed* Archive::after(std::uint64_t leaf) const {
  const auto at = std::ranges::upper_bound(sealed, leaf, {}, &Sealed::size);
  return at == sealed.end() ? nullptr : &*at;
}

std::optional<Archive> load_archive(const Fetch& fetch, const Pinned& pinned, Findings& findings) {
  const auto newest = load(fetch, std::string(kNewest), pinned, findings);
  if (!newest) {
    return std::nullopt;
  }
  Archive archive{.sealed = {}, .newest = *newest};
  if (newest->quorum == Sealed::Quorum::missing) {
    findings.alarm(Kind::quorum_missing, {},
                   fmt::format("the newest checkpoint, of size {}, is not cosigned by the quorum "
                               "that the policy asks for: others may be shown another log",
                               newest->size));
  }
  load_archived(fetch, pinned, archive, findings);
  add_newest(archive, findings);
  return archive;
}

Result<std::vector<std::uint64_t>> parse_archive(std::string_view text) {
  std::vector<std::uint64_t> sizes;
  while (!text.empty()) {
    const auto error = [&sizes](std::string message) {
      return fail(Code::invalid, std::move(message), fmt::format("line {}", sizes.size() + 1));
    };
    const std::size_t end = text.find('\n');
    const auto size =
        end == std::string_view::npos ? std::nullopt : parse_decimal(text.substr(0, end));
    if (!size) {
      return error("a line is a size in decimal");
    }
    if (!sizes.empty() && sizes.back() >= *size) {
      return error("sizes ascend");
    }
    if (sizes.size() == kMostCheckpoints) {
      return error("too many checkpoints");
    }
    sizes.push_back(*size);
    text.remove_prefix(end + 1);
  }
  return sizes;
}

std::string write_archive(const std::vector<std::uint64_t>& sizes) {
  std::string text;
  for (const std::uint64_t size : sizes) {
    text += fmt::format("{}\n", size);
  }
  return text;
}

}  // namespace weir::custody
