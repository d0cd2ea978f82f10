#include "main/verbs.h"

#include "app/cases.h"

namespace weir::main {
namespace {

constexpr std::size_t kMaxCodeFile = 256;

}  // namespace

Result<std::unique_ptr<Instance>> Line::open(Witnesses witnesses) const {
  return open_instance(data, witnesses);
}

Result<app::Actor> Line::actor() const {
  if (!code_file.empty()) {
    std::string code = TRY(read_file(code_file, kMaxCodeFile));
    while (!code.empty() && (code.back() == '\n' || code.back() == '\r')) {
      code.pop_back();
    }
    return app::Actor::bearer(std::move(code));
  }
  return as.empty() ? app::Actor() : app::Actor::local(as);
}

CLI::App* add_verb(CLI::App& parent, Line& line, const std::string& name, const std::string& what,
                   const std::string& example, std::function<Status()> run) {
  CLI::App* verb = parent.add_subcommand(name, what);
  verb->footer("Example:\n  " + example);
  verb->callback([&line, run = std::move(run)] { line.run = run; });
  return verb;
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& what) {
  CLI::App* group = parent.add_subcommand(name, what);
  group->require_subcommand(1);
  return group;
}

Result<std::string> text_or_file(const std::string& given, std::size_t most) {
  if (given.starts_with('@')) {
    return read_file(given.substr(1), most);
  }
  return given;
}

Result<Level> level_of(const std::string& text) {
  const auto level = parse_level(text);
  if (!level) {
    return fail(Code::invalid, "a level is existence, notice, advisory, technical or exploit",
                text);
  }
  return *level;
}

Result<policy::Fact> fact_of(const std::string& text) {
  for (const policy::Fact fact : {policy::Fact::no, policy::Fact::yes, policy::Fact::unknown}) {
    if (text == policy::name(fact)) {
      return fact;
    }
  }
  return fail(Code::invalid, "expected yes, no or unknown", text);
}

}  // namespace weir::main
