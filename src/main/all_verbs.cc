// Which file adds which verbs. A start needs those of one file: to make all takes 1.5 ms, a
// fourth of a start.
#include <algorithm>
#include <array>

#include "main/match_verbs.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

struct File {
  std::string_view verbs;  // with spaces between them
  void (*add)(CLI::App& root, Line& line);
};

/// Closing makes `custody`, and the log's file adds to it.
void add_closing_and_log_verbs(CLI::App& root, Line& line) {
  add_closing_verbs(root, line);
  add_log_verbs(root, line);
}

/// In the order of the help.
constexpr std::array kFiles = {
    File{"init org agreement config doctor", add_platform_verbs},
    File{"user token session", add_identity_verbs},
    File{"backup restore migrate", add_backup_verbs},
    File{"news outbox jobs", add_news_verbs},
    File{"watch", add_watch_verbs},
    File{"report receipt", add_report_verbs},
    File{"case message attachment status fix embargo", add_case_verbs},
    File{"release exception delay approve waiting pull", add_sharing_verbs},
    File{"publish public custody key log verify verify-promise monitor", add_closing_and_log_verbs},
    File{"serve call", add_serve_verbs},
    File{"regimes", add_regime_verbs},
    File{"match affected", add_match_verbs},
    File{"profile fact clocks statistics", add_clock_verbs},
    File{"import", add_import_verbs},
    File{"known search", add_public_verbs},
    File{"changes", add_changes_verbs},
    File{"filing", add_filing_verbs},
};

bool has(const File& file, std::string_view word) {
  for (std::string_view rest = file.verbs; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == word) {
      return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

void add_verbs(CLI::App& root, Line& line, std::span<const char* const> words) {
  const auto is_asked = [&](const File& file) {
    return std::ranges::any_of(words, [&](const char* word) { return has(file, word); });
  };
  const bool wants_help = std::ranges::any_of(words, [](std::string_view word) {
    return word == "-h" || word.starts_with("--h");  // its list is of all
  });
  const bool are_few = !wants_help && std::ranges::any_of(kFiles, is_asked);
  for (const File& file : kFiles) {
    if (!are_few || is_asked(file)) {
      file.add(root, line);
    }
  }
}

}  // namespace weir::main
