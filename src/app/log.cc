#include "app/log.h"

#include "app/closing.h"
#include "base/bytes.h"
#include "custody/custody.h"
#include "ledger/opening.h"
#include "ledger/seal.h"
#include "policy/policy.h"

namespace weir::app {
namespace {

constexpr std::string_view kCheckpoints = "checkpoints/";

std::unexpected<Error> no_such_file() {
  return fail(Code::not_found, "the log has no such file");
}

Result<LogFile> checkpoint_file(const store::Tx& tx, std::string_view path) {
  if (path == "checkpoint") {
    const auto newest = TRY(ledger::newest_published(tx));
    return newest ? Result<LogFile>(LogFile{newest->note, LogFile::Holds::now}) : no_such_file();
  }
  const auto size = parse_decimal(path.substr(kCheckpoints.size()));
  const auto found = size ? TRY(ledger::find_published(tx, *size)) : std::nullopt;
  return found ? Result<LogFile>(LogFile{found->note, LogFile::Holds::forever}) : no_such_file();
}

Result<LogFile> tile_file(const store::Tx& tx, std::string_view path) {
  const auto tile = merkle::parse_tile_path(path);
  const auto newest = TRY(ledger::newest_published(tx));
  if (!tile || !newest) {
    return no_such_file();
  }
  // A partial tile is that of an older size: a prefix of what is there now.
  const auto& [kind, wanted] = *tile;
  if (wanted.width > merkle::tile_width(newest->size, wanted.level, wanted.index)) {
    return no_such_file();
  }
  const bool is_entries = kind == merkle::TileKind::entries;
  // The smallest log in which this tile has this width.
  const std::uint64_t step = std::uint64_t{1} << (8 * wanted.level);
  const std::uint64_t size =
      std::min((wanted.index * merkle::kTileWidth + wanted.width) * step, newest->size);
  std::string bytes = is_entries ? TRY(ledger::entry_bundle(tx, wanted.index, size))
                                 : TRY(ledger::tile(tx, wanted.level, wanted.index, size));
  return LogFile{std::move(bytes), LogFile::Holds::forever};
}

}  // namespace

Result<LogFile> log_file(App& app, std::string_view path) {
  const auto tx = TRY(app.db.read());
  if (path == "checkpoint" || path.starts_with(kCheckpoints)) {
    return checkpoint_file(*tx, path);
  }
  if (path == "archive") {
    const auto sizes = TRY(ledger::archive(*tx));
    return LogFile{custody::write_archive(sizes), LogFile::Holds::now};
  }
  return tile_file(*tx, path);
}

Result<LogState> log_state(App& app) {
  const auto tx = TRY(app.db.read());
  LogState state;
  state.size = TRY(ledger::head(*tx)).size;
  if (const auto newest = TRY(ledger::newest_published(*tx))) {
    state.published = newest->size;
    state.published_at = newest->at;
  }
  state.stopped = app.ledger.stopped();
  return state;
}

Result<std::string> custody_file(App& app, const std::string& stream, const std::string& vkey) {
  const auto record = export_record(app, stream, vkey, ledger::FreeText::kept_back);
  if (record) {
    return custody::write_record(*record) + "\n";
  }
  const Code code = record.error().code;
  return code == Code::not_found || code == Code::conflict ? std::unexpected(policy::absent())
                                                           : std::unexpected(record.error());
}

}  // namespace weir::app
