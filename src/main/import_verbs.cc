// weir import: public records into public.db, from files and from the Internet.
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "catalog/import.h"
#include "catalog/record.h"
#include "main/bar.h"
#include "main/verbs.h"
#include "net/net.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostDownloadBytes = std::size_t{16} << 30;
constexpr Duration kDownloadTime = std::chrono::hours(12);  // a slow line; see net::kStallTime
constexpr std::size_t kFileNameDigits = 32;
constexpr std::size_t kShownRejects = 1'000;
constexpr std::size_t kShownRuns = 100;

/// A folder that only its owner may read; it may be there already.
Status make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  return error ? fail(Code::unavailable, "cannot be made: " + error.message(), folder.string())
               : Status{};
}

Result<std::unique_ptr<store::Db>> open_public(const Line& line, catalog::Use use) {
  return catalog::open(line.data + "/public.db", use);
}

json::Object view(const std::string& place, const catalog::Outcome& outcome) {
  return {{"from", place},
          {"records", outcome.records},
          {"added", outcome.added},
          {"changed", outcome.changed},
          {"removed", outcome.removed},
          {"older", outcome.older},
          {"unchanged", outcome.unchanged},
          {"rejected", outcome.rejected}};
}

struct ImportArguments {
  std::vector<std::string> from;
  std::string source;
  std::string proxy;
  bool again = false;
};

class Importer {
 public:
  Importer(const Line& line, const ImportArguments& arguments, store::Db& db,
           const catalog::Options& options)
      : line_(line), arguments_(arguments), db_(db), options_(options) {}

  Status take(const std::string& given) {
    std::vector<std::string> urls = catalog::addresses(given, clock_.now());
    if (urls.empty() && (given.starts_with("https://") || given.starts_with("http://"))) {
      urls.push_back(given);
    }
    if (urls.empty()) {
      return add(given, TRY(import({.path = given})));
    }
    for (const std::string& url : urls) {
      TRY(take_address(url));
    }
    return {};
  }
  const json::Array& rows() const { return rows_; }

 private:
  Status add(const std::string& place, const catalog::Outcome& outcome) {
    json::Object row = view(place, outcome);
    row["ignored_files"] = outcome.ignored;
    row["known_files"] = outcome.known;
    rows_.push_back(std::move(row));
    return {};
  }

  Result<catalog::Outcome> import(const catalog::From& from) {
    Bar bar(clock_, "records");
    catalog::Options options = options_;
    if (is_terminal_) {
      bar.draw({});
      options.progress = [&](const catalog::Progress& progress) {
        bar.draw({progress.done, progress.total, progress.records});
      };
    }
    return catalog::import(db_, clock_, from, options);
  }

  Result<net::Downloaded> load(const std::string& url, const std::string& path) {
    net::Download wanted{.url = url, .path = path};
    wanted.limits = {
        .total = kDownloadTime, .bytes = kMostDownloadBytes, .proxy = arguments_.proxy};
    if (!arguments_.again && arguments_.source.empty()) {
      const store::ReadTx tx = TRY(db_.read());
      const catalog::Stamp known = TRY(catalog::stamp_of(*tx, url));
      wanted.known = {known.etag, known.modified};
    }
    Bar bar(clock_, "");
    if (is_terminal_) {
      wanted.progress = [&](std::uint64_t done, std::uint64_t total) {
        bar.draw({done, total, done});
      };
    }
    return net::download(wanted);
  }

  /// The file lies in the data directory until it has been imported, so that whatever breaks, the
  /// same import goes on.
  Status take_address(const std::string& url) {
    const std::string shown = url.substr(0, url.find_first_of("?#"));
    const fs::path folder = fs::path(line_.data) / "downloads";
    TRY(make_folder(folder));
    const std::string digits = to_hex(Sha256().add(url).finish().view()).substr(0, kFileNameDigits);
    const std::string path = (folder / digits).string();
    const net::Downloaded got = TRY(load(url, path));
    if (got.is_unchanged) {
      return add(shown, {.known = 1});
    }
    const catalog::Outcome outcome = TRY(import({.path = path, .name = shown}));
    // A page that says "try again later" is not to be what has been imported.
    const bool is_taken = outcome.rejected < outcome.records || outcome.known > 0;
    if (is_taken && arguments_.source.empty()) {
      TRY(db_.execute([&](store::Tx& tx) {
        return catalog::keep_stamp(tx, url, {got.stamp.etag, got.stamp.modified});
      }));
    }
    net::discard_download(path);
    return add(shown, outcome);
  }

