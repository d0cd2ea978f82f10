// weir: the command line.
//
// Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
#include <cstdio>
#include <span>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "app/cases.h"
#include "main/verbs.h"

namespace weir::main {
namespace {

/// No core dump may hold what was decrypted.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

/// Whatever is made is for this user alone, unless it says otherwise.
void close_to_others() {
  ::umask(077);
}

int run(int argc, char** argv) {
  CLI::App root{"Weir: vulnerability information sharing with a record that outsiders can check"};
  Line line;
  root.require_subcommand(1);
  root.fallthrough();
  root.add_option("--data", line.data, "data directory")->capture_default_str();
  root.add_option("--as", line.as, "handle of the user who acts");
  root.add_option("--code-file", line.code_file, "file with the return code of a report");
  root.add_flag("--json", line.json, "answer in JSON");
  root.set_version_flag("--version", "weir 0.1.0");
  add_verbs(root, line, std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? 0 : 2;
  }
  CHECK(line.run);
  if (const Status done = line.run(); !done) {
    return complain(line.form(), done.error());
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

}  // namespace weir::main

int main(int argc, char** argv) {
  weir::main::forbid_core_dumps();
  weir::main::close_to_others();
  return weir::main::run(argc, argv);
}
