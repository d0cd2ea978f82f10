// What the ledger's rows belong to: streams, and the logs that their leaves stand in. Of ledger.h.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace weir::ledger {

/// Stored by number.
/// `lost`: a row of this store alone, for leaves of streams that a lost history took with it.
enum class StreamKind { case_stream = 1, platform = 2, cover = 3, lost = 4 };
std::string_view name(StreamKind kind);

/// A stream in the store: its row, and the reference that the world sees.
struct Stream {
  std::int64_t row = 0;
  StreamKind kind = StreamKind::case_stream;
  std::string reference;
  Digest key_commit;
};

/// One log of this store: the last is the one that is written, those before it are closed
/// (recovery.h). Rows of `event` are numbered through all of them.
struct Log {
  std::string origin;
  std::string vkey{};         // of a closed one
  std::uint64_t base = 0;     // rows of event before its first leaf
  std::uint64_t carried = 0;  // its first leaves, written under the log before
  std::uint64_t size = 0;     // of a closed one: of its last published checkpoint
};

/// The type of the row of an event whose content is lost. No event has it.
inline constexpr std::string_view kLostType = "lost";

}  // namespace weir::ledger