  const Line& line_;
  const ImportArguments& arguments_;
  store::Db& db_;
  const catalog::Options& options_;
  const SystemClock clock_;
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  json::Array rows_;
};

Status run_import(const Line& line, const ImportArguments& arguments) {
  catalog::Options options;
  if (!arguments.source.empty()) {
    options.only = advisory::parse_source(arguments.source);
    if (!options.only) {
      return fail(Code::invalid, "there is no such source", arguments.source);
    }
  }
  if (arguments.from.empty()) {
    return fail(Code::invalid,
                "say what to import: a file, a folder, -, an address, or a name of "
                "`weir import presets`");
  }
  TRY(make_folder(line.data));
  const auto db = TRY(open_public(line, catalog::Use::import));
  Importer importer(line, arguments, *db, options);
  Status outcome;
  for (std::size_t i = 0; outcome && i < arguments.from.size(); ++i) {
    outcome = importer.take(arguments.from[i]);
  }
  if (outcome || !importer.rows().empty()) {
    line.say(importer.rows());  // what came before an error has been imported
  }
  return outcome;
}

Status show_rejects(const Line& line) {
  const auto db = TRY(open_public(line, catalog::Use::read));
  const store::ReadTx tx = TRY(db->read());
  json::Array rows;
  for (const catalog::Rejected& reject : TRY(catalog::rejects(*tx, kShownRejects))) {
    rows.push_back(json::Object{{"run", reject.run},
                                {"place", reject.place},
                                {"pointer", reject.pointer},
                                {"reason", reject.reason}});
  }
  line.say(rows);
  return {};
}

Status show_runs(const Line& line) {
  const auto db = TRY(open_public(line, catalog::Use::read));
  const store::ReadTx tx = TRY(db->read());
  json::Array rows;
  for (const catalog::Run& run : TRY(catalog::runs(*tx, kShownRuns))) {
    json::Object row = view(run.place, run.outcome);
    row["run"] = run.run;
    row["started"] = to_rfc3339(run.started);
    row["finished"] = run.finished ? to_rfc3339(*run.finished) : "cut short";
    rows.push_back(std::move(row));
  }
  line.say(rows);
  return {};
}

Status show_sums(const Line& line) {
  const auto db = TRY(open_public(line, catalog::Use::read));
  const store::ReadTx tx = TRY(db->read());
  json::Array rows;
  for (int number = 1; number <= advisory::kSources; ++number) {
    const auto source = static_cast<advisory::Source>(number);
    const catalog::Sum sum = TRY(catalog::sum(*tx, source));
    if (sum.records > 0) {
      rows.push_back(json::Object{
          {"source", advisory::name(source)}, {"records", sum.records}, {"sha256", sum.sha256}});
    }
  }
  line.say(rows);
  return {};
}

Status show_presets(const Line& line) {
  json::Array rows;
  for (const catalog::Preset& preset : catalog::presets()) {
    rows.push_back(
        json::Object{{"name", preset.name}, {"what", preset.what}, {"address", preset.url}});
  }
  line.say(rows);
  return {};
}

}  // namespace

void add_import_verbs(CLI::App& root, Line& line) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* import_verb = add_group(root, "import", "public records into public.db");
  import_verb->require_subcommand(0);
  import_verb->footer("Example:\n  weir import nvdcve-2.0-2026.json.gz\n  weir import osv-pypi");
  import_verb->add_option("from", arguments->from,
                          "files, folders, - for standard input, addresses, or names of presets");
  import_verb->add_option("--source", arguments->source,
                          "take this source's records only: cve, nvd, osv, csaf, kev, ...");
  import_verb->add_option("--proxy", arguments->proxy,
                          "http://host:port through which addresses are asked");
  import_verb->add_flag("--again", arguments->again,
                        "load what has not changed since it was imported, too");
  import_verb->callback([import_verb, arguments, &line] {
    if (import_verb->get_subcommands().empty()) {
      line.run = [arguments, &line] { return run_import(line, *arguments); };
    }
  });
  add_verb(*import_verb, line, "rejects", "what was not taken, with place and reason",
           "weir import rejects --json", [&line] { return show_rejects(line); });
  add_verb(*import_verb, line, "runs", "past imports", "weir import runs",
           [&line] { return show_runs(line); });
  add_verb(*import_verb, line, "sums", "number and digest of each source's current records",
           "weir import sums", [&line] { return show_sums(line); });
  add_verb(*import_verb, line, "presets", "public addresses by name", "weir import presets",
           [&line] { return show_presets(line); });
}

}  // namespace weir::main
