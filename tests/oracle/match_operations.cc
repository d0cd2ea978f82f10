// Operations on records and what they concern (src/match).
#include <array>
#include <fstream>
#include <string>

#include "advisory/keys.h"
#include "advisory/read.h"
#include "match/match.h"
#include "match/memory.h"
#include "oracle.h"

namespace weir::oracle {
namespace {

/// Entries of one record, whatever the key: each is asked whether it is about the target.
match::Lookup only(const advisory::Advisory& record) {
  return [&record](std::string_view) -> Result<std::vector<match::Entry>> {
    std::vector<match::Entry> entries;
    if (record.state == advisory::State::published) {
      for (std::size_t part = 0; part < record.affected.size(); ++part) {
        entries.push_back({record.source, record.id, part, record.affected[part]});
      }
    }
    return entries;
  };
}

/// record, package {ecosystem, name}, version → {affected, why}.
Result<json::Value> osv_affected(const json::Cursor& request) {
  const json::Cursor at = TRY(request.at("record"));
  const json::Cursor package = TRY(request.at("package"));
  const std::string ecosystem = TRY(package.string_at("ecosystem"));
  const std::string name = TRY(package.string_at("name"));
  const std::string version = TRY(request.string_at("version"));
  advisory::Reader reader;
  auto record = reader.read(json::canonical(at.value()));
  const auto target = match::target_of_package(ecosystem, name, version);
  if (!record || !target) {
    return refusal(record ? target.error() : record.error());
  }
  std::erase_if(record->affected, [&](const advisory::Affected& affected) {
    return advisory::package_key(affected.ecosystem, affected.package) !=
           advisory::package_key(ecosystem, name);
  });
  match::Matcher matcher(only(*record));
  const auto answers = matcher.ask({&*target, 1}, match::Wanted::everything);
  if (!answers || answers->empty()) {
    return json::Object{{"affected", false}};
  }
  return json::Object{{"affected", answers->front().is_finding()},
                      {"why", answers->front().why(target->version)}};
}

/// Records of a file, one a line, and packages {ecosystem, name, version} → the ids that affect
/// each.
Result<json::Value> osv_batch(const json::Cursor& request) {
  std::ifstream file(TRY(request.string_at("records")));
  match::Memory memory;
  advisory::Reader reader;
  for (std::string line; std::getline(file, line);) {
    const auto record = reader.read(line);
    if (!record) {
      return refusal(record.error());
    }
    memory.add(*record);
  }
  std::vector<match::Target> targets;
  const json::Cursor packages = TRY(request.at("packages"));
  for (const json::Cursor& package : TRY(packages.elements(match::kMaxTargets))) {
    const std::string ecosystem = TRY(package.string_at("ecosystem"));
    const std::string name = TRY(package.string_at("name"));
    const std::string version = TRY(package.string_at("version"));
    targets.push_back(TRY(match::target_of_package(ecosystem, name, version)));
  }
  match::Matcher matcher(memory.lookup());
  json::Array ids(targets.size(), json::Array());
  for (const match::Answer& answer : TRY(matcher.ask(targets, match::Wanted::findings))) {
    ids[answer.target].as_array().push_back(json::Value(answer.id));
  }
  return json::Object{{"ids", std::move(ids)}};
}

constexpr auto kOperations = std::to_array<Operation>({
    {"osv.affected", osv_affected},
    {"osv.batch", osv_batch},
});

}  // namespace

std::span<const Operation> match_operations() {
  return kOperations;
}

}  // namespace weir::oracle
