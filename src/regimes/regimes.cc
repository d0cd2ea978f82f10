#include "regimes/regimes.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "regimes/reader.h"

namespace weir::regimes {
namespace {

constexpr std::string_view kVocabulary = "vocabulary.yaml";
constexpr std::string_view kCalendars = "calendars.yaml";
constexpr std::string_view kEnding = ".yaml";

Result<const File*> find_file(std::span<const File> files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &File::name);
  if (found == files.end()) {
    return fail(Code::invalid, "there is no such file among the regimes", std::string(name));
  }
  return &*found;
}

}  // namespace

Result<std::vector<File>> read_files(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<File> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const fs::path& path = at->path();
    if (path.extension() != kEnding) {
      continue;
    }
    if (!fs::is_regular_file(path, error)) {
      return fail(Code::invalid, "a file of regimes is a file", path.string());
    }
    if (fs::file_size(path, error) > kMaxFileBytes || error) {
      return fail(Code::invalid, "a file of regimes is at most 256 KiB", path.string());
    }
    std::ifstream stream(path, std::ios::binary);
    std::string text(kMaxFileBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) {
      return fail(Code::unavailable, "cannot read a file of regimes", path.string());
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    files.push_back({path.filename().string(), std::move(text)});
    if (files.size() > kMaxFiles) {
      return fail(Code::invalid, "more than 500 files of regimes", folder);
    }
  }
  if (error) {
    return fail(Code::unavailable, "cannot read the folder of regimes", folder);
  }
  std::ranges::sort(files, {}, &File::name);
  return files;
}

Result<deadline::Rules> load(std::span<const File> files) {
  deadline::Rules rules;
  const File* vocabulary = TRY(find_file(files, kVocabulary));
  const File* calendars = TRY(find_file(files, kCalendars));
  const Node words = TRY(parse_yaml(vocabulary->name, vocabulary->text));
  const Node days = TRY(parse_yaml(calendars->name, calendars->text));
  TRY(read_vocabulary(Reader(vocabulary->name, words), Reader(calendars->name, days), rules));
  for (const File& file : files) {
    if (&file == vocabulary || &file == calendars) {
      continue;
    }
    if (!file.name.ends_with(kEnding) || rules.regimes.size() == deadline::kMaxRegimes) {
      return fail(Code::invalid, "at most 500 files, each NAME.yaml", file.name);
    }
    const Node root = TRY(parse_yaml(file.name, file.text));
    const std::string id = file.name.substr(0, file.name.size() - kEnding.size());
    if (rules.find_regime(id) != nullptr) {
      return fail(Code::invalid, "a regime twice", file.name);
    }
    deadline::Regime regime = TRY(read_regime(Reader(file.name, root), id, rules));
    const auto place =
        std::ranges::upper_bound(rules.regimes, regime.id, {}, &deadline::Regime::id);
    rules.regimes.insert(place, std::move(regime));
  }
  return rules;
}

Book::Book(deadline::Rules rules)
    : rules_(std::make_shared<const deadline::Rules>(std::move(rules))) {}

Book::Shared Book::current() const {
  return rules_.with([](const Shared& shared) { return shared; });
}

Status Book::reload(std::span<const File> files) {
  Shared fresh = std::make_shared<const deadline::Rules>(TRY(load(files)));
  rules_.with([&](Shared& shared) { shared.swap(fresh); });
  return {};
}

}  // namespace weir::regimes
