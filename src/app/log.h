// The ledger as everybody may have it: the published log by path, and opened custody records. What
// is not sealed and published is not served.
//
// Thread rule: any thread.
#pragma once

#include <string>
#include <string_view>

#include "app/app.h"

namespace weir::app {

/// A file of the log by its path below /log/ (C2SP tlog-tiles): `checkpoint`, `checkpoints/SIZE`,
/// `archive`, `tile/L/N[.p/W]`, `tile/entries/N[.p/W]`, as far as the newest published checkpoint
/// reaches. `not_found` for everything else.
struct LogFile {
  std::string bytes;
  enum class Holds { now, forever } holds = Holds::now;  // whether these bytes can ever change
};
Result<LogFile> log_file(App& app, std::string_view path);

/// How the ledger stands, for whoever watches over it.
struct LogState {
  std::uint64_t size = 0;       // committed
  std::uint64_t published = 0;  // of them, under the newest published checkpoint
  std::optional<Instant> published_at;
  std::optional<std::string> stopped;  // why nothing is written any more
};
Result<LogState> log_state(App& app);

/// The custody record of an opened stream as a file, without free text. `not_found` if there is no
/// such stream or it is not open: nobody learns which.
Result<std::string> custody_file(App& app, const std::string& stream, const std::string& vkey);

}  // namespace weir::app
