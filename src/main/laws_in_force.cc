#include "main/laws_in_force.h"

#include <filesystem>

#include "base/json.h"
#include "main/instance.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "weir-kept-laws/v1";

std::string path_in(const std::string& data) {
  return (fs::path(data) / kKeptLaws).string();
}

std::string text_of(const std::vector<regimes::File>& files) {
  json::Array all;
  for (const regimes::File& one : files) {
    all.push_back(json::Object{{"name", one.name}, {"text", one.text}});
  }
  return json::canonical(json::Object{{"format", kFormat}, {"files", std::move(all)}});
}

Result<app::Laws> kept_laws(const std::string& data) {
  const std::string text = TRY(read_file(path_in(data), kMostKeptLawsBytes));
  const json::Value value = TRY(json::parse(text));
  const json::Cursor root(value);
  if (TRY(root.string_at("format")) != kFormat) {
    return fail(Code::invalid, "not laws that were kept", "/format");
  }
  const json::Cursor list = TRY(root.at("files"));
  std::vector<regimes::File> files;
  for (const json::Cursor& one : TRY(list.elements(regimes::kMaxFiles))) {
    std::string name = TRY(one.string_at("name"));
    files.push_back({std::move(name), TRY(one.string_at("text"))});
  }
  return app::read_laws(files);
}

}  // namespace

std::string folder_of_laws(const std::string& data, const std::string& configured) {
  return configured.empty() ? configured : (fs::path(data) / configured).string();
}

Result<app::Laws> LawsInForce::read_and_keep() const {
  if (folder_.empty()) {
    return app::read_laws(regimes::builtin());
  }
  const std::vector<regimes::File> files = TRY(regimes::read_files(folder_));
  app::Laws laws = TRY(app::read_laws(files));
  const std::string text = text_of(files);
  const auto before = read_file(path_in(data_), kMostKeptLawsBytes);
  if (!before || *before != text) {
    TRY(write_file(path_in(data_), text));
  }
  return laws;
}

Result<std::unique_ptr<LawsInForce>> LawsInForce::open(std::string data, std::string folder) {
  std::unique_ptr<LawsInForce> made(new LawsInForce(std::move(data), std::move(folder)));
  auto laws = made->read_and_keep();
  std::optional<Error> problem;
  if (!laws) {
    problem = laws.error();
    laws = kept_laws(made->data_);
    if (!laws) {
      return std::unexpected(std::move(*problem));  // there is nothing to go on by
    }
  }
  made->state_.with([&](State& state) {
    state.laws = std::make_shared<const app::Laws>(std::move(*laws));
    state.problem = std::move(problem);
  });
  return made;
}

Status LawsInForce::read_again() {
  auto laws = read_and_keep();
  return state_.with([&](State& state) -> Status {
    if (!laws) {
      state.problem = laws.error();
      return std::unexpected(laws.error());
    }
    state.laws = std::make_shared<const app::Laws>(std::move(*laws));
    state.problem.reset();
    return {};
  });
}

std::shared_ptr<const app::Laws> LawsInForce::get() const {
  return state_.with([](const State& state) { return state.laws; });
}

std::optional<Error> LawsInForce::problem() const {
  return state_.with([](const State& state) { return state.problem; });
}

}  // namespace weir::main
