// weir backup, restore, migrate.
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "main/backup.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = std::size_t{16} << 20;
constexpr std::int64_t kKeptByFollow = 2;

/// What tells that somebody has written: names, sizes and times of the files that are written to.
std::string state_of(const std::string& folder) {
  std::string state;
  std::error_code error;
  for (const char* name : {"weir.db", "weir.db-wal", "keys.db", "weir.toml"}) {
    const fs::path path = fs::path(folder) / name;
    const auto size = fs::file_size(path, error);
    const auto at = fs::last_write_time(path, error).time_since_epoch().count();
    state += std::to_string(size) + "/" + std::to_string(at) + " ";
  }
  return state;
}

/// True when asked to end within this time.
bool is_ended_within(std::int64_t seconds, const sigset_t& signals) {
  const timespec span{.tv_sec = seconds, .tv_nsec = 0};
  return ::sigtimedwait(&signals, nullptr, &span) > 0;
}

void tell(const Line& line, const Backup& made) {
  line.say(json::Object{{"backup", made.place},
                        {"at", to_rfc3339(made.at)},
                        {"size", made.size},
                        {"content_keys", made.has_keys ? "copied" : "not copied"}});
  std::fflush(stdout);
}

/// A copy whenever something was written, until it is told to end. One that fails is told, and
/// tried again; the last one decides how it ends.
Status follow(const Line& line, const BackupPlan& plan, std::int64_t every) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const SystemClock clock;
  std::string copied;
  Status last;
  do {
    const std::string state = state_of(plan.folder);
    if (state == copied) {
      continue;
    }
    const auto made = make_backup(plan, clock);
    last = made ? Status() : Status(std::unexpected(made.error()));
    if (made) {
      copied = state;
      tell(line, *made);
    } else {
      complain(line.form(), made.error());
    }
  } while (!is_ended_within(every, signals));
  return last;
}

void add_backup(CLI::App& root, Line& line) {
  struct Options {
    BackupPlan plan;
    bool follow = false;
    std::int64_t every = 60;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(root, line, "backup", "a consistent copy, also while the server runs",
                            "weir backup /backup/weir --keys /backup-keys/weir --data /srv/weir",
                            [options, &line]() -> Status {
                              options->plan.folder = line.data;
                              if (options->follow) {
                                options->plan.keep =
                                    options->plan.keep == 0 ? kKeptByFollow : options->plan.keep;
                                return follow(line, options->plan, options->every);
                              }
                              const SystemClock clock;
                              tell(line, TRY(make_backup(options->plan, clock)));
                              return {};
                            });
  verb->add_option("to", options->plan.to, "folder of the backups")->required();
  verb->add_option("--keys", options->plan.keys_to,
                   "copy the content keys too, into this folder, where only the newest stays");
  verb->add_option("--keep", options->plan.keep, "remove older ones beyond this many")
      ->check(CLI::Range(0, 100'000));
  verb->add_flag("--follow", options->follow, "go on, with a new copy whenever something changes");
  verb->add_option("--every", options->every, "with --follow: look every so many seconds")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
}

Result<std::vector<std::string>> references_in(const std::string& path) {
  std::vector<std::string> references;
  const std::string text = TRY(read_file(path, kMaxListBytes));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      references.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return references;
}

json::Value value_of(const Restored& restored) {
  json::Array warnings;
  for (const std::string& warning : restored.warnings) {
    warnings.emplace_back(warning);
  }
  json::Array unknown;
  for (const std::string& reference : restored.erasures.unknown) {
    unknown.emplace_back(reference);
  }
  return json::Object{{"origin", restored.origin},
                      {"backup_of", to_rfc3339(restored.backup_at)},
                      {"standing", restored.standing},
                      {"lost_from", restored.loss.from},
                      {"lost_to", restored.loss.to},
                      {"streams_with_losses", restored.loss.streams},
                      {"unclaimable", restored.loss.unclaimable},
                      {"cases_without_content_key", restored.keys_missing},
                      {"erasures_repeated", restored.erasures.known + restored.erasures.also},
                      {"erasures_unknown", std::move(unknown)},
                      {"sign_ins", "every session, token and one-time code has ended"},
                      {"warnings", std::move(warnings)}};
}

void add_restore(CLI::App& root, Line& line) {
  struct Options {
    RestorePlan plan;
    std::string erased_file;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      root, line, "restore", "a platform from its backup; says in the log what is lost",
      "weir restore /backup/weir --keys /backup-keys/weir --secrets /secrets/weir --mirror "
      "https://mirror.example/log --cause storage_failure --data /srv/weir",
      [options, &line]() -> Status {
        options->plan.folder = line.data;
        if (!options->erased_file.empty()) {
          options->plan.erased = TRY(references_in(options->erased_file));
        }
        line.say(value_of(TRY(restore(options->plan))));
        return {};
      });
  RestorePlan& plan = options->plan;
  verb->add_option("from", plan.from, "a backup, or the folder of several")->required();
  verb->add_option("--keys", plan.keys, "folder with the content keys' copy");
  verb->add_option("--secrets", plan.secrets, "folder with master.key, log.key and promise.key");
  verb->add_option("--mirror", plan.mirror, "the published log: a folder or an address");
  verb->add_option("--cause", plan.cause,
                   "storage_failure, operator_error, failover, attack or unknown")
      ->capture_default_str();
  verb->add_option("--successor", plan.successor,
                   "close the log, and go on in a new one of this origin");
  verb->add_option("--erased", options->erased_file,
                   "file of references, a line each, whose content was erased since the backup");
}

void add_migrate(CLI::App& root, Line& line) {
  struct Options {
    BackupPlan plan;
    bool without = false;
    bool look = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = add_verb(
      root, line, "migrate", "bring the database to this program's schema, after a backup",
      "weir migrate --backup /backup/weir --data /srv/weir", [options, &line]() -> Status {
        const std::vector<std::string> missing =
            TRY(store::missing_migrations(database_options(line.data)));
        json::Object said;
        json::Array names;
        for (const std::string& name : missing) {
          names.emplace_back(name);
        }
        said["missing"] = std::move(names);
        if (!missing.empty() && !options->look) {
          if (options->plan.to.empty() && !options->without) {
            return fail(Code::invalid,
                        "there is no way back but a backup: --backup FOLDER, or --no-backup");
          }
          options->plan.folder = line.data;
          if (!options->plan.to.empty()) {
            const SystemClock clock;
            said["backup"] = TRY(make_backup(options->plan, clock)).place;
          }
          TRY(read_config(line.data));
          TRY(open_parts(line.data, Witnesses::leave, Opening::migrating));
        }
        said["done"] = !options->look;
        line.say(said);
        return {};
      });
  verb->add_option("--backup", options->plan.to, "folder of the backups");
  verb->add_flag("--no-backup", options->without, "there is a backup already");
  verb->add_flag("--look", options->look, "say what is missing, and change nothing");
}

}  // namespace

void add_backup_verbs(CLI::App& root, Line& line) {
  add_backup(root, line);
  add_restore(root, line);
  add_migrate(root, line);
}

}  // namespace weir::main
