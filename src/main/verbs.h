// The verbs of the command line. Each file of this folder adds some; main.cc runs what was asked
// for.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/app.h"
#include "app/intake.h"
#include "main/instance.h"
#include "main/output.h"

namespace weir::main {

/// What every verb shares: the global options, and what to run once the line is parsed.
struct Line {
  std::string data = ".";
  std::string as;
  std::string code_file;
  bool json = false;
  std::function<Status()> run;

  Form form() const { return json ? Form::json : Form::people; }
  /// The data directory, opened. Asks the witnesses first where something is about to be written.
  Result<std::unique_ptr<Instance>> open(Witnesses witnesses = Witnesses::ask) const;
  /// Who acts: `--as`, or the return code in the file `--code-file`.
  Result<app::Actor> actor() const;
  void say(const json::Value& value) const { print(form(), value); }
};

/// A verb with its help, an example, and what it does.
CLI::App* add_verb(CLI::App& parent, Line& line, const std::string& name, const std::string& what,
                   const std::string& example, std::function<Status()> run);

/// A word that needs another after it: `weir case` has show, claim, ... Here and in add_verb()
/// alone are commands made: what makes one is compiled into whatever names it, by the second.
CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& what);

/// All verbs; where `words` of the command line are some, at least those: whatever the line means,
/// it means the same.
void add_verbs(CLI::App& root, Line& line, std::span<const char* const> words);

void add_platform_verbs(CLI::App& root, Line& line);  // init, org, agreement, config, doctor
void add_news_verbs(CLI::App& root, Line& line);      // news, outbox, jobs
void add_backup_verbs(CLI::App& root, Line& line);    // backup, restore, migrate
void add_identity_verbs(CLI::App& root, Line& line);  // user, token, session
void add_report_verbs(CLI::App& root, Line& line);    // report, receipt
void add_case_verbs(CLI::App& root, Line& line);  // case, message, attachment, status, fix, embargo
void add_sharing_verbs(CLI::App& root, Line& line);  // release, exception, delay, approve, pull
void add_closing_verbs(CLI::App& root, Line& line);  // publish, public, custody, key erase
void add_log_verbs(CLI::App& root, Line& line);      // log, verify, monitor
void add_serve_verbs(CLI::App& root, Line& line);    // serve, call
void add_regime_verbs(CLI::App& root, Line& line);   // regimes
void add_clock_verbs(CLI::App& root, Line& line);    // profile, fact, clocks
void add_import_verbs(CLI::App& root, Line& line);   // import
void add_public_verbs(CLI::App& root, Line& line);   // search, known
void add_changes_verbs(CLI::App& root, Line& line);  // changes
void add_filing_verbs(CLI::App& root, Line& line);   // filing
void add_watch_verbs(CLI::App& root, Line& line);    // watch

/// A text given as itself, or as @FILE.
Result<std::string> text_or_file(const std::string& given, std::size_t most);
/// A file as an attachment that is read piece by piece.
Result<app::Attachment> attach(const std::string& path);
/// The level, label, fact of this name, or `invalid`.
Result<Level> level_of(const std::string& text);
Result<policy::Fact> fact_of(const std::string& text);

}  // namespace weir::main
